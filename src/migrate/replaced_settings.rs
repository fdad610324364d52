//! Answers by flags that differ from what the proxy has: the flag counts, and both values are named.

use super::detected_setup::DetectedSetup;
use super::input::{MigrationAnswers, proxied_url};
use crate::redact::without_secret_forms;
use crate::remote_write::rule_of;
use crate::target::at_path;

/// One sentence for each flag with another value than the one found.
pub(crate) fn replaced_settings(found: &DetectedSetup, given: &MigrationAnswers) -> Vec<String> {
    let Some(sidecar) = &found.sidecar else {
        return Vec::new();
    };
    let who = format!("container `{}`", sidecar.name);
    let differs = |flag: &str, given: Option<String>, found: Option<String>, effect: &str| {
        let (given, found) = (given?, found?);
        (!given.eq_ignore_ascii_case(&found)).then(|| {
            let found = without_secret_forms(&found);
            format!("{flag} {given} is written, and {who} has {found}: {effect}")
        })
    };
    let rule = |url: &str| rule_of(url).map(str::to_owned);
    let own_label = at_path(&found.data, found.target.cluster_label());
    let label = sidecar.cluster.clone();
    let label = label.or_else(|| own_label?.as_str().map(str::to_owned));
    let all = [
        differs(
            "--write-url with the data collection rule",
            given.write_url.as_ref().and_then(|url| rule(url.as_str())),
            proxied_url(found).as_deref().and_then(rule),
            "the samples go to another workspace, or through another rule",
        ),
        differs(
            "--auth",
            given.sign_in.map(|one| one.to_string()),
            sidecar.sign_in.map(|one| one.to_string()),
            "Prometheus signs in by another method",
        ),
        differs(
            "--client-id",
            given.client_id.clone().map(String::from),
            sidecar.client_id.clone(),
            "this identity needs the role on the data collection rule too",
        ),
        differs(
            "--tenant-id",
            given.tenant_id.clone().map(String::from),
            sidecar.tenant_id.clone(),
            "Prometheus signs in to another tenant",
        ),
        differs(
            "--cluster-label",
            given.cluster_label.clone(),
            label,
            "a new label starts new series",
        ),
    ];
    all.into_iter().flatten().collect()
}
