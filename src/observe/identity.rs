//! Which principal does Prometheus sign in as? A user-assigned identity, or the service principal of an application.

use super::Unobserved;
use crate::azure::{Reader, applications, identities};
use crate::facts::Principal;
use crate::spec::ids::{ClientId, ResourceId};

/// `None` when the identity does not exist.
pub(crate) async fn identity(
    azure: &Reader,
    id: &ResourceId,
) -> Result<Option<Principal>, Unobserved> {
    let found = identities::get(azure, id).await;
    found.map_err(|error| Unobserved::new(format!("read identity `{}`", id.name()), error))
}

/// `None` when the application has no service principal in this tenant. `name` is the application's, for messages.
pub(crate) async fn service_principal(
    azure: &Reader,
    client: &ClientId,
    name: &str,
) -> Result<Option<Principal>, Unobserved> {
    // An application is global, its service principal belongs to one tenant: an application of another tenant has none
    // here until someone consents to it.
    let found = applications::service_principal_of(azure, client).await;
    let found = found.map_err(|error| {
        Unobserved::new(format!("find the service principal of `{name}`"), error)
    })?;
    Ok(found.map(|principal_id| Principal {
        client_id: client.clone(),
        principal_id,
    }))
}
