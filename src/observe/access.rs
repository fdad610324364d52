//! What may the caller do at a scope, and what forbids it?

use futures_util::future::try_join3;

use crate::azure::RefusalMeaning;
use crate::azure::{AzureError, Reader, permissions};
use crate::facts::{DenyAssignment, ScopeAccess};
use crate::spec::ids::ResourceId;

use super::Unobserved;

/// `None` for a scope whose permissions may not be read, or that does not exist: Azure decides there.
pub(crate) async fn access(
    azure: &Reader,
    scope: &ResourceId,
) -> Result<Option<ScopeAccess>, Unobserved> {
    match at_scope(azure, scope).await {
        Ok(access) => Ok(Some(access)),
        // Readers of one resource can lack the right to read permissions there; that is no proof that a write would
        // fail.
        Err(error) if error.means(RefusalMeaning::Forbidden) || error.is_not_found() => Ok(None),
        Err(error) => Err(Unobserved::new(
            format!("look up your rights on {scope}"),
            error,
        )),
    }
}

/// What Azure lists at a scope includes what holds only below it, and that is left out.
async fn at_scope(azure: &Reader, scope: &ResourceId) -> Result<ScopeAccess, AzureError> {
    // The list of permissions takes neither deny assignments nor locks into account: Resource Manager checks each of
    // the three by itself.
    let (permissions, mut denials, mut locks) = try_join3(
        permissions::at(azure, scope),
        or_nothing(permissions::deny_assignments(azure, scope)),
        or_nothing(permissions::locks(azure, scope)),
    )
    .await?;
    let caller = azure.caller().principal.as_ref();
    denials.retain(|denial| holds_at(denial, scope) && denial.concerns(caller));
    // A lock is inherited by everything below its scope, so one on the subscription counts here; one on a child does
    // not.
    locks.retain(|lock| ResourceId::parse(&lock.scope).is_ok_and(|at| scope.is_within(&at)));
    Ok(ScopeAccess {
        permissions,
        denials,
        locks,
    })
}

fn holds_at(denial: &DenyAssignment, scope: &ResourceId) -> bool {
    ResourceId::parse(&denial.scope).is_ok_and(|at| {
        // `doNotApplyToChildScopes` limits a deny assignment to its own scope; without it, it is inherited as a role
        // is.
        *scope == at || (scope.is_within(&at) && !denial.do_not_apply_to_child_scopes)
    })
}

/// Not being allowed to see locks or deny assignments is no reason to stop: Azure refuses what they forbid.
async fn or_nothing<T>(
    list: impl Future<Output = Result<Vec<T>, AzureError>>,
) -> Result<Vec<T>, AzureError> {
    match list.await {
        Err(error) if error.means(RefusalMeaning::Forbidden) => Ok(Vec::new()),
        answer => answer,
    }
}
