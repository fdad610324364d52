//! Azure Monitor workspaces: each comes with a default rule and endpoint in a resource group of its own.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    authorization,
    call::{ArmCall, found, stays_in_its_region},
    casing,
    collection::{CollectionHandlers, seen},
    data_collection_endpoints::metrics_url,
    listing, operations, provider_fields,
    refusal::{ArmAnswer, ArmRefusal},
    route::{ArmRoute, in_group, in_subscription},
    verb::Verb,
};
use crate::sandbox::{
    azure::Azure,
    regions::{REGIONS, region},
    response::Response,
    state::{StoredResourceId, StoredWorkspace},
};

const VERSIONS: &[&str] = &[
    "2021-06-03-preview",
    "2023-04-03",
    "2025-05-03-preview",
    "2025-10-03-preview",
    "2025-10-03",
];

/// The version that shows most.
const LATEST: &str = "2025-10-03";

pub(super) const KIND: &str = "Microsoft.Monitor/accounts";

/// The api-version from which a workspace reports its complete write URL.
const TELLS_WRITE_URL_SINCE: &str = "2025-05-03";

/// Since when a workspace can be read with the rights on the resources that write to it.
const HAS_RESOURCE_PERMISSIONS_SINCE: &str = "2025-10-03";

/// How often a fresh workspace refuses to write its metrics container; Azure does for about ten seconds.
const CONTAINER_REFUSALS: u32 = 3;

/// The type that policies on resource groups are about; a workspace makes a group for itself.
const RESOURCE_GROUPS: &str = "microsoft.resources/subscriptions/resourcegroups";

const ONE: &str = in_group!("Microsoft.Monitor/accounts/{name}");

pub(super) static COLLECTION: CollectionHandlers = CollectionHandlers::new(ROUTES)
    .of_type(KIND, VERSIONS)
    .in_resource_graph("resources", KIND, rows);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::new(
        Verb::Get,
        in_subscription!("providers/Microsoft.Monitor/accounts"),
        VERSIONS,
        list,
    )
    .needing("Microsoft.Monitor/accounts/read")
    .with_parameters(&[listing::SKIP_TOKEN]),
    ArmRoute::new(
        Verb::Get,
        in_group!("Microsoft.Monitor/accounts"),
        VERSIONS,
        list,
    )
    .needing("Microsoft.Monitor/accounts/read")
    .with_parameters(&[listing::SKIP_TOKEN]),
    ArmRoute::new(Verb::Get, ONE, VERSIONS, read).needing("Microsoft.Monitor/accounts/read"),
    ArmRoute::new(Verb::Put, ONE, VERSIONS, put)
        .needing("Microsoft.Monitor/accounts/write")
        .with_fields(&["location", "tags", "properties.publicNetworkAccess"]),
    ArmRoute::new(Verb::Patch, ONE, VERSIONS, patch)
        .needing("Microsoft.Monitor/accounts/write")
        .with_fields(&["tags"]),
    ArmRoute::new(Verb::Delete, ONE, VERSIONS, delete).needing("Microsoft.Monitor/accounts/delete"),
];

fn rows(azure: &Azure, seen_at: Timestamp) -> Vec<(StoredResourceId, Value)> {
    let workspaces = azure.state.workspaces.iter();
    seen(workspaces, seen_at, |it| to_json(azure, it, LATEST))
}

fn list(call: &mut ArmCall<'_>) -> ArmAnswer {
    let scope = call.listed_scope()?;
    let workspaces = call.azure.state.workspaces.within(&scope);
    listing::page_with_null_link(call, workspaces, |it| {
        to_json(call.azure, it, call.version())
    })
}

/// A new workspace is ready after a number of reads.
fn read(call: &mut ArmCall<'_>) -> ArmAnswer {
    let workspace = existing(call)?;
    let body = to_json(call.azure, &workspace, call.version());
    let looked_at = StoredWorkspace {
        reads_until_ready: workspace.reads_until_ready.saturating_sub(1),
        ..workspace
    };
    call.state().workspaces.insert(looked_at);
    found(&body)
}

fn put(call: &mut ArmCall<'_>) -> ArmAnswer {
    let id = call.resource(KIND)?;
    check_name(id.name())?;
    let location = call.location()?;
    let old = call.azure.state.workspaces.get(&id).cloned();
    let mut workspace = match old {
        Some(old) => {
            stays_in_its_region(&old, &old.location, location)?;
            old
        }
        None => {
            workspaces_are_offered_in(location)?;
            let managed_group = StoredWorkspace::managed_group(&id, location);
            authorization::no_policy_forbids(call, RESOURCE_GROUPS, &managed_group)?;
            let (now, reads) = (call.now(), call.azure.options.slow_workspaces);
            let new = call.state().add_workspace(id, location, now);
            StoredWorkspace {
                reads_until_ready: reads,
                container_refusals: CONTAINER_REFUSALS,
                ..new
            }
        }
    };
    workspace.tags = call.tags();
    if let Some(access) = call.text("/properties/publicNetworkAccess") {
        workspace.public_network_access = access == "Enabled";
    }
    let body = to_json(call.azure, &workspace, call.version());
    call.state().workspaces.insert(workspace);
    // 200 for a new workspace too, never 201 (recorded in 14 of 14 creations).
    found(&body)
}

fn patch(call: &mut ArmCall<'_>) -> ArmAnswer {
    let workspace = StoredWorkspace {
        tags: call.tags(),
        ..existing(call)?
    };
    let body = to_json(call.azure, &workspace, call.version());
    call.state().workspaces.insert(workspace);
    found(&body)
}

/// The data goes at once and for ever, and the managed resource group with it.
fn delete(call: &mut ArmCall<'_>) -> ArmAnswer {
    // In a group that is gone: 404, not 204.
    call.group()?;
    let Ok(workspace) = existing(call) else {
        return Ok(Response::empty(StatusCode::NO_CONTENT));
    };
    if let Some(managed) = workspace.default_rule.group_scope() {
        call.state().remove_within(&managed);
    }
    call.state().remove_within(&workspace.id);
    let operation = operations::begin(call);
    Ok(operations::accepted_by_monitor(
        call,
        operation,
        &workspace.location,
    ))
}

pub(super) fn existing(call: &ArmCall<'_>) -> Result<StoredWorkspace, ArmRefusal> {
    let id = call.resource(KIND)?;
    let workspace = call.azure.state.workspaces.get(&id).cloned();
    workspace.ok_or_else(|| call.no_resource(&id))
}

/// Letters, digits and hyphens, but no hyphen at an end; two characters at least.
fn check_name(name: &str) -> Result<(), ArmRefusal> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let fits = (2..=63).contains(&name.len())
        && name.bytes().all(allowed)
        && !name.starts_with('-')
        && !name.ends_with('-');
    if fits {
        Ok(())
    } else {
        Err(ArmRefusal::bad_request(
            "InvalidResourceName",
            format!(
                "The workspace name '{name}' is invalid: use letters, digits and inner hyphens."
            ),
        ))
    }
}

fn workspaces_are_offered_in(location: &str) -> Result<(), ArmRefusal> {
    if region(location).is_some_and(|region| region.has_workspaces) {
        return Ok(());
    }
    let offered: Vec<&str> = REGIONS
        .iter()
        .filter(|region| region.has_workspaces)
        .map(|region| region.name)
        .collect();
    Err(ArmRefusal::bad_request(
        "LocationNotAvailableForResourceType",
        format!(
            "The provided location '{location}' is not available for resource type '{KIND}'. \
             List of available regions for the resource type is '{}'.",
            offered.join(",")
        ),
    ))
}

/// A workspace in the words of one api-version.
fn to_json(azure: &Azure, workspace: &StoredWorkspace, version: &str) -> Value {
    let is_ready = workspace.reads_until_ready == 0;
    let mut metrics = json!({
        "prometheusQueryEndpoint": match workspace.foreign_host {
            Some(host) => format!("https://{host}"),
            None => azure.addresses.query(&workspace.query_label),
        },
        "internalId": format!("mac_{}", workspace.account_id),
    });
    if version >= HAS_RESOURCE_PERMISSIONS_SINCE {
        metrics["enableAccessUsingResourcePermissions"] = true.into();
    }
    let mut properties = json!({
        "accountId": workspace.account_id,
        "provisioningState": if is_ready { "Succeeded" } else { "Creating" },
        "publicNetworkAccess": if workspace.public_network_access { "Enabled" } else { "Disabled" },
        "metrics": metrics,
    });
    if is_ready {
        properties["defaultIngestionSettings"] = default_ingestion(azure, workspace, version);
    }
    let body = json!({
        "id": casing::monitor(&workspace.id),
        "name": workspace.id.name(),
        "type": KIND,
        "location": workspace.location,
        "tags": workspace.tags,
        "properties": properties,
    });
    provider_fields::added(body, workspace.created)
}

fn default_ingestion(azure: &Azure, workspace: &StoredWorkspace, version: &str) -> Value {
    let state = &azure.state;
    let mut settings = json!({
        "dataCollectionRuleResourceId": workspace.default_rule,
        "dataCollectionEndpointResourceId": workspace.default_endpoint,
    });
    let rule = state.data_collection_rules.get(&workspace.default_rule);
    let endpoint = state
        .data_collection_endpoints
        .get(&workspace.default_endpoint);
    if let (Some(rule), Some(endpoint)) = (rule, endpoint)
        && version >= TELLS_WRITE_URL_SINCE
    {
        let url = metrics_url(azure, endpoint);
        settings["dataCollectionRuleImmutableId"] = rule.immutable_id.as_str().into();
        settings["ingestionEndpoints"] = json!({"metrics": url});
    }
    settings
}
