//! Tokens without a credential, for whoever runs on the right machine.
//!
//! The machine is a node of the first cluster: it carries the identities of that cluster's first scale set.

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
    request::Request,
    state::{ResourceId, ScaleSet},
    tokens::Caller,
};

/// How long the platform's tokens are good for, in seconds.
const LIFETIME: i64 = 86_399;

/// Which identity a request asks for.
#[derive(Debug)]
enum Wanted<'a> {
    /// The system-assigned one, or else the only user-assigned one.
    Whichever,
    ClientId(&'a str),
    ObjectId(&'a str),
    ResourceId(&'a str),
}

/// Why no identity is given.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    NotFound,
    Several,
}

/// An identity that the machine carries.
#[derive(Clone, Copy, Debug)]
struct Carried<'a> {
    object_id: Uuid,
    client_id: Uuid,
    resource: &'a ResourceId,
    by_system: bool,
}

/// Finds the wanted identity among those that the machine carries.
fn choose(wanted: &Wanted<'_>, azure: &Azure) -> Result<Caller, Refusal> {
    let carried = carried(azure);
    let chosen = match wanted {
        Wanted::Whichever => whichever(&carried)?,
        Wanted::ClientId(id) => find(&carried, |it| same(it.client_id, id))?,
        Wanted::ObjectId(id) => find(&carried, |it| same(it.object_id, id))?,
        Wanted::ResourceId(id) => {
            let id = ResourceId::new(*id);
            find(&carried, |it| *it.resource == id)?
        }
    };
    Ok(Caller {
        object_id: chosen.object_id,
        app_id: Some(chosen.client_id),
        tenant_id: azure.state.directory.tenant_id,
        name: chosen.client_id.to_string(),
        met_claims: false,
    })
}

fn whichever<'a>(carried: &[Carried<'a>]) -> Result<Carried<'a>, Refusal> {
    if let Some(system) = carried.iter().find(|it| it.by_system) {
        return Ok(*system);
    }
    match carried {
        [] => Err(Refusal::NotFound),
        [only] => Ok(*only),
        _ => Err(Refusal::Several),
    }
}

fn find<'a>(
    carried: &[Carried<'a>],
    is_wanted: impl Fn(&Carried<'a>) -> bool,
) -> Result<Carried<'a>, Refusal> {
    carried
        .iter()
        .find(|it| is_wanted(it))
        .copied()
        .ok_or(Refusal::NotFound)
}

fn same(id: Uuid, text: &str) -> bool {
    text.parse() == Ok(id)
}

fn carried(azure: &Azure) -> Vec<Carried<'_>> {
    let Some(machine) = machine(azure) else {
        return Vec::new();
    };
    let by_system = machine.system_identity.map(|object_id| Carried {
        object_id,
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
        .map(|identity| Carried {
            object_id: identity.principal_id,
            client_id: identity.client_id,
            resource: &identity.id,
            by_system: false,
        });
    by_system.into_iter().chain(by_user).collect()
}

fn machine(azure: &Azure) -> Option<&ScaleSet> {
    let cluster = azure.state.managed_clusters.iter().next()?;
    let subscription = cluster.id.subscription()?;
    let nodes = ResourceId::group(subscription, cluster.node_resource_group());
    azure.state.scale_sets.within(&nodes).next()
}

/// The answer that carries a token: all numbers are strings here.
fn granted(caller: &Caller, resource: &str, request: &Request, azure: &Azure) -> Value {
    let expires = request.now + SignedDuration::from_secs(LIFETIME);
    json!({
        "access_token": azure.tokens.mint(caller, resource, request.now, expires),
        "client_id": caller.name,
        "expires_in": LIFETIME.to_string(),
        "expires_on": expires.as_second().to_string(),
        "ext_expires_in": LIFETIME.to_string(),
        "not_before": request.now.as_second().to_string(),
        "resource": resource,
        "token_type": "Bearer",
    })
}
