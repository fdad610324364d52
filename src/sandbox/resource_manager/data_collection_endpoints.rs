//! Data collection endpoints: where samples come in.

use serde_json::{Value, json};

use super::{
    arm_resource::{ArmResource, CreatedByPut, RemovedByDelete},
    call::{ArmCall, stays_in_its_region},
    collection::CollectionHandlers,
    data_collection_versions, provider_fields,
    refusal::ArmRefusal,
    route::ArmRoute,
};
use crate::sandbox::{
    azure::Azure,
    state::{StoredEndpoint, StoredResourceId, host_label},
};

pub(super) static COLLECTION: CollectionHandlers =
    CollectionHandlers::in_graph::<DataCollectionEndpoints>(ROUTES);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::list_in_subscription::<DataCollectionEndpoints>(),
    ArmRoute::list::<DataCollectionEndpoints>(),
    ArmRoute::read::<DataCollectionEndpoints>(),
    ArmRoute::put::<DataCollectionEndpoints>(&[
        "location",
        "tags",
        "kind",
        "properties.description",
        "properties.networkAcls.publicNetworkAccess",
    ]),
    ArmRoute::patch_tags::<DataCollectionEndpoints>(),
    ArmRoute::delete::<DataCollectionEndpoints>(),
];

struct DataCollectionEndpoints;

impl ArmResource for DataCollectionEndpoints {
    type Stored = StoredEndpoint;
    const KIND: &'static str = "Microsoft.Insights/dataCollectionEndpoints";
    const VERSIONS: &'static [&'static str] = data_collection_versions::VERSIONS;
    const NULL_LINK: bool = true;

    fn to_json(azure: &Azure, endpoint: &StoredEndpoint, _: &str) -> Value {
        to_json(azure, endpoint)
    }
}

/// 200 for a new endpoint too, never 201 (recorded in 24 of 24 writes).
impl CreatedByPut for DataCollectionEndpoints {
    fn requested(
        call: &mut ArmCall<'_>,
        id: StoredResourceId,
        old: Option<StoredEndpoint>,
    ) -> Result<StoredEndpoint, ArmRefusal> {
        let location = call.location()?;
        if let Some(old) = &old {
            // Azure moves no resource to another region: that takes another name, or a deletion.
            stays_in_its_region(old, &old.location, location)?;
        }
        let created = old.as_ref().map_or(call.now(), |old| old.created);
        let access = call.text("/properties/networkAcls/publicNetworkAccess");
        Ok(StoredEndpoint {
            // A PUT over an existing one replaces everything else, but the immutable id is for life.
            immutable_id: match old {
                Some(old) => old.immutable_id,
                None => format!("dce-{}", call.fresh_guid().simple()),
            },
            ingestion_label: format!("{}-1", host_label(&id, location)),
            foreign_host: None,
            location: location.to_owned(),
            tags: call.tags(),
            kind: call.text("/kind"),
            description: call.text("/properties/description"),
            public_network_access: access.unwrap_or_else(|| "Enabled".to_owned()),
            created,
            id,
        })
    }
}

impl RemovedByDelete for DataCollectionEndpoints {}

/// Where metrics are written to.
pub(super) fn metrics_url(azure: &Azure, endpoint: &StoredEndpoint) -> String {
    match endpoint.foreign_host {
        Some(host) => format!("https://{host}"),
        None => azure.addresses.ingestion(&endpoint.ingestion_label),
    }
}

/// Metrics have a host of their own; the other two take logs and return configuration, and no metrics.
fn to_json(azure: &Azure, endpoint: &StoredEndpoint) -> Value {
    let label = &endpoint.ingestion_label;
    let mut body = json!({
        "id": endpoint.id,
        "name": endpoint.id.name(),
        "type": DataCollectionEndpoints::KIND,
        "location": endpoint.location,
        "tags": endpoint.tags,
        "properties": {
            "immutableId": endpoint.immutable_id,
            // Three hosts; the portal shows the one for logs, to which Prometheus cannot write.
            "configurationAccess": {"endpoint": format!("https://{label}.handler.control.monitor.azure.com")},
            "logsIngestion": {"endpoint": format!("https://{label}.ingest.monitor.azure.com")},
            "metricsIngestion": {"endpoint": metrics_url(azure, endpoint)},
            "networkAcls": {"publicNetworkAccess": endpoint.public_network_access},
            "provisioningState": "Succeeded",
        },
    });
    if let Some(kind) = &endpoint.kind {
        body["kind"] = kind.as_str().into();
    }
    if let Some(description) = &endpoint.description {
        body["properties"]["description"] = description.as_str().into();
    }
    provider_fields::added(body, endpoint.created)
}
