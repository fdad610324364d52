//! Asks for approval of a plan, applies it, and reports the result of each step.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::azure::Writer;
use crate::error::Failure;
use crate::next_step::NextStep;
use crate::plan::approval::{ApprovalQuestion, ApprovedPlan};
use crate::plan::change::{Plan, PlannedStep};
use crate::progress::Progress;
use crate::secret_file::SecretFile;
use crate::spec::command_line::own;
use crate::steps::{self, StepOutcome, StepResult, Tools};
use crate::workflow::adoption;
use crate::workflow::console::{self, Console};
use crate::workflow::found_trust;
use crate::workflow::plan_document::step_records;
use crate::workflow::planned_connection::PlannedConnection;
use crate::workflow::session::Session;

/// The step whose result is a secret that Entra shows only once.
const CLIENT_SECRET: &str = "client-secret";

/// A plan that was applied to its end.
pub(crate) struct AppliedPlan {
    pub(crate) results: Vec<StepResult>,
    took: Duration,
    secret_file: SecretFile,
}

/// Finds out, before the first write, whether a new client secret can be kept. Adds its warnings to the plan.
pub(crate) fn check_secret_file(planned: &mut PlannedConnection) -> Result<(), Failure> {
    if planned.plan.steps.iter().any(makes_secret) {
        let warning = planned.resolved.secret_file.check()?;
        planned.plan.warnings.extend(warning);
    }
    Ok(())
}

fn makes_secret(step: &PlannedStep) -> bool {
    step.id == CLIENT_SECRET && step.change.is_needed()
}

/// Asks for every approval that the plan needs. `enable_oidc_issuer` is the flag that consents to the permanent change.
/// `file` is the file that changes afterwards; at a terminal it is asked about too.
pub(crate) fn approve(
    console: &impl Console,
    plan: &Plan,
    enable_oidc_issuer: bool,
    spec_file: &Path,
    file: Option<&str>,
) -> Result<ApprovedPlan, Failure> {
    let and_file = file.map_or_else(String::new, |file| format!(" and write {file}"));
    let approved = ApprovedPlan::ask(plan, |question| match question {
        ApprovalQuestion::Adoption(adopted) => {
            adoption::approve(console, adopted, plan.trusts(), spec_file)
        }
        ApprovalQuestion::Trust(trust) => found_trust::approve(console, trust, spec_file),
        // AKS never turns the issuer off again, so `--yes` alone does not include it.
        ApprovalQuestion::Irreversible(_) if enable_oidc_issuer => Ok(true),
        ApprovalQuestion::Irreversible(warning) => {
            console::consent(console, warning, "--enable-oidc-issuer")
        }
        ApprovalQuestion::Changes(1) => console::confirm(
            console,
            "apply 1 change",
            &format!("Make this change{and_file}?"),
        ),
        ApprovalQuestion::Changes(changes) => console::confirm(
            console,
            &format!("apply {changes} changes"),
            &format!("Make these {changes} changes{and_file}?"),
        ),
    })?;
    let only_file = file.filter(|_| plan.changes() == 0);
    let approved = match only_file {
        Some(file) if !approve_file(console, file)? => None,
        _ => approved,
    };
    approved.ok_or_else(|| Failure::interrupted().reason("nothing was changed"))
}

/// Whether a file may be changed where Azure needs no change. Without a terminal, the flag that names the file allows it.
fn approve_file(console: &impl Console, file: &str) -> Result<bool, Failure> {
    match console.can_ask() && !console.answers_yes() {
        true => console.ask(&format!("Write {file}?"), false),
        false => Ok(true),
    }
}

/// Applies the plan; afterwards the facts of the connection hold what was created.
pub(crate) async fn apply(
    session: &Session,
    planned: &mut PlannedConnection,
    approved: &ApprovedPlan,
    progress: &dyn Progress,
    interrupted: &(dyn Fn() -> bool + Sync),
) -> Result<AppliedPlan, Failure> {
    let start = Instant::now();
    // Also where nothing changes: an earlier run may have been killed after its last request.
    planned.resolved.secret_file.sweep();
    let writer = Writer::new(session.azure.clone(), approved);
    let tools = Tools {
        azure: &writer,
        secret_file: &planned.resolved.secret_file,
        progress,
    };
    let spec = &planned.resolved.spec;
    let facts = planned.facts.clone();
    let applied = steps::apply(&planned.steps, approved, &tools, spec, facts, interrupted).await;
    let mut applied = applied.map_err(|stopped| {
        let steps = step_records(&stopped.results);
        let failure = stopped.failure.with_steps(steps);
        failure.reason(progress_of(&stopped.results))
    })?;
    planned.facts = applied.facts;
    // Planned again with what exists now: Azure chooses some ids at the creation.
    let after = steps::plan(&planned.steps, &planned.resolved.spec, &planned.facts);
    name_created(&mut applied.results, &after);
    Ok(AppliedPlan {
        results: applied.results,
        took: start.elapsed(),
        secret_file: planned.resolved.secret_file.clone(),
    })
}

/// Adds how to go on, where going on can help.
pub(crate) fn continued(failure: Failure, planned: &PlannedConnection) -> Failure {
    if !planned.left_out.is_empty() {
        let left_out = planned.left_out.iter();
        return left_out.fold(failure, |failure, id| {
            let first =
                format!("step `{id}` has not run, and this one needs it: run that one first");
            failure.next(NextStep::run(first, own::apply_only(id)))
        });
    }
    let next = || found_trust::continuation(&planned.plan, &planned.resolved);
    match failure.is_continued() {
        true => failure.next(next()),
        false => failure,
    }
}

/// A resource that a plan can only describe has an id once it is created.
fn name_created(results: &mut [StepResult], after: &Plan) {
    for result in results {
        let created = after.steps.iter().find(|step| step.id == result.planned.id);
        if let Some(created) = created.filter(|_| result.outcome == StepOutcome::Done) {
            let resource = &created.change.resource;
            result.planned.change.resource.clone_from(resource);
        }
    }
}

impl AppliedPlan {
    /// Sentences for the user.
    pub(crate) fn summary(&self) -> Vec<String> {
        let is_done = |result: &&StepResult| result.outcome == StepOutcome::Done;
        let done: Vec<&StepResult> = self.results.iter().filter(is_done).collect();
        let plural = if done.len() == 1 { "" } else { "s" };
        let changes = (!done.is_empty()).then(|| {
            let seconds = self.took.as_secs_f64();
            format!("Done: {} change{plural} in {seconds:.1} s.", done.len())
        });
        let has_secret = done.iter().any(|one| one.planned.id == CLIENT_SECRET);
        let secret = has_secret.then(|| place_of_secret(&self.secret_file));
        changes.into_iter().chain(secret).collect()
    }
}

fn place_of_secret(secret_file: &SecretFile) -> String {
    match secret_file.path() {
        Some(path) => format!(
            "The client secret is in {}, which only you can read. Keep it: Entra does not show it again.",
            path.display()
        ),
        None => "The client secret ends with this command, like the sandbox.".to_owned(),
    }
}

/// Every planned step that has to run is in one of the three lists.
fn progress_of(results: &[StepResult]) -> String {
    let named = |outcome: StepOutcome, label: &str| {
        let of_outcome = results.iter().filter(|result| result.outcome == outcome);
        let ids: Vec<&str> = of_outcome.map(|result| result.planned.id).collect();
        (!ids.is_empty()).then(|| format!("{label}: {}", ids.join(", ")))
    };
    let done = named(StepOutcome::Done, "done").unwrap_or_else(|| "done: nothing".to_owned());
    let lists = [
        Some(done),
        named(StepOutcome::Failed, "failed"),
        named(StepOutcome::NotStarted, "not started"),
    ];
    lists.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::change::{Change, GrantedAccess};
    use crate::workflow::fake_console::FakeConsole;

    fn step(id: &'static str, change: Change) -> PlannedStep {
        PlannedStep {
            id,
            grants: GrantedAccess::None,
            change,
        }
    }

    fn result(id: &'static str, outcome: StepOutcome) -> StepResult {
        StepResult {
            planned: step(id, Change::create("described", "why")),
            outcome,
            took: Duration::ZERO,
            problem: None,
        }
    }

    fn plan(steps: Vec<PlannedStep>) -> Plan {
        Plan {
            steps,
            ..Plan::default()
        }
    }

    fn permanent() -> Plan {
        let issuer = Change::update("aks-prod", "off").irreversible("It is permanent");
        plan(vec![step("token-issuer", issuer)])
    }

    #[test]
    fn yes_approves_changes_and_the_permanent_one_needs_its_flag() {
        let console = FakeConsole::with_yes();

        let refused = approve(&console, &permanent(), false, Path::new("x"), None).unwrap_err();

        assert_eq!(
            refused.next_steps(),
            ["only if that change may be made: amw-rw apply --enable-oidc-issuer"]
        );
        assert_eq!(
            approve(&console, &permanent(), true, Path::new("x"), None)
                .unwrap()
                .plan()
                .changes(),
            1
        );
    }

    #[test]
    fn a_no_changes_nothing() {
        let console = FakeConsole::answering(false);
        let changes = ["a", "b"].map(|id| step(id, Change::create(id, "missing")));

        let declined = approve(
            &console,
            &plan(changes.to_vec()),
            false,
            Path::new("x"),
            None,
        )
        .unwrap_err();

        assert!(declined.is_interruption());
        assert_eq!(*console.asked.borrow(), ["Make these 2 changes?"]);
    }

    #[test]
    fn at_a_terminal_a_file_is_asked_about_with_the_changes_or_alone() {
        let ask = |plan: &Plan, console: &FakeConsole| {
            approve(console, plan, false, Path::new("x"), Some("values.yaml")).is_ok()
        };
        let (change, none) = (
            plan(vec![step("a", Change::create("a", "b"))]),
            plan(vec![]),
        );

        let console = FakeConsole::answering(false);
        assert!(!ask(&change, &console) && !ask(&none, &console));
        assert_eq!(
            *console.asked.borrow(),
            [
                "Make this change and write values.yaml?",
                "Write values.yaml?"
            ]
        );
        let enter = FakeConsole::pressing_enter();
        assert!(!ask(&change, &enter) && !ask(&none, &enter));
        // Without a terminal a flag has named the file, and there is no other change to confirm.
        assert!(ask(&none, &FakeConsole::silent()) && ask(&none, &FakeConsole::with_yes()));
    }

    #[test]
    fn the_report_of_a_stopped_run_lists_each_step_once() {
        let results = [
            result("workspace", StepOutcome::Done),
            result("identity", StepOutcome::Kept),
            result("role-assignment", StepOutcome::Failed),
            result("client-secret", StepOutcome::NotStarted),
        ];

        assert_eq!(
            progress_of(&results),
            "done: workspace; failed: role-assignment; not started: client-secret"
        );
        assert_eq!(progress_of(&[]), "done: nothing");
    }

    #[test]
    fn a_created_resource_gets_the_name_of_the_later_plan() {
        let mut results = [
            result("workspace", StepOutcome::Done),
            result("rule", StepOutcome::Kept),
        ];
        let after = plan(vec![
            step("workspace", Change::keep("/subscriptions/1/w", "exists")),
            step("rule", Change::keep("/subscriptions/1/r", "exists")),
        ]);

        name_created(&mut results, &after);

        let names = results.map(|result| result.planned.change.resource);
        assert_eq!(names, ["/subscriptions/1/w", "described"]);
    }

    #[test]
    fn the_place_of_a_new_secret_is_reported_and_an_old_one_is_not() {
        let applied = |outcome| AppliedPlan {
            results: vec![result(CLIENT_SECRET, outcome)],
            took: Duration::from_secs(2),
            secret_file: SecretFile::in_memory(),
        };

        assert_eq!(
            applied(StepOutcome::Done).summary(),
            [
                "Done: 1 change in 2.0 s.",
                "The client secret ends with this command, like the sandbox."
            ]
        );
        assert!(applied(StepOutcome::Kept).summary().is_empty());
    }
}
