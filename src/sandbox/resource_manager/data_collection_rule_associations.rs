//! Associations of data collection rules and endpoints with the resources that they collect from.

use http::StatusCode;
use serde_json::Value;

use super::{
    arm_path::Parent,
    arm_resource::{ArmResource, CreatedByPut, RemovedByDelete},
    call::ArmCall,
    collection::CollectionHandlers,
    data_collection_versions, documents, provider_fields,
    refusal::ArmRefusal,
    route::ArmRoute,
};
use crate::sandbox::{
    azure::Azure,
    state::{StoredDocument, StoredResourceId},
};

pub(super) static COLLECTION: CollectionHandlers =
    CollectionHandlers::of::<RuleAssociations>(ROUTES);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::list::<RuleAssociations>(),
    ArmRoute::read::<RuleAssociations>(),
    ArmRoute::put::<RuleAssociations>(&[
        "properties.dataCollectionRuleId",
        "properties.dataCollectionEndpointId",
        "properties.description",
    ]),
    ArmRoute::delete::<RuleAssociations>(),
];

struct RuleAssociations;

impl ArmResource for RuleAssociations {
    type Stored = StoredDocument;
    const KIND: &'static str = "Microsoft.Insights/dataCollectionRuleAssociations";
    const VERSIONS: &'static [&'static str] = data_collection_versions::VERSIONS;
    const PARENT: Parent = Parent::AnyScope;
    const NULL_LINK: bool = true;

    fn to_json(_: &Azure, association: &StoredDocument, _: &str) -> Value {
        provider_fields::added(documents::to_json(association), association.created)
    }

    fn parent(call: &ArmCall<'_>) -> Result<StoredResourceId, ArmRefusal> {
        associated(call)
    }

    fn missing(_: &ArmCall<'_>, _: &StoredResourceId) -> ArmRefusal {
        // The provider answers here, with a code alone.
        ArmRefusal::of_provider(StatusCode::NOT_FOUND, "ResourceNotFound")
    }
}

/// 200 for a new association too, never 201 (recorded in 21 of 21 writes).
impl CreatedByPut for RuleAssociations {
    fn requested(
        call: &mut ArmCall<'_>,
        id: StoredResourceId,
        old: Option<StoredDocument>,
    ) -> Result<StoredDocument, ArmRefusal> {
        rule_or_endpoint_exists(call)?;
        Ok(documents::requested::<Self>(call, id, old.as_ref(), None))
    }
}

impl RemovedByDelete for RuleAssociations {}

/// Exactly one of rule and endpoint, which must exist.
fn rule_or_endpoint_exists(call: &ArmCall<'_>) -> Result<(), ArmRefusal> {
    let rule = call.text("/properties/dataCollectionRuleId");
    let endpoint = call.text("/properties/dataCollectionEndpointId");
    let id = match (rule, endpoint) {
        (Some(id), None) | (None, Some(id)) => StoredResourceId::new(id),
        _ => return Err(invalid("Give either a rule or an endpoint.")),
    };
    let state = &call.azure.state;
    let exists = state.data_collection_rules.get(&id).is_some()
        || state.data_collection_endpoints.get(&id).is_some();
    match exists {
        true => Ok(()),
        false => Err(invalid(&format!("'{id}' does not exist."))),
    }
}

fn invalid(reason: &str) -> ArmRefusal {
    ArmRefusal::bad_request(
        "InvalidPayload",
        format!("Data collection rule association is invalid. {reason}"),
    )
}

/// What is associated. A resource of a type that the sandbox does not serve counts as there while its group is.
fn associated(call: &ArmCall<'_>) -> Result<StoredResourceId, ArmRefusal> {
    let scope = StoredResourceId::new(call.path.get("scope"));
    let kind = scope.resource_type().unwrap_or_default();
    let state = &call.azure.state;
    let group_exists = scope
        .group_scope()
        .is_some_and(|group| state.exists(&group));
    let exists = match super::serves(&kind) {
        // For types that the sandbox serves, the resource itself must exist.
        true => state.exists(&scope),
        false => group_exists,
    };
    match exists {
        // Ids come back with this spelling, whatever the request has.
        true => Ok(StoredResourceId::new(scope.as_str().replacen(
            "/resourcegroups/",
            "/resourceGroups/",
            1,
        ))),
        false => Err(ArmRefusal::no_resource(&scope)),
    }
}
