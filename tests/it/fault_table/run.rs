//! One run, clean or with a fault, and the state that it leaves.

use std::process::Child;
use std::time::{Duration, Instant};

use super::fault::{FaultKind, FaultyRequest, Signal};
use super::outcome::{self, EndState};
use crate::support::{JournalRequest, World};

/// Longer than the timeout of any single request, and shorter than a hang.
const LONGEST_RUN: Duration = Duration::from_secs(240);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TableSignIn {
    WorkloadIdentity,
    EntraSecret,
    UserIdentity,
}

impl TableSignIn {
    pub(super) const ALL: [TableSignIn; 3] = [
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

/// What a run starts from, and what it is given.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setup {
    pub(super) sign_in: TableSignIn,
    pub(super) scenario: &'static str,
    /// For every command.
    pub(super) flags: &'static str,
    /// For the commands that change something.
    pub(super) consents: &'static str,
}

pub(super) struct CleanRun {
    pub(super) requests: Vec<JournalRequest>,
    pub(super) state: EndState,
}

impl Setup {
    /// The example, as most users have it.
    pub(super) fn example(sign_in: TableSignIn) -> Self {
        Self {
            sign_in,
            scenario: "example",
            flags: "",
            consents: "",
        }
    }

    pub(super) fn world(&self) -> World {
        World::new()
            .scenario(self.scenario)
            .file("prometheus.yml", "global:\n  scrape_interval: 15s\n")
    }

    fn init(&self) -> String {
        let Self {
            flags, consents, ..
        } = self;
        let init = self
            .sign_in
            .arguments("init --accept-unproved --yes --write");
        format!("{init} {flags} {consents}")
    }

    /// The line that does one step of the plan.
    pub(super) fn apply_only(&self, step: &str) -> String {
        let Self {
            flags, consents, ..
        } = self;
        let apply = self.sign_in.arguments("apply --yes");
        format!("{apply} {flags} {consents} --only {step}")
    }

    pub(super) fn plan(&self, more: &str) -> String {
        let plan = self.sign_in.arguments("plan");
        format!("{plan} {} {more}", self.flags)
    }
}

pub(super) fn clean(setup: Setup) -> CleanRun {
    let mut world = setup.world();
    world.run(&setup.init()).succeeds();
    let requests = world.requests();
    let state = outcome::state(&world);
    CleanRun { requests, state }
}

/// A run with the fault, then one without it, then a plan that must find nothing to do. Tells whether a request met the fault.
pub(super) fn with_fault(
    setup: Setup,
    target: &FaultyRequest,
    kind: FaultKind,
    expected: &EndState,
) -> Result<bool, String> {
    let mut world = setup.world();
    world.start_sandbox();
    let lines = kind.lines(target);
    world.set_faults(&lines);
    let mut child = world.start(&setup.init(), "first");
    if let Some(signal) = kind.signal() {
        when_it_is_reached(&world, target, &mut child);
        send(signal, &mut child);
    }
    let code = end(&mut child)?;
    outcome::judge_first(code, &world.read("first.err"))?;
    let is_met = world.requests().iter().any(|request| request.fault);

    world.set_faults("");
    world.run(&setup.init()).check(0)?;
    let plan = setup.plan("--exit-code --input prometheus.yml --out prometheus.yml");
    world.run(&plan).check(0)?;
    outcome::compare(&outcome::state(&world), expected)?;
    Ok(is_met)
}

/// Waits until the journal shows the request, or the process has ended before.
fn when_it_is_reached(world: &World, target: &FaultyRequest, child: &mut Child) {
    while child.try_wait().unwrap().is_none() {
        let seen = world.requests();
        if seen.iter().filter(|one| target.is(one)).count() > target.after {
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
