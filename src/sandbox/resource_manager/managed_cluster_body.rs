//! What a cluster may be written as: the types of its fields, what must be there, and what never changes.

use serde_json::{Map, Value};

use super::{call::ArmCall, managed_cluster_view::COMPUTED, refusal::ArmRefusal};
use crate::sandbox::state::{StoredCluster, StoredResourceId, complete_cluster};

/// Fields of a request body. What is below them is accepted as it is.
pub(super) const FIELDS: &[&str] = &[
    "id",
    "name",
    "type",
    "eTag",
    "systemData",
    "location",
    "extendedLocation",
    "tags",
    "sku",
    "identity",
    "kind",
    "properties",
];

/// The JSON type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum JsonType {
    Text,
    Flag,
    Number,
    List,
    Object,
}

/// The properties of api-version 2026-08-01, with their JSON types.
const PROPERTIES: &[(&str, JsonType)] = &[
    ("aadProfile", JsonType::Object),
    ("addonProfiles", JsonType::Object),
    ("agentPoolProfiles", JsonType::List),
    ("aiToolchainOperatorProfile", JsonType::Object),
    ("apiServerAccessProfile", JsonType::Object),
    ("autoScalerProfile", JsonType::Object),
    ("autoUpgradeProfile", JsonType::Object),
    ("azureMonitorProfile", JsonType::Object),
    ("azurePortalFQDN", JsonType::Text),
    ("bootstrapProfile", JsonType::Object),
    ("controlPlanePluginProfiles", JsonType::Object),
    ("creationData", JsonType::Object),
    ("currentKubernetesVersion", JsonType::Text),
    ("disableLocalAccounts", JsonType::Flag),
    ("diskEncryptionSetID", JsonType::Text),
    ("dnsPrefix", JsonType::Text),
    ("enableFIPS", JsonType::Flag),
    ("enablePodSecurityPolicy", JsonType::Flag),
    ("enableRBAC", JsonType::Flag),
    ("fqdn", JsonType::Text),
    ("fqdnSubdomain", JsonType::Text),
    ("hostedSystemProfile", JsonType::Object),
    ("httpProxyConfig", JsonType::Object),
    ("identityProfile", JsonType::Object),
    ("ingressProfile", JsonType::Object),
    ("kubernetesVersion", JsonType::Text),
    ("linuxProfile", JsonType::Object),
    ("maxAgentPools", JsonType::Number),
    ("metricsProfile", JsonType::Object),
    ("networkProfile", JsonType::Object),
    ("nodeProvisioningProfile", JsonType::Object),
    ("nodeResourceGroup", JsonType::Text),
    ("nodeResourceGroupProfile", JsonType::Object),
    ("oidcIssuerProfile", JsonType::Object),
    ("podIdentityProfile", JsonType::Object),
    ("powerState", JsonType::Object),
    ("privateFQDN", JsonType::Text),
    ("privateLinkResources", JsonType::List),
    ("provisioningState", JsonType::Text),
    ("publicNetworkAccess", JsonType::Text),
    ("resourceUID", JsonType::Text),
    ("schedulerProfile", JsonType::Object),
    ("securityProfile", JsonType::Object),
    ("serviceMeshProfile", JsonType::Object),
    ("servicePrincipalProfile", JsonType::Object),
    ("status", JsonType::Object),
    ("storageProfile", JsonType::Object),
    ("supportPlan", JsonType::Text),
    ("upgradeSettings", JsonType::Object),
    ("windowsProfile", JsonType::Object),
    ("workloadAutoScalerProfile", JsonType::Object),
];

/// Properties that do not change while the cluster exists, by their JSON pointers.
const IMMUTABLE: &[&str] = &[
    "/dnsPrefix",
    "/enableRBAC",
    "/nodeResourceGroup",
    "/networkProfile/serviceCidr",
    "/networkProfile/dnsServiceIP",
];

impl JsonType {
    /// `null` fits every type: clients send it for what they do not set.
    fn fits(self, value: &Value) -> bool {
        match self {
            _ if value.is_null() => true,
            JsonType::Text => value.is_string(),
            JsonType::Flag => value.is_boolean(),
            JsonType::Number => value.is_number(),
            JsonType::List => value.is_array(),
            JsonType::Object => value.is_object(),
        }
    }
}

/// The properties that a valid body asks for, for a cluster that exists.
pub(super) fn changed_properties(
    body: &Value,
    cluster: &StoredCluster,
) -> Result<Map<String, Value>, ArmRefusal> {
    stays_in_its_region(body, cluster)?;
    let mut properties = requested_properties(body)?;
    can_become(cluster, &properties)?;
    complete_cluster(&mut properties, &cluster.properties);
    Ok(properties)
}

/// The properties of a cluster that does not exist yet.
pub(super) fn new_properties(
    call: &ArmCall<'_>,
    id: &StoredResourceId,
) -> Result<Map<String, Value>, ArmRefusal> {
    let location = call.location()?;
    let mut properties = requested_properties(&call.body)?;
    let named = |name: &str| properties.get(name).is_some_and(|it| it != "");
    if !named("dnsPrefix") && !named("fqdnSubdomain") {
        return Err(ArmRefusal::bad_request(
            "InvalidParameter",
            "Required parameter dnsPrefix is missing (null).",
        )
        .about("dnsPrefix"));
    }
    let (group, name) = (id.resource_group().unwrap_or_default(), id.name());
    // Azure cuts the name at 80 characters, the limit of a node group's name.
    let node_group: String = format!("MC_{group}_{name}_{location}")
        .chars()
        .take(80)
        .collect();
    properties
        .entry("nodeResourceGroup")
        .or_insert(node_group.into());
    complete_cluster(&mut properties, &Map::new());
    let network = &mut properties["networkProfile"];
    if network.get("loadBalancerSku").is_none() {
        network["loadBalancerSku"] = "standard".into();
    }
    Ok(properties)
}

/// The properties of a valid body, without what only Azure writes.
fn requested_properties(body: &Value) -> Result<Map<String, Value>, ArmRefusal> {
    let Some(properties) = body["properties"].as_object() else {
        return Err(ArmRefusal::bad_content(
            "A cluster is written whole: 'properties' is missing.",
        ));
    };
    has_known_types(properties)?;
    has_an_identity(body, properties)?;
    has_node_pools(properties)?;
    let mut properties = properties.clone();
    // `null` is what a client sends for a field that it does not set.
    properties.retain(|name, value| !COMPUTED.contains(&name.as_str()) && !value.is_null());
    if let Some(profile) = properties
        .get_mut("oidcIssuerProfile")
        .and_then(Value::as_object_mut)
    {
        // A client that sends back what it read sends the URL too; AKS ignores it (recorded).
        profile.remove("issuerURL");
    }
    Ok(properties)
}

fn stays_in_its_region(body: &Value, cluster: &StoredCluster) -> Result<(), ArmRefusal> {
    let Some(location) = body["location"].as_str() else {
        return Err(ArmRefusal::bad_request(
            "LocationRequired",
            "The location property is required for this definition.",
        ));
    };
    // Spaces and case do not count: `West Europe` is `westeurope`.
    let short = location.replace(' ', "").to_ascii_lowercase();
    if short == cluster.location {
        return Ok(());
    }
    Err(ArmRefusal::conflict(
        "InvalidResourceLocation",
        format!(
            "The resource '{}' already exists in location '{}' in resource group '{}'. \
             A resource with the same name cannot be created in location '{location}'. Please select a new resource name.",
            cluster.id.name(),
            cluster.location,
            cluster.id.resource_group().unwrap_or_default(),
        ),
    ))
}

fn has_known_types(properties: &Map<String, Value>) -> Result<(), ArmRefusal> {
    for (name, value) in properties {
        let Some((_, kind)) = PROPERTIES.iter().find(|(known, _)| known == name) else {
            return Err(ArmRefusal::bad_request(
                "UnmarshalError",
                format!(
                    "UnmarshalEntity encountered error: json: unknown field \"{name}\" in the properties of the cluster."
                ),
            )
            .about(format!("properties.{name}")));
        };
        if !kind.fits(value) {
            return Err(ArmRefusal::bad_request(
                "UnmarshalError",
                format!(
                    "UnmarshalEntity encountered error: json: cannot unmarshal {} into field properties.{name} of type {kind:?}.",
                    type_name(value)
                ),
            )
            .about(format!("properties.{name}")));
        }
    }
    Ok(())
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A cluster runs as an identity or as a service principal; `msi` is what the latter's id is for the former.
fn has_an_identity(body: &Value, properties: &Map<String, Value>) -> Result<(), ArmRefusal> {
    let kind = body["identity"]["type"].as_str().unwrap_or_default();
    let client_id = properties
        .get("servicePrincipalProfile")
        .and_then(|profile| profile["clientId"].as_str());
    // AKS keeps this profile for clusters with an identity, with the word `msi` as the id.
    let runs_as_service_principal = client_id.is_some_and(|it| it != "msi");
    match kind {
        "SystemAssigned" | "UserAssigned" => Ok(()),
        "" | "None" if runs_as_service_principal => Ok(()),
        "" => Err(ArmRefusal::bad_request(
            "InvalidParameter",
            "A cluster is written whole: 'identity' is missing, and there is no service principal.",
        )
        .about("identity")),
        other => Err(ArmRefusal::bad_request(
            "InvalidParameter",
            format!("The identity type '{other}' is not valid for a managed cluster."),
        )
        .about("identity.type")),
    }
}

fn has_node_pools(properties: &Map<String, Value>) -> Result<(), ArmRefusal> {
    let pools = properties
        .get("agentPoolProfiles")
        .and_then(Value::as_array);
    let Some(pools) = pools.filter(|pools| !pools.is_empty()) else {
        return Err(ArmRefusal::bad_request(
            "InvalidParameter",
            "A cluster is written whole: at least one of 'agentPoolProfiles' is needed.",
        )
        .about("agentPoolProfiles"));
    };
    // AKS finds a pool of the body by its name, not by its place.
    for pool in pools {
        check_pool_name(pool["name"].as_str().unwrap_or_default())?;
    }
    has_a_system_pool(pools)
}

/// A lower-case letter, then lower-case letters and digits; twelve characters at most.
pub(super) fn check_pool_name(name: &str) -> Result<(), ArmRefusal> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if (1..=12).contains(&name.len())
        && name.bytes().all(allowed)
        && name.starts_with(|first: char| first.is_ascii_lowercase())
    {
        return Ok(());
    }
    Err(ArmRefusal::bad_request(
        "InvalidParameter",
        format!(
            "The value of parameter agentPoolProfile.name is invalid: '{name}'. A pool's name begins with a lower-case \
             letter and has at most 12 lower-case letters and digits."
        ),
    )
    .about("agentPoolProfile.name"))
}

/// What the cluster itself runs must have nodes.
pub(super) fn has_a_system_pool(pools: &[Value]) -> Result<(), ArmRefusal> {
    let is_system =
        |pool: &Value| matches!(pool["mode"].as_str(), Some("System" | "ManagedSystem"));
    if pools.iter().any(is_system) {
        return Ok(());
    }
    Err(ArmRefusal::bad_request(
        "InvalidParameter",
        "A cluster needs at least one agent pool of the mode 'System'.",
    )
    .about("agentPoolProfile.mode"))
}

/// Refuses what AKS never undoes, moves or replaces.
fn can_become(cluster: &StoredCluster, requested: &Map<String, Value>) -> Result<(), ArmRefusal> {
    let keeps_issuer = requested
        .get("oidcIssuerProfile")
        .is_some_and(|profile| profile["enabled"] == true);
    // A body that leaves the profile out asks to turn it off, as every PUT replaces the whole.
    if cluster.has_issuer() && !keeps_issuer {
        return Err(ArmRefusal::bad_request(
            "OIDCIssuerFeatureCannotBeDisabled",
            "The OIDC issuer of a cluster cannot be disabled.",
        ));
    }
    let (present, requested) = (
        Value::Object(cluster.properties.clone()),
        Value::Object(requested.clone()),
    );
    let moved = IMMUTABLE
        .iter()
        .find(|pointer| differs(present.pointer(pointer), requested.pointer(pointer)));
    if let Some(pointer) = moved {
        return Err(not_changeable(&format!(
            "properties{}",
            pointer.replace('/', ".")
        )));
    }
    keeps_its_node_pools(&present, &requested)
}

/// Whether the property is sent with another value. What is not sent stays as it is (recorded for the network).
pub(super) fn differs(present: Option<&Value>, requested: Option<&Value>) -> bool {
    match (present, requested) {
        // `Standard` and `standard` are one value: Azure writes both.
        (Some(Value::String(present)), Some(Value::String(requested))) => {
            !present.eq_ignore_ascii_case(requested)
        }
        (Some(present), Some(requested)) => requested != present,
        (None, _) | (_, None) => false,
    }
}

/// The size and the system of a pool's machines stay; a whole pool may go and another may come.
fn keeps_its_node_pools(present: &Value, requested: &Value) -> Result<(), ArmRefusal> {
    let pools = |cluster: &Value| -> Vec<Value> {
        cluster["agentPoolProfiles"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    };
    let before = pools(present);
    for pool in pools(requested) {
        let Some(old) = before.iter().find(|old| old["name"] == pool["name"]) else {
            continue;
        };
        let changed = ["vmSize", "osType"]
            .into_iter()
            .find(|name| differs(old.get(*name), pool.get(*name)));
        if let Some(name) = changed {
            return Err(not_changeable(&format!(
                "properties.agentPoolProfiles.{name}"
            )));
        }
    }
    Ok(())
}

pub(super) fn not_changeable(property: &str) -> ArmRefusal {
    ArmRefusal::bad_request(
        "PropertyChangeNotAllowed",
        format!("Changing property '{property}' is not allowed."),
    )
    .about(property)
}
