//! Do these permissions allow this action? Azure's own rule: wildcards, exclusions within one element, union over elements. Pure.

use crate::azure::roles::covers;
use crate::facts::Permission;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allowed {
    Yes,
    /// Only under a condition.
    Conditional,
    No,
}

pub(crate) fn allowed(permissions: &[Permission], action: &str) -> Allowed {
    let matches = |permission: &&Permission| {
        permission
            .actions
            .iter()
            .any(|pattern| covers(pattern, action))
            // `notActions` of one role takes nothing away from what another role allows, so it counts within its own
            // element only.
            && !permission
                .not_actions
                .iter()
                .any(|pattern| covers(pattern, action))
    };
    let matching: Vec<&Permission> = permissions.iter().filter(matches).collect();
    if matching
        .iter()
        .any(|permission| permission.condition.is_none())
    {
        Allowed::Yes
    } else if matching.is_empty() {
        Allowed::No
    } else {
        Allowed::Conditional
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASSIGN: &str = "Microsoft.Authorization/roleAssignments/write";

    fn permission(actions: &[&str], not_actions: &[&str]) -> Permission {
        let owned = |list: &[&str]| list.iter().map(ToString::to_string).collect();
        Permission {
            actions: owned(actions),
            not_actions: owned(not_actions),
            condition: None,
        }
    }

    #[test]
    fn a_contributor_may_create_but_not_assign_roles() {
        let contributor = [permission(
            &["*"],
            &[
                "Microsoft.Authorization/*/Write",
                "Microsoft.Authorization/*/Delete",
            ],
        )];

        assert_eq!(
            allowed(&contributor, "Microsoft.Monitor/accounts/write"),
            Allowed::Yes
        );
        assert_eq!(allowed(&contributor, ASSIGN), Allowed::No);
    }

    #[test]
    fn an_exclusion_counts_only_within_its_own_element() {
        let both = [
            permission(&["*"], &["Microsoft.Authorization/*"]),
            permission(&["Microsoft.Authorization/*"], &[]),
        ];

        assert_eq!(allowed(&both, ASSIGN), Allowed::Yes);
    }

    #[test]
    fn a_condition_makes_it_a_perhaps() {
        let conditional = Permission {
            condition: Some("@Resource".into()),
            ..permission(&["*"], &[])
        };

        assert_eq!(allowed(&[conditional], ASSIGN), Allowed::Conditional);
    }
}
