//! User-assigned identities.

use std::ops::RangeInclusive;

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    call::{ArmCall, found, stays_in_its_region, stored_with_location},
    casing,
    collection::{CollectionHandlers, seen},
    listing,
    refusal::{ArmAnswer, ArmRefusal},
    route::{ArmRoute, in_group, in_subscription},
    verb::Verb,
};
use crate::sandbox::{
    azure::Azure,
    response::Response,
    state::{StoredResourceId, UserAssignedIdentity},
};

const VERSIONS: &[&str] = &["2018-11-30", "2023-01-31", "2024-11-30"];

/// The version that shows most, and the first with `isolationScope`.
const LATEST: &str = "2024-11-30";

pub(super) const KIND: &str = "Microsoft.ManagedIdentity/userAssignedIdentities";

const ONE: &str = in_group!("Microsoft.ManagedIdentity/userAssignedIdentities/{name}");

pub(super) static COLLECTION: CollectionHandlers = CollectionHandlers::new(ROUTES)
    .of_type(KIND, VERSIONS)
    .in_resource_graph("resources", KIND, rows);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::new(
        Verb::Get,
        in_subscription!("providers/Microsoft.ManagedIdentity/userAssignedIdentities"),
        VERSIONS,
        list,
    )
    .needing("Microsoft.ManagedIdentity/userAssignedIdentities/read")
    .with_parameters(&[listing::SKIP_TOKEN]),
    ArmRoute::new(
        Verb::Get,
        in_group!("Microsoft.ManagedIdentity/userAssignedIdentities"),
        VERSIONS,
        list,
    )
    .needing("Microsoft.ManagedIdentity/userAssignedIdentities/read")
    .with_parameters(&[listing::SKIP_TOKEN]),
    ArmRoute::new(Verb::Get, ONE, VERSIONS, read)
        .needing("Microsoft.ManagedIdentity/userAssignedIdentities/read"),
    ArmRoute::new(Verb::Put, ONE, VERSIONS, put)
        .needing("Microsoft.ManagedIdentity/userAssignedIdentities/write")
        .with_fields(&["location", "tags"]),
    ArmRoute::new(Verb::Patch, ONE, VERSIONS, patch)
        .needing("Microsoft.ManagedIdentity/userAssignedIdentities/write")
        .with_fields(&["tags"]),
    ArmRoute::new(Verb::Delete, ONE, VERSIONS, delete)
        .needing("Microsoft.ManagedIdentity/userAssignedIdentities/delete"),
];

fn rows(azure: &Azure, seen_at: Timestamp) -> Vec<(StoredResourceId, Value)> {
    let identities = azure.state.identities.iter();
    seen(identities, seen_at, |it| to_json(it, LATEST))
}

fn list(call: &mut ArmCall<'_>) -> ArmAnswer {
    let scope = call.listed_scope()?;
    let identities = call.azure.state.identities.within(&scope);
    listing::page(call, identities, |it| to_json(it, call.version()))
}

fn read(call: &mut ArmCall<'_>) -> ArmAnswer {
    found(&to_json(existing(call)?, call.version()))
}

fn put(call: &mut ArmCall<'_>) -> ArmAnswer {
    let id = call.resource(KIND)?;
    check_name(id.name())?;
    let location = call.location()?;
    let (tags, now) = (call.tags(), call.now());
    let is_new = match call.state().identities.get_mut(&id) {
        Some(old) => {
            stays_in_its_region(old, &old.location, location)?;
            old.tags = tags;
            false
        }
        None => {
            call.state().add_identity(id, location, tags, now);
            true
        }
    };
    let body = to_json(existing(call)?, call.version());
    stored_with_location(is_new, &body)
}

fn patch(call: &mut ArmCall<'_>) -> ArmAnswer {
    let identity = UserAssignedIdentity {
        tags: call.tags(),
        ..existing(call)?.clone()
    };
    let body = to_json(&identity, call.version());
    call.state().identities.insert(identity);
    found(&body)
}

fn delete(call: &mut ArmCall<'_>) -> ArmAnswer {
    let id = call.resource(KIND)?;
    if call.azure.state.identities.get(&id).is_none() {
        return Ok(Response::empty(StatusCode::NO_CONTENT));
    }
    call.state().remove_within(&id);
    Ok(Response::empty(StatusCode::OK))
}

/// The identity that the path names.
pub(super) fn existing<'c>(call: &'c ArmCall<'_>) -> Result<&'c UserAssignedIdentity, ArmRefusal> {
    let id = call.resource(KIND)?;
    let identity = call.azure.state.identities.get(&id);
    identity.ok_or_else(|| call.no_resource(&id))
}

fn check_name(name: &str) -> Result<(), ArmRefusal> {
    if is_plain_name(name, 3..=128) {
        return Ok(());
    }
    Err(ArmRefusal::bad_request(
        "InvalidResourceName",
        format!(
            "The identity name '{name}' is invalid: 3 to 128 letters, digits, hyphens or underscores."
        ),
    ))
}

/// Whether a name has letters, digits, hyphens and underscores only, none of the latter two in front.
pub(super) fn is_plain_name(name: &str, lengths: RangeInclusive<usize>) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    lengths.contains(&name.len())
        && name.bytes().all(allowed)
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
}

fn to_json(identity: &UserAssignedIdentity, version: &str) -> Value {
    let mut body = json!({
        "id": casing::lower_case_segment(&identity.id),
        "name": identity.id.name(),
        "type": KIND,
        "location": identity.location,
        "tags": identity.tags,
        "properties": {
            "tenantId": identity.tenant_id,
            "principalId": identity.principal_id,
            "clientId": identity.client_id,
        },
    });
    if version >= LATEST {
        body["properties"]["isolationScope"] = "None".into();
    }
    body
}
