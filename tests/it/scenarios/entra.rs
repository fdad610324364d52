//! Applications of Entra, their secrets and roles: made once, and never those of another owner.

use serde_json::Value;

use crate::support::{JournalRequest, World};

const RULE: &str = "/resourceGroups/MA_amw-aks-prod_westeurope_managed/providers/Microsoft.Insights/dataCollectionRules/amw-aks-prod";

pub(super) fn applications_made(world: &World) -> usize {
    let is_creation = |request: &JournalRequest| {
        request.status == 201
            && (request.path.ends_with("/applications")
                || request.path.contains("/applications(uniqueName="))
    };
    world
        .writes()
        .iter()
        .filter(|request| is_creation(request))
        .count()
}

/// The one application that the scenarios make.
pub(super) fn application(world: &World) -> Value {
    let directory = world.directory();
    let all = directory["value"].as_array().unwrap().iter();
    let found: Vec<_> = all
        .filter(|one| one["displayName"] == "amw-rw-aks-prod")
        .collect();
    assert_eq!(found.len(), 1, "{directory}");
    found[0].clone()
}

/// The secrets of that application.
pub(super) fn secrets(world: &World) -> Vec<Value> {
    let application = application(world);
    application["passwordCredentials"]
        .as_array()
        .unwrap()
        .clone()
}

/// How many role assignments are on the data collection rule itself.
pub(super) fn roles_on_rule(world: &World) -> usize {
    let assignments = world.resource_manager_get(
        &format!("{RULE}/providers/Microsoft.Authorization/roleAssignments"),
        "2022-04-01",
    );
    let is_on_rule = |one: &&Value| {
        let scope = one["properties"]["scope"].as_str().unwrap_or_default();
        scope.ends_with("/amw-aks-prod")
    };
    let all = assignments["value"].as_array().unwrap();
    all.iter().filter(is_on_rule).count()
}

/// Runs again until the world is as it should be: one secret, and the one that is held.
pub(super) fn one_secret_after_running_again(mut world: World) {
    world.run("apply --yes --auth entra-secret").succeeds();
    let listed = secrets(&world);
    assert_eq!(listed.len(), 1, "{listed:?}");
    let held = world.read("amw-rw-aks-prod.client-secret");
    assert!(held.starts_with(listed[0]["hint"].as_str().unwrap()));
    let record = world.read("amw-rw-aks-prod.client-secret.json");
    // A run that was killed between keeping the secret and its id leaves the name that it asked for.
    let is_recorded = |field: &str| record.contains(listed[0][field].as_str().unwrap());
    assert!(
        is_recorded("keyId") || is_recorded("displayName"),
        "{record}"
    );
    let writes = world.writes();
    world.run("apply --yes --auth entra-secret").succeeds();
    assert_eq!(world.writes(), writes, "the next run changes nothing");
}

#[test]
fn a_secret_whose_answer_was_lost_is_removed_by_the_next_run() {
    for fault in [
        "lost-reply:POST:/addPassword:times=1",
        "truncated-json:POST:/addPassword:times=1",
    ] {
        let mut world = World::new().fault(fault);
        let failed = world
            .run("apply --yes --auth entra-secret")
            .mentions(&["may exist"]);
        drop(failed);
        assert_eq!(secrets(&world).len(), 1, "{fault}: no file holds it");

        let plan = world.run("plan --auth entra-secret -o json").succeeds();
        assert!(plan.stdout().contains("remove client secret"), "{fault}");
        one_secret_after_running_again(world);
    }
}

#[test]
fn a_run_that_is_killed_before_the_secret_is_kept_leaves_none_behind() {
    // The secret exists, and its answer never comes: the kill hits the run while it waits for it.
    let mut world = World::new().fault("stalled-reply:POST:/addPassword:times=1");
    let mut child = world.start("apply --yes --auth entra-secret", "killed");
    let is_asked = |request: &JournalRequest| request.path.ends_with("/addPassword");
    while !world.requests().iter().any(is_asked) && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();

    one_secret_after_running_again(world);
}

#[test]
fn a_replaced_secret_is_noticed() {
    let mut world = World::new();
    world.run("apply --yes --auth entra-secret").succeeds();
    let record = world.read("amw-rw-aks-prod.client-secret.json");
    let key_id = secrets(&world)[0]["keyId"].as_str().unwrap().to_owned();
    // All secrets of the sandbox start with the same characters, so the hint alone does not distinguish them.
    let other = "00000000-0000-0000-0000-000000000001";
    std::fs::write(
        world.path("amw-rw-aks-prod.client-secret.json"),
        record.replace(&key_id, other),
    )
    .unwrap();

    let plan = world
        .run("plan --auth entra-secret -o json")
        .succeeds()
        .json();

    let step = plan["steps"].as_array().unwrap().iter();
    let step = step.clone().find(|step| step["id"] == "client-secret");
    assert_eq!(step.unwrap()["action"], "create", "{plan}");
}

#[test]
fn an_application_of_another_owner_is_used_only_when_it_is_named_by_its_id() {
    let mut world = World::new().scenario("planted-application");

    let refused = world
        .run("apply --yes --auth entra-secret")
        .ends_with(2)
        .mentions(&[
            "it is owned by Mallory",
            "client secret `amw-rw`",
            "--identity",
        ]);

    assert!(world.writes().is_empty(), "nothing was made or granted");
    let rest = refused.stderr().split("--identity ").nth(1).unwrap();
    let client_id = rest.split_whitespace().next().unwrap();
    world
        .run(&format!(
            "apply --yes --auth entra-secret --identity {client_id}"
        ))
        .succeeds();
}

#[test]
fn a_lost_answer_makes_no_second_application() {
    let mut world = World::new().fault("lost-reply:PATCH:/applications:times=1");

    world.run("apply --yes --auth entra-secret").succeeds();

    assert_eq!(applications_made(&world), 1);
    world.run("apply --yes --auth entra-secret").succeeds();
}

#[test]
fn a_directory_that_lags_is_waited_for() {
    let mut world = World::new().sandbox_flag("--replication-lag", "2s");

    world.run("apply --yes --auth entra-secret").succeeds();

    assert_eq!(applications_made(&world), 1);
}

#[test]
fn two_runs_at_once_make_one_application() {
    let mut world = World::new();

    let _ = world.run_twice_at_once("apply --yes --auth entra-secret");

    assert_eq!(applications_made(&world), 1);
    one_secret_after_running_again(world);
}

#[test]
fn the_role_of_an_identity_that_was_deleted_and_made_again_is_removed() {
    for sign_in in ["workload-identity", "user-identity"] {
        role_of_a_deleted_identity(sign_in);
    }
}

fn role_of_a_deleted_identity(sign_in: &str) {
    let mut world = World::new();
    let command = |words: &str| format!("{words} --auth {sign_in}");
    world.run(&command("apply --yes")).succeeds();
    world.resource_manager_delete(
        "/resourceGroups/rg-prod/providers/Microsoft.ManagedIdentity/userAssignedIdentities/amw-rw-aks-prod",
        "2023-01-31",
    );

    let plan = world.run(&command("plan -o json")).succeeds();
    assert!(
        plan.stdout().contains("the identity's earlier principal"),
        "{}",
        plan.stdout()
    );
    world.run(&command("apply --yes")).succeeds();

    assert_eq!(roles_on_rule(&world), 1);
    assert_eq!(
        world.run(&command("plan -o json")).succeeds().json()["changes"],
        0
    );
}
