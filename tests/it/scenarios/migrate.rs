//! Off the sidecar: what becomes of files and of what runs, what is asked for, and what is left alone.

use crate::support::World;

const VALUES: &str = include_str!("../../data/migrate/values-user-assigned.yaml");
const PLAIN: &str = include_str!("../../data/migrate/prometheus.yml");
const RESOURCE: &str = include_str!("../../data/migrate/prometheus-resource.yaml");
const DEPLOYMENT: &str = include_str!("../../data/migrate/deployment.yaml");

#[test]
fn values_are_migrated_in_place_with_a_backup_and_the_way_back_is_printed() {
    let world = World::new().file("values.yaml", VALUES);

    let run = world
        .run_alone("migrate --input values.yaml --prometheus-version 3.14.0 --write")
        .succeeds();

    let written = world.read("values.yaml");
    assert!(
        written.contains("azureAd:") && written.contains("containers: []"),
        "{written}"
    );
    assert_eq!(world.read("values.yaml.bak"), VALUES);
    assert_eq!(run.stdout(), "");
    run.tells(&[
        "Found the Azure Monitor sidecar in container `prom-remotewrite` on port 8081.",
        "Removed: container `prom-remotewrite`.",
        "-      - url: http://localhost:8081/api/v1/write",
        "to apply it, give Helm values.yaml with all your other values files and `--reset-values`",
        "look first at what the release has:
  helm get values RELEASE -n NAMESPACE -o yaml",
        "the pod restarts",
        "every sample arrives twice",
        "values.yaml.bak back",
        "2027-03-31",
    ]);
}

#[test]
fn the_way_back_leads_to_the_very_same_file() {
    let world = World::new().file("values.yaml", VALUES);
    world
        .run_alone("migrate --input values.yaml --prometheus-version 3.14.0 --write")
        .succeeds();

    std::fs::rename(world.path("values.yaml.bak"), world.path("values.yaml")).unwrap();

    assert_eq!(world.read("values.yaml"), VALUES);
    world
        .run_alone("migrate --input values.yaml --prometheus-version 3.14.0 --check")
        .ends_with(3);
}

#[test]
fn check_exits_with_three_until_there_is_nothing_left_to_migrate() {
    let world = World::new().file("values.yaml", VALUES);
    let check = "migrate --input values.yaml --prometheus-version 3.14.0 --check";

    world.run_alone(check).ends_with(3);
    assert_eq!(world.read("values.yaml"), VALUES);

    world
        .run_alone("migrate --input values.yaml --prometheus-version 3.14.0 --write")
        .succeeds();
    world
        .run_alone(check)
        .succeeds()
        .tells(&["There is nothing to migrate"]);
}

#[test]
fn without_a_place_to_write_to_the_file_goes_to_stdout_and_progress_to_stderr() {
    let world = World::new().file("values.yaml", VALUES);

    let run = world
        .run_alone("migrate --input values.yaml --prometheus-version 3.14.0")
        .succeeds();

    assert!(
        run.stdout()
            .starts_with("# kube-prometheus-stack, production cluster.")
    );
    assert!(run.stdout().contains("containers: []"));
    assert_eq!(world.read("values.yaml"), VALUES);
    run.tells(&["Found the Azure Monitor sidecar"]);
}

#[test]
fn a_plain_file_and_the_manifest_of_its_pod_are_enough() {
    let world = World::new()
        .file("prometheus.yml", PLAIN)
        .file("deployment.yaml", DEPLOYMENT);

    let run = world
        .run_alone("migrate --input prometheus.yml --sidecar deployment.yaml --diff")
        .succeeds();

    assert!(
        run.stdout().contains("+    managed_identity:"),
        "{}",
        run.stdout()
    );
    run.tells(&["Found the Azure Monitor sidecar in container `azure` on port 8081."]);
}

#[test]
fn the_file_of_a_resource_is_compared_with_the_cluster_before_it_is_applied() {
    let without_namespace = RESOURCE.replace("  namespace: monitoring\n", "");
    for (text, line) in [
        (RESOURCE, ":\n  kubectl diff -f cr.yaml -n monitoring"),
        (
            &*without_namespace,
            "the file names none:\n  kubectl diff -f cr.yaml -n NAMESPACE",
        ),
    ] {
        let world = World::new().file("cr.yaml", text);

        let run = world
            .run_alone("migrate --input cr.yaml --prometheus-version 3.14.0 --write")
            .succeeds()
            .tells(&["applying it takes away what only the cluster has", line]);

        assert!(!run.stderr().contains("kubectl apply"), "{}", run.stderr());
    }
}

#[test]
fn what_no_file_tells_is_listed_at_once_with_its_flags() {
    let world = World::new().file("prometheus.yml", PLAIN);

    world
        .run_alone("migrate --input prometheus.yml")
        .ends_with(2)
        .tells(&[
            "5 required options are missing",
            "--sidecar",
            "--write-url",
            "--auth",
            "--client-id",
            "--tenant-id",
        ]);
}

#[test]
fn a_prometheus_that_is_too_old_is_named_with_the_version_that_can() {
    let world = World::new().file("values.yaml", VALUES);

    world
        .run_alone("migrate --input values.yaml --prometheus-version 2.44.0")
        .ends_with(1)
        .tells(&[
            "Prometheus 2.44.0 does not support user-assigned identities (added in 2.45.0)",
            "upgrade Prometheus",
            "keep the sidecar until then",
        ]);

    assert_eq!(world.read("values.yaml"), VALUES);
}

#[test]
fn a_release_is_read_from_the_cluster_and_only_what_changes_is_handed_out() {
    let mut world = World::new().scenario("sidecar");

    let run = world
        .run("migrate --cluster aks-prod --prometheus release:kube-prometheus-stack")
        .succeeds();

    let values = run.stdout();
    assert!(
        values.contains("containers: []") && values.contains("managedIdentity"),
        "{values}"
    );
    assert!(
        !values.contains("retention"),
        "what stays is not in it:\n{values}"
    );
    run.tells(&[
        "Found the Azure Monitor sidecar",
        "to go back, helm rollback kube-prometheus-stack 1 -n monitoring --kube-context aks-prod",
        "helm upgrade kube-prometheus-stack REPOSITORY/kube-prometheus-stack --version 88.5.3 -n monitoring --reset-then-reuse-values",
    ]);
    assert_eq!(world.writes(), []);
}

#[test]
fn the_only_prometheus_of_the_only_cluster_need_not_be_named() {
    let mut world = World::new().scenario("sidecar");

    let told = world.run("migrate --diff -o json").succeeds().json();

    assert_eq!(told["schema"], "amw-rw/migrate/v1");
    assert_eq!(told["sidecar"]["container"], "prom-remotewrite");
    assert_eq!(told["native"]["auth"], "user-identity");
    assert_eq!(told["native"]["cluster_label"], "aks-prod");
    assert_eq!(told["up_to_date"], false);
}

#[test]
fn a_resource_that_helm_owns_gets_the_warning_that_helm_restores_the_sidecar() {
    let mut world = World::new().scenario("sidecar");

    let run = world
        .run("migrate --prometheus monitoring/kube-prometheus-stack-prometheus")
        .succeeds();

    let patch: Vec<serde_json::Value> = serde_json::from_str(run.stdout()).unwrap();
    let paths = |op: &str| -> Vec<String> {
        let all = patch.iter().filter(|one| one["op"] == op);
        all.map(|one| one["path"].as_str().unwrap().to_owned())
            .collect()
    };
    let tests = paths("test");
    let changed: Vec<String> = paths("add").into_iter().chain(paths("remove")).collect();
    assert!(
        changed.contains(&"/spec/remoteWrite".to_owned()),
        "{patch:?}"
    );
    assert!(changed.iter().all(|path| tests.contains(path)), "{patch:?}");
    run.tells(&["--prometheus release:kube-prometheus-stack"]);
}

#[test]
fn without_a_sidecar_in_the_cluster_there_is_nothing_to_do() {
    let mut world = World::new();

    world
        .run_alone("migrate --sandbox")
        .succeeds()
        .tells(&["There is nothing to migrate"]);
    world
        .run("migrate --prometheus release:kube-prometheus-stack")
        .succeeds()
        .tells(&["There is nothing to migrate"]);
    world
        .run("migrate --prometheus release:other")
        .ends_with(2)
        .tells(&["no deployed release of that name"]);
    world
        .run("migrate --prometheus monitoring/other")
        .ends_with(2)
        .tells(&["no Prometheus and no PrometheusAgent"]);
}
