//! The JSON documents of a plan and of its steps: `amw-rw/plan/v1`, `amw-rw/apply/v1`.

use serde::Serialize;
use serde_json::Value;

use crate::error::{ProblemDocument, StepRecord};
use crate::next_step::CurrentRun;
use crate::plan::change::{Action, Plan, PlannedStep};
use crate::preflight::Blocker;
use crate::steps::{StepOutcome, StepResult};
use crate::workflow::proposal_document::TargetDocument;

/// `amw-rw/plan/v1`.
#[derive(Debug, Serialize)]
pub(crate) struct PlanDocument {
    schema: &'static str,
    /// How many steps change something.
    changes: usize,
    steps: Vec<Value>,
    warnings: Vec<String>,
    /// Why steps cannot succeed, as found before the first write.
    preflight: Vec<FindingDocument>,
    target: Option<TargetDocument>,
}

/// `amw-rw/apply/v1`.
#[derive(Debug, Serialize)]
pub(crate) struct ApplyDocument {
    schema: &'static str,
    steps: Vec<Value>,
}

/// A reason why a step cannot succeed.
#[derive(Debug, Serialize)]
struct FindingDocument {
    step: &'static str,
    #[serde(flatten)]
    problem: ProblemDocument,
}

/// One step of a plan, or its result.
#[derive(Debug, Serialize)]
struct StepDocument {
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
}

impl PlanDocument {
    pub(crate) fn new(
        plan: &Plan,
        blockers: &[Blocker],
        target: Option<TargetDocument>,
        run: &CurrentRun,
    ) -> Self {
        let steps = plan.steps.iter().map(|step| StepDocument::new(step, None));
        Self {
            schema: "amw-rw/plan/v1",
            changes: plan.changes(),
            steps: steps
                .map(|step| StepRecord::new(&step, None).document(run))
                .collect(),
            warnings: plan.warnings.clone(),
            preflight: blockers
                .iter()
                .map(|blocker| FindingDocument {
                    step: blocker.step,
                    problem: ProblemDocument::new(&blocker.problem, run),
                })
                .collect(),
            target,
        }
    }
}

impl ApplyDocument {
    pub(crate) fn new(results: &[StepResult], run: &CurrentRun) -> Self {
        let records = step_records(results);
        Self {
            schema: "amw-rw/apply/v1",
            steps: records.iter().map(|record| record.document(run)).collect(),
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
        }
    }
}

/// The steps of a plan that was not applied, each with what blocks it.
pub(crate) fn records_not_run(plan: &Plan, blockers: &[Blocker]) -> Vec<StepRecord> {
    let of_step = |step: &PlannedStep| {
        let blocker = blockers.iter().find(|blocker| blocker.step == step.id);
        let outcome = match step.change.is_needed() {
            true => StepOutcome::NotStarted,
            false => StepOutcome::Kept,
        };
        let document = StepDocument::new(step, Some(outcome.as_str()));
        StepRecord::new(&document, blocker.map(|blocker| &blocker.problem))
    };
    plan.steps.iter().map(of_step).collect()
}

/// What became of each step.
pub(crate) fn step_records(results: &[StepResult]) -> Vec<StepRecord> {
    let of_result = |result: &StepResult| {
        let document = StepDocument::new(&result.planned, Some(result.outcome.as_str()));
        StepRecord::new(&document, result.problem.as_ref())
    };
    results.iter().map(of_result).collect()
}
