//! Who holds which role, where?

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::error::AzureError;
use super::reader::Reader;
use super::retry::{Patience, while_not_yet};
use super::writer::Writer;
use crate::spec::ids::{PrincipalId, ResourceId};

const API_VERSION: &str = "2022-04-01";
/// How long a new principal may stay unknown to the role service.
const PRINCIPAL: Duration = Duration::from_secs(180);

/// Allows writing samples, on the data collection rule (not on the workspace).
pub(crate) const MONITORING_METRICS_PUBLISHER: &str = "3913510d-42f4-4e42-8a64-420c390055eb";
/// Allows querying, on the workspace.
pub(crate) const MONITORING_DATA_READER: &str = "b0d8363b-8ddd-447d-831f-62ca05bff136";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RoleAssignment {
    pub(crate) id: String,
    /// Where it was made; for one on a management group, the subscription that inherits it.
    pub(crate) scope: ResourceId,
    /// GUID of the role definition, in lower case.
    pub(crate) role: String,
    pub(crate) principal: PrincipalId,
}

#[derive(Deserialize)]
struct Told {
    id: String,
    properties: Properties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    scope: String,
    role_definition_id: String,
    principal_id: PrincipalId,
}

impl Told {
    /// `None` when it lies below the scope asked about, or beside it.
    fn applying_to(self, scope: &ResourceId) -> Option<RoleAssignment> {
        let own = ResourceId::parse(&self.properties.scope)
            .unwrap_or_else(|_| ResourceId::subscription_scope(&scope.subscription()));
        scope.is_within(&own).then(|| RoleAssignment {
            id: self.id,
            scope: own,
            role: self
                .properties
                .role_definition_id
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_lowercase(),
            principal: self.properties.principal_id,
        })
    }
}

/// What a principal holds at this scope or above it.
pub(crate) async fn for_principal(
    azure: &Reader,
    scope: &ResourceId,
    principal: &PrincipalId,
) -> Result<Vec<RoleAssignment>, AzureError> {
    list(azure, scope, &format!("principalId eq '{principal}'")).await
}

/// What anybody holds at this scope or above it.
pub(crate) async fn at(
    azure: &Reader,
    scope: &ResourceId,
) -> Result<Vec<RoleAssignment>, AzureError> {
    list(azure, scope, "atScope()").await
}

async fn list(
    azure: &Reader,
    scope: &ResourceId,
    filter: &str,
) -> Result<Vec<RoleAssignment>, AzureError> {
    let collection = format!("{scope}/providers/Microsoft.Authorization/roleAssignments");
    let address = azure
        .resource_manager(&collection, API_VERSION)
        .with("$filter", filter);
    let told: Vec<Told> = azure.list(&address).await?;
    Ok(told
        .into_iter()
        .filter_map(|told| told.applying_to(scope))
        .collect())
}

/// Gives a role to a service principal or managed identity; fine when it already has it. `name` is a GUID.
pub(crate) async fn create(
    azure: &Writer,
    scope: &ResourceId,
    name: &str,
    role: &str,
    principal: &PrincipalId,
) -> Result<(), AzureError> {
    let path = format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}");
    let address = azure.resource_manager(&path, API_VERSION);
    let subscription = scope.subscription();
    let body = json!({ "properties": {
        "roleDefinitionId": format!("/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"),
        "principalId": principal,
        "principalType": "ServicePrincipal",
        "description": "amw-rw",
    }});
    let waiting = azure.http().waiting(Patience::replication(PRINCIPAL));
    let made = while_not_yet(
        waiting,
        |error| error.has_code(&["PrincipalNotFound"]),
        || azure.put::<Value>(&address, &body),
    );
    match made.await {
        Err(error) if !error.has_code(&["RoleAssignmentExists"]) => Err(error),
        _ => Ok(()),
    }
}
