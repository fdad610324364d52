//! What each version of Prometheus and of its Operator supports, and which of them have known issues. The only place that
//! knows the versions a connection depends on, each with its source; those of other keys of a file are in `key_schema`. `docs/compatibility.md` is made from these tables.

mod advice;
mod chart;
mod described_pod;
mod features;
mod installation;
mod issues;
#[cfg(test)]
mod page;
mod version;

pub(crate) use advice::{Advice, Requirements, advise};
pub(crate) use described_pod::DescribedPod;
pub(crate) use features::{Feature, OutdatedProgram};
pub(crate) use installation::Installation;
pub(crate) use issues::{SIDECAR_END_OF_SUPPORT, Severity};
pub(crate) use version::{Number, Version, number_text};
