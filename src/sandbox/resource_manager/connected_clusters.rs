//! Clusters that are connected to Azure by Arc: created and deleted slowly, with operations of the whole tenant.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    call::{ArmCall, created, found},
    collection::CollectionHandlers,
    documents, listing, operations, provider_fields,
    refusal::{ArmAnswer, ArmRefusal},
    route::{ArmRoute, in_group, in_subscription},
    verb::Verb,
};
use crate::sandbox::{
    azure::Azure,
    response::Response,
    state::{OperationStatus, StoredDocument, StoredResourceId, guid_for},
};

const VERSIONS: &[&str] = &[
    "2021-10-01",
    "2022-10-01-preview",
    "2024-01-01",
    "2024-07-01-preview",
    "2024-12-01-preview",
];

const KIND: &str = "Microsoft.Kubernetes/connectedClusters";

const ONE: &str = in_group!("Microsoft.Kubernetes/connectedClusters/{name}");

/// Properties that older api-versions do not show.
const SINCE_2024: [&str; 3] = ["arcAgentProfile", "azureHybridBenefit", "privateLinkState"];

pub(super) static COLLECTION: CollectionHandlers = CollectionHandlers::new(ROUTES)
    .of_type(KIND, VERSIONS)
    .in_resource_graph("resources", KIND, rows);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::new(
        Verb::Get,
        in_subscription!("providers/Microsoft.Kubernetes/connectedClusters"),
        VERSIONS,
        list,
    )
    .needing("Microsoft.Kubernetes/connectedClusters/read")
    .with_parameters(&[listing::SKIP_TOKEN]),
    ArmRoute::new(
        Verb::Get,
        in_group!("Microsoft.Kubernetes/connectedClusters"),
        VERSIONS,
        list,
    )
    .needing("Microsoft.Kubernetes/connectedClusters/read")
    .with_parameters(&[listing::SKIP_TOKEN]),
    ArmRoute::new(Verb::Get, ONE, VERSIONS, read)
        .needing("Microsoft.Kubernetes/connectedClusters/read"),
    ArmRoute::new(Verb::Put, ONE, VERSIONS, put)
        .needing("Microsoft.Kubernetes/connectedClusters/write")
        .with_fields(&[
            "location",
            "tags",
            "identity.type",
            "properties.agentPublicKeyCertificate",
            "properties.arcAgentProfile",
            "properties.azureHybridBenefit",
            "properties.distribution",
            "properties.distributionVersion",
            "properties.infrastructure",
            "properties.privateLinkState",
        ]),
    ArmRoute::new(Verb::Delete, ONE, VERSIONS, delete)
        .needing("Microsoft.Kubernetes/connectedClusters/delete"),
    ArmRoute::new(
        Verb::Get,
        "/providers/Microsoft.Kubernetes/locations/{location}/operationStatuses/{operation}",
        VERSIONS,
        status,
    ),
];

fn rows(azure: &Azure, seen_at: Timestamp) -> Vec<(StoredResourceId, Value)> {
    documents::rows(azure, seen_at, KIND)
}

fn list(call: &mut ArmCall<'_>) -> ArmAnswer {
    documents::list(call, KIND)
}

fn read(call: &mut ArmCall<'_>) -> ArmAnswer {
    let cluster = documents::existing(call, KIND)?;
    if let Some(operation) = cluster.pending {
        call.state().look_at(operation);
    }
    let body = to_json(&documents::existing(call, KIND)?, call.version());
    Ok(with_entity_tag(found(&body)?, &body))
}

/// 201 each time, with the address of an operation.
fn put(call: &mut ArmCall<'_>) -> ArmAnswer {
    let id = call.resource(KIND)?;
    let location = call.location()?;
    if call.text("/properties/agentPublicKeyCertificate").is_none() {
        return Err(ArmRefusal::bad_request(
            "BadRequest",
            "The property 'agentPublicKeyCertificate' is required.",
        ));
    }
    let principal = guid_for(&format!("identity of {}", id.folded()));
    let tenant = call.azure.state.directory.tenant_id;
    let mut cluster = documents::requested(call, id, KIND, Some(location));
    cluster.attributes.insert(
        "identity".to_owned(),
        json!({"type": "SystemAssigned", "principalId": principal, "tenantId": tenant}),
    );
    let operation = operations::begin(call);
    cluster.pending = Some(operation);
    let body = to_json(&cluster, call.version());
    call.state().documents.insert(cluster);
    let response =
        created(&body)?.with_header("azure-asyncoperation", url(call, location, operation));
    Ok(with_entity_tag(response, &body))
}

fn delete(call: &mut ArmCall<'_>) -> ArmAnswer {
    let id = call.resource(KIND)?;
    let Some(cluster) = documents::at(call, &id, KIND).cloned() else {
        return Ok(Response::empty(StatusCode::NO_CONTENT));
    };
    call.state().remove_within(&id);
    let operation = operations::begin(call);
    let url = url(call, &cluster.location.unwrap_or_default(), operation);
    Ok(Response::json(StatusCode::ACCEPTED, &Value::Null)
        .with_header("azure-asyncoperation", url.as_str())
        .with_header("location", url))
}

/// Of the tenant, not of a subscription; the region is in capitals.
fn url(call: &ArmCall<'_>, location: &str, operation: Uuid) -> String {
    format!(
        "{}/providers/Microsoft.Kubernetes/locations/{}/operationStatuses/{operation}*{:X}?api-version={}",
        call.azure.addresses.resource_manager(),
        location.to_ascii_uppercase(),
        guid_for("what follows an operation of Arc").as_simple(),
        call.version(),
    )
}

fn status(call: &mut ArmCall<'_>) -> ArmAnswer {
    let name = call.path.get("operation").to_owned();
    let (guid, _) = name.split_once('*').unwrap_or((&name, ""));
    let (standing, started) = operations::look_by_name(call, guid)?;
    let mut body = json!({
        "id": call.request.path,
        "name": name,
        "status": "Accepted",
        "startTime": started.to_string(),
        "properties": null,
    });
    if standing != OperationStatus::InProgress {
        body["endTime"] = call.now().to_string().into();
        body["status"] = match standing {
            OperationStatus::Failed { .. } => "Failed",
            _ => "Succeeded",
        }
        .into();
    }
    Ok(with_entity_tag(found(&body)?, &body))
}

fn with_entity_tag(response: Response, body: &Value) -> Response {
    let tag = guid_for(&body.to_string());
    response.with_header("etag", format!("\"{tag}\""))
}

/// The type comes back in lower case; what is not on, such as the token issuer, is left out.
fn to_json(cluster: &StoredDocument, version: &str) -> Value {
    let mut body = documents::to_json(cluster);
    body["type"] = "microsoft.kubernetes/connectedclusters".into();
    body["systemData"] = provider_fields::system_data(cluster.created);
    body["properties"]["provisioningState"] = match cluster.pending {
        Some(_) => "Accepted",
        None => "Succeeded",
    }
    .into();
    body["properties"]["connectivityStatus"] = "Connecting".into();
    if let Some(properties) = body["properties"].as_object_mut() {
        properties.retain(|name, _| version >= "2024" || !SINCE_2024.contains(&name.as_str()));
    }
    body
}
