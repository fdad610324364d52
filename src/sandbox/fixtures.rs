//! A workspace that is simply there, for tests of what comes after its making.

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    ingestion::packed_sample,
    state::{AzureState, RoleAssignment, StoredResourceId, role_named},
    testing::start_time,
    tokens::TokenCaller,
};

/// Where a fixture workspace is written to and read from.
#[derive(Clone, Debug)]
pub(crate) struct WorkspaceFixture {
    /// The label of its metrics endpoint.
    pub(crate) ingestion: String,
    /// The label of its query endpoint.
    pub(crate) query: String,
    /// The immutable id of its rule.
    pub(crate) rule: String,
}

/// Adds a workspace with its default rule and endpoint to the subscription of the first cluster.
pub(crate) fn workspace(state: &mut AzureState) -> WorkspaceFixture {
    let cluster = state.managed_clusters.iter().next();
    let group = cluster.and_then(|cluster| cluster.id.group_scope());
    let group = group.expect("the example has a cluster in a group");
    let id = group.resource("Microsoft.Monitor/accounts", "amw-prod");
    let workspace = state.add_workspace(id, "westeurope", start_time());
    let endpoint = state
        .data_collection_endpoints
        .get(&workspace.default_endpoint);
    let rule = state.data_collection_rules.get(&workspace.default_rule);
    WorkspaceFixture {
        ingestion: endpoint
            .map(|it| it.ingestion_label.clone())
            .unwrap_or_default(),
        query: workspace.query_label,
        rule: rule.map(|it| it.immutable_id.clone()).unwrap_or_default(),
    }
}

impl WorkspaceFixture {
    /// Where the metrics endpoint takes remote writes.
    pub(crate) fn write_path(&self) -> String {
        format!(
            "/dataCollectionRules/{}/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24",
            self.rule
        )
    }
}

/// The first managed identity as the caller of a service.
pub(crate) fn identity_caller(state: &AzureState) -> TokenCaller {
    let identity = state.identities.iter().next().expect("the example has one");
    TokenCaller {
        object_id: identity.principal_id,
        app_id: Some(identity.client_id),
        tenant_id: state.directory.tenant_id,
        name: identity.client_id.to_string(),
        met_claims: false,
    }
}

/// Gives a principal a role on the first subscription, from the start time on.
pub(crate) fn role(state: &mut AzureState, principal: Uuid, role: &str) {
    state.role_assignments.push(RoleAssignment {
        name: Uuid::nil(),
        scope: StoredResourceId::subscription_scope(state.subscriptions[0].id),
        role: role_named(role).id,
        principal_id: principal,
        principal_type: "ServicePrincipal",
        description: None,
        condition: None,
        condition_version: None,
        created: start_time(),
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
