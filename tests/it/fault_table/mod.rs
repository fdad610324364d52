//! Every request of a clean run × everything that can go wrong with it: the next run must end as if nothing had happened.
//!
//! `cargo test --test it fault_table` takes a sample; `.ci/faults` takes the whole table.

mod fault;
mod outcome;
mod run;
mod steps;

use fault::{FaultKind, Target};
use run::{Setup, SignIn};

use crate::support::table;

/// One cell of the table.
#[derive(Debug, Clone)]
struct Cell {
    sign_in: SignIn,
    target: Target,
    kind: FaultKind,
}

#[test]
#[expect(clippy::print_stdout, reason = "how many there were is the result")]
fn after_any_fault_the_next_run_ends_as_if_nothing_had_happened() {
    let (every, threads) = (
        number("AMW_RW_FAULTS_EVERY", 101),
        number("AMW_RW_FAULTS_THREADS", 8),
    );
    let mut cells = Vec::new();
    let mut clean = Vec::new();
    for sign_in in SignIn::ALL {
        let run = run::clean(Setup::example(sign_in));
        for target in fault::targets(&run.requests) {
            let kinds = FaultKind::ALL
                .into_iter()
                .filter(|kind| kind.suits(&target));
            cells.extend(kinds.map(|kind| Cell {
                sign_in,
                target: target.clone(),
                kind,
            }));
        }
        clean.push((sign_in, run.state));
    }
    // A step that shares no factor with the number of kinds meets each kind and each part of the run.
    let chosen: Vec<Cell> = cells.into_iter().step_by(every).collect();

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
