//! Prometheus rule groups: recording and alerting rules of a workspace, kept but not evaluated.

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

pub(super) static COLLECTION: CollectionHandlers =
    CollectionHandlers::in_graph::<PrometheusRuleGroups>(ROUTES);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::list_in_subscription::<PrometheusRuleGroups>(),
    ArmRoute::list::<PrometheusRuleGroups>(),
    ArmRoute::read::<PrometheusRuleGroups>(),
    ArmRoute::put::<PrometheusRuleGroups>(&[
        "location",
        "tags",
        "properties.clusterName",
        "properties.description",
        "properties.enabled",
        "properties.interval",
        "properties.rules",
        "properties.scopes",
    ]),
    ArmRoute::patch_tags::<PrometheusRuleGroups>(),
    ArmRoute::delete::<PrometheusRuleGroups>(),
];

struct PrometheusRuleGroups;

impl ArmResource for PrometheusRuleGroups {
    type Stored = StoredDocument;
    const KIND: &'static str = "Microsoft.AlertsManagement/prometheusRuleGroups";
    const VERSIONS: &'static [&'static str] =
        &["2021-07-22-preview", "2023-03-01", "2023-09-01-preview"];

    fn to_json(_: &Azure, group: &StoredDocument, _: &str) -> Value {
        documents::to_json(group)
    }
}

impl CreatedByPut for PrometheusRuleGroups {
    fn requested(
        call: &mut ArmCall<'_>,
        id: StoredResourceId,
        old: Option<StoredDocument>,
    ) -> Result<StoredDocument, ArmRefusal> {
        let location = call.location()?;
        let document = documents::requested::<Self>(call, id, old.as_ref(), Some(location));
        // `scopes` holds the workspace, and also the cluster where the rules are about one.
        for list in ["rules", "scopes"] {
            let items = document.properties.get(list).and_then(Value::as_array);
            if items.is_none_or(Vec::is_empty) {
                return Err(missing(list));
            }
        }
        Ok(document)
    }
}

impl RemovedByDelete for PrometheusRuleGroups {}

fn missing(list: &str) -> ArmRefusal {
    ArmRefusal::bad_request(
        "BadRequest",
        format!("A rule group needs at least one item in '{list}'."),
    )
    .with_detail(json!({"code": "MissingProperty", "target": list}))
}
