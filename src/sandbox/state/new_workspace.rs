//! What Azure creates with a workspace: a managed group, a default endpoint, a default rule, and what guards them.

use jiff::Timestamp;
use serde_json::{Map, json};

use super::{
    AzureState, DataFlow, MonitoringAccount, PROMETHEUS_STREAM, ResourceGroup,
    StoredDenyAssignment, StoredEndpoint, StoredResourceId, StoredRule, StoredWorkspace, guid_for,
    host_label,
};

/// How a default rule calls its workspace.
const ACCOUNT: &str = "MonitoringAccount1";

impl StoredWorkspace {
    /// The resource group that a workspace makes for itself.
    pub(crate) fn managed_group(id: &StoredResourceId, location: &str) -> StoredResourceId {
        // `MA_` in upper case, then the workspace's name in lower case.
        let workspace = id.name().to_ascii_lowercase();
        let name = format!("MA_{workspace}_{location}_managed");
        StoredResourceId::group(id.subscription().unwrap_or_default(), &name)
    }
}

impl AzureState {
    /// Creates a workspace with everything that Azure creates for it.
    pub(crate) fn add_workspace(
        &mut self,
        id: StoredResourceId,
        location: &str,
        now: Timestamp,
    ) -> StoredWorkspace {
        let group = StoredWorkspace::managed_group(&id, location);
        let endpoint = self.default_endpoint(&id, &group, location, now);
        let rule = self.default_rule(&id, &endpoint, now);
        let workspace = StoredWorkspace {
            account_id: self.fresh_guid(),
            query_label: host_label(&id, location),
            foreign_host: None,
            location: location.to_owned(),
            tags: Map::new(),
            public_network_access: true,
            resource_permissions: true,
            default_rule: rule.id.clone(),
            default_endpoint: endpoint.id.clone(),
            reads_until_ready: 0,
            container_refusals: 0,
            created: now,
            id,
        };
        self.deny_assignments.push(guard(&group));
        self.resource_groups.insert(ResourceGroup {
            id: group,
            location: location.to_owned(),
            tags: Map::new(),
            managed_by: Some(workspace.id.clone()),
            deletion: None,
            created: now,
        });
        self.data_collection_endpoints.insert(endpoint);
        self.data_collection_rules.insert(rule);
        self.workspaces.insert(workspace.clone());
        workspace
    }

    fn default_endpoint(
        &mut self,
        workspace: &StoredResourceId,
        group: &StoredResourceId,
        location: &str,
        now: Timestamp,
    ) -> StoredEndpoint {
        let id = group.resource(
            "Microsoft.Insights/dataCollectionEndpoints",
            // Both are called as the workspace, in lower case (recorded).
            &workspace.name().to_ascii_lowercase(),
        );
        StoredEndpoint {
            immutable_id: format!("dce-{}", self.fresh_guid().simple()),
            ingestion_label: format!("{}-1", host_label(&id, location)),
            foreign_host: None,
            location: location.to_owned(),
            tags: Map::new(),
            kind: None,
            description: None,
            public_network_access: "Enabled".to_owned(),
            created: now,
            id,
        }
    }

    fn default_rule(
        &mut self,
        workspace: &StoredResourceId,
        endpoint: &StoredEndpoint,
        now: Timestamp,
    ) -> StoredRule {
        let group = endpoint.id.group_scope();
        let group = group.expect("the default endpoint lies in the managed group");
        let name = workspace.name().to_ascii_lowercase();
        StoredRule {
            id: group.resource("Microsoft.Insights/dataCollectionRules", &name),
            immutable_id: format!("dcr-{}", self.fresh_guid().simple()),
            location: endpoint.location.clone(),
            tags: Map::new(),
            kind: None,
            description: None,
            endpoint: Some(endpoint.id.clone()),
            accounts: vec![MonitoringAccount {
                name: ACCOUNT.to_owned(),
                workspace: workspace.clone(),
            }],
            flows: vec![DataFlow {
                streams: vec![PROMETHEUS_STREAM.to_owned()],
                destinations: vec![ACCOUNT.to_owned()],
            }],
            data_sources: json!({}),
            created: now,
        }
    }
}

/// Lets no one but the workspace itself change the managed group; roles can still be assigned in it.
fn guard(group: &StoredResourceId) -> StoredDenyAssignment {
    StoredDenyAssignment {
        name: guid_for(&format!("deny assignment of {}", group.folded())),
        display_name: "System deny assignment created by Azure Monitor workspace".to_owned(),
        scope: group.clone(),
        actions: vec!["*/write", "*/delete", "*/action"],
        // Microsoft's guide grants a role on the default rule, so this is allowed; the rest is not
        // recorded.
        not_actions: vec!["Microsoft.Authorization/roleAssignments/*"],
        excluded_principals: Vec::new(),
    }
}
