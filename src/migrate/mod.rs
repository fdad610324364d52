//! Turns a configuration that authenticates by a proxy into one in which Prometheus authenticates itself.

mod changes;
mod detect;
mod detected_setup;
mod documents;
#[cfg(test)]
mod examples;
mod input;
mod mounts;
mod native;
mod next_steps;
mod pod;
mod proxy_candidates;
mod refusal;
mod replaced_settings;
mod service;
mod template;

pub(crate) use detect::detect;
pub(crate) use detected_setup::{DetectedSetup, SourceText};
pub(crate) use input::MigrationAnswers;
pub(crate) use native::{NativeForm, native};
pub(crate) use next_steps::{DeliveryInfo, Rollback, next_steps};
pub(crate) use proxy_candidates::written_entries;
pub(crate) use refusal::MigrationRefusal;
pub(crate) use replaced_settings::replaced_settings;
pub(crate) use template::manual_steps;

use crate::patch::{self, NoticeKind, PatchRefusal, Patched};

/// The file in its native form.
pub(crate) fn rewrite(text: &str, native: &NativeForm) -> Result<Patched, PatchRefusal> {
    let mut patched = patch::replace(
        text,
        &native.installation,
        &native.remote_write,
        &native.replacement,
    )?;
    // `removed` already lists deletions, except those inside the remote write.
    let list = native
        .replacement
        .place
        .list
        .last()
        .copied()
        .unwrap_or_default();
    patched.notices.retain(|notice| match &notice.what {
        NoticeKind::Removed { path } => path.contains(&format!("{list}[")) && !path.ends_with(']'),
        _ => true,
    });
    Ok(patched)
}
