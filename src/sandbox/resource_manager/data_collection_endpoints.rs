//! Data collection endpoints: where samples come in.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    call::{ArmCall, found, stays_in_its_region},
    collection::{CollectionHandlers, seen},
    listing, provider_fields,
    refusal::{ArmAnswer, ArmRefusal},
    route::{ArmRoute, in_group, in_subscription},
    verb::Verb,
};
use crate::sandbox::{
    azure::Azure,
    response::Response,
    state::{StoredEndpoint, StoredResourceId, host_label},
};

const VERSIONS: &[&str] = &["2021-04-01", "2022-06-01", "2023-03-11"];

const KIND: &str = "Microsoft.Insights/dataCollectionEndpoints";

const ONE: &str = in_group!("Microsoft.Insights/dataCollectionEndpoints/{name}");

pub(super) static COLLECTION: CollectionHandlers = CollectionHandlers::new(ROUTES)
    .of_type(KIND, VERSIONS)
    .in_resource_graph("resources", KIND, rows);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::new(
        Verb::Get,
        in_subscription!("providers/Microsoft.Insights/dataCollectionEndpoints"),
        VERSIONS,
        list,
    )
    .needing("Microsoft.Insights/dataCollectionEndpoints/read")
    .with_parameters(&[listing::SKIP_TOKEN]),
    ArmRoute::new(
        Verb::Get,
        in_group!("Microsoft.Insights/dataCollectionEndpoints"),
        VERSIONS,
        list,
    )
    .needing("Microsoft.Insights/dataCollectionEndpoints/read")
    .with_parameters(&[listing::SKIP_TOKEN]),
    ArmRoute::new(Verb::Get, ONE, VERSIONS, read)
        .needing("Microsoft.Insights/dataCollectionEndpoints/read"),
    ArmRoute::new(Verb::Put, ONE, VERSIONS, put)
        .needing("Microsoft.Insights/dataCollectionEndpoints/write")
        .with_fields(&[
            "location",
            "tags",
            "kind",
            "properties.description",
            "properties.networkAcls.publicNetworkAccess",
        ]),
    ArmRoute::new(Verb::Patch, ONE, VERSIONS, patch)
        .needing("Microsoft.Insights/dataCollectionEndpoints/write")
        .with_fields(&["tags"]),
    ArmRoute::new(Verb::Delete, ONE, VERSIONS, delete)
        .needing("Microsoft.Insights/dataCollectionEndpoints/delete"),
];

fn rows(azure: &Azure, seen_at: Timestamp) -> Vec<(StoredResourceId, Value)> {
    let endpoints = azure.state.data_collection_endpoints.iter();
    seen(endpoints, seen_at, |it| to_json(azure, it))
}

fn list(call: &mut ArmCall<'_>) -> ArmAnswer {
    let scope = call.listed_scope()?;
    let endpoints = call.azure.state.data_collection_endpoints.within(&scope);
    listing::page_with_null_link(call, endpoints, |it| to_json(call.azure, it))
}

fn read(call: &mut ArmCall<'_>) -> ArmAnswer {
    found(&to_json(call.azure, &existing(call)?))
}

fn put(call: &mut ArmCall<'_>) -> ArmAnswer {
    let id = call.resource(KIND)?;
    let location = call.location()?;
    let old = call.azure.state.data_collection_endpoints.get(&id).cloned();
    if let Some(old) = &old {
        stays_in_its_region(old, &old.location, location)?;
    }
    let created = old.as_ref().map_or(call.now(), |old| old.created);
    let access = call.text("/properties/networkAcls/publicNetworkAccess");
    let endpoint = StoredEndpoint {
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
    };
    let body = to_json(call.azure, &endpoint);
    call.state().data_collection_endpoints.insert(endpoint);
    // 200 for a new endpoint too, never 201 (recorded in 24 of 24 writes).
    found(&body)
}

fn patch(call: &mut ArmCall<'_>) -> ArmAnswer {
    let endpoint = StoredEndpoint {
        tags: call.tags(),
        ..existing(call)?
    };
    let body = to_json(call.azure, &endpoint);
    call.state().data_collection_endpoints.insert(endpoint);
    found(&body)
}

fn delete(call: &mut ArmCall<'_>) -> ArmAnswer {
    // In a group that is gone: 404, not 204.
    call.group()?;
    let Ok(endpoint) = existing(call) else {
        return Ok(Response::empty(StatusCode::NO_CONTENT));
    };
    call.state().remove_within(&endpoint.id);
    Ok(Response::empty(StatusCode::OK))
}

fn existing(call: &ArmCall<'_>) -> Result<StoredEndpoint, ArmRefusal> {
    let id = call.resource(KIND)?;
    let endpoint = call.azure.state.data_collection_endpoints.get(&id).cloned();
    endpoint.ok_or_else(|| call.no_resource(&id))
}

/// Where metrics are written to.
pub(super) fn metrics_url(azure: &Azure, endpoint: &StoredEndpoint) -> String {
    match endpoint.foreign_host {
        Some(host) => format!("https://{host}"),
        None => azure.addresses.ingestion(&endpoint.ingestion_label),
    }
}

/// Metrics have a host of their own; the other two take logs and hand out configuration, and no metrics.
fn to_json(azure: &Azure, endpoint: &StoredEndpoint) -> Value {
    let label = &endpoint.ingestion_label;
    let mut body = json!({
        "id": endpoint.id,
        "name": endpoint.id.name(),
        "type": KIND,
        "location": endpoint.location,
        "tags": endpoint.tags,
        "properties": {
            "immutableId": endpoint.immutable_id,
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
