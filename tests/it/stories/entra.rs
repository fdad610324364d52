//! Applications of Entra, their secrets and roles: made once, and never a stranger's.

use crate::support::{Request, World};

const RULE: &str = "/resourceGroups/MA_amw-aks-prod_westeurope_managed/providers/Microsoft.Insights/dataCollectionRules/amw-aks-prod";

fn applications_made(world: &World) -> usize {
    let is_creation = |request: &Request| {
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

#[test]
fn an_application_of_a_stranger_is_used_only_when_it_is_named_by_its_id() {
    let mut world = World::new().scenario("planted-application");

    let refused = world
        .run("apply --yes --auth entra-secret")
        .ends_with(2)
        .tells(&[
            "it is owned by Mallory",
            "client secret `amw-rw`",
            "--identity",
        ]);

    assert!(world.writes().is_empty(), "nothing was made or granted");
    let told = refused.stderr().split("--identity ").nth(1).unwrap();
    let client_id = told.split_whitespace().next().unwrap();
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
    world.run("apply --yes --auth entra-secret").succeeds();
}

#[test]
fn the_role_of_an_identity_that_was_deleted_and_made_again_is_removed() {
    let mut world = World::new();
    world.run("apply --yes").succeeds();
    world.resource_manager_delete(
        "/resourceGroups/rg-prod/providers/Microsoft.ManagedIdentity/userAssignedIdentities/amw-rw-aks-prod",
        "2023-01-31",
    );

    let plan = world.run("plan -o json").succeeds();
    assert!(
        plan.stdout().contains("the identity's earlier principal"),
        "{}",
        plan.stdout()
    );
    world.run("apply --yes").succeeds();

    let assignments = world.resource_manager_get(
        &format!("{RULE}/providers/Microsoft.Authorization/roleAssignments"),
        "2022-04-01",
    );
    let on_rule = assignments["value"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| {
            let scope = one["properties"]["scope"].as_str().unwrap_or_default();
            scope.ends_with("/amw-aks-prod")
        });
    assert_eq!(on_rule.count(), 1, "{assignments}");
    assert_eq!(world.run("plan -o json").succeeds().json()["changes"], 0);
}
