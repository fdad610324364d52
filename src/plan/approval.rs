//! Did the user agree to this plan? Nothing is written to Azure without an `ApprovedPlan`, and only the answers to these questions make one.

use super::change::{AdoptedIdentity, FoundTrust, Plan};

/// What has to be agreed to before a plan is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ApprovalQuestion<'a> {
    /// An identity that a spec file names and that is not one of ours gets access.
    Adoption(&'a AdoptedIdentity),
    /// Pods that a spec file names may sign in as an identity that exists.
    Trust(&'a FoundTrust),
    /// A change that cannot be undone, with the warning that the user has to know.
    Irreversible(&'a str),
    /// All changes of the plan.
    Changes(usize),
}

/// A plan that the user agreed to.
#[derive(Debug)]
pub(crate) struct ApprovedPlan {
    plan: Plan,
}

impl ApprovedPlan {
    /// Asks for every consent that `plan` needs; `None` after the first that is refused. A plan without changes needs none.
    pub(crate) fn ask<E>(
        plan: &Plan,
        mut agrees: impl FnMut(ApprovalQuestion<'_>) -> Result<bool, E>,
    ) -> Result<Option<Self>, E> {
        let irreversible = plan.steps.iter().filter_map(|step| {
            let warning = step.change.irreversible.as_deref()?;
            Some(ApprovalQuestion::Irreversible(warning))
        });
        let changes = plan.changes();
        let all = (changes > 0).then_some(ApprovalQuestion::Changes(changes));
        let adoption = plan.adopts().map(ApprovalQuestion::Adoption);
        let trust = plan.trusts().map(ApprovalQuestion::Trust);
        let irreversible = irreversible.filter(|_| changes > 0);
        // A spec file that was only found may be another person's: what it gives access to is asked first, so that no one
        // agrees to it with the rest.
        let of_found_file = adoption.into_iter().chain(trust);
        for consent in of_found_file.chain(irreversible).chain(all) {
            if !agrees(consent)? {
                return Ok(None);
            }
        }
        Ok(Some(Self { plan: plan.clone() }))
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    #[cfg(test)]
    pub(crate) fn empty() -> Self {
        Self {
            plan: Plan::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::plan::change::{Change, GrantedAccess, PlannedStep};

    fn plan(changes: Vec<Change>) -> Plan {
        let steps = changes.into_iter();
        Plan {
            steps: steps
                .map(|change| PlannedStep {
                    id: "x",
                    grants: GrantedAccess::None,
                    change,
                })
                .collect(),
            ..Plan::default()
        }
    }

    fn asked(plan: &Plan, answer: bool) -> (Vec<String>, bool) {
        let mut asked = Vec::new();
        let approved = ApprovedPlan::ask(plan, |consent| {
            asked.push(format!("{consent:?}"));
            Ok::<_, Infallible>(answer)
        });
        (asked, approved.unwrap().is_some())
    }

    #[test]
    fn a_change_that_cannot_be_undone_is_asked_about_before_all_changes() {
        let plan = plan(vec![Change::update("a", "b").irreversible("forever")]);

        let (questions, approved) = asked(&plan, true);

        assert_eq!(questions, ["Irreversible(\"forever\")", "Changes(1)"]);
        assert!(approved);
    }

    #[test]
    fn after_the_first_no_nothing_more_is_asked_and_nothing_is_approved() {
        let plan = plan(vec![Change::update("a", "b").irreversible("forever")]);

        let (questions, approved) = asked(&plan, false);

        assert_eq!(questions.len(), 1);
        assert!(!approved);
    }

    fn step(grants: GrantedAccess, change: Change) -> PlannedStep {
        PlannedStep {
            id: "x",
            grants,
            change,
        }
    }

    #[test]
    fn an_adopted_identity_is_asked_about_only_where_it_gets_something() {
        let adopting = |grants, change| Plan {
            steps: vec![step(grants, change)],
            adopted: Some(AdoptedIdentity {
                kind: "application",
                identity: "55555555-5555-5555-5555-555555555555".into(),
                about: "it is owned by mallory".into(),
            }),
            ..Plan::default()
        };
        let is_asked = |plan: &Plan| asked(plan, true).0[0].starts_with("Adoption");

        for grants in [
            GrantedAccess::Right,
            GrantedAccess::IdentityToPods,
            GrantedAccess::IdentityToNodes,
            GrantedAccess::Credential,
        ] {
            let plan = adopting(grants, Change::update("a", "b"));
            assert!(is_asked(&plan), "{grants:?}");
        }
        let of_workspace = adopting(GrantedAccess::None, Change::create("a", "b"));
        assert!(!is_asked(&of_workspace));
        let nothing = adopting(GrantedAccess::Right, Change::keep("a", "b"));
        assert!(asked(&nothing, true).0.is_empty());
    }

    #[test]
    fn a_choice_of_a_found_file_is_asked_about_only_where_it_adds_a_way_to_sign_in() {
        let trusting = |grants, change| Plan {
            steps: vec![step(grants, change)],
            trust: Some(FoundTrust {
                grants,
                about: "it would trust evil".into(),
                options: vec![("--service-account", "evil/evil".into())],
            }),
            ..Plan::default()
        };
        let is_asked = |grants, change| {
            let (questions, _) = asked(&trusting(grants, change), true);
            questions.iter().any(|one| one.starts_with("Trust"))
        };

        for grants in [
            GrantedAccess::IdentityToPods,
            GrantedAccess::IdentityToNodes,
        ] {
            for change in [Change::create("a", "b"), Change::update("a", "b")] {
                assert!(is_asked(grants, change), "{grants:?}");
            }
            assert!(!is_asked(grants, Change::keep("a", "b")), "{grants:?}");
        }
        assert!(is_asked(
            GrantedAccess::Credential,
            Change::create("a", "b")
        ));
        let removal = Change::update("a", "remove a secret");
        assert!(!is_asked(GrantedAccess::Credential, removal));
        for grants in [GrantedAccess::None, GrantedAccess::Right] {
            assert!(!is_asked(grants, Change::create("a", "b")), "{grants:?}");
        }
    }

    #[test]
    fn a_plan_without_changes_is_approved_without_a_question() {
        assert_eq!(
            asked(&plan(vec![Change::keep("a", "b")]), false),
            (vec![], true)
        );
    }
}
