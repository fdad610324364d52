//! Which tokens of other issuers does a user-assigned identity trust?

use super::Unobserved;
use crate::azure::{Reader, federated_credentials as credentials};
use crate::facts::FederatedCredential;
use crate::spec::ids::ResourceId;

/// `None` when the identity does not exist.
pub(crate) async fn federated_credentials(
    azure: &Reader,
    identity: &ResourceId,
) -> Result<Option<Vec<FederatedCredential>>, Unobserved> {
    match credentials::list(azure, identity).await {
        Ok(found) => Ok(Some(found)),
        // The list has the identity as its parent: 404 means that the identity is missing, an identity without
        // credentials has an empty list.
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => {
            let doing = format!("list the federated credentials of `{}`", identity.name());
            Err(Unobserved::new(doing, error))
        }
    }
}
