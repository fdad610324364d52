//! User-assigned identities.

use std::ops::RangeInclusive;

use serde_json::{Value, json};

use super::{
    arm_resource::{ArmResource, CreatedByPut, RemovedByDelete},
    call::{ArmCall, stays_in_its_region, stored_with_location},
    casing,
    collection::CollectionHandlers,
    refusal::{ArmAnswer, ArmRefusal},
    route::ArmRoute,
};
use crate::sandbox::{
    azure::Azure,
    state::{StoredResourceId, UserAssignedIdentity},
};

/// The first version with `isolationScope`.
const HAS_ISOLATION_SCOPE_SINCE: &str = "2024-11-30";

pub(super) static COLLECTION: CollectionHandlers =
    CollectionHandlers::in_graph::<UserAssignedIdentities>(ROUTES);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::list_in_subscription::<UserAssignedIdentities>(),
    ArmRoute::list::<UserAssignedIdentities>(),
    ArmRoute::read::<UserAssignedIdentities>(),
    ArmRoute::put::<UserAssignedIdentities>(&["location", "tags"]),
    ArmRoute::patch_tags::<UserAssignedIdentities>(),
    ArmRoute::delete::<UserAssignedIdentities>(),
];

pub(super) struct UserAssignedIdentities;

impl ArmResource for UserAssignedIdentities {
    type Stored = UserAssignedIdentity;
    const KIND: &'static str = "Microsoft.ManagedIdentity/userAssignedIdentities";
    const VERSIONS: &'static [&'static str] = &[
        "2018-11-30",
        "2021-09-30-preview",
        "2022-01-31-preview",
        "2023-01-31",
        "2023-07-31-preview",
        "2024-11-30",
        "2025-01-31-preview",
        "2025-05-31-preview",
    ];

    fn to_json(_: &Azure, identity: &UserAssignedIdentity, version: &str) -> Value {
        to_json(identity, version)
    }
}

impl CreatedByPut for UserAssignedIdentities {
    fn requested(
        call: &mut ArmCall<'_>,
        id: StoredResourceId,
        old: Option<UserAssignedIdentity>,
    ) -> Result<UserAssignedIdentity, ArmRefusal> {
        check_name(id.name())?;
        let location = call.location()?;
        let (tags, now) = (call.tags(), call.now());
        match old {
            Some(old) => {
                stays_in_its_region(&old, &old.location, location)?;
                // The ids stay: only a deletion and a new creation gives another principal.
                Ok(UserAssignedIdentity { tags, ..old })
            }
            None => Ok(call.state().add_identity(id, location, tags, now)),
        }
    }

    fn put_answer(
        _: &ArmCall<'_>,
        _: &UserAssignedIdentity,
        is_new: bool,
        body: &Value,
    ) -> ArmAnswer {
        stored_with_location(is_new, body)
    }
}

impl RemovedByDelete for UserAssignedIdentities {}

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
        "type": UserAssignedIdentities::KIND,
        "location": identity.location,
        // Identities show empty tags as `{}`, where workspaces and rules leave the key out (recorded).
        "tags": identity.tags,
        "properties": {
            "tenantId": identity.tenant_id,
            "principalId": identity.principal_id,
            "clientId": identity.client_id,
        },
    });
    // Older api-versions lack the key (recorded).
    if version >= HAS_ISOLATION_SCOPE_SINCE {
        body["properties"]["isolationScope"] = "None".into();
    }
    body
}
