//! Does the cluster serve this type, and may the caller use it?

use http::Method;

use super::{address::Address, resources::has_operator, status::Failure};
use crate::sandbox::{state::KubernetesApi, tokens::Caller};

/// The types of the Operator are served only where the Operator is installed.
pub(super) fn check_served(address: &Address<'_>, api: &KubernetesApi) -> Result<(), Failure> {
    if !address.resource.is_custom() || has_operator(api) {
        Ok(())
    } else {
        Err(Failure::NoSuchPath)
    }
}

/// Refuses what the scenario forbids: other namespaces than one, and some types.
pub(super) fn check_allowed(
    address: &Address<'_>,
    api: &KubernetesApi,
    method: &Method,
    caller: &Caller,
) -> Result<(), Failure> {
    let is_elsewhere = api.only_namespace.is_some() && api.only_namespace != address.namespace;
    let mut forbidden = api.forbidden.iter();
    if is_elsewhere || forbidden.any(|it| *it == address.with_subresource()) {
        Err(Failure::forbidden(address, method, caller))
    } else {
        Ok(())
    }
}
