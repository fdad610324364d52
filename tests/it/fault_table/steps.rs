//! Every step of the plan × forbidden, throttled, lost reply, not found yet. The steps come from the program itself, so that a new
//! one is covered at once: it must make a request, and the run after any of these faults must end as a clean run does.

use std::collections::BTreeSet;

use super::fault::{self, FaultKind, FaultyRequest};
use super::number;
use super::outcome::EndState;
use super::run::{self, Setup, TableSignIn};
use crate::support::{JournalRequest, World, table};

const FAULTS: [FaultKind; 4] = [
    FaultKind::Forbidden,
    FaultKind::Throttled,
    FaultKind::LostReply,
    FaultKind::NotFoundYet,
];

/// Has something to do for every step: no resource group, no issuer, nothing registered. A new step that finds everything in
/// order here needs another scenario.
fn setup(sign_in: TableSignIn) -> Setup {
    Setup {
        sign_in,
        scenario: "no-oidc-issuer",
        flags: "--resource-group rg-new",
        consents: "--enable-oidc-issuer",
    }
}

/// One cell of the table.
#[derive(Debug, Clone)]
struct StepCell {
    step: String,
    sign_in: TableSignIn,
    target: FaultyRequest,
    kind: FaultKind,
}

#[test]
fn every_step_survives_every_common_fault() {
    let steps = all_steps();
    let clean = TableSignIn::ALL.map(|sign_in| (sign_in, run::clean(setup(sign_in))));
    let mut cells = Vec::new();
    for (sign_in, run) in &clean {
        let targets = fault::targets(&run.requests);
        for (step, own) in requests_by_step(*sign_in, &steps) {
            for target in own.iter().filter_map(|one| target_of(one, &targets)) {
                cells.extend(FAULTS.map(|kind| StepCell {
                    step: step.clone(),
                    sign_in: *sign_in,
                    target: target.clone(),
                    kind,
                }));
            }
        }
    }

    for step in &steps {
        assert!(
            cells.iter().any(|cell| cell.step == *step),
            "the step {step} makes no request here: extend `setup`"
        );
    }
    let chosen = match number("AMW_RW_FAULTS_EVERY", 101) {
        1 => cells,
        _ => one_of_each(&steps, &cells),
    };
    let failures = table::failures(&chosen, number("AMW_RW_FAULTS_THREADS", 8), |cell| {
        let expected: &EndState = clean
            .iter()
            .find(|(sign_in, _)| *sign_in == cell.sign_in)
            .map(|(_, run)| &run.state)
            .unwrap();
        run::with_fault(setup(cell.sign_in), &cell.target, cell.kind, expected)
            .and_then(|is_met| is_met.then_some(()).ok_or("no request met it".to_owned()))
            .map_err(|why| format!("{cell:?}: {why}"))
    });

    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// One cell for each step and fault, each from another place in the list where there are more.
fn one_of_each(steps: &[String], cells: &[StepCell]) -> Vec<StepCell> {
    let mut chosen = Vec::new();
    for (row, step) in steps.iter().enumerate() {
        for (column, kind) in FAULTS.into_iter().enumerate() {
            let fitting: Vec<&StepCell> = cells
                .iter()
                .filter(|cell| cell.step == *step && cell.kind == kind)
                .collect();
            chosen.push(fitting[(row + column) % fitting.len()].clone());
        }
    }
    chosen
}

/// The names that `--only` takes, which the program reads from its list of steps.
fn all_steps() -> Vec<String> {
    let answered = World::new().run_alone("apply --only ?").ends_with(2);
    let (_, names) = answered.stderr().split_once("[possible values: ").unwrap();
    let (names, _) = names.split_once(']').unwrap();
    names.split(", ").map(str::to_owned).collect()
}

/// Applies the steps of the plan one by one, and returns the requests that each made from its first write on. Before that it looks,
/// as every run does.
fn requests_by_step(sign_in: TableSignIn, steps: &[String]) -> Vec<(String, Vec<JournalRequest>)> {
    let setup = setup(sign_in);
    let mut world = setup.world();
    let planned = world.run(&setup.plan("-o json")).succeeds().json();
    let planned: BTreeSet<&str> = planned["steps"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|step| step["id"].as_str())
        .collect();
    let mut found = Vec::new();
    for step in steps.iter().filter(|step| planned.contains(step.as_str())) {
        let before = world.requests().len();
        world.run(&setup.apply_only(step)).succeeds();
        let requests = world.requests().split_off(before);
        let own = requests
            .into_iter()
            .skip_while(|request| !request.write)
            .collect();
        found.push((step.clone(), own));
    }
    found
}

/// The same request in the clean run. Reads come twice, before and after the write; the last one belongs to the step.
fn target_of(request: &JournalRequest, targets: &[FaultyRequest]) -> Option<FaultyRequest> {
    let mut same = targets.iter().filter(|target| {
        target.service == request.service
            && target.method == request.method
            && target.path == fault::stable_part(&request.path)
    });
    if request.write {
        same.next().cloned()
    } else {
        same.next_back().cloned()
    }
}
