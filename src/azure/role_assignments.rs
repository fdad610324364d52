//! Who holds which role, where?

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::error::AzureError;
use super::meaning::refusal_meaning::RefusalMeaning;
use super::not_yet::while_not_yet;
use super::reader::Reader;
use super::writer::Writer;
use crate::facts::Grant;
use crate::network::retry_policy::RetryPolicy;
use crate::spec::ids::{PrincipalId, ResourceId};

const API_VERSION: &str = "2022-04-01";
/// How long a new principal may stay unknown to the role service.
const PRINCIPAL: Duration = Duration::from_secs(180);

#[derive(Deserialize)]
struct RoleAssignmentResponse {
    id: String,
    properties: RoleAssignmentProperties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RoleAssignmentProperties {
    scope: String,
    role_definition_id: String,
    principal_id: PrincipalId,
    #[serde(default)]
    description: Option<String>,
}

impl RoleAssignmentResponse {
    /// `None` when it is below the scope asked about, or on another one.
    fn applying_to(self, scope: &ResourceId) -> Option<Grant> {
        // Assignments at management groups and at the root come back too; their scopes are no resource ids. They cover
        // the whole subscription.
        let own = ResourceId::parse(&self.properties.scope)
            .unwrap_or_else(|_| ResourceId::subscription_scope(&scope.subscription()));
        scope.is_within(&own).then(|| Grant {
            id: self.id,
            scope: own,
            // The id of a role definition comes back with or without the subscription and in any case; only the GUID at
            // its end compares.
            role: self
                .properties
                .role_definition_id
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_lowercase(),
            principal: self.properties.principal_id,
            description: self.properties.description,
        })
    }
}

/// What a principal holds at this scope or above it.
pub(crate) async fn for_principal(
    azure: &Reader,
    scope: &ResourceId,
    principal: &PrincipalId,
) -> Result<Vec<Grant>, AzureError> {
    list(azure, scope, &format!("principalId eq '{principal}'")).await
}

/// What anybody holds at this scope or above it.
pub(crate) async fn at(azure: &Reader, scope: &ResourceId) -> Result<Vec<Grant>, AzureError> {
    list(azure, scope, "atScope()").await
}

async fn list(azure: &Reader, scope: &ResourceId, filter: &str) -> Result<Vec<Grant>, AzureError> {
    let collection = format!("{scope}/providers/Microsoft.Authorization/roleAssignments");
    // Azure does not combine `atScope()` with `principalId eq`, which also finds what is below the scope.
    let address = azure
        .resource_manager(&collection, API_VERSION)
        .with("$filter", filter);
    // `atScope()` answers with everything above the scope and up to 1,000 entries in one answer; no paging was
    // recorded.
    let all: Vec<RoleAssignmentResponse> = azure.list(&address).await?;
    let applying = all.into_iter().filter_map(|one| one.applying_to(scope));
    Ok(applying.collect())
}

/// The id of an assignment at a scope; `name` is a GUID.
pub(crate) fn id(scope: &ResourceId, name: &str) -> String {
    let id = scope.resource("Microsoft.Authorization/roleAssignments", name);
    id.as_str().to_owned()
}

/// Gives a role to a service principal or managed identity; fine when it already has it.
pub(crate) async fn create(azure: &Writer, grant: &Grant) -> Result<(), AzureError> {
    let address = azure.resource_manager(grant.id.trim_start_matches('/'), API_VERSION);
    let (subscription, role) = (grant.scope.subscription(), &grant.role);
    let body = json!({ "properties": {
        "roleDefinitionId": format!("/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"),
        "principalId": grant.principal,
        // Without the type Azure looks the principal up, and refused new identities with PrincipalNotFound for up to 42
        // s; with it, 123 of 123 requests succeeded at once (recorded 2024).
        "principalType": "ServicePrincipal",
        "description": grant.description,
    }});
    let waiting = azure.http().waiting(RetryPolicy::replication(PRINCIPAL));
    let made = while_not_yet(
        waiting,
        |error| error.means(RefusalMeaning::PrincipalUnknown),
        || azure.put::<Value>(&address, &body),
    );
    // A PUT of the same name succeeds again with 201. The conflict means that the same role, principal and scope have
    // an assignment of another name, which is as good.
    match made.await {
        Err(error) if !error.means(RefusalMeaning::AssignmentExists) => Err(error),
        _ => Ok(()),
    }
}

/// Takes an assignment away; fine when it is gone already.
pub(crate) async fn delete(azure: &Writer, id: &str) -> Result<(), AzureError> {
    let address = azure.resource_manager(id.trim_start_matches('/'), API_VERSION);
    azure.delete(&address).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::fake::{FakeService, says};
    use crate::azure::roles::MONITORING_METRICS_PUBLISHER;

    const RULE: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/G/providers/Microsoft.Insights/dataCollectionRules/r";
    const PRINCIPAL: &str = "33333333-3333-3333-3333-333333333333";

    fn response(scope: &str) -> Value {
        json!({ "id": format!("{scope}/x"), "properties": {
            "scope": scope, "principalId": PRINCIPAL,
            "roleDefinitionId": format!("/subscriptions/s/providers/x/roleDefinitions/{}", MONITORING_METRICS_PUBLISHER.id.to_uppercase()),
        }})
    }

    async fn grant(fake: &FakeService) -> Result<(), AzureError> {
        let azure = Writer::for_test(fake.reader());
        let scope: ResourceId = RULE.parse().unwrap();
        let grant = Grant {
            id: id(&scope, "44444444-4444-4444-4444-444444444444"),
            scope,
            role: MONITORING_METRICS_PUBLISHER.id.into(),
            principal: PRINCIPAL.parse().unwrap(),
            description: Some("amw-rw for x".into()),
        };
        create(&azure, &grant).await
    }

    #[tokio::test]
    async fn what_holds_above_counts_and_what_holds_below_does_not() {
        let group = "/subscriptions/11111111-1111-1111-1111-111111111111/resourcegroups/g";
        let management_group = "/providers/Microsoft.Management/managementGroups/all";
        let below = format!("{RULE}/child/c");
        let value = json!({ "value": [response(group), response(management_group), response(&below), response(RULE)] });
        let fake = FakeService::in_turn([says(200, value.to_string())]).await;

        let held = for_principal(
            &fake.reader(),
            &RULE.parse().unwrap(),
            &PRINCIPAL.parse().unwrap(),
        )
        .await
        .unwrap();

        let scopes: Vec<&str> = held.iter().map(|one| one.scope.as_str()).collect();
        assert_eq!(
            scopes,
            [
                group,
                "/subscriptions/11111111-1111-1111-1111-111111111111",
                RULE
            ]
        );
        assert_eq!(held[0].role, MONITORING_METRICS_PUBLISHER.id);
        assert!(fake.lines()[0].contains("%24filter=principalId+eq+%27333"));
    }

    #[tokio::test]
    async fn a_principal_that_is_still_unknown_is_tried_again() {
        let unknown = says(400, r#"{"error":{"code":"PrincipalNotFound"}}"#);
        let fake = FakeService::in_turn([unknown.clone(), unknown, says(201, "{}")]).await;

        grant(&fake).await.unwrap();

        assert_eq!(fake.lines().len(), 3);
        assert!(
            fake.seen()[0]
                .body
                .contains(r#""principalType":"ServicePrincipal""#)
        );
    }

    #[tokio::test]
    async fn a_principal_that_stays_unknown_is_an_error() {
        let fake =
            FakeService::in_turn([says(400, r#"{"error":{"code":"PrincipalNotFound"}}"#)]).await;

        assert!(
            grant(&fake)
                .await
                .unwrap_err()
                .has_code(&["PrincipalNotFound"])
        );
    }

    #[tokio::test]
    async fn a_role_already_held_is_fine() {
        let fake =
            FakeService::in_turn([says(409, r#"{"error":{"code":"RoleAssignmentExists"}}"#)]).await;

        assert!(grant(&fake).await.is_ok());
    }

    #[tokio::test]
    async fn a_forbidden_grant_is_not_tried_again() {
        let fake =
            FakeService::in_turn([says(403, r#"{"error":{"code":"AuthorizationFailed"}}"#)]).await;

        assert!(
            grant(&fake)
                .await
                .unwrap_err()
                .means(RefusalMeaning::Forbidden)
        );
        assert_eq!(fake.lines().len(), 1);
    }
}
