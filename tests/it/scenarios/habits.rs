//! What people type out of habit from az, kubectl, Helm and terraform means the same here.

use crate::support::World;

#[test]
fn a_dry_run_is_the_plan_and_changes_nothing() {
    let mut world = World::new();

    let plan = world.run("plan").succeeds().stdout().to_owned();
    let apply = world
        .run("apply --dry-run --yes")
        .succeeds()
        .stdout()
        .to_owned();
    let init = world
        .run("init --dry-run --yes")
        .succeeds()
        .stdout()
        .to_owned();

    assert_eq!(apply, plan);
    assert_eq!(init, plan);
    assert!(world.writes().is_empty());
}

#[test]
fn the_short_forms_of_az_and_the_context_of_kubectl_are_understood() {
    let mut world = World::new();

    let long = world
        .run("plan --cluster aks-prod --resource-group rg-metrics")
        .succeeds()
        .stdout()
        .to_owned();
    let short = world.run("plan -n aks-prod -g rg-metrics").succeeds();
    assert_eq!(short.stdout(), long);

    world
        .run("plan --context nowhere")
        .ends_with(2)
        .tells(&["nowhere"]);
}
