//! May the identity send metrics? The role belongs on the data collection rule: on the workspace it changes nothing.

use async_trait::async_trait;

use super::{Requirement, Step, Tools};
use crate::azure::Reader;
use crate::azure::role_assignments::{self, MONITORING_METRICS_PUBLISHER as PUBLISHER};
use crate::error::Failure;
use crate::plan::change::Change;
use crate::plan::facts::{Fact, Facts, Grant};
use crate::spec::ids::{PrincipalId, ResourceId};
use crate::spec::{Spec, names};

const PUBLISHER_NAME: &str = "Monitoring Metrics Publisher";

pub(super) struct RoleAssignment;

fn rule_and_principal(facts: &Facts) -> Option<(&ResourceId, &PrincipalId)> {
    Some((
        &facts.workspace.known()?.rule.id,
        &facts.principal.known()?.principal_id,
    ))
}

/// Whether a grant, on the rule or inherited from above it, lets the principal send metrics.
fn allows(grant: &Grant, rule: &ResourceId, principal: &PrincipalId) -> bool {
    grant.role == PUBLISHER && grant.principal == *principal && rule.is_within(&grant.scope)
}

#[async_trait]
impl Step for RoleAssignment {
    fn id(&self) -> &'static str {
        "role-assignment"
    }

    fn observes_after(&self) -> &'static [&'static str] {
        &["workspace", "identity", "application"]
    }

    fn applies_after(&self) -> &'static [&'static str] {
        &["workspace", "identity", "application"]
    }

    async fn observe(&self, azure: &Reader, _: &Spec, facts: &Facts) -> Result<Facts, Failure> {
        let Some((rule, principal)) = rule_and_principal(facts) else {
            return Ok(Facts {
                grants: Fact::Absent,
                ..Facts::default()
            });
        };
        let found = role_assignments::for_principal(azure, rule, principal)
            .await
            .map_err(|error| {
                Failure::new(format!(
                    "list the roles on data collection rule `{}`",
                    rule.name()
                ))
                .azure(error)
            })?;
        let grants = found
            .into_iter()
            .map(|one| Grant {
                scope: one.scope,
                role: one.role,
                principal: one.principal,
            })
            .collect();
        Ok(Facts {
            grants: Fact::Known(grants),
            ..Facts::default()
        })
    }

    fn plan(&self, _: &Spec, facts: &Facts) -> Change {
        let Some((rule, principal)) = rule_and_principal(facts) else {
            return Change::create(
                "the workspace's data collection rule",
                format!("{PUBLISHER_NAME} for the identity, once both exist"),
            );
        };
        let grants = facts.grants.known().map(Vec::as_slice).unwrap_or_default();
        match grants.iter().find(|grant| allows(grant, rule, principal)) {
            Some(grant) if grant.scope == *rule => {
                Change::keep(rule.as_str(), format!("{PUBLISHER_NAME} is granted"))
            }
            Some(grant) => Change::keep(
                rule.as_str(),
                format!("{PUBLISHER_NAME} is inherited from {}", grant.scope),
            ),
            None => Change::create(
                rule.as_str(),
                format!("{PUBLISHER_NAME} for principal {principal}"),
            ),
        }
    }

    fn requires(&self, spec: &Spec, facts: &Facts) -> Vec<Requirement> {
        let scope = facts.workspace.known().map_or_else(
            || ResourceId::subscription_scope(&spec.workspace.subscription()),
            |workspace| workspace.rule.id.clone(),
        );
        vec![Requirement {
            action: "Microsoft.Authorization/roleAssignments/write".to_owned(),
            scope,
        }]
    }

    async fn apply(&self, tools: &Tools<'_>, _: &Spec, facts: &Facts) -> Result<Facts, Failure> {
        let Some((rule, principal)) = rule_and_principal(facts) else {
            return Err(Failure::new(format!("grant {PUBLISHER_NAME}"))
                .reason("the workspace or the identity does not exist yet")
                .next("amw-rw apply"));
        };
        let name = names::role_assignment(rule, PUBLISHER, principal);
        role_assignments::create(tools.azure, rule, &name, PUBLISHER, principal).await.map_err(|error| {
            Failure::new(format!("grant {PUBLISHER_NAME} on data collection rule `{}`", rule.name())).azure(error).next(
                "ask an Owner or User Access Administrator of that scope to run: amw-rw apply --only role-assignment",
            )
        })?;
        let mut grants = facts.grants.known().cloned().unwrap_or_default();
        grants.push(Grant {
            scope: rule.clone(),
            role: PUBLISHER.to_owned(),
            principal: principal.clone(),
        });
        Ok(Facts {
            grants: Fact::Known(grants),
            ..Facts::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::change::Action;
    use crate::steps::examples;

    fn plan_with(scope: ResourceId, principal: PrincipalId) -> Change {
        let grant = Grant {
            scope,
            role: PUBLISHER.to_owned(),
            principal,
        };
        let facts = Facts {
            grants: Fact::Known(vec![grant]),
            ..examples::everything_in_place()
        };
        RoleAssignment.plan(&examples::spec(), &facts)
    }

    #[test]
    fn a_role_on_the_workspace_alone_does_not_count() {
        let change = plan_with(
            examples::spec().workspace,
            examples::principal().principal_id,
        );

        assert_eq!(change.action, Action::Create);
    }

    #[test]
    fn a_role_inherited_from_the_subscription_counts() {
        let subscription =
            ResourceId::subscription_scope(&examples::spec().workspace.subscription());

        let change = plan_with(subscription, examples::principal().principal_id);

        assert_eq!(change.action, Action::None);
        assert!(change.why.contains("inherited"), "{}", change.why);
    }

    #[test]
    fn the_role_of_an_identity_that_was_deleted_and_made_again_does_not_count() {
        let former = PrincipalId::parse("99999999-9999-9999-9999-999999999999").unwrap();

        let change = plan_with(
            examples::everything_in_place()
                .workspace
                .known()
                .unwrap()
                .rule
                .id
                .clone(),
            former,
        );

        assert_eq!(change.action, Action::Create);
    }
}
