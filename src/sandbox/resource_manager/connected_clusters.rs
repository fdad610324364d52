//! Clusters that are connected to Azure by Arc: created and deleted slowly, with operations of the whole tenant.

use http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    arm_resource::{ArmResource, CreatedByPut, RemovedByDelete},
    call::{ArmCall, created, found},
    collection::CollectionHandlers,
    documents, operations, provider_fields,
    refusal::{ArmAnswer, ArmRefusal},
    route::ArmRoute,
    verb::Verb,
};
use crate::sandbox::{
    azure::Azure,
    response::Response,
    state::{OperationStatus, StoredDocument, StoredResourceId, guid_for},
};

/// Properties that older api-versions do not show.
const SINCE_2024: [&str; 3] = ["arcAgentProfile", "azureHybridBenefit", "privateLinkState"];

pub(super) static COLLECTION: CollectionHandlers =
    CollectionHandlers::in_graph::<ConnectedClusters>(ROUTES);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::list_in_subscription::<ConnectedClusters>(),
    ArmRoute::list::<ConnectedClusters>(),
    ArmRoute::read::<ConnectedClusters>(),
    ArmRoute::put::<ConnectedClusters>(&[
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
    ArmRoute::delete::<ConnectedClusters>(),
    ArmRoute::new(
        Verb::Get,
        "/providers/Microsoft.Kubernetes/locations/{location}/operationStatuses/{operation}",
        ConnectedClusters::VERSIONS,
        status,
    ),
];

struct ConnectedClusters;

impl ArmResource for ConnectedClusters {
    type Stored = StoredDocument;
    const KIND: &'static str = "Microsoft.Kubernetes/connectedClusters";
    const VERSIONS: &'static [&'static str] = &[
        "2021-10-01",
        "2022-10-01-preview",
        "2024-01-01",
        "2024-07-01-preview",
        "2024-12-01-preview",
        "2026-05-01",
    ];

    fn to_json(_: &Azure, cluster: &StoredDocument, version: &str) -> Value {
        to_json(cluster, version)
    }

    fn pending(cluster: &StoredDocument) -> Option<Uuid> {
        cluster.pending
    }

    fn read_answer(body: &Value) -> ArmAnswer {
        Ok(with_entity_tag(found(body)?, body))
    }
}

impl CreatedByPut for ConnectedClusters {
    fn requested(
        call: &mut ArmCall<'_>,
        id: StoredResourceId,
        old: Option<StoredDocument>,
    ) -> Result<StoredDocument, ArmRefusal> {
        let location = call.location()?;
        if call.text("/properties/agentPublicKeyCertificate").is_none() {
            return Err(ArmRefusal::bad_request(
                "BadRequest",
                "The property 'agentPublicKeyCertificate' is required.",
            ));
        }
        // The identity is of the Arc agents; no pod can sign in with it.
        let principal = guid_for(&format!("identity of {}", id.folded()));
        let tenant = call.azure.state.directory.tenant_id;
        let mut cluster = documents::requested::<Self>(call, id, old.as_ref(), Some(location));
        cluster.attributes.insert(
            "identity".to_owned(),
            json!({"type": "SystemAssigned", "principalId": principal, "tenantId": tenant}),
        );
        cluster.pending = Some(operations::begin(call));
        Ok(cluster)
    }

    /// 201 each time, with the address of an operation.
    fn put_answer(
        call: &ArmCall<'_>,
        cluster: &StoredDocument,
        _: bool,
        body: &Value,
    ) -> ArmAnswer {
        let location = cluster.location.as_deref().unwrap_or_default();
        let url = url(call, location, cluster.pending.unwrap_or_default());
        let response = created(body)?.with_header("azure-asyncoperation", url);
        Ok(with_entity_tag(response, body))
    }
}

impl RemovedByDelete for ConnectedClusters {
    fn removed(call: &mut ArmCall<'_>, cluster: &StoredDocument) -> ArmAnswer {
        let operation = operations::begin(call);
        let location = cluster.location.as_deref().unwrap_or_default();
        let url = url(call, location, operation);
        // The body is the word `null` (recorded).
        Ok(Response::json(StatusCode::ACCEPTED, &Value::Null)
            .with_header("azure-asyncoperation", url.as_str())
            .with_header("location", url))
    }
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
    // Arc returns `Accepted` where other providers return `InProgress` (recorded).
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
    // Lower case here, and mixed case in the id.
    body["type"] = "microsoft.kubernetes/connectedclusters".into();
    body["systemData"] = provider_fields::system_data(cluster.created);
    body["properties"]["provisioningState"] = match cluster.pending {
        Some(_) => "Accepted",
        None => "Succeeded",
    }
    .into();
    // Until an agent in the cluster has reported, which never happens here.
    body["properties"]["connectivityStatus"] = "Connecting".into();
    if let Some(properties) = body["properties"].as_object_mut() {
        properties.retain(|name, _| version >= "2024" || !SINCE_2024.contains(&name.as_str()));
    }
    body
}
