//! How does long work tell how far it is? Through a handle it is given; only `ui` decides what that looks like.

use std::time::Duration;

/// Receives what happens while steps run side by side; `line` names the step or the check.
pub(crate) trait Progress: Send + Sync {
    fn started(&self, line: &str, doing: &str);
    /// Something worth knowing while it goes on, such as how long a wait may take.
    fn detail(&self, line: &str, text: &str);
    fn finished(&self, line: &str, outcome: &str, took: Duration);
    fn failed(&self, line: &str, why: &str);
}

/// Prints nothing: for work whose steps are not shown.
pub(crate) struct SilentProgress;

impl Progress for SilentProgress {
    fn started(&self, _: &str, _: &str) {}
    fn detail(&self, _: &str, _: &str) {}
    fn finished(&self, _: &str, _: &str, _: Duration) {}
    fn failed(&self, _: &str, _: &str) {}
}
