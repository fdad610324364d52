//! Azure Monitor workspaces: each comes with a default rule and endpoint in a resource group of its own.

use serde_json::{Value, json};

use super::{
    arm_resource::{ArmResource, CreatedByPut, RemovedByDelete, existing},
    authorization,
    call::{ArmCall, found, stays_in_its_region},
    casing,
    collection::CollectionHandlers,
    data_collection_endpoints::metrics_url,
    operations, provider_fields,
    refusal::{ArmAnswer, ArmRefusal},
    route::ArmRoute,
};
use crate::sandbox::{
    azure::Azure,
    regions::{REGIONS, region},
    state::{StoredResourceId, StoredWorkspace},
};

/// The api-version from which a workspace reports its complete write URL.
const TELLS_WRITE_URL_SINCE: &str = "2025-05-03";

/// Since when a workspace can be read with the rights on the resources that write to it.
const HAS_RESOURCE_PERMISSIONS_SINCE: &str = "2025-10-03";

/// Whether the query endpoint answers on the public network.
const PUBLIC_ACCESS: &str = "properties.publicNetworkAccess";

/// Whether the rights on the resources that write to a workspace let one read it.
const RESOURCE_PERMISSIONS: &str = "properties.metrics.enableAccessUsingResourcePermissions";

/// How often a fresh workspace refuses to write its metrics container; Azure does for about ten seconds.
const CONTAINER_REFUSALS: u32 = 3;

/// The type that policies on resource groups are about; a workspace makes a group for itself.
const RESOURCE_GROUPS: &str = "microsoft.resources/subscriptions/resourcegroups";

pub(super) static COLLECTION: CollectionHandlers =
    CollectionHandlers::in_graph::<Workspaces>(ROUTES);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::list_in_subscription::<Workspaces>(),
    ArmRoute::list::<Workspaces>(),
    ArmRoute::read::<Workspaces>(),
    ArmRoute::put::<Workspaces>(&["location", "tags", PUBLIC_ACCESS, RESOURCE_PERMISSIONS]),
    ArmRoute::patch::<Workspaces>(&["tags", PUBLIC_ACCESS, RESOURCE_PERMISSIONS], patch),
    ArmRoute::delete::<Workspaces>(),
];

pub(super) struct Workspaces;

impl ArmResource for Workspaces {
    type Stored = StoredWorkspace;
    const KIND: &'static str = "Microsoft.Monitor/accounts";
    const VERSIONS: &'static [&'static str] = &[
        "2021-06-03-preview",
        "2023-04-03",
        "2025-05-03-preview",
        "2025-10-03-preview",
        "2025-10-03",
    ];
    const NULL_LINK: bool = true;

    fn to_json(azure: &Azure, workspace: &StoredWorkspace, version: &str) -> Value {
        to_json(azure, workspace, version)
    }

    /// A new workspace is ready after a number of reads.
    fn read(call: &mut ArmCall<'_>) -> ArmAnswer {
        let workspace = existing::<Self>(call)?.clone();
        let body = to_json(call.azure, &workspace, call.version());
        let looked_at = StoredWorkspace {
            reads_until_ready: workspace.reads_until_ready.saturating_sub(1),
            ..workspace
        };
        call.state().workspaces.insert(looked_at);
        found(&body)
    }
}

/// 200 for a new workspace too, never 201 (recorded in 14 of 14 creations).
impl CreatedByPut for Workspaces {
    fn requested(
        call: &mut ArmCall<'_>,
        id: StoredResourceId,
        old: Option<StoredWorkspace>,
    ) -> Result<StoredWorkspace, ArmRefusal> {
        check_name(id.name())?;
        let location = call.location()?;
        let mut workspace = match old {
            Some(old) => {
                stays_in_its_region(&old, &old.location, location)?;
                old
            }
            None => {
                workspaces_are_offered_in(location)?;
                let managed_group = StoredWorkspace::managed_group(&id, location);
                // A policy on resource groups, such as one that demands tags, also stops the group that a workspace creates.
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
        // A PUT replaces the tags, also by none (recorded).
        workspace.tags = call.tags();
        set_properties(call, &mut workspace)?;
        Ok(workspace)
    }
}

fn patch(call: &mut ArmCall<'_>) -> ArmAnswer {
    let mut workspace = existing::<Workspaces>(call)?.clone();
    if call.body.get("tags").is_some() {
        workspace.tags = call.tags();
    }
    // Version 2023-04-03 changes the tags only; the newer ones also these properties.
    set_properties(call, &mut workspace)?;
    let body = to_json(call.azure, &workspace, call.version());
    call.state().workspaces.insert(workspace);
    found(&body)
}

/// Sets what the body has of the properties that can be written.
fn set_properties(call: &ArmCall<'_>, workspace: &mut StoredWorkspace) -> Result<(), ArmRefusal> {
    if let Some(access) = call.text("/properties/publicNetworkAccess") {
        workspace.public_network_access = match access.as_str() {
            "Enabled" => true,
            "Disabled" => false,
            _ => {
                return Err(ArmRefusal::bad_content(format!(
                    "Error converting value \"{access}\" to type 'PublicNetworkAccess'."
                ))
                .about(PUBLIC_ACCESS));
            }
        };
    }
    match call
        .body
        .pointer("/properties/metrics/enableAccessUsingResourcePermissions")
    {
        None | Some(Value::Null) => {}
        Some(Value::Bool(allowed)) => workspace.resource_permissions = *allowed,
        Some(other) => {
            return Err(ArmRefusal::bad_content(format!(
                "Error converting value {other} to type 'Boolean'."
            ))
            .about(RESOURCE_PERMISSIONS));
        }
    }
    Ok(())
}

/// The data goes at once and for ever, and the managed resource group with it.
impl RemovedByDelete for Workspaces {
    fn removed(call: &mut ArmCall<'_>, workspace: &StoredWorkspace) -> ArmAnswer {
        // No soft deletion: the data, the rule and its immutable id never come back.
        if let Some(managed) = workspace.default_rule.group_scope() {
            call.state().remove_within(&managed);
        }
        let operation = operations::begin(call);
        Ok(operations::accepted_by_monitor(
            call,
            operation,
            &workspace.location,
        ))
    }
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
    // Fewer regions than Azure has, and a region near the cluster need not be among them.
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
            "The provided location '{location}' is not available for resource type '{}'. \
             List of available regions for the resource type is '{}'.",
            Workspaces::KIND,
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
        metrics["enableAccessUsingResourcePermissions"] = workspace.resource_permissions.into();
    }
    let mut properties = json!({
        "accountId": workspace.account_id,
        "provisioningState": if is_ready { "Succeeded" } else { "Creating" },
        "publicNetworkAccess": if workspace.public_network_access { "Enabled" } else { "Disabled" },
        "metrics": metrics,
    });
    if is_ready {
        // Azure leaves the settings out while it creates the rule and the endpoint.
        properties["defaultIngestionSettings"] = default_ingestion(azure, workspace, version);
    }
    let body = json!({
        // All in lower case, the name in it too (recorded in 30 of 30).
        "id": casing::monitor(&workspace.id),
        "name": workspace.id.name(),
        "type": Workspaces::KIND,
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
        // With these two keys one GET has the whole write URL; before, it takes the rule and the
        // endpoint.
        && version >= TELLS_WRITE_URL_SINCE
    {
        let url = metrics_url(azure, endpoint);
        settings["dataCollectionRuleImmutableId"] = rule.immutable_id.as_str().into();
        settings["ingestionEndpoints"] = json!({"metrics": url});
    }
    settings
}
