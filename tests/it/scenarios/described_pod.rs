//! Files that name the version and the service account of Prometheus: their content counts.

use crate::support::{CommandOutcome, World};

const RENDER: &str = "render --auth workload-identity --cluster-label prod --write-url \
    https://shop-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24 \
    --client-id cccccccc-cccc-cccc-cccc-cccccccccccc --tenant-id dddddddd-dddd-dddd-dddd-dddddddddddd";

fn rendered(text: &str, flags: &str) -> (World, CommandOutcome) {
    let world = World::new().file("input.yaml", text);
    let run = world.run_alone(&format!("{RENDER} {flags} --input input.yaml"));
    (world, run)
}

const RESOURCE: &str = "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: shop, namespace: shop}\nspec:\n  version: VERSION\n  serviceAccountName: shop-prometheus\n";
const STACK: &str = "prometheus:\n  serviceAccount: {create: false, name: shop-prometheus}\n  prometheusSpec:\n    image: {tag: VERSION}\n";
const CHART: &str = "server:\n  image: {tag: VERSION}\nserviceAccounts:\n  server: {create: false, name: shop-prometheus}\n";

const TARGETS: [(&str, &str); 3] = [
    ("custom-resource", RESOURCE),
    ("kube-prometheus-stack", STACK),
    ("prometheus-chart", CHART),
];

#[test]
fn a_version_in_the_file_that_lacks_workload_identity_is_refused_and_the_sdk_is_offered() {
    for (target, text) in TARGETS {
        let (_, run) = rendered(
            &text.replace("VERSION", "v3.6.0"),
            &format!("--target {target}"),
        );

        run.ends_with(1).mentions(&[
            "Prometheus v3.6.0 does not support workload identity",
            "--azuread sdk",
        ]);
    }
}

#[test]
fn a_version_that_is_given_counts_more_than_that_of_the_file() {
    let (_, run) = rendered(
        &STACK.replace("VERSION", "v3.6.0"),
        "--target kube-prometheus-stack --prometheus-version 3.14.0",
    );

    run.succeeds();
}

#[test]
fn the_service_account_of_the_file_is_the_one_that_is_annotated() {
    for (target, text) in TARGETS {
        let text = text.replace("VERSION", "v3.14.0");

        let (_, run) = rendered(&text, &format!("--target {target} --companions"));

        let run = run.succeeds();
        let annotate = "kubectl annotate serviceaccount shop-prometheus";
        assert!(run.stdout().contains(annotate), "{}", run.stdout());
    }
}

#[test]
fn values_annotate_no_account_that_the_chart_does_not_make() {
    for (target, text) in &TARGETS[1..] {
        let text = text.replace("VERSION", "v3.14.0");

        let (_, run) = rendered(&text, &format!("--target {target}"));

        let run = run.succeeds().mentions(&["--companions"]);
        assert!(!run.stdout().contains("azure.workload.identity/client-id"));
    }
}

#[test]
fn values_annotate_the_account_that_the_chart_makes_under_another_name() {
    let text = "prometheus:\n  serviceAccount: {name: shop-prometheus}\n  prometheusSpec: {}\n";

    let (_, run) = rendered(
        text,
        "--target kube-prometheus-stack --prometheus-version 3.14.0",
    );

    let run = run.succeeds();
    assert!(run.stdout().contains("azure.workload.identity/client-id"));
}

#[test]
fn a_resource_that_names_no_service_account_runs_as_the_default_one() {
    let text = RESOURCE.replace("VERSION", "v3.14.0");
    let text = text.replace("  serviceAccountName: shop-prometheus\n", "");

    let (_, run) = rendered(&text, "--target custom-resource --companions");

    let run = run.succeeds();
    let annotate = "kubectl annotate serviceaccount default -n shop";
    assert!(run.stdout().contains(annotate), "{}", run.stdout());
}
