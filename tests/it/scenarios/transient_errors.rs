//! A run that stops half-way reports what was done, and the next one continues from there.

use std::time::{Duration, Instant};

use crate::support::World;

#[test]
fn a_step_that_fails_leaves_a_state_that_the_next_run_completes() {
    let mut world = World::new().fault("403:PUT:/roleAssignments/:times=1");
    world
        .run("apply --yes")
        .ends_with(5)
        .mentions(&["done: ", "workspace", "continues from here"]);
    let writes = world.writes().len();

    world.run("apply --yes").succeeds();

    let again: Vec<_> = world.writes().split_off(writes);
    assert_eq!(again.len(), 1, "{again:?}");
    assert!(again[0].path.contains("/roleAssignments/"), "{again:?}");
}

#[test]
fn the_remote_write_waits_until_the_role_counts() {
    let mut world = World::new()
        .sandbox_flag("--role-propagation", "2s")
        .file("values.yaml", "prometheus: {}\n");

    world
        .run("init --yes --input values.yaml --write")
        .succeeds();

    let refused = world
        .requests()
        .iter()
        .filter(|request| request.service == "ingestion" && request.status == 403)
        .count();
    assert!(refused > 0, "the first samples were refused");
    assert!(world.read("values.yaml").contains("additionalRemoteWrite"));
}

#[test]
fn a_role_that_never_counts_keeps_the_file_as_it_was() {
    let mut world = World::new()
        .sandbox_flag("--role-propagation", "1h")
        .file("values.yaml", "prometheus: {}\n");

    world
        .run("init --yes --input values.yaml --write --wait 1s")
        .ends_with(5)
        .mentions(&["no file was written", "run the same command again"]);

    assert_eq!(world.read("values.yaml"), "prometheus: {}\n");
}

#[test]
fn without_the_right_to_query_the_sample_counts_as_accepted() {
    let mut world = World::new().scenario("no-data-reader");

    let document = world.run("init --yes -o json").succeeds().json();

    assert_eq!(document["verify"]["verdict"], "warn", "{document}");
    assert!(
        document["verify"]["next"]
            .to_string()
            .contains("Monitoring Data Reader"),
        "{document}"
    );
}

#[test]
fn a_gateway_that_stumbles_twice_is_asked_again() {
    let mut world = World::new().fault("html-error:GET:/accounts/:times=2");

    world.run("plan").succeeds();
}

#[test]
fn a_user_without_a_token_for_queries_gets_the_reason_at_once() {
    let mut world =
        World::new().variable("AMW_RW_QUERY_SCOPE", "https://elsewhere.example/.default");
    world.run("apply --yes").succeeds();

    let run = world.run("doctor --only read-back -o json").succeeds();

    let check = &run.json()["checks"][0];
    assert_eq!(check["verdict"], "skip", "{check}");
    assert!(
        check["next"][0]["text"]
            .as_str()
            .unwrap()
            .contains("--cloud"),
        "{check}"
    );
    assert!(
        !run.stderr().contains("not visible yet"),
        "{}",
        run.stderr()
    );
}

#[test]
fn a_service_that_slows_us_down_is_named_while_we_wait() {
    let mut world = World::new().fault("429:GET:/accounts/:times=1:retry-after=5");

    let run = world.run("plan").succeeds();

    assert_eq!(
        run.stderr().matches("throttles requests (429)").count(),
        1,
        "{}",
        run.stderr()
    );
}

#[test]
fn a_query_endpoint_that_asks_for_an_hour_is_not_asked_for_three_minutes() {
    let mut world = World::new().fault("429:GET:/api/v1/query:service=query:retry-after=3600");
    let started = Instant::now();

    let document = world.run("init --yes -o json").succeeds().json();

    assert_eq!(document["verify"]["verdict"], "warn", "{document}");
    assert!(started.elapsed() < Duration::from_secs(60));
    let queries = world.requests();
    let queries = queries.iter().filter(|one| one.service == "query");
    assert_eq!(queries.count(), 1);
}

#[test]
fn doctor_fails_the_check_whose_answer_cannot_be_read() {
    for (fault, failed) in [
        (
            "truncated-json:GET:/microsoft.monitor/accounts/",
            "workspace-exists",
        ),
        (
            "truncated-json:GET:/datacollectionendpoints/",
            "ingestion-endpoint",
        ),
        (
            "truncated-json:GET:/federatedidentitycredentials",
            "federated-credential",
        ),
        ("truncated-json:GET:/roleassignments", "role-assignment"),
    ] {
        let mut world = World::new();
        world.run("init --yes --save --out values.yaml").succeeds();
        world.set_faults(fault);

        let document = world.run("doctor -o json").ends_with(4).json();

        let checks = document["checks"].as_array().unwrap();
        let of = |verdict| {
            let chosen = checks
                .iter()
                .filter(move |check| check["verdict"] == verdict);
            chosen.collect::<Vec<_>>()
        };
        let failures = of("fail");
        assert_eq!(failures.len(), 1, "{fault}: {failures:?}");
        assert_eq!(failures[0]["id"], failed, "{fault}");
        assert_ne!(failures[0]["next"].as_array().unwrap().len(), 0);
    }
}
