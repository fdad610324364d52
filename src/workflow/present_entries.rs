//! Which remote writes are there already?

use super::live_resource::ResourceState;
use super::running_release::RunningRelease;
use crate::migrate::{self, SourceText};
use crate::patch;
use crate::remote_write::{WrittenEntry, may_hold_proxy};
use crate::target::Target;

/// The remote writes of the user's file, else those that the release or the resource has in the cluster.
pub(super) fn look(
    input: Option<&str>,
    target: Target,
    release: &RunningRelease,
    resource: &ResourceState,
    services: Option<&str>,
) -> Vec<WrittenEntry> {
    let text = match (input, release.found(), resource.live()) {
        (Some(text), _, _) => text.to_owned(),
        (None, Some(release), _) => serde_yaml::to_string(&release.values).unwrap_or_default(),
        (None, None, Some(live)) => live.text.clone(),
        (None, None, None) => return Vec::new(),
    };
    in_text(&text, target, services)
}

/// The remote writes of a text, each once for every proxy of the text or behind these Services of the cluster that it can lead to; none where it is no file of this
/// target, such as a ConfigMap of rules.
pub(super) fn in_text(text: &str, target: Target, services: Option<&str>) -> Vec<WrittenEntry> {
    let written = |text: &str| {
        migrate::written_entries(&SourceText {
            text,
            target,
            manifest: None,
            services,
        })
    };
    // Most files have no proxy, and need not be read as a whole.
    let whole = may_hold_proxy(text).then(|| written(text).ok()).flatten();
    // Text that cannot be read as this target gets its refusal from the patch, with the line.
    whole.unwrap_or_else(|| written(&patch::read_part(text, &[target])).unwrap_or_default())
}
