//! What is a check?

use std::time::Duration;

use super::evidence::Evidence;
use super::report::Category;
use super::verdict::Verdict;
use crate::facts::Observation;
use crate::next_step::NextStep;
use crate::problem::Problem;
use crate::spec::command_line::own;
use crate::spec::method_on_platform::MethodOnPlatform;

/// Which check this is.
pub(crate) struct CheckInfo {
    /// Kebab-case; the file and the heading in `docs/checks.md` have the same name.
    pub(crate) id: &'static str,
    pub(crate) category: Category,
    /// What it is judged from; the first is the one whose time is shown.
    pub(crate) needs: &'static [Observation],
}

/// One question about the connection.
pub(crate) trait Check: Sync {
    fn about(&self) -> CheckInfo;

    /// Whether such a connection has anything to check here.
    fn applies(&self, _: MethodOnPlatform) -> bool {
        true
    }

    /// How long the evidence for it took to gather.
    fn took(&self, seen: &Evidence) -> Duration {
        let first = self.about().needs.first();
        first.map_or(Duration::ZERO, |observation| seen.took(*observation))
    }

    /// Decides, without looking anywhere else. `Err` is a skipped check.
    fn judge(&self, seen: &Evidence) -> Result<Verdict, Problem>;
}

/// The command that makes what is missing. A step alone would fail where an earlier one is missing too, such as the
/// registration of the provider, the resource group or the identity.
pub(crate) fn whole_plan(seen: &Evidence) -> NextStep {
    let cluster = seen.existing_cluster().ok();
    let is_without_issuer = cluster.is_some_and(|cluster| cluster.issuer.is_none());
    let needs_issuer = seen.spec.method_on_platform().has_managed_issuer();
    own::apply_all(needs_issuer && is_without_issuer).into()
}

/// The command that fixes what one step can fix.
pub(crate) fn apply_only(step: &str) -> NextStep {
    own::apply_only(step).into()
}
