//! Managed identity: tokens without a credential for programs on the right machine.
//!
//! The machine is a node of the first cluster and has the identities of that cluster's first scale set.

mod app_service;
mod instance_metadata;

use jiff::SignedDuration;
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) use self::{
    app_service::answer as answer_app_service,
    instance_metadata::answer as answer_instance_metadata,
};
use super::{
    azure::Azure,
    request::ServiceRequest,
    state::{StoredMachine, StoredResourceId},
    tokens::TokenCaller,
};

/// How long the platform's tokens are good for, in seconds.
const LIFETIME: i64 = 86_399;

/// Which identity a request asks for.
#[derive(Debug)]
enum IdentitySelector<'a> {
    /// The system-assigned one, or else the only user-assigned one.
    Default,
    ClientId(&'a str),
    ObjectId(&'a str),
    ResourceId(&'a str),
}

/// Why no identity is given.
#[derive(Debug, PartialEq, Eq)]
enum MetadataRefusal {
    NotFound,
    Several,
}

/// An identity that is assigned to the machine.
#[derive(Clone, Copy, Debug)]
struct AssignedIdentity<'a> {
    object_id: Uuid,
    client_id: Uuid,
    resource: &'a StoredResourceId,
    by_system: bool,
}

/// Finds the requested identity among those assigned to the machine.
fn choose(wanted: &IdentitySelector<'_>, azure: &Azure) -> Result<TokenCaller, MetadataRefusal> {
    let assigned = assigned(azure);
    let chosen = match wanted {
        IdentitySelector::Default => default_identity(&assigned)?,
        IdentitySelector::ClientId(id) => find(&assigned, |it| same(it.client_id, id))?,
        IdentitySelector::ObjectId(id) => find(&assigned, |it| same(it.object_id, id))?,
        IdentitySelector::ResourceId(id) => {
            let id = StoredResourceId::new(*id);
            find(&assigned, |it| *it.resource == id)?
        }
    };
    Ok(TokenCaller {
        object_id: chosen.object_id,
        app_id: Some(chosen.client_id),
        tenant_id: azure.state.directory.tenant_id,
        name: chosen.client_id.to_string(),
        met_claims: false,
    })
}

fn default_identity<'a>(
    assigned: &[AssignedIdentity<'a>],
) -> Result<AssignedIdentity<'a>, MetadataRefusal> {
    // A system-assigned identity wins without a question. Without one, a second user-assigned identity breaks every
    // client that names none, and add-ons attach identities on their own.
    if let Some(system) = assigned.iter().find(|it| it.by_system) {
        return Ok(*system);
    }
    match assigned {
        [] => Err(MetadataRefusal::NotFound),
        [only] => Ok(*only),
        _ => Err(MetadataRefusal::Several),
    }
}

fn find<'a>(
    assigned: &[AssignedIdentity<'a>],
    is_wanted: impl Fn(&AssignedIdentity<'a>) -> bool,
) -> Result<AssignedIdentity<'a>, MetadataRefusal> {
    assigned
        .iter()
        .find(|it| is_wanted(it))
        .copied()
        .ok_or(MetadataRefusal::NotFound)
}

fn same(id: Uuid, text: &str) -> bool {
    text.parse() == Ok(id)
}

fn assigned(azure: &Azure) -> Vec<AssignedIdentity<'_>> {
    let Some(machine) = machine(azure) else {
        return Vec::new();
    };
    let by_system = machine.system_identity.map(|object_id| AssignedIdentity {
        object_id,
        // A system-assigned identity has a client id too, but only in the directory.
        client_id: azure
            .state
            .directory
            .principal(object_id)
            .and_then(|principal| principal.app_id)
            .unwrap_or(object_id),
        resource: &machine.id,
        by_system: true,
    });
    let by_user = machine
        .identities
        .iter()
        .filter_map(|id| azure.state.identities.get(id))
        .map(|identity| AssignedIdentity {
            object_id: identity.principal_id,
            client_id: identity.client_id,
            resource: &identity.id,
            by_system: false,
        });
    by_system.into_iter().chain(by_user).collect()
}

fn machine(azure: &Azure) -> Option<&StoredMachine> {
    let cluster = azure.state.managed_clusters.iter().next()?;
    let subscription = cluster.id.subscription()?;
    // The machines of AKS are in the node resource group, not in that of the cluster.
    let nodes = StoredResourceId::group(subscription, cluster.node_resource_group());
    azure.state.machines.within(&nodes).next()
}

/// The answer that carries a token: all numbers are strings here.
fn granted(caller: &TokenCaller, resource: &str, request: &ServiceRequest, azure: &Azure) -> Value {
    let expires = request.now + SignedDuration::from_secs(LIFETIME);
    json!({
        "access_token": azure.tokens.mint(caller, resource, request.now, expires),
        // Entra itself answers with numbers in these fields.
        "client_id": caller.name,
        "expires_in": LIFETIME.to_string(),
        "expires_on": expires.as_second().to_string(),
        "ext_expires_in": LIFETIME.to_string(),
        "not_before": request.now.as_second().to_string(),
        "resource": resource,
        "token_type": "Bearer",
    })
}
