//! The worlds a sandbox can start from: one example that works, and others that are broken or unusual.

mod kube_prometheus_stack;
mod seed;

use jiff::Timestamp;

pub(crate) use self::seed::SIGNED_IN;
use self::seed::Seed;
use super::state::State;

/// A world to start from.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// One line on what is special about it.
    pub(crate) about: &'static str,
    plant: fn(&mut Seed),
}

/// All of them, the default first.
pub(crate) static SCENARIOS: &[Scenario] = &[Scenario {
    name: "example",
    about: "an AKS cluster with a Prometheus, an owner signed in, and no workspace yet",
    plant: |_| {},
}];

pub(crate) fn named(name: &str) -> Option<&'static Scenario> {
    SCENARIOS.iter().find(|scenario| scenario.name == name)
}

impl Scenario {
    /// Makes this world, as old as it needs to be at this moment.
    pub(crate) fn build(&self, now: Timestamp) -> State {
        let mut seed = Seed::example(now);
        (self.plant)(&mut seed);
        seed.state
    }
}
