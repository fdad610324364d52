//! A file that is written and is not the input: what another file has is kept.

use crate::support::World;

const OFFLINE: &str = "--auth user-identity --target prometheus-yml --prometheus-version 3.14.0 --cluster-label prod \
    --write-url https://w-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24 \
    --client-id cccccccc-cccc-cccc-cccc-cccccccccccc";

const MINE: &str = "global:\n  scrape_interval: 5s\n";
const OTHER: &str =
    "rule_files: [rules.yml]\nremote_write:\n- name: mimir\n  url: https://mimir.example/push\n";
const LOST: &[&str] = &[
    "cannot write a new file to other.yml",
    "`rule_files`, `remote_write[mimir]`",
    "--input other.yml --write",
    "--out FILE",
];

fn world() -> World {
    World::new().file("mine.yml", MINE).file("other.yml", OTHER)
}

#[track_caller]
fn is_kept(world: &World) {
    assert_eq!(world.read("other.yml"), OTHER);
    assert_eq!(world.read("mine.yml"), MINE);
    assert!(!world.path("other.yml.bak").exists());
}

#[test]
fn a_patched_file_does_not_replace_another_one_that_has_more() {
    let spec = "connections:\n- cluster: aks-prod\n  target: prometheus-yml\n  out: other.yml\n";
    let world = world();
    let spec_world = self::world().file("amw-rw.yaml", spec);

    for (world, out) in [(&world, "--out other.yml"), (&spec_world, "")] {
        world
            .run_alone(&format!("render {OFFLINE} --input mine.yml {out}"))
            .ends_with(2)
            .mentions(LOST);
        is_kept(world);
    }
}

#[test]
fn init_refuses_another_file_that_has_more_before_it_writes_to_azure() {
    let values = "grafana: {adminUser: ada}\nprometheus:\n  prometheusSpec: {replicas: 2}\n";
    let mut world = World::new()
        .file("mine.yaml", "prometheus:\n  prometheusSpec: {}\n")
        .file("other.yaml", values);

    world
        .run("init --accept-unproved --yes --auth user-identity --input mine.yaml --out other.yaml")
        .ends_with(2)
        .mentions(&["cannot write a new file to other.yaml", "`grafana`"]);

    assert_eq!(world.read("other.yaml"), values);
    assert_eq!(world.writes(), []);
}

#[test]
fn an_earlier_output_changes_as_the_connection_does() {
    let world = World::new().file("mine.yml", MINE);
    let render = format!("render {OFFLINE} --input mine.yml --out new.yml");
    world.run_alone(&render).succeeds();

    let moved = render.replace(
        "dcr-0123456789abcdef0123456789abcdef",
        "dcr-ffffffffffffffffffffffffffffffff",
    );
    world.run_alone(&moved).succeeds();

    assert!(world.read("new.yml").contains("dcr-ffffffff"));
    assert!(!world.read("new.yml").contains("dcr-01234567"));
}

#[test]
fn comments_of_an_earlier_output_are_shown_before_they_are_left_in_the_backup_alone() {
    let world = World::new().file("mine.yml", MINE);
    let render = format!("render {OFFLINE} --input mine.yml --out new.yml");
    world.run_alone(&render).succeeds();
    let commented = world
        .read("new.yml")
        .replace("global:", "# ask Ada\nglobal:");
    std::fs::write(world.path("new.yml"), commented).unwrap();

    world.run_alone(&render).succeeds().mentions(&[
        "note: the file that is replaced has a comment that the new text does not have: # ask Ada",
        "new.yml.bak",
    ]);

    assert!(world.read("new.yml.bak").contains("# ask Ada"));
}

#[test]
fn another_spelling_of_the_input_is_the_input() {
    let world = World::new().file("mine.yml", MINE);

    world
        .run_alone(&format!(
            "render {OFFLINE} --input mine.yml --out ./mine.yml"
        ))
        .succeeds();

    assert!(world.read("mine.yml").contains("remote_write:"));
    assert_eq!(world.read("mine.yml.bak"), MINE);
}

#[test]
fn a_migrated_file_does_not_replace_another_one_that_has_more() {
    let values = include_str!("../../data/migrate/values-user-assigned.yaml");
    let other = "grafana: {adminUser: ada}\n";
    let world = World::new()
        .file("values.yaml", values)
        .file("other.yaml", other);

    world
        .run_alone("migrate --input values.yaml --prometheus-version 3.14.0 --out other.yaml")
        .ends_with(2)
        .mentions(&[
            "cannot write a new file to other.yaml",
            "`grafana.adminUser`",
        ]);

    assert_eq!(world.read("other.yaml"), other);
    assert_eq!(world.read("values.yaml"), values);
}
