//! The JSON documents of a plan and of its steps: `amw-rw/plan/v1`, `amw-rw/apply/v1`.

use serde::Serialize;

use crate::plan::change::{Action, Plan, PlannedStep};
use crate::steps::StepResult;
use crate::workflow::proposal::TargetDocument;

/// `amw-rw/plan/v1`.
#[derive(Debug, Serialize)]
pub(crate) struct PlanDocument {
    schema: &'static str,
    /// How many steps change something.
    changes: usize,
    steps: Vec<StepDocument>,
    warnings: Vec<String>,
    target: Option<TargetDocument>,
}

/// `amw-rw/apply/v1`.
#[derive(Debug, Serialize)]
pub(crate) struct ApplyDocument {
    schema: &'static str,
    steps: Vec<StepDocument>,
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
}

impl PlanDocument {
    pub(crate) fn new(plan: &Plan, target: Option<TargetDocument>) -> Self {
        let steps = plan.steps.iter();
        Self {
            schema: "amw-rw/plan/v1",
            changes: plan.changes(),
            steps: steps.map(|step| StepDocument::new(step, None)).collect(),
            warnings: plan.warnings.clone(),
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
        }
    }

    pub(crate) fn of_results(results: &[StepResult]) -> Vec<Self> {
        let results = results.iter();
        results
            .map(|result| Self::new(&result.planned, Some(result.outcome.as_str())))
            .collect()
    }
}
