//! What does the user's file specify about the Prometheus that it is for? It counts more than what was found running.

use crate::compat::DescribedPod;
use crate::files;
use crate::patch;
use crate::spec::DiscoveredInputs;
use crate::spec::ServiceAccount;
use crate::spec::answers::ConnectionAnswers;
use crate::spec::default_target;
use crate::target::Target;

/// The description of the input; empty where there is none or it cannot be read: the edit reports why.
pub(crate) fn described(answers: &ConnectionAnswers, found: Option<Target>) -> DescribedPod {
    let text = answers
        .input
        .as_deref()
        // A pipe can be read once, and the edit needs its text.
        .filter(|path| !files::is_stream(path));
    let Some(text) = text.and_then(|path| files::read(path).ok()) else {
        return DescribedPod::default();
    };
    let target = answers.target;
    let target = target.unwrap_or_else(|| default_target(answers.prometheus.as_ref(), found));
    patch::described_pod(&text, target).unwrap_or_default()
}

/// The service account that a file names. A namespace that it does not name is that of the one that was found.
pub(crate) fn account(
    described: &DescribedPod,
    found: Option<&ServiceAccount>,
) -> Option<ServiceAccount> {
    // The file can be a patch of the resource that was found.
    let is_known = !described.is_implied_account || found.is_none();
    let name = described.account.clone().filter(|_| is_known)?;
    let namespace = described.namespace.clone();
    let namespace = namespace.or_else(|| found.map(|account| account.namespace.clone()))?;
    ServiceAccount::named(&namespace, &name)
}

/// What was discovered, with what the file contains in its place.
pub(crate) fn corrected(found: DiscoveredInputs, described: &DescribedPod) -> DiscoveredInputs {
    let account = account(described, found.service_account.as_ref().ok());
    let version = described.version.as_ref().map(ToString::to_string);
    DiscoveredInputs {
        service_account: account.map_or(found.service_account, Ok),
        prometheus_version: version.or(found.prometheus_version),
        ..found
    }
}
