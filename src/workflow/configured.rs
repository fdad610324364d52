//! What does the user's file have for this connection now? It is only read; `patch` writes.

use std::path::PathBuf;

use crate::checks::evidence::{ConfiguredEntry, ConfiguredFile};
use crate::files;
use crate::patch;
use crate::remote_write::{self, WrittenEntry, rule_of};
use crate::spec::answers::ConnectionAnswers;
use crate::spec::choices::PrometheusChoice;
use crate::spec::names;
use crate::target::Target;

/// Our entry in the file that the answers name: by its name, else any that writes to a data collection rule, by itself or
/// through a sidecar. An error if no file can be read.
pub(crate) fn entry(
    answers: &ConnectionAnswers,
    target: Target,
    workspace: &str,
) -> Result<ConfiguredFile, String> {
    let path = file(answers).ok_or("no file was named: --input FILE, or --prometheus file:PATH")?;
    let text = files::read(&path).map_err(|error| error.to_string())?;
    let within = patch::data(&text, target).map_err(|refusal| refusal.to_string())?;
    let name = names::remote_write(workspace);
    let entries = remote_write::entries(&within, target);
    let is_named = |entry: &&WrittenEntry| entry.name.as_deref() == Some(&name);
    let writes_to_azure = |entry: &&WrittenEntry| {
        let destination = entry.destination();
        destination.as_deref().and_then(rule_of).is_some()
    };
    let ours = entries
        .iter()
        .find(is_named)
        .or_else(|| entries.iter().find(writes_to_azure));
    let ours = ours.map(|entry| ConfiguredEntry {
        file: path.clone(),
        entry: entry.clone(),
        cluster_label: remote_write::cluster_label(&within, target),
    });
    Ok(ConfiguredFile { path, entry: ours })
}

fn file(answers: &ConnectionAnswers) -> Option<PathBuf> {
    match &answers.prometheus {
        _ if answers.input.is_some() => answers.input.clone(),
        Some(PrometheusChoice::File(path)) => Some(path.clone()),
        _ => answers.out.clone(),
    }
}
