//! Prometheus rule groups: recording and alerting rules of a workspace, kept but not evaluated.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    call::{ArmCall, found},
    collection::CollectionHandlers,
    documents, listing,
    refusal::{ArmAnswer, ArmRefusal},
    route::{ArmRoute, in_group, in_subscription},
    verb::Verb,
};
use crate::sandbox::{azure::Azure, state::StoredResourceId};

const VERSIONS: &[&str] = &["2021-07-22-preview", "2023-03-01", "2023-09-01-preview"];

const KIND: &str = "Microsoft.AlertsManagement/prometheusRuleGroups";

const ONE: &str = in_group!("Microsoft.AlertsManagement/prometheusRuleGroups/{name}");

pub(super) static COLLECTION: CollectionHandlers = CollectionHandlers::new(ROUTES)
    .of_type(KIND, VERSIONS)
    .in_resource_graph("resources", KIND, rows);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::new(
        Verb::Get,
        in_subscription!("providers/Microsoft.AlertsManagement/prometheusRuleGroups"),
        VERSIONS,
        list,
    )
    .needing("Microsoft.AlertsManagement/prometheusRuleGroups/read")
    .with_parameters(&[listing::SKIP_TOKEN]),
    ArmRoute::new(
        Verb::Get,
        in_group!("Microsoft.AlertsManagement/prometheusRuleGroups"),
        VERSIONS,
        list,
    )
    .needing("Microsoft.AlertsManagement/prometheusRuleGroups/read")
    .with_parameters(&[listing::SKIP_TOKEN]),
    ArmRoute::new(Verb::Get, ONE, VERSIONS, read)
        .needing("Microsoft.AlertsManagement/prometheusRuleGroups/read"),
    ArmRoute::new(Verb::Put, ONE, VERSIONS, put)
        .needing("Microsoft.AlertsManagement/prometheusRuleGroups/write")
        .with_fields(&[
            "location",
            "tags",
            "properties.clusterName",
            "properties.description",
            "properties.enabled",
            "properties.interval",
            "properties.rules",
            "properties.scopes",
        ]),
    ArmRoute::new(Verb::Patch, ONE, VERSIONS, patch)
        .needing("Microsoft.AlertsManagement/prometheusRuleGroups/write")
        .with_fields(&["tags"]),
    ArmRoute::new(Verb::Delete, ONE, VERSIONS, delete)
        .needing("Microsoft.AlertsManagement/prometheusRuleGroups/delete"),
];

fn rows(azure: &Azure, seen_at: Timestamp) -> Vec<(StoredResourceId, Value)> {
    documents::rows(azure, seen_at, KIND)
}

fn list(call: &mut ArmCall<'_>) -> ArmAnswer {
    documents::list(call, KIND)
}

fn read(call: &mut ArmCall<'_>) -> ArmAnswer {
    found(&documents::to_json(&documents::existing(call, KIND)?))
}

fn put(call: &mut ArmCall<'_>) -> ArmAnswer {
    let id = call.resource(KIND)?;
    let location = call.location()?;
    let document = documents::requested(call, id, KIND, Some(location));
    for list in ["rules", "scopes"] {
        let has_items = document.properties.get(list).and_then(Value::as_array);
        if has_items.is_none_or(Vec::is_empty) {
            return Err(missing(list));
        }
    }
    documents::put(call, document)
}

fn missing(list: &str) -> ArmRefusal {
    ArmRefusal::bad_request(
        "BadRequest",
        format!("A rule group needs at least one item in '{list}'."),
    )
    .with_detail(json!({"code": "MissingProperty", "target": list}))
}

fn patch(call: &mut ArmCall<'_>) -> ArmAnswer {
    documents::patch_tags(call, KIND)
}

fn delete(call: &mut ArmCall<'_>) -> ArmAnswer {
    documents::delete(call, KIND)
}
