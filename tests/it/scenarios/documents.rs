//! What a script reads: one JSON document on stdout, with the fields that were promised, whatever became of the command.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::World;

fn keys(value: &Value) -> BTreeSet<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[track_caller]
fn has(value: &Value, wanted: &[&str]) {
    let lacks: Vec<_> = wanted
        .iter()
        .filter(|key| value.get(key).is_none())
        .collect();
    assert!(lacks.is_empty(), "{lacks:?} not in {:?}", keys(value));
}

#[test]
fn plan_and_apply_list_each_step_and_the_target() {
    let mut world = World::new();

    let plan = world.run("plan -o json").succeeds().json();
    let applied = world.run("apply --yes -o json").succeeds().json();

    assert_eq!(plan["schema"], "amw-rw/plan/v1");
    for step in plan["steps"].as_array().unwrap() {
        has(step, &["id", "resource", "action", "why"]);
        let action = step["action"].as_str().unwrap();
        assert!(
            ["none", "create", "update", "delete"].contains(&action),
            "{action}"
        );
    }
    has(&plan["target"], &["path", "diff"]);
    assert_eq!(applied["schema"], "amw-rw/apply/v1");
    for step in applied["steps"].as_array().unwrap() {
        has(step, &["id", "resource", "action", "why", "outcome"]);
    }
}

#[test]
fn init_prints_the_write_url_and_the_command_that_repeats_it() {
    let mut world = World::new();

    let document = world.run("init --yes -o json").succeeds().json();

    assert_eq!(document["schema"], "amw-rw/init/v1");
    has(
        &document,
        &["steps", "target", "endpoint", "verify", "repeat"],
    );
    has(
        &document["endpoint"],
        &["url", "scope", "client_id", "tenant_id"],
    );
    has(&document["verify"], &["verdict", "found", "next"]);
    for step in document["steps"].as_array().unwrap() {
        has(step, &["id", "resource", "action", "why", "outcome"]);
    }
    let role = &document["steps"].as_array().unwrap()[6];
    assert_eq!(role["id"], "role-assignment");
    assert!(
        role["resource"]
            .as_str()
            .unwrap()
            .starts_with("/subscriptions/"),
        "what was made is named by its id: {role}"
    );
}

#[test]
fn doctor_lists_each_check_with_its_verdict() {
    let mut world = World::new();
    world.run("apply --yes").succeeds();

    let document = world.run("doctor -o json").succeeds().json();

    assert_eq!(document["schema"], "amw-rw/doctor/v1");
    for check in document["checks"].as_array().unwrap() {
        has(
            check,
            &["id", "category", "verdict", "found", "next", "seconds"],
        );
        let verdict = check["verdict"].as_str().unwrap();
        assert!(
            ["pass", "warn", "fail", "skip"].contains(&verdict),
            "{verdict}"
        );
    }
}

#[test]
fn a_command_that_fails_prints_a_document_with_the_error() {
    let mut world = World::new().scenario("contributor-only");

    let document = world.run("apply --yes -o json").ends_with(5).json();

    assert_eq!(document["schema"], "amw-rw/error/v1");
    assert_eq!(document["exit_code"], 5);
    has(&document, &["error", "because", "next"]);
}

#[test]
fn a_failed_run_reports_the_result_of_each_step() {
    let mut world = World::new().fault("403:PUT:/roleAssignments/");

    let failed = world.run("apply --yes -o json").ends_with(5).json();

    assert_eq!(failed["schema"], "amw-rw/error/v1");
    let steps = failed["steps"].as_array().unwrap();
    let of = |id: &str| steps.iter().find(|step| step["id"] == id).unwrap();
    assert_eq!(of("workspace")["outcome"], "done");
    let role = of("role-assignment");
    assert_eq!(role["outcome"], "failed");
    assert!(!role["problem"]["because"].as_array().unwrap().is_empty());
}

#[test]
fn blockers_are_in_the_document_of_plan_and_of_apply() {
    let mut world = World::new().scenario("reader-only");

    let plan = world
        .run("plan -o json --service-account monitoring/prometheus")
        .succeeds()
        .json();
    let apply = world
        .run("apply --yes -o json --service-account monitoring/prometheus")
        .ends_with(5)
        .json();

    assert_eq!(plan["schema"], "amw-rw/plan/v1");
    let findings = plan["preflight"].as_array().unwrap();
    assert!(!findings.is_empty());
    for finding in findings {
        has(finding, &["step", "because", "next"]);
    }
    let steps = apply["steps"].as_array().unwrap();
    let blocked = steps.iter().filter(|step| step.get("problem").is_some());
    assert!(blocked.clone().count() > 0, "{steps:?}");
    assert!(
        steps
            .iter()
            .all(|step| ["kept", "not-run"].contains(&step["outcome"].as_str().unwrap()))
    );
    assert!(world.writes().is_empty());
}
