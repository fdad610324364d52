//! Resource groups.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    call::{ArmCall, found, stored},
    collection::{CollectionHandlers, seen},
    listing, operations,
    refusal::{ArmAnswer, ArmRefusal},
    route::{ArmRoute, in_subscription},
    verb::Verb,
};
use crate::sandbox::{
    azure::Azure,
    response::Response,
    state::{ResourceGroup, StoredResourceId},
};

const GROUPS_IN_GRAPH: &str = "microsoft.resources/subscriptions/resourcegroups";

const VERSIONS: &[&str] = &["2021-04-01", "2022-09-01", "2024-11-01"];

const ONE: &str = in_subscription!("resourceGroups/{group}");

pub(super) static COLLECTION: CollectionHandlers = CollectionHandlers::new(ROUTES)
    .of_type("Microsoft.Resources/resourceGroups", VERSIONS)
    .in_resource_graph("resourcecontainers", GROUPS_IN_GRAPH, rows);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::new(
        Verb::Get,
        in_subscription!("resourceGroups"),
        VERSIONS,
        list,
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
    ArmRoute::new(Verb::Patch, ONE, VERSIONS, patch)
        .needing("Microsoft.Resources/subscriptions/resourceGroups/write")
        .with_fields(&["tags"]),
    ArmRoute::new(Verb::Delete, ONE, VERSIONS, delete)
        .needing("Microsoft.Resources/subscriptions/resourceGroups/delete"),
];

/// In Resource Graph the type of a group has one segment more.
fn rows(azure: &Azure, seen_at: Timestamp) -> Vec<(StoredResourceId, Value)> {
    seen(azure.state.resource_groups.iter(), seen_at, |it| {
        let mut document = to_json(it);
        document["type"] = GROUPS_IN_GRAPH.into();
        document
    })
}

fn list(call: &mut ArmCall<'_>) -> ArmAnswer {
    let scope = call.listed_scope()?;
    let groups = call.azure.state.resource_groups.within(&scope);
    listing::page(call, groups, to_json)
}

fn read(call: &mut ArmCall<'_>) -> ArmAnswer {
    found(&to_json(existing(call)?))
}

fn exists(call: &mut ArmCall<'_>) -> ArmAnswer {
    let status = match call.group() {
        Ok(_) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::NOT_FOUND,
    };
    Ok(Response::empty(status))
}

fn put(call: &mut ArmCall<'_>) -> ArmAnswer {
    let location = call.location()?;
    let name = call.path.get("group").to_owned();
    check_name(&name)?;
    let old = existing(call).ok().cloned();
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
            created: call.now(),
        },
    };
    let body = to_json(&group);
    call.state().resource_groups.insert(group);
    stored(old.is_none(), &body)
}

fn patch(call: &mut ArmCall<'_>) -> ArmAnswer {
    let group = ResourceGroup {
        tags: call.tags(),
        ..existing(call)?.clone()
    };
    let body = to_json(&group);
    call.state().resource_groups.insert(group);
    found(&body)
}

/// Takes the group and all in it, and what its resources had made for themselves elsewhere.
fn delete(call: &mut ArmCall<'_>) -> ArmAnswer {
    let group = existing(call)?.clone();
    let made_by_its_resources: Vec<StoredResourceId> = call
        .azure
        .state
        .resource_groups
        .iter()
        .filter(|other| {
            let owner = other.managed_by.as_ref();
            owner.is_some_and(|owner| owner.is_within(&group.id))
        })
        .map(|other| other.id.clone())
        .collect();
    for managed in made_by_its_resources {
        call.state().remove_within(&managed);
    }
    call.state().remove_within(&group.id);
    let operation = operations::begin(call);
    Ok(operations::accepted(call, operation, &group.location))
}

fn existing<'c>(call: &'c ArmCall<'_>) -> Result<&'c ResourceGroup, ArmRefusal> {
    let id = call.group()?;
    Ok(call
        .azure
        .state
        .resource_groups
        .get(&id)
        .expect("the call has just found this group"))
}

fn check_name(name: &str) -> Result<(), ArmRefusal> {
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
    let mut body = json!({
        "id": group.id,
        "name": group.id.name(),
        "type": "Microsoft.Resources/resourceGroups",
        "location": group.location,
        "tags": group.tags,
        "properties": {"provisioningState": "Succeeded"},
    });
    if let Some(owner) = &group.managed_by {
        body["managedBy"] = owner.as_str().into();
    }
    body
}
