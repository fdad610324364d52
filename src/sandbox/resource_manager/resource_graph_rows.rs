//! What Resource Graph knows of each resource: its document, with a few columns more.

use jiff::Timestamp;
use serde_json::Value;

use super::{collection::GraphRows, kusto::KustoRow};
use crate::sandbox::{
    authorization::may_act, azure::Azure, state::StoredResourceId, tokens::TokenCaller,
};

/// Types that a query may ask for although the sandbox has no resources of them, in lower case.
const WITHOUT_RESOURCES: [&str; 1] = ["microsoft.compute/virtualmachines"];

/// Whether a query may ask for this type.
pub(super) fn is_known(resource_type: &str) -> bool {
    let mut known = graph_rows().map(|it| it.resource_type);
    known.any(|it| it.eq_ignore_ascii_case(resource_type))
        || WITHOUT_RESOURCES.contains(&resource_type)
}

fn graph_rows() -> impl Iterator<Item = &'static GraphRows> {
    super::COLLECTIONS.iter().filter_map(|it| it.rows.as_ref())
}

/// The rows of a table in those subscriptions, as far as the caller may read them and they were there at that time.
pub(super) fn rows(
    azure: &Azure,
    caller: &TokenCaller,
    table: &str,
    subscriptions: &[String],
    seen_at: Timestamp,
) -> Vec<KustoRow> {
    graph_rows()
        .filter(|it| it.table == table)
        .flat_map(|it| (it.documents)(azure, seen_at))
        .filter_map(|(id, document)| row(azure, &id, document))
        .filter(|row| {
            let is_wanted = |id: &str| subscriptions.iter().any(|it| it.eq_ignore_ascii_case(id));
            row["subscriptionId"].as_str().is_some_and(is_wanted)
        })
        // No 403: rows that the caller may not read are just not there.
        .filter(|row| may_read(azure, caller, row))
        .collect()
}

/// Types and resource groups come in lower case, whatever the provider writes.
fn row(azure: &Azure, id: &StoredResourceId, document: Value) -> Option<KustoRow> {
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

fn may_read(azure: &Azure, caller: &TokenCaller, row: &KustoRow) -> bool {
    let text = |column: &str| row[column].as_str().unwrap_or_default();
    // The right to read each resource, and not one for the query.
    let action = format!("{}/read", text("type"));
    let id = StoredResourceId::new(text("id"));
    text("tenantId") == caller.tenant_id.to_string()
        && may_act(&azure.state, caller.object_id, &action, &id)
}
