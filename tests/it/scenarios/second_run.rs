//! Running again changes nothing; what drifted is put right, and nothing else.

use crate::support::World;

#[test]
fn applying_twice_makes_no_write_the_second_time() {
    for sign_in in ["workload-identity", "user-identity", "entra-secret"] {
        let mut world = World::new();
        world
            .run(&format!("apply --yes --auth {sign_in}"))
            .succeeds();
        let writes = world.writes();

        let second = world
            .run(&format!("apply --yes --auth {sign_in}"))
            .succeeds();

        assert_eq!(world.writes(), writes, "{sign_in}");
        assert!(
            second.stderr().contains("Everything is in place."),
            "{sign_in}: {}",
            second.stderr()
        );
    }
}

#[test]
fn names_of_workspace_and_cluster_are_compared_without_case() {
    let mut world = World::new();
    world
        .run("apply --yes --cluster aks-prod --workspace Metrics-Prod")
        .succeeds();
    let writes = world.writes();

    let second = world
        .run("apply --yes --cluster AKS-Prod --workspace metrics-prod")
        .succeeds();

    assert_eq!(world.writes(), writes, "{}", second.stderr());
}

#[test]
fn a_role_that_was_taken_away_is_the_only_thing_given_again() {
    let mut world = World::new();
    world.run("apply --yes").succeeds();
    world.revoke_roles();

    let plan = world.run("plan -o json").succeeds().json();

    let changed: Vec<&str> = plan["steps"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|step| step["action"] != "none")
        .map(|step| step["id"].as_str().unwrap())
        .collect();
    assert_eq!(changed, ["role-assignment"]);
    world.run("apply --yes --only role-assignment").succeeds();
    assert_eq!(world.run("plan -o json").succeeds().json()["changes"], 0);
}

#[test]
fn doctor_reports_a_missing_role_and_restores_it_when_asked() {
    let mut world = World::new();
    world.run("apply --yes").succeeds();
    world.run("doctor").succeeds();
    world.revoke_roles();

    let broken = world.run("doctor -o json").ends_with(4).json();

    let failed: Vec<&str> = broken["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["verdict"] == "fail")
        .map(|check| check["id"].as_str().unwrap())
        .collect();
    assert_eq!(failed, ["role-assignment", "write"], "{broken}");
    world.run("doctor --fix --yes").succeeds();
}

#[test]
fn identities_that_nodes_have_already_stay() {
    let mut world = World::new();

    world.run("apply --yes --auth user-identity").succeeds();

    let plan = world
        .run("plan --auth user-identity -o json")
        .succeeds()
        .json();
    let nodes = plan["steps"]
        .as_array()
        .unwrap()
        .iter()
        .find(|step| step["id"] == "node-identity")
        .unwrap()
        .clone();
    assert_eq!(nodes["action"], "none");
    let sets = world.resource_manager_get(
        "/resourceGroups/MC_rg-prod_aks-prod_westeurope/providers/Microsoft.Compute/virtualMachineScaleSets",
        "2024-11-01",
    );
    let identities: Vec<usize> = sets["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|set| {
            set["identity"]["userAssignedIdentities"]
                .as_object()
                .unwrap()
                .len()
        })
        .collect();
    assert!(
        identities.contains(&2),
        "one set had another identity before: {sets}"
    );
}

#[test]
fn a_plan_counts_a_file_as_changed_only_where_one_is_named() {
    let mut world = World::new().file("values.yaml", "prometheus: {}\n");
    world.run("plan --exit-code").ends_with(3);
    world.run("apply --yes").succeeds();

    world.run("plan --exit-code").succeeds();
    world
        .run("plan --exit-code --input values.yaml")
        .ends_with(3);
    world
        .run("init --yes --input values.yaml --write")
        .succeeds();
    world.run("plan --exit-code --input values.yaml").succeeds();
}
