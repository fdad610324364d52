//! Did the user agree to this plan? Nothing is written to Azure without an `Approved`, and only the answers to these questions make one.

use super::change::Plan;

/// What has to be agreed to before a plan is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ApprovalQuestion<'a> {
    /// A change that cannot be undone, with the warning that the user has to know.
    Irreversible(&'a str),
    /// All changes of the plan.
    Changes(usize),
}

/// A plan that the user agreed to.
#[derive(Debug)]
pub(crate) struct Approved {
    plan: Plan,
}

impl Approved {
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
        for consent in irreversible.filter(|_| changes > 0).chain(all) {
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
    use crate::plan::change::{Change, PlannedStep};

    fn plan(changes: Vec<Change>) -> Plan {
        let steps = changes.into_iter();
        Plan {
            steps: steps
                .map(|change| PlannedStep { id: "x", change })
                .collect(),
            ..Plan::default()
        }
    }

    fn asked(plan: &Plan, answer: bool) -> (Vec<String>, bool) {
        let mut asked = Vec::new();
        let approved = Approved::ask(plan, |consent| {
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

    #[test]
    fn a_plan_without_changes_is_approved_without_a_question() {
        assert_eq!(
            asked(&plan(vec![Change::keep("a", "b")]), false),
            (vec![], true)
        );
    }
}
