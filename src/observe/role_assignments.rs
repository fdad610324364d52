//! Who holds which role at a scope or above it?

use super::Unobserved;
use crate::azure::{Reader, role_assignments as assignments};
use crate::facts::Grant;
use crate::spec::ids::{PrincipalId, ResourceId};

/// What anybody holds on the data collection rule or above it.
pub(crate) async fn roles_on_rule(
    azure: &Reader,
    rule: &ResourceId,
) -> Result<Vec<Grant>, Unobserved> {
    let found = assignments::at(azure, rule).await;
    found.map_err(|error| {
        let doing = format!("list the roles on data collection rule `{}`", rule.name());
        Unobserved::new(doing, error)
    })
}

/// What one principal holds at any scope or above it.
pub(crate) async fn roles_of(
    azure: &Reader,
    scope: &ResourceId,
    principal: &PrincipalId,
) -> Result<Vec<Grant>, Unobserved> {
    let found = assignments::for_principal(azure, scope, principal).await;
    found.map_err(|error| {
        Unobserved::new(
            format!("list the roles of principal {principal} on {scope}"),
            error,
        )
    })
}
