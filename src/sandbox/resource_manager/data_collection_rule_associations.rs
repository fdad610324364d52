//! Associations of data collection rules and endpoints with the resources that they collect from.

use http::StatusCode;
use serde_json::Value;

use super::{
    call::{ArmCall, found},
    collection::CollectionHandlers,
    documents, listing, provider_fields,
    refusal::{ArmAnswer, ArmRefusal},
    route::ArmRoute,
    verb::Verb,
};
use crate::sandbox::{
    response::Response,
    state::{StoredDocument, StoredResourceId},
};

const VERSIONS: &[&str] = &["2021-04-01", "2022-06-01", "2023-03-11"];

const KIND: &str = "Microsoft.Insights/dataCollectionRuleAssociations";

const ALL: &str = "/{scope}/providers/Microsoft.Insights/dataCollectionRuleAssociations";
const ONE: &str = "/{scope}/providers/Microsoft.Insights/dataCollectionRuleAssociations/{name}";

pub(super) static COLLECTION: CollectionHandlers =
    CollectionHandlers::new(ROUTES).of_type(KIND, VERSIONS);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::new(Verb::Get, ALL, VERSIONS, list)
        .needing("Microsoft.Insights/dataCollectionRuleAssociations/read")
        .with_parameters(&[listing::SKIP_TOKEN]),
    ArmRoute::new(Verb::Get, ONE, VERSIONS, read)
        .needing("Microsoft.Insights/dataCollectionRuleAssociations/read"),
    ArmRoute::new(Verb::Put, ONE, VERSIONS, put)
        .needing("Microsoft.Insights/dataCollectionRuleAssociations/write")
        .with_fields(&[
            "properties.dataCollectionRuleId",
            "properties.dataCollectionEndpointId",
            "properties.description",
        ]),
    ArmRoute::new(Verb::Delete, ONE, VERSIONS, delete)
        .needing("Microsoft.Insights/dataCollectionRuleAssociations/delete"),
];

fn list(call: &mut ArmCall<'_>) -> ArmAnswer {
    let scope = associated(call)?;
    let documents = call.azure.state.documents.within(&scope);
    let associations = documents.filter(|it| it.kind == KIND);
    listing::page_with_null_link(call, associations, to_json)
}

fn read(call: &mut ArmCall<'_>) -> ArmAnswer {
    match existing(call)? {
        Some(association) => found(&to_json(&association)),
        // The provider answers here, with a code alone.
        None => Err(ArmRefusal::of_provider(
            StatusCode::NOT_FOUND,
            "ResourceNotFound",
        )),
    }
}

/// 200 for a new association too, never 201 (recorded in 21 of 21 writes).
fn put(call: &mut ArmCall<'_>) -> ArmAnswer {
    let scope = associated(call)?;
    associated_exists(call)?;
    let id = id(&scope, call.path.get("name"));
    let document = documents::requested(call, id, KIND, None);
    let body = to_json(&document);
    call.state().documents.insert(document);
    found(&body)
}

/// Exactly one of rule and endpoint, which must exist.
fn associated_exists(call: &ArmCall<'_>) -> Result<(), ArmRefusal> {
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

fn delete(call: &mut ArmCall<'_>) -> ArmAnswer {
    let Some(association) = existing(call)? else {
        return Ok(Response::empty(StatusCode::NO_CONTENT));
    };
    call.state().remove_within(&association.id);
    Ok(Response::empty(StatusCode::OK))
}

fn existing(call: &ArmCall<'_>) -> Result<Option<StoredDocument>, ArmRefusal> {
    let id = id(&associated(call)?, call.path.get("name"));
    Ok(documents::at(call, &id, KIND).cloned())
}

fn id(scope: &StoredResourceId, name: &str) -> StoredResourceId {
    let scope = scope
        .as_str()
        .replacen("/resourcegroups/", "/resourceGroups/", 1);
    StoredResourceId::new(format!("{scope}/providers/{KIND}/{name}"))
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
        true => state.exists(&scope),
        false => group_exists,
    };
    match exists {
        true => Ok(scope),
        false => Err(ArmRefusal::no_resource(&scope)),
    }
}

fn to_json(association: &StoredDocument) -> Value {
    provider_fields::added(documents::to_json(association), association.created)
}
