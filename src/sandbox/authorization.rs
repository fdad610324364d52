//! Who may do what where, by the roles they hold; deny assignments, locks and policies come on top.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::state::{ActionPatterns, AzureState, RoleAssignment, StoredResourceId};

/// Whether one of the principal's roles allows a control-plane action at a scope.
pub(crate) fn may_act(
    state: &AzureState,
    principal: Uuid,
    action: &str,
    scope: &StoredResourceId,
) -> bool {
    roles_at(state, principal, scope)
        .filter_map(|held| state.role_with_id(held.role))
        // A union: no role takes away what another one grants; only a deny assignment does.
        .any(|role| {
            allows(
                &role.permission.actions,
                &role.permission.not_actions,
                action,
            )
        })
}

/// Whether one of the principal's roles, held for as long as propagation takes, allows a data-plane action at a scope.
pub(crate) fn may_act_on_data(
    state: &AzureState,
    principal: Uuid,
    action: &str,
    scope: &StoredResourceId,
    now: Timestamp,
    propagation: Duration,
) -> bool {
    let propagation = SignedDuration::try_from(propagation).unwrap_or(SignedDuration::MAX);
    roles_at(state, principal, scope)
        // A new role does not count for data at once: Azure names up to 30 minutes, with 403 until then.
        .filter(|held| now.duration_since(held.created) >= propagation)
        .filter_map(|held| state.role_with_id(held.role))
        .any(|role| {
            let permission = &role.permission;
            allows(
                &permission.data_actions,
                &permission.not_data_actions,
                action,
            )
        })
}

/// Whether the first patterns cover an action and the second do not. What one role excludes another may still grant.
fn allows(granted: &ActionPatterns, excluded: &ActionPatterns, action: &str) -> bool {
    granted.any(|it| covers(it, action)) && !excluded.any(|it| covers(it, action))
}

/// The principal's role assignments at a scope and above it.
pub(crate) fn roles_at<'s>(
    state: &'s AzureState,
    principal: Uuid,
    scope: &StoredResourceId,
) -> impl Iterator<Item = &'s RoleAssignment> {
    state
        .role_assignments
        .iter()
        // Inherited: a role at a group or subscription holds for every resource in it.
        .filter(move |held| held.principal_id == principal && scope.is_within(&held.scope))
}

/// Whether a pattern such as `Microsoft.Monitor/*` covers an action, in any case.
pub(crate) fn covers(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    // A `*` covers slashes too: `*/read` allows reading a nested type such as a federated
    // credential.
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = action.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        let Some(found) = rest.find(part) else {
            return false;
        };
        rest = &rest[found + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_matches_anything_with_or_without_slashes() {
        assert!(covers("*", "Microsoft.Monitor/accounts/write"));
        assert!(covers("*/read", "Microsoft.Monitor/accounts/read"));
        assert!(!covers("*/read", "Microsoft.Monitor/accounts/write"));
        assert!(covers(
            "Microsoft.Authorization/*/Write",
            "microsoft.authorization/roleassignments/write"
        ));
        assert!(!covers(
            "Microsoft.Monitor/accounts",
            "Microsoft.Monitor/accounts/read"
        ));
    }
}
