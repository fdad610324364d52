//! Without a terminal nothing is asked: what is missing is listed at once, and what cannot be answered is refused.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use crate::support::World;

#[test]
fn everything_that_is_missing_is_listed_at_once_with_its_flag() {
    let world = World::new();

    world
        .run_alone("render --write-url https://w-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24 --target prometheus-yml")
        .ends_with(2)
        .mentions(&["--auth", "--client-id", "--tenant-id", "--cluster-label"]);
}

#[test]
fn two_subscriptions_with_a_cluster_each_leave_two_answers_open() {
    let mut world = World::new()
        .scenario("two-subscriptions")
        .without("AMW_RW_SUBSCRIPTION");

    world
        .run("init --yes")
        .ends_with(2)
        .mentions(&["--cluster"]);

    assert_eq!(world.writes(), []);
}

#[test]
fn a_change_without_a_yes_is_not_made() {
    let mut world = World::new();

    world
        .run("apply")
        .ends_with(2)
        .mentions(&["amw-rw apply", "--yes"]);

    assert_eq!(world.writes(), []);
}

#[test]
fn an_unknown_field_of_the_spec_is_named_with_line_and_column() {
    let world = World::new().file(
        "amw-rw.yaml",
        "connections:\n- cluster: aks-prod\n  workspcae: amw\n",
    );

    world.run_alone("plan").ends_with(2).mentions(&[
        "line 3, column 3: the field `workspcae` is unknown",
        "write `workspace`",
    ]);
}

#[test]
fn a_spec_file_that_is_named_has_to_be_there() {
    let world = World::new();

    world
        .run_alone("plan -f nowhere.yaml")
        .ends_with(2)
        .mentions(&["nowhere.yaml", "does not exist"]);
}

#[test]
fn what_a_later_version_will_do_is_refused_with_what_works_now() {
    let world = World::new();

    world
        .run_alone("plan --auth kubelet-identity")
        .ends_with(2)
        .mentions(&["not supported yet", "workload-identity"]);
}

#[test]
fn a_prometheus_that_is_too_old_is_refused_before_anything_is_made() {
    let mut world = World::new();

    world
        .run("apply --yes --prometheus-version 3.6.0")
        .ends_with(1)
        .mentions(&["3.7"]);

    assert_eq!(world.writes(), []);
}

#[test]
fn doctor_lists_a_version_that_is_too_old_as_a_failed_check() {
    let mut world = World::new();

    let seen = world
        .run("doctor --only prometheus-version --prometheus-version 3.6.0 -o json")
        .ends_with(4)
        .json();

    let check = &seen["checks"][0];
    assert_eq!(check["verdict"], "fail", "{check}");
    assert!(check["found"].as_str().unwrap().contains("3.7"), "{check}");
    assert!(!check["next"].as_array().unwrap().is_empty(), "{check}");
}

#[test]
fn a_version_that_shows_secrets_has_to_be_insisted_on() {
    let mut world = World::new();

    world
        .run("apply --yes --auth entra-secret --prometheus-version 3.10.0")
        .ends_with(1)
        .mentions(&["CVE-2026-42151", "--force"]);
    assert_eq!(world.writes(), []);

    world
        .run("apply --yes --auth entra-secret --prometheus-version 3.10.0 --force")
        .succeeds();
}

#[test]
fn a_connection_that_signs_in_otherwise_is_not_changed_by_the_default() {
    let mut world = World::new().file("values.yaml", "prometheus: {}\n");
    world
        .run("init --accept-unproved --yes --auth user-identity --input values.yaml --write")
        .succeeds();
    let connected = world.read("values.yaml");
    let writes = world.writes().len();

    for command in ["init --yes", "render", "plan"] {
        let write = if command == "plan" { "" } else { "--write" };
        world
            .run(&format!("{command} --input values.yaml {write}"))
            .ends_with(2)
            .mentions(&[
                "signs in by user-identity, and --auth is not given, whose default workload-identity would change that",
                "to keep it: --auth user-identity",
                "or to change it: --auth workload-identity",
            ]);
    }

    assert_eq!(world.read("values.yaml"), connected);
    assert_eq!(world.writes().len(), writes);
    world
        .run("init --yes --auth workload-identity --input values.yaml --write")
        .succeeds();
    assert!(world.read("values.yaml").contains("workloadIdentity"));
}

#[test]
fn a_file_of_an_earlier_run_decides_how_the_connection_signs_in() {
    let mut world = World::new();
    let init =
        "init --accept-unproved --yes --target prometheus-yml --out p.yml --cluster-label prod";
    world
        .run(&format!("{init} --auth user-identity"))
        .succeeds();

    world
        .run(init)
        .ends_with(2)
        .mentions(&["to keep it: --auth user-identity"]);
}

#[test]
fn a_kubeconfig_that_the_user_named_and_that_does_not_exist_is_warned_about() {
    let mut world = World::new().variable("KUBECONFIG", "/nowhere/config");

    let plan = world.run("plan --cluster aks-prod").succeeds();

    let warning = "KUBECONFIG names /nowhere/config, which does not exist";
    assert!(plan.stdout().contains(warning), "{}", plan.stdout());
}

#[test]
fn a_kubeconfig_whose_name_is_not_utf_8_is_not_replaced_by_that_of_the_home_folder() {
    let mut world = World::new().variable("KUBECONFIG", OsStr::from_bytes(b"/nowhere/\xff"));

    let plan = world.run("plan --cluster aks-prod").succeeds();

    let warning = "which does not exist, so Azure is asked for credentials";
    assert!(plan.stdout().contains(warning), "{}", plan.stdout());
}

#[test]
fn a_kubeconfig_that_the_user_named_and_that_cannot_be_read_is_not_replaced_by_credentials_of_azure()
 {
    let mut world = World::new()
        .file("mine.yaml", "clusters: [\n")
        .variable("KUBECONFIG", "mine.yaml");

    for command in [
        "init --accept-unproved --yes --auth user-identity --out values.yaml",
        "plan",
        "migrate",
    ] {
        world
            .run(&format!("{command} --cluster aks-prod"))
            .ends_with(1)
            .mentions(&[
                "cannot read the kubeconfig",
                "correct the file, or name another one: --kubeconfig FILE",
            ]);
    }

    assert_eq!(world.writes(), []);
    let asked = world.requests();
    assert!(
        asked.iter().all(|one| !one.path.contains("Credential")),
        "{asked:?}"
    );
}
