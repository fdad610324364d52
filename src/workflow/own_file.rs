//! The user's own file, before and after the connection was put into it.

use std::path::Path;

use crate::error::Failure;
use crate::files;
use crate::next_step::{ChangeScope, NextStep};

/// Both texts. What they do not differ in is the user's.
#[derive(Clone, Copy)]
pub(crate) struct OwnFile<'a> {
    pub(crate) before: &'a str,
    pub(crate) after: &'a str,
}

/// What is left to do with a file from which a controller takes the values of a chart.
pub(crate) fn after_release_resource(file: &str, controller: &str) -> NextStep {
    let sentence = match controller {
        // kustomize renders the chart where it runs: no controller waits for a commit.
        "kustomize" => format!("commit {file}, and apply what kustomize builds from it"),
        _ => format!("commit and push {file}; {controller} applies it"),
    };
    NextStep::from(sentence).with_scope(ChangeScope::Cluster)
}

/// The text of a file that the user named.
pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    files::read(path)
        .map_err(|error| Failure::new(format!("read {}", path.display())).problem(error.into()))
}
