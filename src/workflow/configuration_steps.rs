//! What is left to do with a prometheus.yml.

use crate::next_step::{ChangeScope, NextStep};
use crate::spec::command_line::system;

/// The next steps with a prometheus.yml.
pub(super) fn after_configuration(file: &str) -> Vec<NextStep> {
    vec![
        NextStep::run("check the file", system::check_configuration(file)),
        // Without `--web.enable-lifecycle` the POST is answered with 403; the signal always works.
        NextStep::from("let Prometheus reload it: SIGHUP, or POST /-/reload")
            .with_scope(ChangeScope::Cluster),
    ]
}
