//! A client secret reaches the file that needs it, and nothing else.

use std::os::unix::fs::PermissionsExt;

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::support::World;
use crate::support::pod_identity::create_in_cluster;

fn mode(world: &World, name: &str) -> u32 {
    std::fs::metadata(world.path(name))
        .unwrap()
        .permissions()
        .mode()
        & 0o777
}

#[test]
fn the_secret_is_in_two_private_files_and_nowhere_else() {
    let mut world = World::new().file("prometheus.yml", "global: {}\n");

    let run = world
        .run("init --yes -vv --auth entra-secret --prometheus file:prometheus.yml --prometheus-version 3.14.0 --write")
        .succeeds();

    let secret = world.read("amw-rw-aks-prod.client-secret");
    assert!(secret.len() > 20, "a secret was kept");
    assert!(world.read("prometheus.yml").contains(&secret));
    assert!(!run.stdout().contains(&secret) && !run.stderr().contains(&secret));
    assert!(!world.read("journal.jsonl").contains(&secret));
    assert!(run.stderr().contains("The client secret is in"));
    assert!(!world.path("amw-rw-aks-prod.client-secret.bak").exists());
    assert_eq!(mode(&world, "amw-rw-aks-prod.client-secret"), 0o600);
    assert_eq!(
        mode(&world, "prometheus.yml") & 0o007,
        0,
        "others may not read it"
    );
}

#[test]
fn a_copy_of_a_file_that_others_may_not_read_is_closed_to_them_too() {
    const RENDER: &str = "render --auth user-identity --write-url \
        https://amw-x.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-1234567890abcdef1234567890abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24 \
        --client-id 11111111-1111-1111-1111-111111111111 --cluster-label prod --prometheus-version 3.14.0";
    const THEIRS: &str =
        "scrape_configs:\n- job_name: a\n  basic_auth: {username: a, password: S3cretOfTheUser}\n";
    for (input_mode, expected) in [(0o600, 0), (0o640, 0), (0o644, 0o004)] {
        let mut world = World::new().file("closed.yml", THEIRS);
        let of_input = std::fs::Permissions::from_mode(input_mode);
        std::fs::set_permissions(world.path("closed.yml"), of_input).unwrap();

        world
            .run(&format!("{RENDER} --input closed.yml --out copy.yml"))
            .succeeds();

        assert_eq!(mode(&world, "copy.yml") & 0o007, expected, "{input_mode:o}");
    }
}

#[test]
fn printed_output_leaves_the_secret_out_and_reports_it() {
    let mut world = World::new();
    world.run("apply --yes --auth entra-secret").succeeds();
    let secret = world.read("amw-rw-aks-prod.client-secret");

    let run = world
        .run("render --auth entra-secret --target prometheus-yml --prometheus-version 3.14.0")
        .succeeds();

    assert!(run.stdout().contains("client_secret"));
    assert!(!run.stdout().contains(&secret));
    assert!(
        run.stderr().contains("secrets are left out"),
        "{}",
        run.stderr()
    );
    let diff = world
        .run("plan --auth entra-secret --target prometheus-yml --prometheus-version 3.14.0 -o json")
        .succeeds();
    assert!(!diff.stdout().contains(&secret));
}

#[test]
fn values_refer_to_a_kubernetes_secret_whose_manifest_is_private() {
    let mut world = World::new().file("values.yaml", "prometheus: {}\n");

    let run = world
        .run("init --yes --auth entra-secret --input values.yaml --write")
        .succeeds();

    let secret = world.read("amw-rw-aks-prod.client-secret");
    assert!(!world.read("values.yaml").contains(&secret));
    let manifest = "azure-monitor-amw-aks-prod.secret.yaml";
    assert!(world.read(manifest).contains(&secret));
    assert_eq!(mode(&world, manifest), 0o600);
    assert!(
        run.stderr().contains("kubectl apply -f"),
        "{}",
        run.stderr()
    );
}

#[test]
fn the_secret_of_another_application_is_not_replaced() {
    let mut world = World::new().scenario("plain-resource");
    let init = "init --cluster aks-prod --prometheus monitoring/plain --auth entra-secret --yes";
    world.run(&format!("{init} --out one.json")).succeeds();
    let manifest = world.read("azure-monitor-amw-aks-prod.secret.yaml");
    let mut secret: serde_json::Value = serde_yaml::from_str(&manifest).unwrap();
    let value = secret["stringData"]["client-secret"].as_str().unwrap();
    secret["data"] = serde_json::json!({"client-secret": STANDARD.encode(value)});
    secret.as_object_mut().unwrap().remove("stringData");
    create_in_cluster(&world, "/api/v1/namespaces/monitoring/secrets", &secret);
    let writes = world.writes().len();

    world
        .run(&format!("{init} --identity app-two --out two.json"))
        .ends_with(1)
        .mentions(&[
            "holds the client secret of another application",
            "--identity ",
            "kubectl annotate secret azure-monitor-amw-aks-prod -n monitoring amw-rw/client-id-",
        ]);

    assert_eq!(world.writes().len(), writes);
    assert!(!world.path("two.json").exists());
    assert_eq!(
        world.read("azure-monitor-amw-aks-prod.secret.yaml"),
        manifest
    );
    world.run(&format!("{init} --out one.json")).succeeds();
}

#[test]
fn what_a_user_wrote_into_the_manifest_is_not_overwritten() {
    let mut world = World::new().scenario("plain-resource");
    let init = "init --cluster aks-prod --prometheus monitoring/plain --auth entra-secret --yes --out one.json";
    world.run(init).succeeds();
    let manifest = world.read("azure-monitor-amw-aks-prod.secret.yaml");
    let edited = format!("{manifest}  other-key: theirs\n");
    std::fs::write(
        world.path("azure-monitor-amw-aks-prod.secret.yaml"),
        &edited,
    )
    .unwrap();

    world.run(init).ends_with(1).mentions(&[
        "it contains keys that this manifest would remove: `stringData.other-key`",
        "move that to a manifest of its own",
    ]);

    assert_eq!(world.read("azure-monitor-amw-aks-prod.secret.yaml"), edited);
}

#[test]
fn the_manifest_of_another_application_is_not_overwritten() {
    let mut world = World::new().scenario("plain-resource");
    let init = "init --cluster aks-prod --prometheus monitoring/plain --auth entra-secret --yes";
    world.run(&format!("{init} --out one.json")).succeeds();
    let manifest = world.read("azure-monitor-amw-aks-prod.secret.yaml");
    let writes = world.writes().len();

    world
        .run(&format!("{init} --identity app-two --out two.json"))
        .ends_with(1)
        .mentions(&[
            "it exists and holds the client secret of another application",
            "--identity ",
            "rm ./azure-monitor-amw-aks-prod.secret.yaml",
        ]);

    assert_eq!(world.writes().len(), writes);
    assert!(!world.path("two.json").exists());
    assert_eq!(
        world.read("azure-monitor-amw-aks-prod.secret.yaml"),
        manifest
    );
    world.run(&format!("{init} --out one.json")).succeeds();
}

#[test]
fn what_was_applied_to_a_secret_without_our_key_is_not_taken_away() {
    let mut world = World::new().scenario("plain-resource");
    let mut secret = serde_json::json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "azure-monitor-amw-aks-prod", "namespace": "monitoring",
                     "labels": {"team": "shop"}, "annotations": {"note": "ours"}},
        "data": {"other": STANDARD.encode("value")},
    });
    let last = secret.to_string();
    secret["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] =
        last.into();
    world.start_sandbox();
    create_in_cluster(&world, "/api/v1/namespaces/monitoring/secrets", &secret);

    world
        .run("init --cluster aks-prod --prometheus monitoring/plain --auth entra-secret --yes --out one.json")
        .ends_with(1)
        .mentions(&["`data.other`, `metadata.labels.team`, `metadata.annotations.note`"]);

    assert_eq!(world.writes(), []);
    assert!(!world.path("one.json").exists());
}

#[test]
fn no_process_carries_the_secret_in_its_arguments() {
    let mut world = World::new();
    world.run("apply --yes --auth entra-secret").succeeds();
    let secret = world.read("amw-rw-aks-prod.client-secret");

    let run = world.run("doctor --auth entra-secret -vv -o json");

    assert!(!run.stdout().contains(&secret) && !run.stderr().contains(&secret));
    let arguments = std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| std::fs::read(entry.ok()?.path().join("cmdline")).ok());
    assert!(
        !arguments
            .into_iter()
            .any(|line| String::from_utf8_lossy(&line).contains(&secret))
    );
}
