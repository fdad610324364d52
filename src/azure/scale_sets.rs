//! Which identities do the nodes carry? Reads scale sets and adds an identity to one without taking any away.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::AzureError;
use super::long_running::StateListener;
use super::reader::Reader;
use super::writer::Writer;
use crate::facts::ScaleSet;
use crate::spec::ids::ResourceId;

const API_VERSION: &str = "2024-11-01";

#[derive(Deserialize)]
struct ScaleSetResponse {
    id: ResourceId,
    identity: Option<IdentityResponse>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct IdentityResponse {
    #[serde(rename = "type")]
    kind: String,
    user_assigned_identities: Option<Map<String, Value>>,
}

impl IdentityResponse {
    fn is_system_assigned(&self) -> bool {
        // Spelled `SystemAssigned` in requests, and in any case in answers; both kinds together are one text with a
        // comma.
        self.kind.to_lowercase().contains("systemassigned")
    }

    fn assigned(&self) -> impl Iterator<Item = &String> {
        self.user_assigned_identities.iter().flat_map(Map::keys)
    }

    fn holds(&self, identity: &ResourceId) -> bool {
        self.assigned()
            // The keys come back in the spelling of the client that wrote them.
            .any(|key| key.eq_ignore_ascii_case(identity.as_str()))
    }

    /// Everything there now, and one more. What is not repeated here would be taken off the nodes.
    fn with(&self, identity: &ResourceId) -> Value {
        // `SystemAssigned` alone would take off all user-assigned identities, and `None` all (recorded).
        let kind = match self.is_system_assigned() {
            true => "SystemAssigned, UserAssigned",
            false => "UserAssigned",
        };
        let mut assigned: Map<String, Value> = self
            .assigned()
            .map(|key| (key.clone(), json!({})))
            .collect();
        assigned.insert(identity.to_string(), json!({}));
        json!({ "identity": { "type": kind, "userAssignedIdentities": assigned } })
    }
}

impl From<ScaleSetResponse> for ScaleSet {
    fn from(response: ScaleSetResponse) -> Self {
        // A set without identities has no `identity` key at all (recorded).
        let identity = response.identity.unwrap_or_default();
        Self {
            identities: identity
                .assigned()
                .filter_map(|key| ResourceId::parse(key).ok())
                .collect(),
            id: response.id,
        }
    }
}

/// Those in one resource group, such as the node resource group of a cluster.
pub(crate) async fn list(
    azure: &Reader,
    resource_group: &ResourceId,
) -> Result<Vec<ScaleSet>, AzureError> {
    let path = format!("{resource_group}/providers/Microsoft.Compute/virtualMachineScaleSets");
    let response: Vec<ScaleSetResponse> = azure
        .list(&azure.resource_manager(&path, API_VERSION))
        .await?;
    Ok(response.into_iter().map(ScaleSet::from).collect())
}

/// Puts a user-assigned identity on every node of the set, which keeps those it has. The instances need no update.
pub(crate) async fn assign_identity(
    azure: &Writer,
    scale_set: &ResourceId,
    identity: &ResourceId,
    watch: StateListener<'_>,
) -> Result<(), AzureError> {
    let address = azure.resource(scale_set, API_VERSION);
    // Read right before the write, not from the plan: add-ons and policies attach identities of their own.
    let now: ScaleSetResponse = azure.get(&address).await?;
    let held = now.identity.unwrap_or_default();
    // A PATCH starts an operation of 10 to 38 s (recorded), so none is sent where the identity is there already.
    if held.holds(identity) {
        return Ok(());
    }
    azure
        .patch::<Value>(&address, &held.with(identity), watch)
        .await
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/prometheus";
    const OLD: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourcegroups/MC_g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/agentpool";

    fn merged(held: Value) -> Value {
        let held: IdentityResponse = serde_json::from_value(held).unwrap();
        held.with(&NEW.parse().unwrap())["identity"].clone()
    }

    #[test]
    fn every_identity_on_the_nodes_stays() {
        let merged = merged(json!({
            "type": "UserAssigned",
            "userAssignedIdentities": { OLD: { "clientId": "x", "principalId": "y" } },
        }));

        assert_eq!(
            merged,
            json!({ "type": "UserAssigned", "userAssignedIdentities": { OLD: {}, NEW: {} } })
        );
    }

    #[test]
    fn the_system_identity_stays_too() {
        let merged = merged(json!({ "type": "SystemAssigned", "principalId": "p" }));

        assert_eq!(
            merged,
            json!({ "type": "SystemAssigned, UserAssigned", "userAssignedIdentities": { NEW: {} } })
        );
    }

    #[test]
    fn a_set_without_any_gets_its_first() {
        assert_eq!(
            merged(json!({ "type": "None", "userAssignedIdentities": null })),
            json!({ "type": "UserAssigned", "userAssignedIdentities": { NEW: {} } })
        );
    }

    #[test]
    fn an_identity_is_recognised_in_any_casing() {
        let held: IdentityResponse = serde_json::from_value(json!({
            "type": "UserAssigned", "userAssignedIdentities": { NEW.to_uppercase(): {} },
        }))
        .unwrap();

        assert!(held.holds(&NEW.parse().unwrap()));
    }
}
