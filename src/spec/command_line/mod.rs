//! The one place that composes the commands that are printed. Each printed command is a function in `kubectl`, `helm`, `az`,
//! `own` or `system`.

pub(crate) mod az;
pub(crate) mod flags;
pub(crate) mod helm;
mod kube_context;
pub(crate) mod kubectl;
pub(crate) mod own;
pub(crate) mod system;

#[cfg(test)]
mod tests;

pub(crate) use kube_context::KubeContext;

pub(crate) use crate::next_step::CommandLine;
pub(crate) use crate::text::shell::{option, path_word, single_quoted};
