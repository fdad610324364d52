use std::time::Duration;

use serde_json::Value;

use super::*;

const PUBLISHER: &str = "3913510d-42f4-4e42-8a64-420c390055eb";
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const NAME: &str = "11111111-2222-4333-8444-555555555555";
const OTHER_NAME: &str = "11111111-2222-4333-8444-666666666666";

/// Makes an identity; returns its principal's id.
fn make_identity(azure: &TestAzure, name: &str) -> String {
    let put = format!(
        "PUT {{rg}}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}?api-version=2024-11-30"
    );
    let made = azure
        .sends(&put, &json!({"location": "westeurope"}))
        .value();
    made["properties"]["principalId"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn assign(
    azure: &TestAzure,
    name: &str,
    role: &str,
    principal: &str,
    kind: Option<&str>,
) -> Response {
    let put = format!(
        "PUT {{rg}}/providers/Microsoft.Authorization/roleAssignments/{name}?api-version=2022-04-01"
    );
    let mut properties = json!({
        "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{role}"),
        "principalId": principal,
    });
    if let Some(kind) = kind {
        properties["principalType"] = kind.into();
    }
    azure.sends(&put, &json!({"properties": properties}))
}

const SERVICE: Option<&str> = Some("ServicePrincipal");

#[test]
fn the_same_assignment_is_created_each_time_and_known_under_its_name_only() {
    let azure = TestAzure::of("example");
    let principal = make_identity(&azure, "id1");

    let new = assign(&azure, NAME, PUBLISHER, &principal, SERVICE);
    let again = assign(&azure, NAME, PUBLISHER, &principal, SERVICE);
    let other_name = assign(&azure, OTHER_NAME, PUBLISHER, &principal, SERVICE);

    assert_eq!((new.status.as_u16(), again.status.as_u16()), (201, 201));
    assert_eq!(other_name.refusal(), "409 RoleAssignmentExists");
    assert_eq!(new.value()["properties"]["createdBy"], Value::Null);
    let line = format!(
        "GET {{rg}}/providers/Microsoft.Authorization/roleAssignments/{NAME}?api-version=2022-04-01"
    );
    assert!(azure.asks(&line).value()["properties"]["createdBy"].is_string());
}

#[test]
fn a_principal_that_is_no_guid_is_invalid() {
    let azure = TestAzure::of("example");

    let answer = assign(&azure, NAME, PUBLISHER, "wow", SERVICE);

    assert_eq!(answer.refusal(), "400 InvalidPrincipalId");
}

#[test]
fn a_name_cannot_be_given_to_another_grant() {
    let azure = TestAzure::of("example");
    let (first, second) = (make_identity(&azure, "id1"), make_identity(&azure, "id2"));
    assign(&azure, NAME, PUBLISHER, &first, SERVICE);

    let other_principal = assign(&azure, NAME, PUBLISHER, &second, SERVICE);
    let other_role = assign(&azure, NAME, READER, &first, SERVICE);

    assert_eq!(
        other_principal.refusal(),
        "400 RoleAssignmentUpdateNotPermitted"
    );
    assert_eq!(other_role.refusal(), "400 RoleAssignmentUpdateNotPermitted");
}

#[test]
fn a_fresh_principal_is_found_only_with_its_type() {
    let azure = TestAzure::with(&Options {
        replication_lag: Duration::from_secs(30),
        ..Options::default()
    });
    let principal = make_identity(&azure, "id1");

    let untold = assign(&azure, NAME, PUBLISHER, &principal, None);
    let assigned = assign(&azure, OTHER_NAME, READER, &principal, SERVICE);
    azure.waits(Duration::from_secs(30));
    let later = assign(&azure, NAME, PUBLISHER, &principal, None);

    assert_eq!(untold.refusal(), "400 PrincipalNotFound");
    assert_eq!(assigned.status, StatusCode::CREATED);
    assert_eq!(later.status, StatusCode::CREATED);
}

#[test]
fn a_client_id_is_no_principal_and_a_service_is_no_user() {
    let azure = TestAzure::of("example");
    let principal = make_identity(&azure, "id1");
    let client = azure.with_azure(|azure| {
        let id = principal.parse().unwrap();
        azure.state.directory.principal(id).unwrap().app_id.unwrap()
    });

    let by_client_id = assign(&azure, NAME, PUBLISHER, &client.to_string(), SERVICE);
    let as_user = assign(&azure, NAME, PUBLISHER, &principal, Some("User"));

    assert_eq!(by_client_id.refusal(), "400 PrincipalNotFound");
    assert_eq!(as_user.refusal(), "400 UnmatchedPrincipalType");
}

#[test]
fn a_list_can_be_narrowed_to_a_principal_or_to_this_scope_and_above() {
    let azure = TestAzure::of("example");
    let principal = make_identity(&azure, "id1");
    assign(&azure, NAME, PUBLISHER, &principal, SERVICE);
    let count = |scope: &str, filter: &str| {
        let line = format!(
            "GET {scope}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01{filter}"
        );
        azure.asks(&line).value()["value"].as_array().unwrap().len()
    };

    assert_eq!(
        count("{rg}", &format!("&$filter=principalId eq '{principal}'")),
        1
    );
    assert_eq!(count("{s}", "&$filter=atScope()"), 2);
    assert_eq!(count("{s}", ""), 3);
    assert_eq!(count("{rg}", "&$filter=atScope()"), 3);
}
