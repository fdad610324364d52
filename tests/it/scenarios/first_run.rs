//! The first run makes everything, proves it, and prints how to repeat it.

use crate::support::World;

#[test]
fn one_command_connects_the_prometheus_of_the_only_cluster() {
    let mut world = World::new();

    let run = world.run("init --yes -o json").succeeds();

    let document = run.json();
    assert_eq!(document["schema"], "amw-rw/init/v1");
    assert_eq!(document["verify"]["verdict"], "pass", "{document}");
    assert_eq!(
        document["endpoint"]["scope"],
        "https://monitor.azure.com//.default"
    );
    let outcomes: Vec<&str> = document["steps"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|step| step["outcome"].as_str())
        .collect();
    assert!(
        outcomes
            .iter()
            .all(|outcome| ["done", "kept"].contains(outcome)),
        "{outcomes:?}"
    );
}

#[test]
fn the_values_on_stdout_are_clean_enough_for_a_pipe() {
    let mut world = World::new();

    let run = world.run("init --yes").succeeds();

    let values: serde_yaml::Value = serde_yaml::from_str(run.stdout()).unwrap();
    let entry = &values["prometheus"]["prometheusSpec"]["additionalRemoteWrite"][0];
    assert!(
        entry["url"]
            .as_str()
            .unwrap()
            .contains("/dataCollectionRules/dcr-"),
        "{entry:?}"
    );
    assert_eq!(
        values["prometheus"]["prometheusSpec"]["externalLabels"]["cluster"],
        "aks-prod"
    );
}

#[test]
fn every_way_of_signing_in_ends_with_a_file_that_names_the_rule() {
    for sign_in in ["user-identity", "entra-secret", "workload-identity"] {
        let mut world =
            World::new().file("prometheus.yml", "global:\n  scrape_interval: 15s # ours\n");

        let run = world.run(&format!(
            "init --accept-unproved --yes -o json --auth {sign_in} --prometheus file:prometheus.yml --prometheus-version 3.14.0 \
             --service-account monitoring/kube-prometheus-stack-prometheus --write"
        ));

        let url = run.succeeds().json()["endpoint"]["url"]
            .as_str()
            .unwrap()
            .to_owned();
        let written = world.read("prometheus.yml");
        assert!(written.contains(&url), "{sign_in}: {written}");
        assert!(
            written.starts_with("global:\n  scrape_interval: 15s # ours\n"),
            "{sign_in}: {written}"
        );
        assert_eq!(
            world.read("prometheus.yml.bak"),
            "global:\n  scrape_interval: 15s # ours\n"
        );
    }
}

#[test]
fn the_line_that_it_ends_with_repeats_it_without_a_question_or_a_change() {
    let mut world = World::new();
    let first = world.run("init --yes -o json").succeeds().json();
    let line = first["repeat"]
        .as_str()
        .unwrap()
        .strip_prefix("amw-rw ")
        .unwrap()
        .to_owned();
    let writes = world.writes();

    world.run(&line).succeeds();

    assert_eq!(world.writes(), writes);
}

#[test]
fn the_saved_spec_is_enough_for_every_later_command() {
    let mut world = World::new().file("values.yaml", "prometheus: {}\n");
    world
        .run("init --yes --save --input values.yaml --write")
        .succeeds();

    let plan = world.run("plan --exit-code -o json").succeeds().json();

    assert_eq!(plan["changes"], 0, "{plan}");
    assert_eq!(plan["target"]["diff"], "", "{plan}");
    let checks = world.run("doctor -o json").succeeds().json();
    assert!(checks["checks"].as_array().unwrap().len() > 10, "{checks}");
}

#[test]
fn a_spec_file_with_comments_is_not_replaced() {
    let mine = "# of the platform team\nconnections:\n  - cluster: aks-prod # the big one\n    auth: user-identity\n";
    let mut world = World::new().file("amw-rw.yaml", mine);

    world
        .run("init --yes --save --out values.yaml")
        .ends_with(2)
        .mentions(&[
            "cannot save the spec to",
            "it has comments",
            "without --save",
        ]);

    assert_eq!(world.read("amw-rw.yaml"), mine);
    assert_eq!(world.writes(), []);
}

#[test]
fn a_spec_file_that_was_saved_is_saved_again() {
    let mut world = World::new();
    let save = "init --yes --save --out values.yaml";
    world.run(save).succeeds();
    let saved = world.read("amw-rw.yaml");

    world.run(save).succeeds();

    assert_eq!(world.read("amw-rw.yaml"), saved);
}

#[test]
fn plan_shows_what_would_be_made_and_writes_nothing() {
    let mut world = World::new();

    let plan = world.run("plan --exit-code -o json").ends_with(3).json();

    let actions: Vec<(&str, &str)> = plan["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| {
            (
                step["id"].as_str().unwrap(),
                step["action"].as_str().unwrap(),
            )
        })
        .collect();
    assert!(actions.contains(&("workspace", "create")), "{actions:?}");
    assert!(
        actions.contains(&("provider-registration", "update")),
        "{actions:?}"
    );
    assert_eq!(world.writes(), []);
}

#[test]
fn a_file_without_a_proof_needs_consent_that_yes_does_not_give() {
    let mut world = World::new();
    let init = "init --yes -o json --auth user-identity --out values.yaml";

    world
        .run(init)
        .ends_with(1)
        .mentions(&["cannot test this identity", "--accept-unproved"]);
    assert!(!world.path("values.yaml").exists());

    let run = world.run(&format!("{init} --accept-unproved")).succeeds();
    let document = run.json();
    assert_eq!(document["verdict"], "unproved");
    let repeat = document["repeat"].as_str().unwrap();
    assert!(repeat.contains("--accept-unproved"), "{repeat}");
    assert!(world.path("values.yaml").exists());
}

#[test]
fn plan_sends_as_many_requests_as_the_page_of_performance_states() {
    let mut world = World::new();
    world.run("init --yes").succeeds();
    let before = world.requests().len();

    world.run("plan").succeeds();

    let page = include_str!("../../../docs/performance.md");
    let mut rows = page.lines();
    let row = rows
        .find(|row| row.contains("requests of a `plan`"))
        .unwrap();
    let counted: usize = row.split('|').nth(2).unwrap().trim().parse().unwrap();
    assert_eq!(world.requests().len() - before, counted);
}
