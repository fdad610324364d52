//! One run, clean or with a fault, and the state that it leaves.

use std::process::Child;
use std::time::{Duration, Instant};

use super::Cell;
use super::fault::Signal;
use super::outcome::{self, State};
use crate::support::{Request, World};

/// Longer than the patience of any single request, and shorter than a hang.
const LONGEST_RUN: Duration = Duration::from_secs(240);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SignIn {
    WorkloadIdentity,
    EntraSecret,
    UserIdentity,
}

impl SignIn {
    pub(super) const ALL: [SignIn; 3] = [
        Self::WorkloadIdentity,
        Self::EntraSecret,
        Self::UserIdentity,
    ];

    fn flag(self) -> &'static str {
        match self {
            Self::WorkloadIdentity => "workload-identity",
            Self::EntraSecret => "entra-secret",
            Self::UserIdentity => "user-identity",
        }
    }

    fn arguments(self, command: &str) -> String {
        format!(
            "{command} --auth {} --prometheus file:prometheus.yml --prometheus-version 3.14.0 --target prometheus-yml",
            self.flag()
        )
    }
}

pub(super) struct CleanRun {
    pub(super) requests: Vec<Request>,
    pub(super) state: State,
}

fn world() -> World {
    World::new().file("prometheus.yml", "global:\n  scrape_interval: 15s\n")
}

fn init(sign_in: SignIn) -> String {
    sign_in.arguments("init --yes --write")
}

pub(super) fn clean(sign_in: SignIn) -> CleanRun {
    let mut world = world();
    world.run(&init(sign_in)).succeeds();
    let requests = world.requests();
    let state = outcome::state(&world);
    CleanRun { requests, state }
}

/// A run with the fault, then one without it, then a plan that must find nothing to do.
pub(super) fn with_fault(cell: &Cell, expected: &State) -> Result<(), String> {
    let mut world = world();
    world.start_sandbox();
    let lines = cell.kind.lines(&cell.target);
    world.set_faults(&lines);
    let mut child = world.start(&init(cell.sign_in), "first");
    if let Some(signal) = cell.kind.signal() {
        when_it_is_reached(&world, cell, &mut child);
        send(signal, &mut child);
    }
    let code = end(&mut child)?;
    outcome::judge_first(code, &world.read("first.err"))?;

    world.set_faults("");
    world.run(&init(cell.sign_in)).check(0)?;
    let plan = cell
        .sign_in
        .arguments("plan --exit-code --input prometheus.yml --out prometheus.yml");
    world.run(&plan).check(0)?;
    outcome::compare(&outcome::state(&world), expected)
}

/// Waits until the journal shows the request, or the process has ended before.
fn when_it_is_reached(world: &World, cell: &Cell, child: &mut Child) {
    while child.try_wait().unwrap().is_none() {
        let seen = world.requests();
        if seen.iter().filter(|one| cell.target.is(one)).count() > cell.target.after {
            return;
        }
        std::thread::sleep(Duration::from_millis(3));
    }
}

fn send(signal: Signal, child: &mut Child) {
    match signal {
        Signal::Kill => drop(child.kill()),
        Signal::Interrupt => interrupt(child),
        Signal::InterruptTwice => {
            interrupt(child);
            // A second one within half a second counts as the same keystroke.
            std::thread::sleep(Duration::from_millis(600));
            interrupt(child);
        }
    }
}

fn interrupt(child: &Child) {
    let pid = child.id().to_string();
    let kill = std::process::Command::new("/bin/kill")
        .args(["-INT", &pid])
        .output();
    kill.unwrap();
}

fn end(child: &mut Child) -> Result<Option<i32>, String> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Ok(status.code());
        }
        if started.elapsed() > LONGEST_RUN {
            child.kill().ok();
            return Err(format!("still running after {LONGEST_RUN:?}"));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
