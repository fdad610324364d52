//! A workspace that is simply there, for tests of what comes after its making.

use jiff::Timestamp;
use serde_json::{Map, json};
use uuid::Uuid;

use super::{
    ingestion::packed_sample,
    state::{
        DataCollectionEndpoint, DataCollectionRule, DataFlow, MonitoringAccount, ResourceId,
        RoleAssignment, State, Workspace, role_named,
    },
    testing::beginning,
};

/// The label of its metrics endpoint.
pub(crate) const INGESTION: &str = "w.westeurope-1";
/// The label of its query endpoint.
pub(crate) const QUERY: &str = "w.westeurope";
/// The immutable id of its rule.
pub(crate) const RULE: &str = "dcr-0123456789abcdef0123456789abcdef";
/// Where its metrics endpoint takes remote writes.
pub(crate) const WRITE: &str = "/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams\
     /Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24";

/// Puts a workspace with its default rule and endpoint beside the first cluster.
pub(crate) fn workspace(state: &mut State) {
    let group = group(state);
    let workspace = group.resource("Microsoft.Monitor/accounts", "w");
    let endpoint = group.resource("Microsoft.Insights/dataCollectionEndpoints", "w");
    let rule = group.resource("Microsoft.Insights/dataCollectionRules", "w");
    state
        .data_collection_endpoints
        .insert(an_endpoint(endpoint.clone()));
    state
        .data_collection_rules
        .insert(a_rule(rule.clone(), &endpoint, &workspace));
    state.workspaces.insert(Workspace {
        id: workspace,
        location: "westeurope".to_owned(),
        tags: Map::new(),
        account_id: Uuid::nil(),
        query_label: QUERY.to_owned(),
        public_network_access: true,
        default_rule: rule,
        default_endpoint: endpoint,
        reads_until_ready: 0,
        created: beginning(),
    });
}

fn an_endpoint(id: ResourceId) -> DataCollectionEndpoint {
    DataCollectionEndpoint {
        id,
        location: "westeurope".to_owned(),
        tags: Map::new(),
        kind: None,
        description: None,
        immutable_id: "dce-1".to_owned(),
        ingestion_label: INGESTION.to_owned(),
        public_network_access: "Enabled".to_owned(),
        created: beginning(),
    }
}

fn a_rule(id: ResourceId, endpoint: &ResourceId, workspace: &ResourceId) -> DataCollectionRule {
    DataCollectionRule {
        id,
        location: "westeurope".to_owned(),
        tags: Map::new(),
        kind: None,
        description: None,
        immutable_id: RULE.to_owned(),
        endpoint: Some(endpoint.clone()),
        accounts: vec![MonitoringAccount {
            name: "there".to_owned(),
            workspace: workspace.clone(),
        }],
        flows: vec![DataFlow {
            streams: vec!["Microsoft-PrometheusMetrics".to_owned()],
            destinations: vec!["there".to_owned()],
        }],
        data_sources: json!({}),
        created: beginning(),
    }
}

/// Gives somebody a role on the workspace's group, as of the beginning.
pub(crate) fn role(state: &mut State, principal: Uuid, role: &str) {
    state.role_assignments.push(RoleAssignment {
        name: Uuid::nil(),
        scope: group(state),
        role: role_named(role).id,
        principal_id: principal,
        principal_type: "ServicePrincipal",
        description: None,
        created: beginning(),
        created_by: principal,
    });
}

/// The body of a remote write: one probe of the example cluster.
pub(crate) fn probe(time: Timestamp) -> Vec<u8> {
    packed_sample(
        &[("__name__", "amw_rw_probe"), ("cluster", "aks-prod")],
        1.0,
        time,
    )
}

fn group(state: &State) -> ResourceId {
    let cluster = state.managed_clusters.iter().next();
    let group = cluster.and_then(|cluster| cluster.id.group_scope());
    group.expect("the example has a cluster in a group")
}
