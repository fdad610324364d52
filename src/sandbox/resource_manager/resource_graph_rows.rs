//! What Resource Graph knows of each resource: its document, with a few columns more.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    data_collection_endpoints, data_collection_rules, kusto::Row, managed_cluster_view,
    managed_clusters, resource_groups, subscriptions, user_assigned_identities,
    virtual_machine_scale_sets, workspaces,
};
use crate::sandbox::{
    authorization::may_act,
    azure::Azure,
    state::{Resource, ResourceId},
    tokens::Caller,
};

/// Types that a query may ask for, in lower case; the sandbox has no resources of some of them.
pub(super) const KNOWN_TYPES: &[&str] = &[
    "microsoft.compute/virtualmachines",
    "microsoft.compute/virtualmachinescalesets",
    "microsoft.containerservice/managedclusters",
    "microsoft.insights/datacollectionendpoints",
    "microsoft.insights/datacollectionrules",
    "microsoft.kubernetes/connectedclusters",
    "microsoft.managedidentity/userassignedidentities",
    "microsoft.monitor/accounts",
    "microsoft.resources/subscriptions",
    "microsoft.resources/subscriptions/resourcegroups",
];

/// The rows of a table in those subscriptions, as far as the caller may read them and they were there at that time.
pub(super) fn rows(
    azure: &Azure,
    caller: &Caller,
    table: &str,
    subscriptions: &[String],
    seen_at: Timestamp,
) -> Vec<Row> {
    let documents = match table {
        "resourcecontainers" => containers(azure, seen_at),
        _ => resources(azure, seen_at),
    };
    documents
        .into_iter()
        .filter_map(|(id, document)| row(azure, &id, document))
        .filter(|row| {
            let is_wanted = |id: &str| subscriptions.iter().any(|it| it.eq_ignore_ascii_case(id));
            row["subscriptionId"].as_str().is_some_and(is_wanted)
        })
        .filter(|row| may_read(azure, caller, row))
        .collect()
}

fn resources(azure: &Azure, seen_at: Timestamp) -> Vec<(ResourceId, Value)> {
    let state = &azure.state;
    let mut all = Vec::new();
    all.extend(seen(state.managed_clusters.iter(), seen_at, |it| {
        managed_cluster_view::to_json(azure, it, managed_clusters::LATEST)
    }));
    all.extend(seen(state.workspaces.iter(), seen_at, |it| {
        workspaces::to_json(azure, it, workspaces::LATEST)
    }));
    all.extend(seen(state.data_collection_rules.iter(), seen_at, |it| {
        data_collection_rules::to_json(azure, it)
    }));
    all.extend(seen(
        state.data_collection_endpoints.iter(),
        seen_at,
        |it| data_collection_endpoints::to_json(azure, it),
    ));
    all.extend(seen(state.scale_sets.iter(), seen_at, |it| {
        virtual_machine_scale_sets::to_json(state, it)
    }));
    all.extend(seen(
        state.identities.iter(),
        seen_at,
        user_assigned_identities::to_json,
    ));
    all
}

fn containers(azure: &Azure, seen_at: Timestamp) -> Vec<(ResourceId, Value)> {
    let subscriptions = azure.state.subscriptions.iter().map(|it| {
        let document = json!({
            "id": format!("/subscriptions/{}", it.id),
            "name": it.name,
            "type": "microsoft.resources/subscriptions",
            "properties": subscriptions::to_json(it),
        });
        (ResourceId::subscription_scope(it.id), document)
    });
    let groups = seen(azure.state.resource_groups.iter(), seen_at, |it| {
        let mut document = resource_groups::to_json(it);
        document["type"] = "microsoft.resources/subscriptions/resourcegroups".into();
        document
    });
    subscriptions.chain(groups).collect()
}

fn seen<'s, T: Resource + 's>(
    resources: impl Iterator<Item = &'s T>,
    seen_at: Timestamp,
    document: impl Fn(&T) -> Value,
) -> Vec<(ResourceId, Value)> {
    resources
        .filter(|resource| resource.created() <= seen_at)
        .map(|resource| (resource.id().clone(), document(resource)))
        .collect()
}

/// Types and resource groups come in lower case, whatever the provider writes.
fn row(azure: &Azure, id: &ResourceId, document: Value) -> Option<Row> {
    let Value::Object(mut row) = document else {
        return None;
    };
    let subscription = azure.state.subscription(id.subscription()?)?;
    let kind = row["type"].as_str()?.to_ascii_lowercase();
    let group = id.resource_group().unwrap_or_default().to_ascii_lowercase();
    row.insert("type".to_owned(), kind.into());
    row.insert("resourceGroup".to_owned(), group.into());
    row.insert(
        "subscriptionId".to_owned(),
        subscription.id.to_string().into(),
    );
    row.insert(
        "tenantId".to_owned(),
        subscription.tenant_id.to_string().into(),
    );
    Some(row)
}

fn may_read(azure: &Azure, caller: &Caller, row: &Row) -> bool {
    let text = |column: &str| row[column].as_str().unwrap_or_default();
    let action = format!("{}/read", text("type"));
    let id = ResourceId::new(text("id"));
    text("tenantId") == caller.tenant_id.to_string()
        && may_act(&azure.state, caller.object_id, &action, &id)
}
