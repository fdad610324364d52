//! A client secret reaches the file that needs it, and nothing else.

use std::os::unix::fs::PermissionsExt;

use crate::support::World;

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
fn what_is_printed_leaves_the_secret_out_and_says_so() {
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
fn no_process_carries_the_secret_in_its_arguments() {
    let mut world = World::new();
    world.run("apply --yes --auth entra-secret").succeeds();
    let secret = world.read("amw-rw-aks-prod.client-secret");

    let told = world.run("doctor --auth entra-secret -vv -o json");

    assert!(!told.stdout().contains(&secret) && !told.stderr().contains(&secret));
    let arguments = std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| std::fs::read(entry.ok()?.path().join("cmdline")).ok());
    assert!(
        !arguments
            .into_iter()
            .any(|line| String::from_utf8_lossy(&line).contains(&secret))
    );
}
