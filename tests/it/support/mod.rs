//! The world that a scenario runs in: the real binary, and an embedded Azure of its own where the scenario needs one.

mod administrator;
mod journal;
mod outcome;
pub(crate) mod pod_identity;
pub(crate) mod program;
pub(crate) mod table;
mod world;

pub(crate) use journal::Request;
pub(crate) use outcome::Outcome;
pub(crate) use world::World;
