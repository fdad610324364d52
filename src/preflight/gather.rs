//! What are the caller's rights at the scopes the plan touches, and what stands against them? Asked side by side.

use std::collections::HashSet;

use futures_util::future::{join_all, try_join3};

use super::judge::{Denial, Lock, Need, ScopeAccess};
use super::rights::Permission;
use crate::azure::{AzureError, Reader, permissions};
use crate::error::Failure;
use crate::spec::ids::{PrincipalId, ResourceId};

/// The principal id by which a deny assignment means everybody.
const EVERYBODY: &str = "00000000-0000-0000-0000-000000000000";

/// What was found at each scope. `absent` does not exist yet, so what holds for its subscription is asked instead.
/// A scope that may not be read is left out: Azure decides there.
pub(super) async fn all(
    azure: &Reader,
    needs: &[Need],
    absent: Option<&ResourceId>,
) -> Result<Vec<(ResourceId, ScopeAccess)>, Failure> {
    let scopes: HashSet<&ResourceId> = needs.iter().map(|need| &need.requirement.scope).collect();
    let asked = scopes.into_iter().map(|scope| async move {
        let within_absent = absent.is_some_and(|absent| scope.is_within(absent));
        let existing = if within_absent {
            ResourceId::subscription_scope(&scope.subscription())
        } else {
            scope.clone()
        };
        (scope.clone(), at_scope(azure, &existing).await)
    });
    let mut found = Vec::new();
    for (scope, answer) in join_all(asked).await {
        match answer {
            Ok(access) => found.push((scope, access)),
            Err(error) if error.is_forbidden() || error.is_not_found() => {}
            Err(error) => {
                return Err(Failure::new(format!("look up your rights on {scope}")).azure(error));
            }
        }
    }
    Ok(found)
}

/// What Azure lists at a scope includes what holds only below it, and that is left out.
async fn at_scope(azure: &Reader, scope: &ResourceId) -> Result<ScopeAccess, AzureError> {
    let (permissions, denials, locks) = try_join3(
        permissions::at(azure, scope),
        or_nothing(permissions::deny_assignments(azure, scope)),
        or_nothing(permissions::locks(azure, scope)),
    )
    .await?;
    let bears_on =
        |other: &str| ResourceId::parse(other).is_ok_and(|other| scope.is_within(&other));
    let caller = azure
        .caller()
        .principal
        .as_ref()
        .map(PrincipalId::as_str)
        .unwrap_or_default();
    Ok(ScopeAccess {
        permissions: permissions.into_iter().map(permission).collect(),
        denials: denials
            .into_iter()
            .filter(|denial| bears_on(&denial.scope) && concerns(denial, caller))
            .map(denial_of)
            .collect(),
        locks: locks
            .into_iter()
            .filter(|lock| bears_on(&lock.scope))
            .map(|lock| Lock {
                read_only: lock.level.eq_ignore_ascii_case("ReadOnly"),
                name: lock.name,
                scope: lock.scope,
            })
            .collect(),
    })
}

/// Not being allowed to see locks or deny assignments is no reason to stop: Azure tells when one bites.
async fn or_nothing<T>(
    ask: impl Future<Output = Result<Vec<T>, AzureError>>,
) -> Result<Vec<T>, AzureError> {
    match ask.await {
        Err(error) if error.is_forbidden() => Ok(Vec::new()),
        answer => answer,
    }
}

fn concerns(denial: &permissions::DenyAssignment, caller: &str) -> bool {
    let names = |list: &[permissions::DeniedPrincipal], id: &str| {
        list.iter().any(|one| one.id.eq_ignore_ascii_case(id))
    };
    let denied = names(&denial.principals, EVERYBODY) || names(&denial.principals, caller);
    denied && !names(&denial.exclude_principals, caller)
}

fn permission(told: permissions::Permission) -> Permission {
    Permission {
        conditional: told.condition.is_some(),
        actions: told.actions,
        not_actions: told.not_actions,
    }
}

fn denial_of(told: permissions::DenyAssignment) -> Denial {
    Denial {
        name: told.name,
        permissions: told.permissions.into_iter().map(permission).collect(),
    }
}
