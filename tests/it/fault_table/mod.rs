//! Every request of a clean run × everything that can go wrong with it: the next run must end as if nothing had happened.
//!
//! `cargo test --test it fault_table` takes a sample; `.ci/faults` takes the whole table.

mod fault;
mod outcome;
mod run;
mod steps;

use fault::{FaultKind, FaultyRequest};
use run::{Setup, TableSignIn};

use crate::support::table;

/// `cargo test` takes one cell of this many.
const SMALL_SAMPLE: usize = 101;

/// One cell of the table.
#[derive(Debug, Clone)]
struct FaultCell {
    sign_in: TableSignIn,
    target: FaultyRequest,
    kind: FaultKind,
}

#[test]
#[expect(clippy::print_stdout, reason = "how many there were is the result")]
fn after_any_fault_the_next_run_ends_as_if_nothing_had_happened() {
    let (every, threads) = (
        number("AMW_RW_FAULTS_EVERY", SMALL_SAMPLE),
        number("AMW_RW_FAULTS_THREADS", 8),
    );
    let mut cells = Vec::new();
    let mut clean = Vec::new();
    for sign_in in TableSignIn::ALL {
        let run = run::clean(Setup::example(sign_in));
        for target in fault::targets(&run.requests) {
            let kinds = FaultKind::ALL
                .into_iter()
                .filter(|kind| kind.suits(&target));
            cells.extend(kinds.map(|kind| FaultCell {
                sign_in,
                target: target.clone(),
                kind,
            }));
        }
        clean.push((sign_in, run.state));
    }
    // A step that shares no factor with the number of kinds meets each kind and each part of the run. A stall costs a
    // deadline of up to a minute, so only the larger samples have some.
    let has_time = every < SMALL_SAMPLE;
    let chosen = cells.into_iter().step_by(every);
    let chosen: Vec<FaultCell> = chosen
        .filter(|cell| has_time || cell.kind != FaultKind::Stall)
        .collect();

    let failures = table::failures(&chosen, threads, |cell| {
        let expected = clean.iter().find(|(sign_in, _)| *sign_in == cell.sign_in);
        let setup = Setup::example(cell.sign_in);
        run::with_fault(setup, &cell.target, cell.kind, &expected.unwrap().1)
            .map(|_| ())
            .map_err(|why| format!("{cell:?}: {why}"))
    });

    let converged = chosen.len() - failures.len();
    println!("{} faults, {converged} converged", chosen.len());
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[expect(
    clippy::disallowed_methods,
    reason = "how much of the table is taken comes from the script that runs it"
)]
fn number(variable: &str, default: usize) -> usize {
    std::env::var(variable)
        .ok()
        .map_or(default, |text| text.parse().unwrap())
}
