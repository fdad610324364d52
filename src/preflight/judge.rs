//! Which steps of the plan cannot succeed? Judged from facts and rights. Pure.

use super::findings::{Blocker, Findings};
use super::rights::{self, Allowed};
use crate::azure::providers;
use crate::azure::roles::least_role;
use crate::facts::{Facts, ScopeAccess};
use crate::plan::change::Plan;
use crate::similar_name::did_you_mean;
use crate::spec::Spec;
use crate::spec::command_line::option;
use crate::spec::ids::ResourceId;
use crate::spec::support;
use crate::steps::Requirement;

/// A right that a step of the plan needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NeededRight {
    pub(super) step: &'static str,
    pub(super) requirement: Requirement,
}

/// What the facts alone rule out: no further look is needed.
pub(super) fn from_facts(plan: &Plan, spec: &Spec, facts: &Facts) -> Findings {
    let mut findings = Findings::default();
    findings
        .blockers
        .extend(region_not_offered(plan, spec, facts));
    findings.blockers.extend(workspace_elsewhere(spec, facts));
    findings
        .blockers
        .extend(nodes_out_of_reach(plan, spec, facts));
    findings
}

fn region_not_offered(plan: &Plan, spec: &Spec, facts: &Facts) -> Option<Blocker> {
    let providers = facts.providers.known()?;
    let monitor = providers
        .iter()
        .find(|provider| provider.namespace == providers::MONITOR)?;
    // Read from the provider and not from a list of our own: regions are added over time, and each cloud has others.
    let offered = &monitor.workspace_regions;
    if !plan.needs("workspace") || offered.is_empty() || offered.contains(&spec.location) {
        return None;
    }
    let list: Vec<&str> = offered
        .iter()
        .map(crate::spec::ids::Region::as_str)
        .collect();
    Some(Blocker::new(
        "workspace",
        format!(
            "Azure Monitor workspaces are not offered in {}{}",
            spec.location,
            did_you_mean(spec.location.as_str(), list.iter().copied())
        ),
        format!(
            "choose a region for the workspace with --location (Prometheus may run elsewhere), one of: {}",
            list.join(", ")
        ),
    ))
}

fn workspace_elsewhere(spec: &Spec, facts: &Facts) -> Option<Blocker> {
    let found = facts.workspace.known()?;
    // Azure would refuse with 409 InvalidResourceLocation: a name is unique in its resource group, whatever the region.
    (spec.location_asked && found.region != spec.location).then(|| {
        Blocker::new(
            "workspace",
            format!(
                "`{}` exists in {}, and {} was asked for",
                spec.workspace.name(),
                found.region,
                spec.location
            ),
            format!(
                "use it where it is: {}; or name another one: --workspace NAME",
                option("--location", &found.region)
            ),
        )
    })
}

/// Where the nodes cannot be given an identity.
pub(super) fn other_method(spec: &Spec) -> String {
    let others = support::without_machines(support::sign_ins(spec.platform.kind(), spec.path));
    format!("use another sign-in method: {others}")
}

fn nodes_out_of_reach(plan: &Plan, spec: &Spec, facts: &Facts) -> Option<Blocker> {
    let sets = facts.scale_sets.known()?;
    let locked = facts
        .cluster
        .known()
        .is_some_and(|cluster| cluster.node_group_locked);
    // Pools of type `VirtualMachines` or availability sets, and nodes of node auto-provisioning, are single machines
    // that come and go; an identity on them would not last.
    let why = if sets.is_empty() {
        format!(
            "cluster `{}` has no scale set: its nodes are single virtual machines",
            spec.platform.name()
        )
    // `restrictionLevel: ReadOnly`, always set for AKS Automatic, puts a deny assignment on the node resource group.
    } else if locked && plan.needs("node-identity") {
        format!(
            "cluster `{}` locks its node resource group, so no identity can be added to its nodes",
            spec.platform.name()
        )
    } else {
        return None;
    };
    Some(Blocker::new("node-identity", why, other_method(spec)))
}

/// Adds what rights, deny assignments and locks rule out.
pub(super) fn from_access(
    mut findings: Findings,
    needs: &[NeededRight],
    access: &[(ResourceId, ScopeAccess)],
    other_method: &str,
) -> Findings {
    for need in needs {
        let Some((_, access)) = access
            .iter()
            .find(|(scope, _)| *scope == need.requirement.scope)
        else {
            continue;
        };
        // These two win over any role, and their remedy is another one, so they are reported first.
        if let Some(blocker) = denied(need, access, other_method).or_else(|| locked(need, access)) {
            findings.blockers.push(blocker);
            continue;
        }
        let Requirement { action, scope } = &need.requirement;
        match rights::allowed(&access.permissions, action) {
            Allowed::Yes => {}
            // A delegated administrator may only grant certain roles. The condition is an expression over the request,
            // which only Azure evaluates.
            Allowed::Conditional => findings.warnings.push(format!(
                "{}: your right to {action} on {scope} has a condition, which only Azure can check",
                need.step
            )),
            Allowed::No => findings.blockers.push(
                Blocker::new(
                    need.step,
                    format!("you lack {action} on {scope}"),
                    format!(
                        "ask an owner for the role \"{}\" on {scope}",
                        least_role(action)
                    ),
                )
                .of_rights(),
            ),
        }
    }
    findings
}

fn denied(need: &NeededRight, access: &ScopeAccess, other_method: &str) -> Option<Blocker> {
    let Requirement { action, scope } = &need.requirement;
    let denial = access
        .denials
        .iter()
        .find(|denial| rights::allowed(&denial.permissions, action) != Allowed::No)?;
    Some(
        Blocker::new(
            need.step,
            format!(
                "deny assignment `{}` forbids {action} on {scope}, whatever role you have",
                denial.name
            ),
            // The node resource group belongs to AKS, so the user cannot choose another one for the nodes.
            if need.step == "node-identity" {
                other_method.to_owned()
            } else {
                "choose another resource group: --resource-group NAME".to_owned()
            },
        )
        .of_rights(),
    )
}

fn locked(need: &NeededRight, access: &ScopeAccess) -> Option<Blocker> {
    let lock = access.locks.iter().find(|lock| lock.is_read_only())?;
    Some(Blocker::new(need.step, format!("lock `{}` makes {} read-only", lock.name, lock.scope), format!(
            "remove the lock `{}` temporarily, or use another resource group: --resource-group NAME",
            lock.name
        )).of_rights())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{DenyAssignment, Fact, Lock, Permission};
    use crate::spec::ids::Region;
    use crate::steps::{examples, plan, steps_for};

    fn need() -> NeededRight {
        let scope = examples::everything_in_place()
            .workspace
            .known()
            .unwrap()
            .rule
            .id
            .clone();
        let action = "Microsoft.Authorization/roleAssignments/write".to_owned();
        NeededRight {
            step: "role-assignment",
            requirement: Requirement { action, scope },
        }
    }

    fn may(actions: &[&str]) -> Vec<Permission> {
        let actions = actions.iter().map(ToString::to_string).collect();
        vec![Permission {
            actions,
            not_actions: Vec::new(),
            condition: None,
        }]
    }

    fn judged(access: ScopeAccess) -> Findings {
        from_access(
            Findings::default(),
            &[need()],
            &[(need().requirement.scope, access)],
            "use another method",
        )
    }

    #[test]
    fn a_missing_right_names_the_action_the_scope_and_a_role_that_has_it() {
        let findings = judged(ScopeAccess {
            permissions: may(&["Microsoft.Monitor/*"]),
            ..ScopeAccess::default()
        });

        assert!(
            findings.blockers[0]
                .problem
                .why()
                .contains("Microsoft.Authorization/roleAssignments/write")
        );
        assert!(
            findings.blockers[0].problem.next_steps()[0]
                .line()
                .contains("Role Based Access Control Administrator")
        );
    }

    #[test]
    fn a_deny_assignment_beats_an_owner() {
        let denial = DenyAssignment {
            name: "managed by Azure".into(),
            permissions: may(&["*/write"]),
            ..DenyAssignment::default()
        };

        let findings = judged(ScopeAccess {
            permissions: may(&["*"]),
            denials: vec![denial],
            ..ScopeAccess::default()
        });

        assert!(
            findings.blockers[0]
                .problem
                .why()
                .contains("managed by Azure")
        );
    }

    #[test]
    fn a_lock_against_deletion_stops_nothing_and_a_read_only_lock_everything() {
        let lock = |read_only| Lock {
            name: "keep".into(),
            scope: "rg-prod".into(),
            level: if read_only {
                "ReadOnly"
            } else {
                "CanNotDelete"
            }
            .into(),
        };
        let with = |read_only| {
            judged(ScopeAccess {
                permissions: may(&["*"]),
                locks: vec![lock(read_only)],
                ..ScopeAccess::default()
            })
        };

        assert!(with(false).blockers.is_empty());
        assert!(with(true).blockers[0].problem.why().contains("keep"));
    }

    #[test]
    fn a_region_without_workspaces_is_found_before_the_first_write() {
        let spec = Spec {
            location: Region::parse("polandcentral").unwrap(),
            ..examples::spec()
        };
        let facts = Facts {
            providers: Fact::Known(vec![examples::provider(providers::MONITOR, true)]),
            ..Facts::default()
        };
        let plan = plan(&steps_for(spec.method_on_platform()), &spec, &facts);

        let findings = from_facts(&plan, &spec, &facts);

        assert!(findings.blockers[0].problem.why().contains("polandcentral"));
        assert!(
            findings.blockers[0].problem.next_steps()[0]
                .line()
                .contains("westeurope")
        );
    }

    #[test]
    fn a_workspace_in_another_region_is_a_contradiction_only_when_a_region_was_asked_for() {
        let facts = examples::everything_in_place();
        let elsewhere = Spec {
            location: Region::parse("northeurope").unwrap(),
            ..examples::spec()
        };
        let asked = Spec {
            location_asked: true,
            ..elsewhere.clone()
        };

        assert!(
            from_facts(&Plan::default(), &elsewhere, &facts)
                .blockers
                .is_empty()
        );
        assert!(
            from_facts(&Plan::default(), &asked, &facts).blockers[0]
                .problem
                .why()
                .contains("exists in westeurope")
        );
    }
}
