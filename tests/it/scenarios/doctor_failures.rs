//! Doctor ends in a list of checks, whatever is broken.

use serde_json::Value;

use crate::support::World;

/// Runs doctor, which must find a failure, and returns the checks.
fn checks(world: &mut World, arguments: &str) -> Vec<Value> {
    let document = world
        .run(&format!("doctor -o json {arguments}"))
        .ends_with(4)
        .json();
    document["checks"].as_array().unwrap().clone()
}

fn of<'a>(checks: &'a [Value], id: &str) -> &'a Value {
    checks.iter().find(|check| check["id"] == id).unwrap()
}

/// What is broken: the world, the arguments of doctor, the check that fails, and a part of what it found.
fn broken() -> Vec<(World, &'static str, &'static str, &'static str)> {
    let example = World::new;
    let scenario = |name| World::new().scenario(name);
    vec![
        (
            scenario("subscription-disabled"),
            "",
            "connection",
            "it is disabled",
        ),
        (
            scenario("other-tenant"),
            "",
            "connection",
            "it belongs to tenant",
        ),
        (
            scenario("two-clusters"),
            "",
            "connection",
            "required options are missing",
        ),
        (
            scenario("no-clusters"),
            "",
            "cluster-readable",
            "no AKS cluster is visible",
        ),
        (
            example(),
            "--cluster nope",
            "cluster-readable",
            "no cluster named `nope`",
        ),
        (
            example(),
            "--subscription nope",
            "connection",
            "use subscription `nope`",
        ),
        (
            example(),
            "-f nope.yaml",
            "connection",
            "nope.yaml does not exist",
        ),
        (
            example().file("bad.yaml", "workspcae: a\n"),
            "-f bad.yaml",
            "connection",
            "the field `workspcae` is unknown",
        ),
        (
            example().variable("AZURE_CLIENT_SECRET", "wrong"),
            "",
            "sign-in",
            "AADSTS7000215",
        ),
    ]
}

#[test]
fn what_keeps_doctor_from_looking_fails_its_check_and_the_others_hang_on_it() {
    for (mut world, arguments, id, found) in broken() {
        let checks = checks(&mut world, arguments);

        let failed: Vec<&Value> = checks
            .iter()
            .filter(|one| one["verdict"] == "fail")
            .collect();
        assert_eq!(failed.len(), 1, "{arguments}: {failed:?}");
        assert_eq!(failed[0]["id"], id, "{arguments}");
        let text = failed[0]["found"].as_str().unwrap();
        assert!(text.contains(found), "{arguments}: {text}");
        assert!(!failed[0]["next"].as_array().unwrap().is_empty());
        let write = of(&checks, "write");
        assert_eq!(
            (&write["verdict"], &write["because"]),
            (&"skip".into(), &id.into())
        );
        assert_eq!(world.writes(), []);
    }
}

#[test]
fn an_api_server_that_cannot_be_reached_is_named_and_azure_is_checked_all_the_same() {
    let mut world = World::new().scenario("cluster-unreachable");

    let checks = checks(&mut world, "");

    let cluster = of(&checks, "cluster-readable");
    assert_eq!(cluster["verdict"], "fail");
    assert!(
        cluster["found"]
            .as_str()
            .unwrap()
            .contains("cannot be reached")
    );
    assert_eq!(of(&checks, "token-issuer")["verdict"], "pass");
    assert_eq!(of(&checks, "workspace-exists")["verdict"], "fail");
    for id in ["service-account", "federated-credential"] {
        let check = of(&checks, id);
        assert_eq!(check["verdict"], "skip", "{check}");
        assert_eq!(check["because"], "cluster-readable", "{check}");
    }
    world
        .run("doctor --fix --yes")
        .ends_with(4)
        .mentions(&["the fix failed: cannot", "--service-account"]);
    assert_eq!(world.writes(), []);
}

#[test]
fn a_file_is_judged_also_where_nobody_is_signed_in() {
    let url = "https://amw-prod-a1b2.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/\
               dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24";
    let id = "11111111-2222-3333-4444-555555555555";
    let write = |azuread: &str| {
        format!(
            "global:\n  external_labels: {{cluster: prod}}\nremote_write:\n- url: {url}\n  azuread: {azuread}\n"
        )
    };
    let identity = format!("{{managed_identity: {{client_id: {id}}}}}");
    for (text, verdict, found) in [
        (write("null"), "fail", "its azuread is missing or null"),
        (
            write(&identity).replace("azuread", "azureAd"),
            "fail",
            "azureAd",
        ),
        (
            "remote_write: []\nscrape_configs: []\n".to_owned(),
            "fail",
            "no remote write to an Azure Monitor workspace",
        ),
        (
            write(&identity),
            "skip",
            "no fault of its own; its rule and its identity were not compared with Azure, because `sign-in` failed",
        ),
    ] {
        let mut world = World::new()
            .variable("AZURE_CLIENT_SECRET", "wrong")
            .file("prometheus.yml", &text);

        let checks = checks(&mut world, "--input prometheus.yml");

        assert_eq!(of(&checks, "sign-in")["verdict"], "fail");
        let file = of(&checks, "configuration");
        assert_eq!(file["verdict"], verdict, "{file}");
        assert!(file["found"].as_str().unwrap().contains(found), "{file}");
        assert_eq!(of(&checks, "write")["because"], "sign-in");
    }
    let mut world = World::new().variable("AZURE_CLIENT_SECRET", "wrong");
    let checks = checks(&mut world, "--input nope.yml");
    assert_eq!(of(&checks, "configuration")["verdict"], "fail");
}

fn outcome<'a>(document: &'a Value, step: &str) -> &'a Value {
    &of(document["steps"].as_array().unwrap(), step)["outcome"]
}

#[test]
fn a_fix_that_fails_ends_in_the_checks_and_names_each_step() {
    let mut world = World::new().fault("400:PUT:/federatedIdentityCredentials:times=1");

    let run = world
        .run("doctor --fix --wait --yes -o json")
        .ends_with(4)
        .mentions(&["the fix failed: cannot", "without --wait"]);
    let document = run.json();

    assert_eq!(document["schema"], "amw-rw/doctor/v1");
    assert_eq!(outcome(&document, "workspace"), "done");
    assert_eq!(outcome(&document, "federated-credential"), "failed");
    assert!(
        document["error"].as_str().unwrap().starts_with("cannot "),
        "{document}"
    );
    let checks = document["checks"].as_array().unwrap();
    assert_eq!(of(checks, "workspace-exists")["verdict"], "pass");
    assert_eq!(of(checks, "federated-credential")["verdict"], "fail");

    let fixed = world.run("doctor --fix --yes -o json").succeeds().json();
    assert_eq!(outcome(&fixed, "federated-credential"), "done");
    assert_eq!(fixed.get("error"), None);
}

#[test]
fn a_fix_that_was_not_confirmed_or_is_not_allowed_shows_the_checks_too() {
    for (mut world, command, code) in [
        (World::new(), "doctor --fix -o json", 2),
        (
            World::new().scenario("contributor-only"),
            "doctor --fix --yes -o json",
            4,
        ),
    ] {
        let document = world.run(command).ends_with(code).json();

        assert_eq!(
            outcome(&document, "role-assignment"),
            "not-run",
            "{document}"
        );
        let checks = document["checks"].as_array().unwrap();
        assert_eq!(of(checks, "workspace-exists")["verdict"], "fail");
        assert_eq!(world.writes(), []);
    }
}

#[test]
fn a_prometheus_and_a_file_that_are_named_and_missing_are_failures() {
    let mut world = World::new();
    let answers = "--prometheus monitoring/nope --input nope.yaml";

    let checks = checks(&mut world, answers);

    assert_eq!(of(&checks, "cluster-readable")["verdict"], "fail");
    let configuration = of(&checks, "configuration");
    assert_eq!(configuration["verdict"], "fail");
    assert!(
        configuration["found"]
            .as_str()
            .unwrap()
            .contains("does not exist")
    );
    for command in checks
        .iter()
        .filter_map(|check| check["next"][0].get("command"))
    {
        assert!(!command.to_string().contains("nope.yaml"), "{command}");
    }
}

#[test]
fn a_sidecar_that_writes_is_named_with_the_command_that_replaces_it() {
    let mut world = World::new().scenario("sidecar");

    let document = world
        .run("doctor -o json --only single-writer")
        .ends_with(0);
    let document = document.json();

    let check = &document["checks"][0];
    assert_eq!(check["verdict"], "warn", "{check}");
    let found = check["found"].as_str().unwrap();
    assert!(found.contains("container `prom-remotewrite`"), "{found}");
    assert_eq!(
        check["next"][0]["command"],
        serde_json::json!(["amw-rw", "migrate", "--cluster", "aks-prod"])
    );
}
