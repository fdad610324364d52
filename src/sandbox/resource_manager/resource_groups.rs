//! Resource groups.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    arm_resource::{self, ArmResource, existing, patch_tags},
    call::{ArmCall, found, stored},
    collection::CollectionHandlers,
    listing, operations,
    refusal::{ArmAnswer, ArmRefusal},
    resources_versions::VERSIONS,
    route::{ArmRoute, in_subscription},
    verb::Verb,
};
use crate::sandbox::{
    azure::Azure,
    regions::{REGIONS, region},
    response::Response,
    state::{ResourceGroup, StoredResourceId},
};

const GROUPS_IN_GRAPH: &str = "microsoft.resources/subscriptions/resourcegroups";

const ONE: &str = in_subscription!("resourceGroups/{group}");

pub(super) static COLLECTION: CollectionHandlers = CollectionHandlers::new(ROUTES)
    .of_type(ResourceGroups::KIND, VERSIONS)
    .in_resource_graph("resourcecontainers", GROUPS_IN_GRAPH, rows);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::new(
        Verb::Get,
        in_subscription!("resourceGroups"),
        VERSIONS,
        ResourceGroups::list,
    )
    .needing("Microsoft.Resources/subscriptions/resourceGroups/read")
    .with_parameters(&[listing::SKIP_TOKEN]),
    ArmRoute::new(Verb::Get, ONE, VERSIONS, read)
        .needing("Microsoft.Resources/subscriptions/resourceGroups/read"),
    ArmRoute::new(Verb::Head, ONE, VERSIONS, exists)
        .needing("Microsoft.Resources/subscriptions/resourceGroups/read"),
    ArmRoute::new(Verb::Put, ONE, VERSIONS, put)
        .needing("Microsoft.Resources/subscriptions/resourceGroups/write")
        .with_fields(&["location", "tags"]),
    ArmRoute::new(Verb::Patch, ONE, VERSIONS, patch_tags::<ResourceGroups>)
        .needing("Microsoft.Resources/subscriptions/resourceGroups/write")
        .with_fields(&["tags"]),
    ArmRoute::new(Verb::Delete, ONE, VERSIONS, delete)
        .needing("Microsoft.Resources/subscriptions/resourceGroups/delete"),
];

struct ResourceGroups;

impl ArmResource for ResourceGroups {
    type Stored = ResourceGroup;
    const KIND: &'static str = "Microsoft.Resources/resourceGroups";
    const VERSIONS: &'static [&'static str] = VERSIONS;

    fn to_json(_: &Azure, group: &ResourceGroup, _: &str) -> Value {
        to_json(group)
    }

    fn id(call: &ArmCall<'_>) -> Result<StoredResourceId, ArmRefusal> {
        Ok(StoredResourceId::group(
            call.subscription_id(),
            call.path.get("group"),
        ))
    }

    fn missing(call: &ArmCall<'_>, _: &StoredResourceId) -> ArmRefusal {
        ArmRefusal::no_group(call.path.get("group"))
    }
}

/// In Resource Graph the type of a group has one segment more.
fn rows(azure: &Azure, seen_at: Timestamp) -> Vec<(StoredResourceId, Value)> {
    let mut rows = arm_resource::rows::<ResourceGroups>(azure, seen_at);
    for (_, document) in &mut rows {
        document["type"] = GROUPS_IN_GRAPH.into();
    }
    rows
}

/// Reading one that is being deleted moves the deletion on, as asking for its operation does.
fn read(call: &mut ArmCall<'_>) -> ArmAnswer {
    let group = existing::<ResourceGroups>(call)?;
    let (body, deletion) = (to_json(group), group.deletion);
    if let Some(operation) = deletion {
        call.state().look_at(operation);
    }
    found(&body)
}

fn exists(call: &mut ArmCall<'_>) -> ArmAnswer {
    let deletion = match existing::<ResourceGroups>(call) {
        Ok(group) => group.deletion,
        Err(_) => return Ok(Response::empty(StatusCode::NOT_FOUND)),
    };
    if let Some(operation) = deletion {
        call.state().look_at(operation);
    }
    // 204 also while the group is being deleted (recorded).
    Ok(Response::empty(StatusCode::NO_CONTENT))
}

fn put(call: &mut ArmCall<'_>) -> ArmAnswer {
    let location = location(call)?;
    let name = call.path.get("group").to_owned();
    check_name(&name)?;
    let old = existing::<ResourceGroups>(call).ok().cloned();
    if old.as_ref().is_some_and(|old| old.deletion.is_some()) {
        return Err(ArmRefusal::group_is_being_deleted(&name));
    }
    // A group can have resources of any region, but cannot move itself.
    if let Some(old) = old.as_ref().filter(|old| old.location != location) {
        return Err(ArmRefusal::conflict(
            "InvalidResourceGroupLocation",
            format!(
                "Invalid resource group location '{location}'. \
                 The Resource group already exists in location '{}'.",
                old.location
            ),
        ));
    }
    let tags = call.tags();
    let group = match old.clone() {
        Some(old) => ResourceGroup { tags, ..old },
        None => ResourceGroup {
            id: StoredResourceId::group(call.subscription_id(), &name),
            location: location.to_owned(),
            tags,
            managed_by: None,
            deletion: None,
            created: call.now(),
        },
    };
    let body = to_json(&group);
    call.state().resource_groups.insert(group);
    stored(old.is_none(), &body)
}

/// Groups have a code of their own for a region that is not known.
fn location(call: &ArmCall<'_>) -> Result<&'static str, ArmRefusal> {
    match call.body["location"].as_str() {
        Some(location) if region(location).is_none() => {
            let names: Vec<&str> = REGIONS.iter().map(|region| region.name).collect();
            Err(ArmRefusal::bad_request(
                "LocationNotAvailableForResourceGroup",
                format!(
                    "The provided location '{location}' is not available for resource group. \
                     List of available regions is '{}'.",
                    names.join(",")
                ),
            ))
        }
        _ => call.location(),
    }
}

/// The group and what is in it still answer until the operation ends; asked twice, it is the same operation.
fn delete(call: &mut ArmCall<'_>) -> ArmAnswer {
    let mut group = existing::<ResourceGroups>(call)?.clone();
    // A second DELETE is 202 again (recorded), not 409 or 404.
    let operation = match group.deletion {
        Some(operation) => operation,
        None => operations::begin(call),
    };
    group.deletion = Some(operation);
    call.state().resource_groups.insert(group);
    Ok(operations::accepted(call, operation))
}

fn check_name(name: &str) -> Result<(), ArmRefusal> {
    // Letters of every script are allowed, and so are parentheses.
    let allowed = |character: char| character.is_alphanumeric() || "_-.()".contains(character);
    let fits = name.len() <= 90 && !name.ends_with('.') && name.chars().all(allowed);
    if fits {
        Ok(())
    } else {
        Err(ArmRefusal::bad_request(
            "InvalidResourceGroup",
            format!(
                "The provided resource group name '{name}' has invalid characters or is too long."
            ),
        ))
    }
}

fn to_json(group: &ResourceGroup) -> Value {
    let state = match group.deletion {
        Some(_) => "Deleting",
        None => "Succeeded",
    };
    let mut body = json!({
        "id": group.id,
        "name": group.id.name(),
        "type": ResourceGroups::KIND,
        "location": group.location,
        "tags": group.tags,
        "properties": {"provisioningState": state},
    });
    if let Some(owner) = &group.managed_by {
        body["managedBy"] = owner.as_str().into();
    }
    body
}
