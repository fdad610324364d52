//! A Prometheus resource of the user: what is written for it, and what is refused, so that nothing of theirs is lost.

use serde_json::Value;

use crate::support::World;

const INIT: &str =
    "init --cluster aks-prod --prometheus monitoring/plain --auth entra-secret --out cr.yaml --yes";

fn plain() -> World {
    World::new().scenario("plain-resource")
}

/// The operations that were written, as kubectl reads them.
fn operations(world: &World) -> Vec<Value> {
    let text = world.read("cr.yaml");
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn operation<'a>(all: &'a [Value], op: &str, path: &str) -> Option<&'a Value> {
    all.iter()
        .find(|each| each["op"] == op && each["path"] == path)
}

#[test]
fn a_live_resource_gets_a_patch_that_adds_to_its_lists_and_the_line_that_applies_it() {
    let mut world = plain();

    let run = world.run(INIT).succeeds().mentions(&[
        "kubectl patch prometheuses.monitoring.coreos.com plain -n monitoring --type json --patch-file cr.yaml",
        "your own file of monitoring/plain sets `spec.remoteWrite`",
    ]);

    assert!(
        !run.stderr().contains("kubectl apply -f cr.yaml"),
        "{}",
        run.stderr()
    );
    let all = operations(&world);
    let seen = operation(&all, "test", "/spec/remoteWrite").expect("a test of the list");
    assert_eq!(seen["value"][0]["name"], "mimir");
    assert!(
        operation(&all, "add", "/spec/remoteWrite/-").is_some(),
        "{all:?}"
    );
    assert!(
        operation(&all, "test", "/spec/externalLabels/cluster").is_some(),
        "{all:?}"
    );
}

#[test]
fn the_plan_shows_how_the_resource_changes() {
    let mut world = plain();

    let plan = world
        .run("plan --cluster aks-prod --auth entra-secret")
        .succeeds();

    let shown = plan.stdout();
    assert!(shown.contains("--- Prometheus monitoring/plain"), "{shown}");
    assert!(
        shown.contains("   - name: mimir") && !shown.contains("-  - name: mimir"),
        "{shown}"
    );
    assert!(
        shown.contains("+  - name: azure-monitor-amw-aks-prod"),
        "{shown}"
    );
}

#[test]
fn an_agent_is_patched_as_an_agent_with_a_warning_about_its_owner() {
    let mut world = World::new().scenario("agent");

    let run = world
        .run("init --cluster aks-prod --auth entra-secret --target custom-resource --out patch.json --yes")
        .succeeds()
        .mentions(&[
            "Helm release `kube-prometheus-stack` owns monitoring/kube-prometheus-stack-prometheus",
            "--target kube-prometheus-stack",
        ]);

    let stderr = run.stderr();
    assert!(!stderr.contains("kubectl patch"), "{stderr}");
    let warned = stderr.find("owns monitoring").unwrap();
    assert!(warned < stderr.find("Wrote ").unwrap(), "{stderr}");
    let patch: Value = serde_json::from_str(&world.read("patch.json")).unwrap();
    assert_eq!(patch[0]["op"], "test");
}

#[test]
fn values_of_a_release_that_flux_installs_are_not_given_to_helm() {
    let mut world = World::new().scenario("flux");

    let run = world
        .run("init --cluster aks-prod --auth workload-identity --out values.yaml --yes")
        .succeeds()
        .mentions(&[
            "Flux HelmRelease `stack` installs monitoring/kube-prometheus-stack-prometheus",
        ]);

    assert!(!run.stderr().contains("helm upgrade"), "{}", run.stderr());
    assert!(world.read("values.yaml").contains("additionalRemoteWrite"));
}

#[test]
fn a_resource_that_cannot_be_read_gets_no_file() {
    let mut world = World::new().scenario("cluster-unreachable");

    world
        .run("init --cluster aks-prod --prometheus monitoring/plain --auth entra-secret --target custom-resource --out cr.yaml --yes")
        .ends_with(1)
        .mentions(&["cannot write a file for Prometheus monitoring/plain", "--input FILE"]);

    assert!(!world.path("cr.yaml").exists());
    assert!(world.writes().is_empty());
}

#[test]
fn a_file_of_a_resource_that_cannot_be_read_is_compared_before_it_is_applied() {
    let config_map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata:\n  prometheus.yml: |\n    global: {}\n";
    for (target, name, text) in [
        (
            "custom-resource",
            "Prometheus monitoring/plain",
            own("{name: plain}"),
        ),
        (
            "configmap",
            "ConfigMap monitoring/web",
            config_map.to_owned(),
        ),
    ] {
        let mut world = World::new()
            .scenario("cluster-unreachable")
            .file("own.yaml", &text);

        let run = world
            .run(&format!(
                "init --accept-unproved --cluster aks-prod --prometheus monitoring/plain --auth user-identity --target {target} \
                 --prometheus-version 3.14.0 --input own.yaml --write --yes"
            ))
            .succeeds()
            .mentions(&[
                &format!("{name} of the cluster could not be compared with this file: "),
                &format!("{name} could not be read"),
                "kubectl diff -f own.yaml -n monitoring --context aks-prod",
            ]);

        assert!(!run.stderr().contains("kubectl apply"), "{}", run.stderr());
    }
}

#[test]
fn a_file_of_an_unread_resource_is_compared_before_it_is_applied() {
    let mut world = World::new()
        .scenario("cluster-unreachable")
        .file("own.yaml", &own("{name: plain, namespace: shop}"));

    let run = world
        .run(
            "init --accept-unproved --cluster aks-prod --auth user-identity --target custom-resource --prometheus-version 3.14.0 \
             --input own.yaml --write --yes",
        )
        .succeeds()
        .mentions(&[
            "the file was not compared with the cluster",
            "kubectl diff -f own.yaml -n shop --context aks-prod",
        ]);

    assert!(!run.stderr().contains("kubectl apply"), "{}", run.stderr());
}

#[test]
fn a_new_file_is_made_for_a_name_that_the_cluster_does_not_have() {
    let mut world = plain();

    world
        .run("init --cluster aks-prod --prometheus monitoring/other --auth entra-secret --target custom-resource --out cr.yaml --yes")
        .succeeds()
        .mentions(&["kubectl create --save-config -f cr.yaml"]);

    assert!(world.read("cr.yaml").contains("name: other"));
}

#[test]
fn a_file_older_than_its_resource_gets_a_warning_about_losses() {
    let own = "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: plain, namespace: monitoring}\nspec:\n  \
               replicas: 2\n  remoteWrite:\n    - name: thanos\n      url: http://thanos.example/receive\n";
    let mut world = plain().file("own.yaml", own);

    let run = world
        .run("init --cluster aks-prod --prometheus monitoring/plain --auth entra-secret --input own.yaml --write --yes")
        .succeeds()
        .mentions(&[
            "`spec.remoteWrite` of monitoring/plain has `mimir`, which this file does not have",
            "monitoring/plain has `spec.volumes`, which this file does not have",
            "monitoring/plain has `spec.serviceMonitorSelector`, which this file does not have",
            "own.yaml lacks values of the cluster that the notes above name",
        ]);

    assert!(!run.stderr().contains("kubectl apply -f own.yaml"));
}

#[test]
fn values_that_a_file_of_the_users_own_would_reset_are_named_and_the_line_asks_for_them() {
    let own = "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: plain, namespace: monitoring}\nspec:\n  \
               version: v3.14.0\n  replicas: 1\n  serviceAccountName: other\n  serviceMonitorSelector: {matchLabels: {team: web}}\n  \
               externalLabels: {region: north}\n  remoteWrite:\n    - {name: mimir, url: 'http://old.example/push?key=1'}\n  \
               volumes: [{name: rules, configMap: {name: rules}}]\n  volumeMounts: [{name: rules, mountPath: /etc/rules}]\n";
    let mut world = plain().file("own.yaml", own);
    let init = "init --accept-unproved --cluster aks-prod --prometheus monitoring/plain --auth user-identity --input own.yaml --write --yes";

    for _ in 0..2 {
        world.run(init).succeeds().mentions(&[
            "`spec.replicas` is `2` in monitoring/plain, and this file makes it `1`",
            "`spec.serviceAccountName` is `prometheus` in monitoring/plain, and this file makes it `other`",
            "`spec.serviceMonitorSelector.matchLabels.team` is `shop` in monitoring/plain, and this file makes it `web`",
            "`spec.remoteWrite[mimir].url` is `http://mimir.example/api/v1/push` in monitoring/plain, and this file makes it \
             `http://old.example/push?…`",
            "only if the values that the notes above name are to change:\n  #   kubectl apply -f own.yaml -n monitoring",
        ]);
    }

    let rendered = world
        .run("render --cluster aks-prod --prometheus monitoring/plain --auth user-identity --input own.yaml --write")
        .succeeds();
    rendered.mentions(&[
        "Next:\n  # only if the values that the notes above name are to change:\n  #   kubectl apply",
    ]);
}

#[test]
fn fields_that_the_installed_definition_lacks_are_refused_before_anything_is_made() {
    let mut world = World::new().scenario("old-definitions");

    world
        .run("init --cluster aks-prod --auth workload-identity --out values.yaml --yes")
        .ends_with(1)
        .mentions(&[
            "prometheuses.monitoring.coreos.com (of Prometheus Operator 0.72.0)",
            "spec.remoteWrite[].azureAd.workloadIdentity",
            "kubectl apply --server-side -f https://",
            "/v0.93.0/",
        ]);

    assert!(!world.path("values.yaml").exists());
    assert!(world.writes().is_empty());
}

/// The file can be written, but a notice reports that nothing was compared, since the Operator runs.
#[test]
fn a_definition_that_is_hidden_is_not_taken_for_one_that_fits() {
    for fault in [
        &["404:GET:/customresourcedefinitions:times=99"][..],
        &[
            "403:GET:/customresourcedefinitions:times=99",
            "403:GET:/openapi:times=99",
        ],
        &[
            "403:GET:/customresourcedefinitions:times=99",
            "404:GET:/openapi:times=99",
        ],
    ] {
        for scenario in ["old-definitions", "example"] {
            let world = World::new().scenario(scenario);
            let mut world = fault.iter().fold(world, |world, one| world.fault(one));

            world
                .run("init --cluster aks-prod --auth workload-identity --out values.yaml --yes")
                .succeeds()
                .mentions(&[
                    "cannot compare the written fields with the definition of prometheuses.monitoring.coreos.com",
                    "kubectl explain prometheuses.spec.remoteWrite --api-version monitoring.coreos.com/v1 --recursive",
                ]);
        }
    }
}

#[test]
fn someone_who_may_not_read_definitions_is_refused_by_what_is_published_of_them() {
    let mut world = World::new()
        .scenario("old-definitions")
        .fault("403:GET:/customresourcedefinitions:times=99");

    world
        .run("init --cluster aks-prod --auth workload-identity --out values.yaml --yes")
        .ends_with(1)
        .mentions(&["spec.remoteWrite[].azureAd.workloadIdentity"]);

    assert!(!world.path("values.yaml").exists());
    assert!(world.writes().is_empty());
}

#[test]
fn a_definition_whose_read_fails_stops_although_everything_else_was_read() {
    for kind in ["reset", "500", "504", "html-error", "truncated-json"] {
        let mut world = World::new()
            .scenario("old-definitions")
            .fault(&format!("{kind}:GET:/customresourcedefinitions:times=99"));

        world
            .run("init --cluster aks-prod --auth workload-identity --out values.yaml --yes")
            .ends_with(1)
            .mentions(&[
                "cannot compare the fields that are written with the definition of prometheuses.monitoring.coreos.com",
                "--force",
            ]);

        assert!(!world.path("values.yaml").exists(), "{kind}");
        assert!(world.writes().is_empty(), "{kind}");
    }
}

#[test]
fn a_field_that_is_no_sign_in_can_be_done_without() {
    let mut world = World::new().scenario("old-definitions");
    let plan = "plan --cluster aks-prod --auth user-identity";

    world.run(plan).ends_with(1).mentions(&[
        "no field `spec.remoteWrite[].queueConfig.sampleAgeLimit`",
        "--force",
    ]);
    world.run(&format!("{plan} --force")).succeeds();
}

#[test]
fn the_objects_that_prometheus_needs_are_named_as_whole_commands() {
    let mut world = plain();

    let document = world
        .run("init --cluster aks-prod --prometheus monitoring/plain --auth workload-identity --out cr.json --yes -o json")
        .succeeds()
        .json();

    let next = document["next"].as_array().unwrap();
    let lines: Vec<&str> = next.iter().filter_map(|one| one["text"].as_str()).collect();
    let annotate = lines.iter().find(|line| line.contains("annotate")).unwrap();
    assert!(
        annotate.starts_with("kubectl annotate serviceaccount prometheus -n monitoring azure."),
        "{annotate}"
    );
    assert!(
        annotate.ends_with("--overwrite --context aks-prod"),
        "{annotate}"
    );
    assert!(
        lines.iter().all(|line| line.starts_with("kubectl ")),
        "{lines:?}"
    );
}

#[test]
fn an_account_of_another_identity_is_not_annotated_by_a_printed_line() {
    let mut world = World::new().scenario("shared-account");
    let answers =
        "--cluster aks-prod --prometheus monitoring/plain --auth workload-identity --out cr.json";
    let warning = "of service account monitoring/prometheus is client id";

    let connected = world.run(&format!("init {answers} --yes")).succeeds();
    let rendered = world.run(&format!("render {answers} --companions"));

    assert!(
        !connected.stderr().contains("kubectl annotate"),
        "{}",
        connected.stderr()
    );
    connected.mentions(&[warning, "--companions"]);
    let rendered = rendered.succeeds().mentions(&[warning]);
    let printed = rendered.stdout();
    assert!(
        printed.contains("the annotation is not changed, since another container may need it")
            && !printed.contains("kubectl annotate")
            && !printed.contains("kind: ServiceAccount"),
        "{printed}"
    );
    let doctor = world.run(
        "doctor --cluster aks-prod --prometheus monitoring/plain --auth workload-identity --only service-account",
    );
    let line =
        "kubectl rollout restart statefulset prometheus-plain -n monitoring --context aks-prod";
    assert!(doctor.stdout().contains(line), "{}", doctor.stdout());
    let overwrites = ["kubectl annotate", "prints"];
    assert!(
        !overwrites
            .iter()
            .any(|words| doctor.stdout().contains(words)),
        "{}",
        doctor.stdout()
    );
}

#[test]
fn values_that_take_the_account_of_another_identity_are_given_to_helm_by_no_printed_line() {
    for (scenario, fault, condition) in [
        (
            "shared-release-account",
            None,
            "only if no other container signs in as client",
        ),
        (
            "two-prometheus",
            Some("403:GET:/serviceaccounts/:service=kubernetes"),
            "only if service account monitoring/kube-prometheus-stack-prometheus is not annotated for another identity",
        ),
    ] {
        let mut world = World::new().scenario(scenario);
        if let Some(fault) = fault {
            world = world.fault(fault);
        }

        let run = world
            .run(
                "init --cluster aks-prod --prometheus monitoring/kube-prometheus-stack-prometheus \
                 --auth workload-identity --out values.yaml --yes",
            )
            .succeeds()
            .mentions(&[condition]);

        let (_, next) = run.stderr().split_once("Next:").unwrap();
        let upgrade = next.lines().find(|line| line.contains("helm upgrade"));
        assert!(upgrade.unwrap().trim_start().starts_with('#'), "{next}");
    }
}

fn own(metadata: &str) -> String {
    format!(
        "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {metadata}\nspec:\n  replicas: 2\n  remoteWrite:\n    \
         - name: mimir\n      url: http://mimir.example/api/v1/push\n"
    )
}

#[test]
fn a_file_of_another_resource_is_refused_before_anything_is_made() {
    let answers = "init --cluster aks-prod --prometheus monitoring/plain --auth entra-secret --input own.yaml --write --yes";
    for (metadata, described) in [
        (
            "{name: other-name, namespace: monitoring}",
            "monitoring/other-name",
        ),
        ("{name: other-name}", "monitoring/other-name"),
        ("{name: plain, namespace: shop}", "shop/plain"),
    ] {
        let mut world = plain().file("own.yaml", &own(metadata));

        world.run(answers).ends_with(2).mentions(&[
            "cannot use own.yaml for Prometheus monitoring/plain",
            &format!("it describes Prometheus {described}"),
            &format!("--prometheus {described}"),
        ]);

        assert_eq!(world.read("own.yaml"), own(metadata));
        assert!(world.writes().is_empty());
    }
}

#[test]
fn a_file_of_another_kind_than_that_of_the_agent_is_refused_before_anything_is_made() {
    let mut world = World::new().scenario("agent").file(
        "own.yaml",
        &own("{name: kube-prometheus-stack-prometheus, namespace: monitoring}"),
    );

    world
        .run(
            "init --accept-unproved --cluster aks-prod --prometheus monitoring/kube-prometheus-stack-prometheus \
             --target custom-resource --auth user-identity --input own.yaml --write --yes",
        )
        .ends_with(2)
        .mentions(&[
            "for PrometheusAgent monitoring/kube-prometheus-stack-prometheus",
            "it describes Prometheus monitoring/kube-prometheus-stack-prometheus",
        ]);

    assert!(world.writes().is_empty());
}

#[test]
fn doctor_prints_the_line_that_keeps_what_else_the_account_has() {
    let mut world = plain();
    let answers = "--cluster aks-prod --prometheus monitoring/plain --auth workload-identity";
    world.run(&format!("apply {answers} --yes")).succeeds();

    let looked = world.run(&format!("doctor {answers} --only service-account"));

    let line = "kubectl annotate serviceaccount prometheus -n monitoring azure.workload.identity/client-id=";
    assert!(looked.stdout().contains(line), "{}", looked.stdout());
}

#[test]
fn a_resource_without_any_selector_is_warned_of_everywhere() {
    let mut world = World::new().scenario("no-selectors");
    let answers = "--cluster aks-prod --prometheus monitoring/plain --auth entra-secret";
    let warning = "Prometheus monitoring/plain has none of serviceMonitorSelector";

    let planned = world.run(&format!("plan {answers}")).succeeds();
    let connected = world.run(&format!("init {answers} --out cr.json --yes"));
    let quiet = world.run(&format!("init {answers} --out cr.json --yes --quiet"));
    let rendered = world.run(&format!("render {answers} --out other.json"));
    let looked = world.run(&format!("doctor {answers} --only cluster-readable"));

    assert!(planned.stdout().contains(warning), "{}", planned.stdout());
    connected.succeeds().mentions(&[warning]);
    quiet.succeeds().mentions(&[warning]);
    rendered.succeeds().mentions(&[warning]);
    assert!(looked.stdout().contains(warning), "{}", looked.stdout());
}

#[test]
fn a_remote_write_of_another_service_with_our_name_is_named_and_kept() {
    let mut world = World::new().scenario("name-taken");

    let run = world
        .run("init --cluster aks-prod --prometheus monitoring/plain --auth entra-secret --out cr.json --yes")
        .ends_with(1)
        .mentions(&[
            "cannot put the connection into Prometheus monitoring/plain",
            "the name `azure-monitor-amw-aks-prod` is already used by a remote write to mimir.example",
            "rename the remote write `azure-monitor-amw-aks-prod` there",
        ]);

    assert!(!run.stderr().contains("line "), "{}", run.stderr());
    assert!(!world.path("cr.json").exists());
    assert!(world.writes().is_empty());
}

#[test]
fn a_resource_of_argo_cd_is_changed_in_its_repository() {
    let own = "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: plain, namespace: monitoring}\nspec:\n  \
               version: v3.14.0\n  replicas: 2\n  serviceAccountName: prometheus\n  serviceMonitorSelector: {matchLabels: {team: shop}}\n  \
               externalLabels: {region: north}\n  remoteWrite:\n    - name: mimir\n      url: http://mimir.example/api/v1/push\n  volumes:\n    - name: rules\n      \
               configMap: {name: rules}\n  volumeMounts:\n    - name: rules\n      mountPath: /etc/rules\n";
    let mut world = World::new().scenario("argo-cd").file("own.yaml", own);
    let answers = "--cluster aks-prod --prometheus monitoring/plain --auth entra-secret --yes";

    let patch = world
        .run(&format!("init {answers} --out cr.json"))
        .succeeds()
        .mentions(&[
            "Argo CD application `shop` owns monitoring/plain",
            "--input FILE",
        ]);
    let file = world
        .run(&format!("init {answers} --input own.yaml --write"))
        .succeeds()
        .mentions(&[
            "Argo CD application `shop` owns monitoring/plain",
            "commit own.yaml to the repository that Argo CD application `shop` reads",
        ]);

    assert!(
        !patch.stderr().contains("kubectl patch"),
        "{}",
        patch.stderr()
    );
    assert!(!file.stderr().contains("--input FILE"), "{}", file.stderr());
    assert!(
        !file.stderr().contains("kubectl apply -f own.yaml"),
        "{}",
        file.stderr()
    );
}

#[test]
fn a_remote_write_that_the_operator_ignores_is_named_in_what_is_left_to_do() {
    let mut world = World::new().scenario("no-selectors");
    let ignored = "so the Prometheus Operator ignores its remoteWrite";

    let init = world.run(
        "init --cluster aks-prod --prometheus monitoring/plain --auth entra-secret --out cr.yaml --yes -o json",
    );

    let report = init.succeeds().mentions(&[ignored]).json();
    assert!(report["next"].to_string().contains(ignored), "{report}");
}

#[test]
fn a_resource_that_the_operator_does_not_act_on_is_named_before_consent_and_in_what_is_left_to_do()
{
    let release = "--prometheus release:kube-prometheus-stack --auth entra-secret";
    let plain = "--prometheus monitoring/plain --auth entra-secret";
    for (scenario, answers, warning, next) in [
        (
            "paused",
            plain,
            "Prometheus monitoring/plain has `paused: true`",
            "remove `paused: true` where it was set",
        ),
        (
            "operator-elsewhere",
            release,
            "the Prometheus Operator does not watch namespace `monitoring`",
            "run a Prometheus Operator that watches this namespace",
        ),
    ] {
        let mut world = World::new().scenario(scenario);

        let plan = world.run(&format!("plan --cluster aks-prod {answers} -o json"));
        let warnings = plan.json()["warnings"].to_string();
        assert!(warnings.contains(warning), "{scenario}: {warnings}");
        let init = format!("init --cluster aks-prod {answers} --out file.yaml --yes -o json");
        let init = world.run(&init).succeeds().mentions(&[warning]);
        let report = init.json();
        assert_eq!(report["verdict"], "ready", "{scenario}");
        assert!(
            report["next"].to_string().contains(next),
            "{scenario}: {report}"
        );
        world
            .run(&format!("apply --cluster aks-prod {answers} --yes"))
            .succeeds()
            .mentions(&[warning]);
        let doctor = world.run(&format!(
            "doctor --cluster aks-prod {answers} --only cluster-readable -o json"
        ));
        let check = &doctor.json()["checks"][0];
        assert_eq!(check["verdict"], "warn", "{scenario}");
        assert!(
            check["found"].as_str().unwrap().starts_with(warning),
            "{scenario}: {check}"
        );
    }
}
