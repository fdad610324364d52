//! Metric alerts, kept but not evaluated.

use serde_json::{Value, json};

use super::{
    arm_resource::{ArmResource, CreatedByPut, RemovedByDelete},
    call::ArmCall,
    collection::CollectionHandlers,
    documents,
    refusal::ArmRefusal,
    route::ArmRoute,
};
use crate::sandbox::{
    azure::Azure,
    state::{StoredDocument, StoredResourceId},
};

pub(super) static COLLECTION: CollectionHandlers = CollectionHandlers::of::<MetricAlerts>(ROUTES);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::list_in_subscription::<MetricAlerts>(),
    ArmRoute::list::<MetricAlerts>(),
    ArmRoute::read::<MetricAlerts>(),
    ArmRoute::put::<MetricAlerts>(&[
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
    ArmRoute::delete::<MetricAlerts>(),
];

struct MetricAlerts;

impl ArmResource for MetricAlerts {
    type Stored = StoredDocument;
    const KIND: &'static str = "Microsoft.Insights/metricAlerts";
    const VERSIONS: &'static [&'static str] = &["2018-03-01", "2024-03-01-preview"];

    fn to_json(_: &Azure, alert: &StoredDocument, _: &str) -> Value {
        documents::to_json(alert)
    }
}

impl CreatedByPut for MetricAlerts {
    fn requested(
        call: &mut ArmCall<'_>,
        id: StoredResourceId,
        old: Option<StoredDocument>,
    ) -> Result<StoredDocument, ArmRefusal> {
        // An alert is in no region: its location is `global`, which is no region of the list.
        let location = match call.body["location"].as_str() {
            Some(location) if location.eq_ignore_ascii_case("global") => "global",
            _ => call.location()?,
        };
        let mut alert = documents::requested::<Self>(call, id, old.as_ref(), Some(location));
        // Azure adds the empty list to an alert without actions.
        alert
            .properties
            .entry("actions")
            .or_insert_with(|| json!([]));
        Ok(alert)
    }
}

impl RemovedByDelete for MetricAlerts {}
