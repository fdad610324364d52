//! How do steps become one run? Observe all, plan all, apply what is needed; and report what was done when it stops half-way.

use std::time::{Duration, Instant};

use super::list::observes_after;
use super::order::{self, WorkItem};
use super::{Step, Tools};
use crate::azure::Reader;
use crate::error::Failure;
use crate::facts::Facts;
use crate::plan::approval::ApprovedPlan;
use crate::plan::change::{Action, Change, Plan, PlannedStep};
use crate::problem::Problem;
use crate::progress::{LineEnd, ProgressLine};
use crate::spec::Spec;
use crate::spec::ids::ResourceId;

/// Looks at everything the steps own, side by side, starting from what is already known.
pub(crate) async fn observe(
    steps: &[&'static dyn Step],
    azure: &Reader,
    spec: &Spec,
    known: Facts,
) -> Result<Facts, Failure> {
    let facts = std::cell::RefCell::new(known);
    let mut failure = None;
    let pieces = steps
        .iter()
        .map(|step| WorkItem {
            name: step.id(),
            after: observes_after(*step),
            work: *step,
        })
        .collect();
    order::run(
        pieces,
        |step| {
            let so_far = facts.borrow().clone();
            async move { step.observe(azure, spec, &so_far).await }
        },
        |seen| match seen {
            Ok(seen) => {
                facts.borrow_mut().absorb(seen);
                true
            }
            Err(error) => {
                // The first failure is the one to report; looks that were running at that time still end.
                failure.get_or_insert(error);
                false
            }
        },
    )
    .await;
    failure.map_or_else(|| Ok(facts.into_inner()), Err)
}

/// Decides every step from the facts.
pub(crate) fn plan(steps: &[&'static dyn Step], spec: &Spec, facts: &Facts) -> Plan {
    let steps = steps
        .iter()
        .map(|step| PlannedStep {
            id: step.id(),
            grants: step.grants(),
            change: step.plan(spec, facts),
        })
        .collect();
    Plan {
        steps,
        ..Plan::default()
    }
}

/// What became of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StepOutcome {
    /// It was already right.
    Kept,
    Done,
    Failed,
    NotStarted,
}

impl StepOutcome {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::NotStarted => "not-run",
        }
    }
}

/// One step after the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StepResult {
    pub(crate) planned: PlannedStep,
    pub(crate) outcome: StepOutcome,
    pub(crate) took: Duration,
    /// Why it failed.
    pub(crate) problem: Option<Problem>,
}

/// Everything is in place: the facts hold what was found and what was made.
#[derive(Debug)]
pub(crate) struct AppliedSteps {
    pub(crate) facts: Facts,
    pub(crate) results: Vec<StepResult>,
}

/// The run ended before its end; what was done stays done, and running again continues from there.
#[derive(Debug)]
pub(crate) struct Stopped {
    pub(crate) failure: Failure,
    pub(crate) results: Vec<StepResult>,
}

/// Applies the approved plan, side by side where steps do not need each other. `interrupted` is asked before each start.
pub(crate) async fn apply(
    steps: &[&'static dyn Step],
    approved: &ApprovedPlan,
    tools: &Tools<'_>,
    spec: &Spec,
    known: Facts,
    interrupted: &(dyn Fn() -> bool + Sync),
) -> Result<AppliedSteps, Box<Stopped>> {
    let facts = std::cell::RefCell::new(known);
    let plan = approved.plan();
    let mut results: Vec<StepResult> = plan.steps.iter().map(before_the_run).collect();
    let mut failure = None;
    let pieces = steps
        .iter()
        .filter(|step| plan.needs(step.id()))
        .map(|step| WorkItem {
            name: step.id(),
            after: step.applies_after().to_vec(),
            work: *step,
        })
        .collect();
    order::run(
        pieces,
        |step| {
            let so_far = facts.borrow().clone();
            async move {
                (
                    step.id(),
                    attempt(step, tools, spec, &so_far, interrupted).await,
                )
            }
        },
        |(id, (outcome, took, result))| {
            if let Some(entry) = results.iter_mut().find(|entry| entry.planned.id == id) {
                (entry.outcome, entry.took) = (outcome, took);
                let failed = result
                    .as_ref()
                    .err()
                    .filter(|_| outcome == StepOutcome::Failed);
                entry.problem = failed.map(|failure| failure.cause().clone());
            }
            match result {
                Ok(made) => facts.borrow_mut().absorb(made),
                // The first failure explains the others, which are often its consequences.
                Err(error) => drop(failure.get_or_insert(error)),
            }
            outcome == StepOutcome::Done
        },
    )
    .await;
    match failure {
        None => Ok(AppliedSteps {
            facts: facts.into_inner(),
            results,
        }),
        Some(failure) => Err(Box::new(Stopped { failure, results })),
    }
}

fn before_the_run(planned: &PlannedStep) -> StepResult {
    let outcome = if planned.change.is_needed() {
        StepOutcome::NotStarted
    } else {
        StepOutcome::Kept
    };
    StepResult {
        planned: planned.clone(),
        outcome,
        took: Duration::ZERO,
        problem: None,
    }
}

/// Completes "step: …" while it runs.
fn doing(change: &Change) -> String {
    let name = ResourceId::parse(&change.resource)
        .map_or_else(|_| change.resource.clone(), |id| id.name().to_owned());
    match change.action {
        Action::Create => format!("creating {name}"),
        Action::Update => format!("changing {name}"),
        Action::None => format!("looking at {name}"),
    }
}

async fn attempt(
    step: &dyn Step,
    tools: &Tools<'_>,
    spec: &Spec,
    facts: &Facts,
    interrupted: &(dyn Fn() -> bool + Sync),
) -> (StepOutcome, Duration, Result<Facts, Failure>) {
    if interrupted() {
        return (
            StepOutcome::NotStarted,
            Duration::ZERO,
            Err(Failure::interrupted()),
        );
    }
    let start = Instant::now();
    // Decided again with the facts of the steps before: names and ids can be known now that were not when the plan was
    // shown.
    let doing = doing(&step.plan(spec, facts));
    let line = ProgressLine::start(tools.progress, step.id(), &doing);
    let result = step.apply(tools, spec, facts).await;
    let took = start.elapsed();
    match &result {
        Ok(_) => line.end(LineEnd::Passed, "done", took),
        Err(failure) => line.end(LineEnd::Failed, &failure.to_string(), took),
    }
    (
        if result.is_ok() {
            StepOutcome::Done
        } else {
            StepOutcome::Failed
        },
        took,
        result,
    )
}
