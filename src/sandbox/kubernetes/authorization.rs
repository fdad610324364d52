//! Does the cluster serve this type, and may the caller use it?

use http::Method;

use super::{address::ResourcePath, resources::has_operator, status::StatusError};
use crate::sandbox::{state::KubernetesApi, tokens::TokenCaller};

/// The types of the Operator are served only where the Operator is installed.
pub(super) fn check_served(
    address: &ResourcePath<'_>,
    api: &KubernetesApi,
) -> Result<(), StatusError> {
    // Without the definition, a path of the type is as unknown as any other: 404, not 403.
    if !address.resource.is_custom() || has_operator(api) {
        Ok(())
    } else {
        Err(StatusError::NoSuchPath)
    }
}

/// Refuses what the scenario forbids: other namespaces than one, and some types.
pub(super) fn check_allowed(
    address: &ResourcePath<'_>,
    api: &KubernetesApi,
    method: &Method,
    caller: &TokenCaller,
) -> Result<(), StatusError> {
    // A role in one namespace does not allow a list over all namespaces.
    let is_elsewhere = api.only_namespace.is_some() && api.only_namespace != address.namespace;
    let mut forbidden = api.forbidden.iter();
    if is_elsewhere || forbidden.any(|it| *it == address.with_subresource()) {
        Err(StatusError::forbidden(address, method, caller))
    } else {
        Ok(())
    }
}
