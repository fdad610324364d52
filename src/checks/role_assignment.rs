//! May the identity write to the data collection rule? Without the role every sample is refused, and lost.

use super::evidence::Evidence;
use super::report::Category;
use super::verdict::Verdict;
use super::{Check, CheckInfo, apply_only};
use crate::azure::roles::MONITORING_METRICS_PUBLISHER as PUBLISHER;
use crate::facts::{Grant, Observation, Principal, Workspace};
use crate::problem::Problem;

pub(super) struct RoleAssignmentCheck;

impl Check for RoleAssignmentCheck {
    fn about(&self) -> CheckInfo {
        CheckInfo {
            id: "role-assignment",
            category: Category::Identity,
            needs: &[
                Observation::Roles,
                Observation::Workspace,
                Observation::Principal,
            ],
        }
    }

    fn judge(&self, seen: &Evidence) -> Result<Verdict, Problem> {
        let workspace = seen.existing_workspace()?;
        let principal = seen.existing_principal()?;
        let publishers: Vec<&Grant> = seen
            .grants
            .get()?
            .iter()
            .filter(|grant| grant.is_of_role(PUBLISHER.id))
            .collect();
        let rule = &workspace.rule.id;
        let own = &principal.principal_id;
        let mut grants = publishers.iter();
        if let Some(grant) = grants.find(|grant| grant.allows(PUBLISHER.id, own, rule)) {
            return Ok(Verdict::pass(format!(
                "{PUBLISHER} on {}",
                grant.scope.name()
            )));
        }
        let mut found = format!(
            "principal {} does not hold {PUBLISHER} on rule {}",
            principal.principal_id,
            rule.name()
        );
        if let Some(instead) = misplaced(&publishers, principal, workspace) {
            found = format!("{found}: {instead}");
        }
        // The sample is the stronger evidence: the role can come through a group or a custom role, which the list of
        // the rule does not show under this principal.
        if seen.write_was_accepted() {
            return Ok(Verdict::warn(
                format!(
                    "{found}; Azure still accepts writes: another role allows them, or the role was removed a moment ago"
                ),
                apply_only("role-assignment"),
            ));
        }
        Ok(Verdict::fail(found, apply_only("role-assignment")))
    }
}

/// The usual mistakes: the role on the workspace, on something else, or given to another principal.
fn misplaced(
    publishers: &[&Grant],
    principal: &Principal,
    workspace: &Workspace,
) -> Option<String> {
    let mut own = publishers
        .iter()
        .filter(|grant| grant.principal == principal.principal_id);
    // The role can be granted on the workspace too, where it does not allow ingestion: that is authorised on the rule.
    if own.clone().any(|grant| grant.scope == workspace.id) {
        return Some("the role is on the workspace, which does not allow writing".to_owned());
    }
    if let Some(grant) = own.next() {
        return Some(format!("the role is on {} instead", grant.scope));
    }
    // Azure accepts any GUID as principal id when the type is given as ServicePrincipal, so this mistake gets no error.
    let by_client_id = publishers
        .iter()
        .find(|grant| grant.principal.as_str() == principal.client_id.as_str());
    if by_client_id.is_some() {
        return Some("the role was given to the client id, which is not the principal".to_owned());
    }
    let other = publishers
        .iter()
        .find(|grant| grant.scope == workspace.rule.id)?;
    Some(format!("principal {} has the role there", other.principal))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::evidence::Observed;
    use crate::checks::report::VerdictKind;
    use crate::spec::ids::{PrincipalId, ResourceId};

    const OTHER: &str = "99999999-9999-9999-9999-999999999999";

    fn judged(scope: &ResourceId, principal: &PrincipalId) -> Verdict {
        let mut seen = Evidence::example().without_proof();
        seen.grants = Observed::known(vec![Grant {
            id: "/assignment".into(),
            description: None,
            scope: scope.clone(),
            role: PUBLISHER.id.to_uppercase(),
            principal: principal.clone(),
        }]);
        RoleAssignmentCheck.judge(&seen).unwrap()
    }

    fn workspace() -> Workspace {
        Evidence::example().existing_workspace().unwrap().clone()
    }

    fn principal() -> PrincipalId {
        Evidence::example()
            .existing_principal()
            .unwrap()
            .principal_id
            .clone()
    }

    #[test]
    fn a_role_inherited_from_the_resource_group_counts() {
        let group = workspace().rule.id.resource_group().unwrap();

        assert_eq!(judged(&group, &principal()).kind(), VerdictKind::Pass);
    }

    #[test]
    fn the_role_on_the_workspace_is_recognised_as_the_usual_mistake() {
        let verdict = judged(&workspace().id, &principal());

        assert_eq!(verdict.kind(), VerdictKind::Fail);
        assert!(
            verdict.found().contains("on the workspace"),
            "{}",
            verdict.found()
        );
        assert_eq!(verdict.next(), ["amw-rw apply --only role-assignment"]);
    }

    #[test]
    fn a_role_of_another_principal_fails_with_both_principals() {
        let verdict = judged(&workspace().rule.id, &PrincipalId::parse(OTHER).unwrap());

        assert!(verdict.found().contains(principal().as_str()));
        assert!(
            verdict
                .found()
                .contains(&format!("{OTHER} has the role there"))
        );
    }

    #[test]
    fn an_accepted_write_turns_a_missing_role_into_a_warning() {
        let seen = Evidence {
            grants: Observed::known(Vec::new()),
            ..Evidence::example()
        };

        assert_eq!(
            RoleAssignmentCheck.judge(&seen).unwrap().kind(),
            VerdictKind::Warn
        );
    }
}
