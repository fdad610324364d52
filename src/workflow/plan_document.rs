//! The JSON documents of a plan and of its steps: `amw-rw/plan/v1`, `amw-rw/apply/v1`.

use serde::Serialize;

use crate::plan::change::{Action, Plan, PlannedStep};
use crate::preflight::Blocker;
use crate::problem::Problem;
use crate::steps::{StepOutcome, StepResult};
use crate::workflow::proposal::TargetDocument;

/// `amw-rw/plan/v1`.
#[derive(Debug, Serialize)]
pub(crate) struct PlanDocument {
    schema: &'static str,
    /// How many steps change something.
    changes: usize,
    steps: Vec<StepDocument>,
    warnings: Vec<String>,
    /// Why steps cannot succeed, as found before the first write.
    preflight: Vec<FindingDocument>,
    target: Option<TargetDocument>,
}

/// `amw-rw/apply/v1`.
#[derive(Debug, Serialize)]
pub(crate) struct ApplyDocument {
    schema: &'static str,
    steps: Vec<StepDocument>,
}

/// A reason why a step cannot succeed.
#[derive(Debug, Serialize)]
struct FindingDocument {
    step: &'static str,
    #[serde(flatten)]
    problem: ProblemDocument,
}

#[derive(Debug, Serialize)]
struct ProblemDocument {
    because: Vec<String>,
    next: Vec<String>,
}

impl ProblemDocument {
    fn new(problem: &Problem) -> Self {
        Self {
            because: problem.reasons().to_vec(),
            next: problem.next_steps().to_vec(),
        }
    }
}

/// One step of a plan, or its result.
#[derive(Debug, Serialize)]
pub(crate) struct StepDocument {
    id: &'static str,
    resource: String,
    action: Action,
    why: String,
    /// A warning where the change is permanent.
    #[serde(skip_serializing_if = "Option::is_none")]
    irreversible: Option<String>,
    /// The result of a step that ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
    /// Why it failed, or cannot succeed.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<ProblemDocument>,
}

impl PlanDocument {
    pub(crate) fn new(plan: &Plan, blockers: &[Blocker], target: Option<TargetDocument>) -> Self {
        let steps = plan.steps.iter();
        Self {
            schema: "amw-rw/plan/v1",
            changes: plan.changes(),
            steps: steps.map(|step| StepDocument::new(step, None)).collect(),
            warnings: plan.warnings.clone(),
            preflight: blockers
                .iter()
                .map(|blocker| FindingDocument {
                    step: blocker.step,
                    problem: ProblemDocument::new(&blocker.problem),
                })
                .collect(),
            target,
        }
    }
}

impl ApplyDocument {
    pub(crate) fn new(results: &[StepResult]) -> Self {
        Self {
            schema: "amw-rw/apply/v1",
            steps: StepDocument::of_results(results),
        }
    }
}

impl StepDocument {
    fn new(step: &PlannedStep, outcome: Option<&'static str>) -> Self {
        Self {
            id: step.id,
            resource: step.change.resource.clone(),
            action: step.change.action,
            why: step.change.why.clone(),
            irreversible: step.change.irreversible.clone(),
            outcome,
            problem: None,
        }
    }

    /// The steps of a plan that was not applied, each with what stands in its way.
    pub(crate) fn not_run(plan: &Plan, blockers: &[Blocker]) -> Vec<Self> {
        let of_step = |step: &PlannedStep| {
            let blocker = blockers.iter().find(|blocker| blocker.step == step.id);
            let outcome = match step.change.is_needed() {
                true => StepOutcome::NotStarted,
                false => StepOutcome::Kept,
            };
            Self {
                problem: blocker.map(|blocker| ProblemDocument::new(&blocker.problem)),
                ..Self::new(step, Some(outcome.as_str()))
            }
        };
        plan.steps.iter().map(of_step).collect()
    }

    pub(crate) fn of_results(results: &[StepResult]) -> Vec<Self> {
        let results = results.iter();
        results
            .map(|result| Self {
                problem: result.problem.as_ref().map(ProblemDocument::new),
                ..Self::new(&result.planned, Some(result.outcome.as_str()))
            })
            .collect()
    }
}
