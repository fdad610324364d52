//! May the identity send metrics? The role belongs on the data collection rule: on the workspace it changes nothing.

use async_trait::async_trait;

use super::{Requirement, Step, Tools};
use crate::azure::roles::{ASSIGN_ROLES, MONITORING_METRICS_PUBLISHER as PUBLISHER, least_role};
use crate::azure::{Reader, directory_objects, role_assignments};
use crate::error::Failure;
use crate::facts::{Fact, Facts, FormerGrant, Grant, Observation};
use crate::next_step::NextStep;
use crate::observe;
use crate::plan::change::{Change, GrantedAccess};
use crate::spec::command_line::own;
use crate::spec::ids::{PrincipalId, ResourceId};
use crate::spec::{Spec, names};

fn ask_an_owner() -> NextStep {
    let who = format!("an Owner or {} of that scope", least_role(ASSIGN_ROLES));
    NextStep::ask(who, own::apply_only("role-assignment"))
}

pub(super) struct RoleAssignmentStep;

fn rule_and_principal(facts: &Facts) -> Option<(&ResourceId, &PrincipalId)> {
    Some((
        &facts.workspace.known()?.rule.id,
        &facts.principal.known()?.principal_id,
    ))
}

/// What distinguishes our role assignments for this identity from those for others on the same rule.
fn description(spec: &Spec) -> String {
    let credential = &spec.credential;
    let identity = match (credential.identity(), credential.application()) {
        (Some(identity), _) => identity.as_str().to_owned(),
        (None, Some(application)) => format!("application {application}"),
        (None, None) => credential.sign_in.to_string(),
    };
    names::role_assignment_description(&identity)
}

/// Made by us for this identity: it has our computed name and our description.
fn is_ours(grant: &Grant, spec: &Spec, rule: &ResourceId) -> bool {
    // Names are GUIDs that the client chooses; ours is computed, so a repeat meets its own assignment.
    let name = names::role_assignment(rule, PUBLISHER.id, &grant.principal);
    grant.scope == *rule
        && grant.is_of_role(PUBLISHER.id)
        && grant.description.as_deref() == Some(&*description(spec))
        && grant.name().eq_ignore_ascii_case(&name)
}

/// Whether an earlier run gave this identity its role, which the user agreed to then.
pub(crate) fn was_granted(spec: &Spec, facts: &Facts) -> bool {
    let Some((rule, principal)) = rule_and_principal(facts) else {
        return false;
    };
    let mut grants = facts.grants.known().into_iter().flatten();
    grants.any(|one| one.principal == *principal && is_ours(one, spec, rule))
}

/// Ours for earlier principals of this identity. A managed identity's resource id has one principal at a time, so that the
/// earlier one no longer exists.
fn former(
    found: &[Grant],
    spec: &Spec,
    rule: &ResourceId,
    principal: Option<&PrincipalId>,
) -> Vec<FormerGrant> {
    found
        .iter()
        .filter(|one| is_ours(one, spec, rule))
        .filter(|one| Some(&one.principal) != principal)
        .map(|one| FormerGrant {
            id: one.id.clone(),
            principal: one.principal.clone(),
            of_extra_application: false,
        })
        .collect()
}

/// Marks those of applications that this run removes.
fn with_extra(facts: &Facts, mut former: Vec<FormerGrant>) -> Vec<FormerGrant> {
    let extra = facts.extra_applications.known().into_iter().flatten();
    let principals: Vec<&PrincipalId> = extra.filter_map(|one| one.principal.as_ref()).collect();
    for one in &mut former {
        one.of_extra_application = principals.contains(&&one.principal);
    }
    former
}

/// The name of an application is not unique, so the directory has to confirm that a principal is gone.
async fn without_living(azure: &Reader, former: Vec<FormerGrant>) -> Vec<FormerGrant> {
    let (extra, others): (Vec<_>, Vec<_>) =
        former.into_iter().partition(|one| one.of_extra_application);
    let ids = others.iter().map(|one| one.principal.clone()).collect();
    // What the directory does not confirm as gone stays; the next run looks again.
    let gone = directory_objects::unknown(azure, ids)
        .await
        .unwrap_or_default();
    let others = others
        .into_iter()
        .filter(|one| gone.contains(&one.principal));
    extra.into_iter().chain(others).collect()
}

/// Those that are former now that the principal is known: a directory that lags did not show it when the plan was made.
async fn still_former(
    azure: &Reader,
    spec: &Spec,
    facts: &Facts,
    principal: &PrincipalId,
) -> Vec<FormerGrant> {
    let mut former = former_grants(facts).to_vec();
    former.retain(|one| one.principal != *principal);
    if former.is_empty() || spec.credential.identity().is_some() {
        return former;
    }
    without_living(azure, former).await
}

fn former_grants(facts: &Facts) -> &[FormerGrant] {
    facts
        .former_grants
        .known()
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// Completes the reason of a change; empty when nothing is removed.
fn removal(former: &[FormerGrant]) -> Option<String> {
    let principals: Vec<&str> = former.iter().map(|one| one.principal.as_str()).collect();
    (!principals.is_empty()).then(|| {
        format!(
            "remove ours for the identity's earlier principal {}, which is not used any more",
            principals.join(", ")
        )
    })
}

#[async_trait]
impl Step for RoleAssignmentStep {
    fn id(&self) -> &'static str {
        "role-assignment"
    }

    fn grants(&self) -> GrantedAccess {
        GrantedAccess::Right
    }

    fn applies_after(&self) -> &'static [&'static str] {
        &["workspace", "identity", "application"]
    }

    fn observes(&self) -> &'static [Observation] {
        &[Observation::Roles]
    }

    fn needs(&self) -> &'static [Observation] {
        &[
            Observation::Roles,
            Observation::Workspace,
            Observation::Principal,
        ]
    }

    async fn observe(&self, azure: &Reader, spec: &Spec, facts: &Facts) -> Result<Facts, Failure> {
        // The rule is made with the workspace, so before that no role can exist on it.
        let Some(workspace) = facts.workspace.known() else {
            return Ok(Facts {
                grants: Fact::Absent,
                former_grants: Fact::Absent,
                ..Facts::default()
            });
        };
        let rule = &workspace.rule.id;
        let found = observe::roles_on_rule(azure, rule).await?;
        let principal = facts.principal.known().map(|known| &known.principal_id);
        let former = former(&found, spec, rule, principal);
        let former = if spec.credential.identity().is_some() {
            former
        } else {
            without_living(azure, with_extra(facts, former)).await
        };
        Ok(Facts {
            grants: Fact::Known(found),
            former_grants: Fact::Known(former),
            ..Facts::default()
        })
    }

    fn plan(&self, _: &Spec, facts: &Facts) -> Change {
        let removal = removal(former_grants(facts));
        let also = removal
            .as_ref()
            .map(|removal| format!("; {removal}"))
            .unwrap_or_default();
        let Some((rule, principal)) = rule_and_principal(facts) else {
            return Change::create(
                "the workspace's data collection rule",
                format!("{PUBLISHER} for the identity, once both exist{also}"),
            );
        };
        match (granted(facts, rule, principal), removal) {
            (Some(_), Some(removal)) => Change::update(rule.as_str(), removal),
            (Some(grant), None) if grant.scope == *rule => {
                Change::keep(rule.as_str(), format!("{PUBLISHER} is granted"))
            }
            (Some(grant), None) => Change::keep(
                rule.as_str(),
                format!("{PUBLISHER} is inherited from {}", grant.scope),
            ),
            (None, _) => Change::create(
                rule.as_str(),
                format!("{PUBLISHER} for principal {principal}{also}"),
            ),
        }
    }

    fn requires(&self, spec: &Spec, facts: &Facts) -> Vec<Requirement> {
        let scope = facts.workspace.known().map_or_else(
            // The rule will be in a resource group that Azure makes (`MA_…_managed`), so until then only a role on the
            // subscription reaches it.
            || ResourceId::subscription_scope(&spec.workspace.subscription()),
            |workspace| workspace.rule.id.clone(),
        );
        let granted = rule_and_principal(facts)
            .is_some_and(|(rule, principal)| granted(facts, rule, principal).is_some());
        let write = (!granted).then_some("write");
        let delete = (!former_grants(facts).is_empty()).then_some("delete");
        write
            .into_iter()
            .chain(delete)
            .map(|verb| Requirement {
                action: format!("Microsoft.Authorization/roleAssignments/{verb}"),
                scope: scope.clone(),
            })
            .collect()
    }

    async fn apply(&self, tools: &Tools<'_>, spec: &Spec, facts: &Facts) -> Result<Facts, Failure> {
        let Some((rule, principal)) = rule_and_principal(facts) else {
            return Err(Failure::new(format!("grant {PUBLISHER}"))
                .reason("the workspace or the identity does not exist yet")
                .next(own::apply()));
        };
        let mut grants = facts.grants.known().cloned().unwrap_or_default();
        if granted(facts, rule, principal).is_none() {
            grants.push(grant(tools, spec, rule, principal).await?);
        }
        // After the grant, so that an interruption leaves the new principal with its role.
        for former in still_former(tools.azure, spec, facts, principal).await {
            remove(tools, rule, &former).await?;
        }
        Ok(Facts {
            grants: Fact::Known(grants),
            former_grants: Fact::Known(Vec::new()),
            ..Facts::default()
        })
    }
}

fn granted<'a>(facts: &'a Facts, rule: &ResourceId, principal: &PrincipalId) -> Option<&'a Grant> {
    let grants = facts.grants.known().map(Vec::as_slice).unwrap_or_default();
    grants
        .iter()
        .find(|grant| grant.allows(PUBLISHER.id, principal, rule))
}

async fn grant(
    tools: &Tools<'_>,
    spec: &Spec,
    rule: &ResourceId,
    principal: &PrincipalId,
) -> Result<Grant, Failure> {
    let name = names::role_assignment(rule, PUBLISHER.id, principal);
    let grant = Grant {
        id: role_assignments::id(rule, &name),
        scope: rule.clone(),
        role: PUBLISHER.id.to_owned(),
        principal: principal.clone(),
        description: Some(description(spec)),
    };
    let created = role_assignments::create(tools.azure, &grant).await;
    created.map(|()| grant).map_err(|error| {
        Failure::new(format!(
            "grant {PUBLISHER} on data collection rule `{}`",
            rule.name()
        ))
        .azure(error)
        .next(ask_an_owner())
    })
}

async fn remove(tools: &Tools<'_>, rule: &ResourceId, former: &FormerGrant) -> Result<(), Failure> {
    role_assignments::delete(tools.azure, &former.id)
        .await
        .map_err(|error| {
            Failure::new(format!(
                "remove {PUBLISHER} of former principal {} on data collection rule `{}`",
                former.principal,
                rule.name()
            ))
            .azure(error)
            .next(ask_an_owner())
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::change::Action;
    use crate::steps::examples;

    fn plan_with(scope: ResourceId, principal: PrincipalId) -> Change {
        let grant = Grant {
            id: "/assignment".into(),
            scope,
            role: PUBLISHER.id.to_owned(),
            principal,
            description: None,
        };
        let facts = Facts {
            grants: Fact::Known(vec![grant]),
            ..examples::everything_in_place()
        };
        RoleAssignmentStep.plan(&examples::spec(), &facts)
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

    const FORMER: &str = "99999999-9999-9999-9999-999999999999";

    fn rule() -> ResourceId {
        let facts = examples::everything_in_place();
        facts.workspace.known().unwrap().rule.id.clone()
    }

    fn assignment(principal: &str, description: &str) -> Grant {
        let principal = PrincipalId::parse(principal).unwrap();
        let name = names::role_assignment(&rule(), PUBLISHER.id, &principal);
        Grant {
            id: format!(
                "{}/providers/Microsoft.Authorization/roleAssignments/{name}",
                rule()
            ),
            scope: rule(),
            role: PUBLISHER.id.into(),
            principal,
            description: Some(description.into()),
        }
    }

    #[test]
    fn only_our_assignment_for_an_earlier_principal_of_this_identity_is_former() {
        let ours = description(&examples::spec());
        let now = examples::principal().principal_id;
        let mut drawn = assignment(FORMER, &ours);
        drawn.id = format!("{}/{FORMER}", rule());
        let found = [
            assignment(FORMER, &ours),
            assignment(now.as_str(), &ours),
            assignment("88888888-8888-8888-8888-888888888888", "amw-rw for /other"),
            drawn,
        ];

        let former = former(&found, &examples::spec(), &rule(), Some(&now));

        assert_eq!(former.len(), 1);
        assert_eq!(former[0].id, found[0].id);
    }

    #[test]
    fn a_removal_is_shown_and_needs_its_right() {
        let facts = Facts {
            former_grants: Fact::Known(vec![FormerGrant {
                id: "/x".into(),
                principal: PrincipalId::parse(FORMER).unwrap(),
                of_extra_application: false,
            }]),
            ..examples::everything_in_place()
        };

        let change = RoleAssignmentStep.plan(&examples::spec(), &facts);
        let rights = RoleAssignmentStep.requires(&examples::spec(), &facts);

        assert_eq!(change.action, Action::Update);
        assert!(change.why.contains(FORMER), "{}", change.why);
        assert_eq!(
            rights[0].action,
            "Microsoft.Authorization/roleAssignments/delete"
        );
        assert_eq!(rights.len(), 1);
    }
}
