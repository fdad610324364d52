//! What is lost or stored twice although the entry itself is right.

use super::evidence::{ConfiguredEntry, Evidence};
use super::verdict::Verdict;
use crate::remote_write::described_jobs;
use crate::spec::command_line::own;
use crate::spec::webhook_keys;
use crate::text::word_list::joined;

/// What keeps samples or their label away, or sends them more than once.
pub(super) fn losses(configured: &ConfiguredEntry, faults: &[String]) -> Option<Verdict> {
    match configured.duplicates.is_empty() {
        true => lost_samples(configured, faults),
        false => Some(doubled(configured, faults)),
    }
}

/// What else of the file the entry needs, and what changes its samples.
pub(super) fn omissions(configured: &ConfiguredEntry, seen: &Evidence) -> Option<Verdict> {
    let file = configured.file.display();
    let is_federated = seen.spec.credential.federation().is_some();
    if configured.lacks_token && is_federated && configured.entry.signs_in_to_azure() {
        return Some(Verdict::warn(
            format!(
                "{file} does not give the pod the label `{}: \"true\"`, without which it gets no token of workload identity",
                webhook_keys::USE
            ),
            own::render_write(&configured.file),
        ));
    }
    let jobs = described_jobs(&configured.jobs_with_cluster)?;
    Some(Verdict::warn(
        format!("{file}: {jobs} the label cluster in place of the external label"),
        "leave `cluster` out of the relabeling and of the targets of these jobs, unless their series belong to another cluster",
    ))
}

/// Several remote writes to one rule; Azure stores what each of them sends.
fn doubled(configured: &ConfiguredEntry, faults: &[String]) -> Verdict {
    let entries = [
        std::slice::from_ref(&configured.entry),
        &configured.duplicates,
    ]
    .concat();
    let titles: Vec<String> = entries
        .iter()
        .map(|entry| format!("`{}`", entry.title()))
        .collect();
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let others = faults.iter().map(|fault| format!(", {fault}"));
    let found = format!(
        "{}: the remote writes {} write to the same data collection rule, so that every sample is stored {}{}",
        configured.file.display(),
        joined(&titles, "and"),
        match titles.len() {
            2 => "twice".to_owned(),
            many => format!("{many} times"),
        },
        others.collect::<String>()
    );
    match entries.iter().any(|entry| entry.sidecar().is_some()) {
        true => Verdict::fail(found, own::migrate_file(&configured.file, &[])),
        false => Verdict::fail(
            found,
            "remove all but one of them from the file, then run the command again",
        ),
    }
}

/// The settings of the entry that keep samples or their label away.
fn lost_samples(entry: &ConfiguredEntry, faults: &[String]) -> Option<Verdict> {
    let (file, lost) = (entry.file.display(), &entry.lost);
    if let Some(rule) = &lost.dropping_rule {
        let others = faults.iter().map(|fault| format!(", {fault}"));
        return Some(Verdict::fail(
            format!(
                "{file}: `{rule}` drops every sample{}",
                others.collect::<String>()
            ),
            "remove or correct that rule, then run the command again",
        ));
    }
    if lost.is_without_cluster && faults.is_empty() {
        return Some(Verdict::warn(
            format!(
                "{file}: its relabeling removes the label `cluster`, which Azure's dashboards and rules use"
            ),
            "leave `cluster` out of the rules labeldrop and labelkeep of this remote write",
        ));
    }
    None
}
