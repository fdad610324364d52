//! What are the caller's rights at the scopes that the plan changes, and what forbids the changes? Asked side by side.

use std::collections::HashSet;

use futures_util::future::try_join_all;

use super::judge::NeededRight;
use crate::azure::Reader;
use crate::facts::ScopeAccess;
use crate::observe::{self, Unobserved};
use crate::spec::ids::ResourceId;

/// What was found at each scope. `absent` does not exist yet, so what holds for its subscription is asked instead.
/// A scope that may not be read is left out: Azure decides there.
pub(super) async fn all(
    azure: &Reader,
    needs: &[NeededRight],
    absent: Option<&ResourceId>,
) -> Result<Vec<(ResourceId, ScopeAccess)>, Unobserved> {
    // Several steps change one resource group; each scope costs three requests.
    let scopes: HashSet<&ResourceId> = needs.iter().map(|need| &need.requirement.scope).collect();
    let asked = scopes.into_iter().map(|scope| async move {
        let within_absent = absent.is_some_and(|absent| scope.is_within(absent));
        // A scope that does not exist answers 404. What holds for the subscription is inherited by a new resource
        // group.
        let existing = if within_absent {
            ResourceId::subscription_scope(&scope.subscription())
        } else {
            scope.clone()
        };
        let access = observe::access(azure, &existing).await?;
        Ok(access.map(|access| (scope.clone(), access)))
    });
    Ok(try_join_all(asked).await?.into_iter().flatten().collect())
}
