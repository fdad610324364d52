//! Scrape jobs that set the label `cluster` themselves.

use serde_yaml::Value;

use super::notice::Notice;
use crate::remote_write::{described_jobs, jobs_with_cluster, relabeled_cluster};
use crate::target::EntryPlace;

/// `label` is the external label that the file ends up with; `place` that of this connection's remote write.
pub(super) fn notice(found: &Value, place: EntryPlace, label: &str) -> Option<Notice> {
    // That rule comes last, and holds for all series.
    if relabeled_cluster(found, place).is_some() {
        return None;
    }
    let jobs = described_jobs(&jobs_with_cluster(found, label))?;
    let text = format!(
        "{jobs} the label cluster in place of the external label `{label}`, which is only added to series without one"
    );
    Some(Notice::of_cluster(text))
}
