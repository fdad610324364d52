//! Which remote writes are there already?

use super::live_resource::ResourceState;
use super::running_release::RunningRelease;
use crate::patch;
use crate::remote_write::{self, WrittenEntry};
use crate::target::Target;

/// The remote writes of the user's file, else those that the release or the resource has in the cluster.
pub(super) fn look(
    input: Option<&str>,
    target: Target,
    release: &RunningRelease,
    resource: &ResourceState,
) -> Vec<WrittenEntry> {
    let text = match (input, release.found(), resource.live()) {
        (Some(text), _, _) => text.to_owned(),
        (None, Some(release), _) => serde_yaml::to_string(&release.values).unwrap_or_default(),
        (None, None, Some(live)) => live.text.clone(),
        (None, None, None) => return Vec::new(),
    };
    // Text that cannot be read as this target gets its refusal from the patch, with the line.
    in_text(&patch::read_part(&text, &[target]), target)
}

/// The remote writes of a text; none where it is no file of this target, such as a ConfigMap of rules.
pub(super) fn in_text(text: &str, target: Target) -> Vec<WrittenEntry> {
    patch::data(text, target).map_or_else(
        |_| Vec::new(),
        |within| remote_write::entries(&within, target),
    )
}
