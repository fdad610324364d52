//! Grafana instances, and the workspaces that they read: created and deleted slowly. No Grafana runs.

use http::StatusCode;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    arm_resource::{self, ArmResource, CreatedByPut, RemovedByDelete},
    call::{ArmCall, created, found},
    collection::CollectionHandlers,
    documents, operations, provider_fields,
    refusal::{ArmAnswer, ArmRefusal},
    route::{ArmRoute, in_subscription},
    verb::Verb,
};
use crate::sandbox::{
    azure::Azure,
    response::Response,
    state::{OperationStatus, StoredDocument, StoredResourceId, guid_for},
};

pub(super) static COLLECTION: CollectionHandlers =
    CollectionHandlers::in_graph::<GrafanaInstances>(ROUTES);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::list_in_subscription::<GrafanaInstances>(),
    ArmRoute::list::<GrafanaInstances>(),
    ArmRoute::read::<GrafanaInstances>(),
    ArmRoute::put::<GrafanaInstances>(&[
        "location",
        "tags",
        "sku.name",
        "identity.type",
        "properties.apiKey",
        "properties.deterministicOutboundIP",
        "properties.grafanaIntegrations.azureMonitorWorkspaceIntegrations",
        "properties.grafanaMajorVersion",
        "properties.publicNetworkAccess",
        "properties.zoneRedundancy",
    ]),
    ArmRoute::patch::<GrafanaInstances>(
        &[
            "tags",
            "properties.apiKey",
            "properties.grafanaIntegrations.azureMonitorWorkspaceIntegrations",
            "properties.publicNetworkAccess",
        ],
        patch,
    ),
    ArmRoute::delete::<GrafanaInstances>(),
    ArmRoute::new(
        Verb::Get,
        in_subscription!(
            "providers/Microsoft.Dashboard/locations/{location}/operationStatuses/{operation}"
        ),
        GrafanaInstances::VERSIONS,
        status,
    ),
];

const NAMES: std::ops::RangeInclusive<usize> = 2..=23;

/// What Azure fills in where nothing was given.
const DEFAULTS: [(&str, &str); 5] = [
    ("apiKey", "Disabled"),
    ("deterministicOutboundIP", "Disabled"),
    ("grafanaMajorVersion", "11"),
    ("publicNetworkAccess", "Enabled"),
    ("zoneRedundancy", "Disabled"),
];

struct GrafanaInstances;

impl ArmResource for GrafanaInstances {
    type Stored = StoredDocument;
    const KIND: &'static str = "Microsoft.Dashboard/grafana";
    const VERSIONS: &'static [&'static str] = &["2022-08-01", "2023-09-01", "2024-10-01"];

    fn to_json(_: &Azure, instance: &StoredDocument, _: &str) -> Value {
        let mut body = documents::to_json(instance);
        body["systemData"] = provider_fields::system_data(instance.created);
        body["properties"]["provisioningState"] = match instance.pending {
            Some(_) => "Creating",
            None => "Succeeded",
        }
        .into();
        body
    }

    fn pending(instance: &StoredDocument) -> Option<Uuid> {
        instance.pending
    }
}

impl CreatedByPut for GrafanaInstances {
    fn requested(
        call: &mut ArmCall<'_>,
        id: StoredResourceId,
        old: Option<StoredDocument>,
    ) -> Result<StoredDocument, ArmRefusal> {
        let location = call.location()?;
        if !NAMES.contains(&id.name().len()) {
            return Err(ArmRefusal::bad_request(
                "InvalidResourceName",
                format!("The name '{}' must have 2 to 23 characters.", id.name()),
            ));
        }
        let mut instance = documents::requested::<Self>(call, id, old.as_ref(), Some(location));
        workspaces_exist(call, &instance.properties)?;
        for (name, value) in DEFAULTS {
            instance
                .properties
                .entry(name)
                .or_insert_with(|| value.into());
        }
        let key = guid_for(instance.id.folded()).simple().to_string();
        instance.properties.insert(
            "endpoint".to_owned(),
            // A part of the host is random in Azure, so that a client has to read the endpoint.
            format!(
                "https://{}-{}.{location}.grafana.azure.com",
                instance.id.name(),
                &key[..4]
            )
            .into(),
        );
        instance.attributes = attributes(call, &instance.id);
        instance.pending = Some(operations::begin(call));
        Ok(instance)
    }

    fn put_answer(
        call: &ArmCall<'_>,
        instance: &StoredDocument,
        is_new: bool,
        body: &Value,
    ) -> ArmAnswer {
        let url = url(call, instance, instance.pending.unwrap_or_default());
        let response = if is_new { created(body) } else { found(body) };
        Ok(response?.with_header("azure-asyncoperation", url))
    }
}

impl RemovedByDelete for GrafanaInstances {
    fn removed(call: &mut ArmCall<'_>, instance: &StoredDocument) -> ArmAnswer {
        let operation = operations::begin(call);
        let url = url(call, instance, operation);
        Ok(Response::empty(StatusCode::ACCEPTED)
            .with_header("azure-asyncoperation", url.as_str())
            .with_header("location", url))
    }
}

/// The plan, and the system-assigned identity. Its role on the workspaces is a role assignment of its own.
fn attributes(call: &ArmCall<'_>, id: &StoredResourceId) -> Map<String, Value> {
    let sku = call.text("/sku/name");
    let sku = sku.as_deref().unwrap_or("Standard");
    let mut attributes = Map::new();
    attributes.insert("sku".to_owned(), json!({"name": sku}));
    if call.text("/identity/type").as_deref() == Some("SystemAssigned") {
        let principal = guid_for(&format!("identity of {}", id.folded()));
        let tenant = call.azure.state.directory.tenant_id;
        attributes.insert(
            "identity".to_owned(),
            json!({"type": "SystemAssigned", "principalId": principal, "tenantId": tenant}),
        );
    }
    attributes
}

/// Each workspace that the instance is to read must exist.
fn workspaces_exist(call: &ArmCall<'_>, properties: &Map<String, Value>) -> Result<(), ArmRefusal> {
    let integrations = properties
        .get("grafanaIntegrations")
        .and_then(|it| it["azureMonitorWorkspaceIntegrations"].as_array());
    for integration in integrations.into_iter().flatten() {
        let id = integration["azureMonitorWorkspaceResourceId"]
            .as_str()
            .unwrap_or_default();
        let is_there = call
            .azure
            .state
            .workspaces
            .get(&StoredResourceId::new(id))
            .is_some();
        if !is_there {
            return Err(ArmRefusal::bad_request(
                "BadRequest",
                format!("The Azure Monitor workspace '{id}' does not exist."),
            ));
        }
    }
    Ok(())
}

/// Replaces the properties and tags that the body names.
fn patch(call: &mut ArmCall<'_>) -> ArmAnswer {
    let mut instance = arm_resource::existing::<GrafanaInstances>(call)?.clone();
    let changes = call.body["properties"].as_object().cloned();
    let changes = changes.unwrap_or_default();
    workspaces_exist(call, &changes)?;
    instance.properties.extend(changes);
    if call.body["tags"].is_object() {
        instance.tags = call.tags();
    }
    let body = GrafanaInstances::to_json(call.azure, &instance, call.version());
    call.state().documents.insert(instance);
    found(&body)
}

fn url(call: &ArmCall<'_>, instance: &StoredDocument, operation: Uuid) -> String {
    format!(
        "{}/subscriptions/{}/providers/Microsoft.Dashboard/locations/{}/operationStatuses/{operation}?api-version={}",
        call.azure.addresses.resource_manager(),
        call.path.get("subscription"),
        instance.location.as_deref().unwrap_or_default(),
        call.version(),
    )
}

fn status(call: &mut ArmCall<'_>) -> ArmAnswer {
    let name = call.path.get("operation").to_owned();
    let (standing, started) = operations::look_by_name(call, &name)?;
    let word = match standing {
        OperationStatus::InProgress => "InProgress",
        OperationStatus::Failed { .. } => "Failed",
        _ => "Succeeded",
    };
    found(&json!({
        "id": call.request.path,
        "name": name,
        "status": word,
        "startTime": started.to_string(),
    }))
}
