//! What does the user's file say of our connection now? Read only; what is written goes through `patch`.

use std::path::PathBuf;

use crate::checks::evidence::ConfiguredEntry;
use crate::files;
use crate::patch;
use crate::remote_write::{self, WrittenEntry, rule_of};
use crate::spec::answers::ConnectionAnswers;
use crate::spec::choices::{PrometheusChoice, WritePath};
use crate::spec::names;
use crate::target::Target;

/// Our entry in the file that the answers name: by its name, else any that writes to a data collection rule. `None` when it has none, an error when there is no file to look into.
pub(crate) fn entry(
    answers: &ConnectionAnswers,
    target: Target,
    workspace: &str,
) -> Result<Option<ConfiguredEntry>, String> {
    let path = file(answers).ok_or("no file was named: --input FILE, or --prometheus file:PATH")?;
    if answers.path == Some(WritePath::Sidecar) {
        return Err(format!(
            "it is a sidecar that signs in, and its settings in {} are not read yet",
            path.display()
        ));
    }
    let text = files::read(&path).map_err(|error| error.to_string())?;
    let within = patch::data(&text, target).map_err(|refusal| refusal.to_string())?;
    let name = names::remote_write(workspace);
    let entries = remote_write::entries(&within, target);
    let is_named = |entry: &&WrittenEntry| entry.name.as_deref() == Some(&name);
    let writes_to_azure = |entry: &&WrittenEntry| rule_of(&entry.url).is_some();
    let ours = entries
        .iter()
        .find(is_named)
        .or_else(|| entries.iter().find(writes_to_azure));
    Ok(ours.map(|entry| ConfiguredEntry {
        file: path,
        url: entry.url.clone(),
        sign_in: entry.sign_in.clone(),
        cluster_label: remote_write::cluster_label(&within, target),
    }))
}

fn file(answers: &ConnectionAnswers) -> Option<PathBuf> {
    match &answers.prometheus {
        _ if answers.input.is_some() => answers.input.clone(),
        Some(PrometheusChoice::File(path)) => Some(path.clone()),
        _ => answers.out.clone(),
    }
}
