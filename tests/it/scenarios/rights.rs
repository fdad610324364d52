//! When a later step cannot succeed, the first one is not made; the message names who can help.

use crate::support::World;

/// Runs `apply` in a world where it must not even begin.
fn refused(scenario: &str, arguments: &str, code: i32, words: &[&str]) {
    let mut world = World::new().scenario(scenario);

    world
        .run(&format!("apply --yes {arguments}"))
        .ends_with(code)
        .mentions(words);

    assert_eq!(world.writes(), [], "{scenario}");
}

#[test]
fn without_the_right_to_assign_roles_nothing_is_made() {
    refused(
        "contributor-only",
        "",
        5,
        &[
            "role-assignment",
            "Microsoft.Authorization/roleAssignments/write",
            "Role Based Access Control Administrator",
        ],
    );
}

#[test]
fn a_reader_gets_all_missing_rights_at_once() {
    refused(
        "reader-only",
        "--service-account monitoring/prometheus",
        5,
        &[
            "workspace:",
            "identity:",
            "role-assignment:",
            "Monitoring Contributor",
        ],
    );
}

#[test]
fn a_reader_can_plan_and_sees_which_rights_apply_needs() {
    let mut world = World::new().scenario("reader-only");
    let words = [
        "apply would stop before the first change",
        "workspace: you lack Microsoft.Monitor/accounts/write",
        "ask an owner for the role",
    ];

    world.run("plan").succeeds().mentions(&words);
    world.run("plan --exit-code").ends_with(3).mentions(&words);
    world
        .run("apply --yes --dry-run")
        .succeeds()
        .mentions(&words);

    assert_eq!(world.writes(), []);
}

#[test]
fn a_plan_that_cannot_be_applied_is_a_failure() {
    let mut world = World::new().scenario("region-unsupported");

    world
        .run("plan")
        .ends_with(1)
        .mentions(&["cannot carry out this plan", "polandcentral"]);
}

#[test]
fn a_read_only_lock_is_named() {
    refused(
        "locked-resource-group",
        "--service-account monitoring/prometheus",
        5,
        &["makes", "read-only", "--resource-group NAME"],
    );
}

#[test]
fn a_region_without_workspaces_is_answered_with_those_that_have_them() {
    refused(
        "region-unsupported",
        "",
        1,
        &["not offered in polandcentral", "--location", "westeurope"],
    );
}

#[test]
fn a_workspace_of_that_name_elsewhere_contradicts_a_region_that_was_asked_for() {
    refused(
        "workspace-elsewhere",
        "--location westeurope",
        1,
        &["exists in northeurope", "--location northeurope"],
    );
}

#[test]
fn a_workspace_elsewhere_is_used_where_it_is_when_no_region_was_asked_for() {
    let mut world = World::new().scenario("workspace-elsewhere");

    world.run("apply --yes").succeeds();
}

#[test]
fn nodes_behind_a_deny_assignment_are_left_alone() {
    refused(
        "node-group-locked-down",
        "--auth user-identity",
        1,
        &["node-identity", "--auth workload-identity"],
    );
}

#[test]
fn a_policy_that_forbids_the_workspace_is_named() {
    let mut world = World::new().scenario("policy-denies-workspace");

    world.run("apply --yes").ends_with(5).mentions(&[
        "deny-monitor-workspaces",
        "not started:",
        "role-assignment",
    ]);
}

#[test]
fn a_directory_that_forbids_registering_applications_is_reported() {
    let mut world = World::new().scenario("directory-forbidden");

    world
        .run("apply --yes --auth entra-secret")
        .ends_with(5)
        .mentions(&["Authorization_RequestDenied"]);
}

#[test]
fn a_tenant_that_forbids_secrets_is_answered_with_a_way_without_one() {
    let mut world = World::new().scenario("secrets-forbidden");

    world
        .run("apply --yes --auth entra-secret")
        .ends_with(1)
        .mentions(&[
            "CredentialTypeNotAllowedAsPerAppPolicy",
            "workload-identity",
        ]);
    assert!(
        !world.path("amw-rw-aks-prod.client-secret").exists(),
        "no secret, no file for it"
    );
}

#[test]
fn a_cluster_with_another_operation_is_waited_for() {
    let mut world = World::new()
        .scenario("no-oidc-issuer")
        .fault("409:PUT:/managedClusters/:times=2:code=EtagMismatch");

    world.run("apply --yes --enable-oidc-issuer").succeeds();

    let writes = world.requests();
    let of_cluster = writes
        .iter()
        .filter(|it| it.method == "PUT" && it.path.ends_with("/managedClusters/aks-prod"));
    assert_eq!(of_cluster.count(), 3);
}

#[test]
fn turning_on_the_issuer_needs_a_consent_that_yes_does_not_give() {
    let mut world = World::new().scenario("no-oidc-issuer");

    world
        .run("apply --yes")
        .ends_with(2)
        .mentions(&["cannot be undone", "--enable-oidc-issuer"]);
    assert_eq!(world.writes(), []);

    world.run("apply --yes --enable-oidc-issuer").succeeds();
}

#[test]
fn a_disabled_subscription_is_found_before_the_first_write() {
    let mut world = World::new().scenario("subscription-disabled");

    world
        .run("apply --yes")
        .ends_with(1)
        .mentions(&["disabled"]);

    assert_eq!(world.writes(), []);
}

#[test]
fn a_provider_that_is_not_registered_is_registered_before_anything_needs_it() {
    let mut world = World::new();

    world.run("apply --yes").succeeds();

    let writes = world.writes();
    let position = |part: &str| {
        let found = |request: &crate::support::JournalRequest| request.path.contains(part);
        writes.iter().position(found)
    };
    let registered = position("/providers/Microsoft.Monitor/register");
    assert!(registered.is_some(), "{writes:?}");
    assert!(registered < position("/Microsoft.Monitor/accounts/"));
}

#[test]
fn a_cluster_whose_credentials_azure_refuses_is_a_matter_of_rights() {
    let mut world = World::new()
        .fault("403:POST:/listClusterUserCredential")
        .without("KUBECONFIG");

    world.run("plan").ends_with(5).mentions(&[
        "the user credentials that Azure returns",
        "Azure Kubernetes Service Cluster User Role",
        "--service-account",
    ]);
}
