//! Extensions of AKS and Arc clusters, such as Azure Monitor's for containers: kept, and installed nowhere.

use http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    arm_path::Parent,
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
    state::{OperationStatus, StoredDocument, StoredResourceId},
};

pub(super) static COLLECTION: CollectionHandlers =
    CollectionHandlers::of::<ClusterExtensions>(ROUTES);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::list::<ClusterExtensions>(),
    ArmRoute::read::<ClusterExtensions>(),
    ArmRoute::put::<ClusterExtensions>(&[
        "identity.type",
        "properties.extensionType",
        "properties.autoUpgradeMinorVersion",
        "properties.releaseTrain",
        "properties.version",
        "properties.scope.cluster.releaseNamespace",
        "properties.scope.namespace.targetNamespace",
        "properties.configurationSettings",
        "properties.configurationProtectedSettings",
    ]),
    ArmRoute::delete::<ClusterExtensions>(),
    ArmRoute::new(
        Verb::Get,
        "/{scope}/providers/Microsoft.KubernetesConfiguration/extensions/{name}/operations/{operation}",
        ClusterExtensions::VERSIONS,
        status,
    ),
];

/// The types that can have extensions here.
const CLUSTERS: [&str; 2] = [
    "Microsoft.ContainerService/managedClusters",
    "Microsoft.Kubernetes/connectedClusters",
];

struct ClusterExtensions;

impl ArmResource for ClusterExtensions {
    type Stored = StoredDocument;
    const KIND: &'static str = "Microsoft.KubernetesConfiguration/extensions";
    const VERSIONS: &'static [&'static str] = &["2022-11-01", "2023-05-01", "2024-11-01"];
    const PARENT: Parent = Parent::AnyScope;

    fn to_json(_: &Azure, extension: &StoredDocument, _: &str) -> Value {
        to_json(extension)
    }

    fn parent(call: &ArmCall<'_>) -> Result<StoredResourceId, ArmRefusal> {
        let scope = call.scope()?;
        let kind = scope.resource_type().unwrap_or_default();
        if CLUSTERS.iter().any(|it| it.eq_ignore_ascii_case(&kind)) {
            Ok(scope)
        } else {
            Err(ArmRefusal::bad_request(
                "BadRequest",
                format!("A resource of the type '{kind}' has no extensions."),
            ))
        }
    }

    fn pending(extension: &StoredDocument) -> Option<Uuid> {
        extension.pending
    }
}

impl CreatedByPut for ClusterExtensions {
    fn requested(
        call: &mut ArmCall<'_>,
        id: StoredResourceId,
        old: Option<StoredDocument>,
    ) -> Result<StoredDocument, ArmRefusal> {
        if call.text("/properties/extensionType").is_none() {
            return Err(ArmRefusal::bad_request(
                "BadRequest",
                "The property 'extensionType' is required.",
            ));
        }
        let mut extension = documents::requested::<Self>(call, id, old.as_ref(), None);
        extension.pending = Some(operations::begin(call));
        Ok(extension)
    }

    fn put_answer(
        call: &ArmCall<'_>,
        extension: &StoredDocument,
        is_new: bool,
        body: &Value,
    ) -> ArmAnswer {
        let url = url(call, &extension.id, extension.pending.unwrap_or_default());
        let response = if is_new { created(body) } else { found(body) };
        Ok(response?.with_header("azure-asyncoperation", url))
    }
}

impl RemovedByDelete for ClusterExtensions {
    fn removed(call: &mut ArmCall<'_>, extension: &StoredDocument) -> ArmAnswer {
        let operation = operations::begin(call);
        let url = url(call, &extension.id, operation);
        Ok(Response::empty(StatusCode::ACCEPTED)
            .with_header("azure-asyncoperation", url.as_str())
            .with_header("location", url))
    }
}

/// Protected settings come back with empty values: they are secrets.
fn to_json(extension: &StoredDocument) -> Value {
    let mut body = documents::to_json(extension);
    body["systemData"] = provider_fields::system_data(extension.created);
    body["properties"]["provisioningState"] = match extension.pending {
        Some(_) => "Creating",
        None => "Succeeded",
    }
    .into();
    if let Some(settings) = body["properties"]["configurationProtectedSettings"].as_object_mut() {
        for (_, value) in settings {
            *value = "".into();
        }
    }
    body
}

fn url(call: &ArmCall<'_>, id: &StoredResourceId, operation: Uuid) -> String {
    format!(
        "{}{id}/operations/{operation}?api-version={}",
        call.azure.addresses.resource_manager(),
        call.version(),
    )
}

fn status(call: &mut ArmCall<'_>) -> ArmAnswer {
    let name = call.path.get("operation").to_owned();
    let (standing, _) = operations::look_by_name(call, &name)?;
    let word = match standing {
        OperationStatus::InProgress => "Creating",
        OperationStatus::Failed { .. } => "Failed",
        _ => "Succeeded",
    };
    found(&json!({"id": call.request.path, "name": name, "status": word}))
}
