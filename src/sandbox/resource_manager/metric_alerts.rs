//! Metric alerts, kept but not evaluated.

use super::{
    call::{ArmCall, found},
    collection::CollectionHandlers,
    documents, listing,
    refusal::ArmAnswer,
    route::{ArmRoute, in_group, in_subscription},
    verb::Verb,
};

const VERSIONS: &[&str] = &["2018-03-01"];

const KIND: &str = "Microsoft.Insights/metricAlerts";

const ONE: &str = in_group!("Microsoft.Insights/metricAlerts/{name}");

pub(super) static COLLECTION: CollectionHandlers =
    CollectionHandlers::new(ROUTES).of_type(KIND, VERSIONS);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::new(
        Verb::Get,
        in_subscription!("providers/Microsoft.Insights/metricAlerts"),
        VERSIONS,
        list,
    )
    .needing("Microsoft.Insights/metricAlerts/read")
    .with_parameters(&[listing::SKIP_TOKEN]),
    ArmRoute::new(
        Verb::Get,
        in_group!("Microsoft.Insights/metricAlerts"),
        VERSIONS,
        list,
    )
    .needing("Microsoft.Insights/metricAlerts/read")
    .with_parameters(&[listing::SKIP_TOKEN]),
    ArmRoute::new(Verb::Get, ONE, VERSIONS, read).needing("Microsoft.Insights/metricAlerts/read"),
    ArmRoute::new(Verb::Put, ONE, VERSIONS, put)
        .needing("Microsoft.Insights/metricAlerts/write")
        .with_fields(&[
            "location",
            "tags",
            "properties.actions",
            "properties.autoMitigate",
            "properties.criteria",
            "properties.description",
            "properties.enabled",
            "properties.evaluationFrequency",
            "properties.scopes",
            "properties.severity",
            "properties.targetResourceRegion",
            "properties.targetResourceType",
            "properties.windowSize",
        ]),
    ArmRoute::new(Verb::Delete, ONE, VERSIONS, delete)
        .needing("Microsoft.Insights/metricAlerts/delete"),
];

fn list(call: &mut ArmCall<'_>) -> ArmAnswer {
    documents::list(call, KIND)
}

fn read(call: &mut ArmCall<'_>) -> ArmAnswer {
    found(&documents::to_json(&documents::existing(call, KIND)?))
}

/// An alert belongs to no region; its location is `global`.
fn put(call: &mut ArmCall<'_>) -> ArmAnswer {
    let id = call.resource(KIND)?;
    let location = match call.body["location"].as_str() {
        Some(location) if location.eq_ignore_ascii_case("global") => "global",
        _ => call.location()?,
    };
    let mut document = documents::requested(call, id, KIND, Some(location));
    document
        .properties
        .entry("actions")
        .or_insert_with(|| serde_json::json!([]));
    documents::put(call, document)
}

fn delete(call: &mut ArmCall<'_>) -> ArmAnswer {
    documents::delete(call, KIND)
}
