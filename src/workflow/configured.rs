//! What does the user's file say of our connection now? Read only; what is written goes through `patch`.

use std::path::PathBuf;

use serde_yaml::Value;

use crate::checks::evidence::{ConfiguredEntry, ConfiguredSignIn};
use crate::files;
use crate::patch;
use crate::render::rule_of;
use crate::spec::answers::ConnectionAnswers;
use crate::spec::choices::{PrometheusChoice, WritePath};
use crate::spec::names;
use crate::target::{Target, at_path};

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
    let entries: Vec<&Value> = target
        .lists()
        .iter()
        .filter_map(|list| at_path(&within, list)?.as_sequence())
        .flatten()
        .collect();
    let is_named = |item: &&&Value| item["name"].as_str() == Some(&name);
    let writes_to_azure = |item: &&&Value| item["url"].as_str().and_then(rule_of).is_some();
    let ours = entries
        .iter()
        .find(is_named)
        .or_else(|| entries.iter().find(writes_to_azure));
    Ok(ours.map(|item| ConfiguredEntry {
        file: path,
        url: item["url"].as_str().unwrap_or_default().to_owned(),
        sign_in: sign_in(item),
        cluster_label: at_path(&within, target.cluster_label())
            .and_then(Value::as_str)
            .map(str::to_owned),
    }))
}

fn file(answers: &ConnectionAnswers) -> Option<PathBuf> {
    match &answers.prometheus {
        _ if answers.input.is_some() => answers.input.clone(),
        Some(PrometheusChoice::File(path)) => Some(path.clone()),
        _ => answers.out.clone(),
    }
}

/// The first sign-in method that the entry has, in the spelling of either target.
fn sign_in(item: &Value) -> Option<ConfiguredSignIn> {
    let azure = ["azuread", "azureAd"]
        .iter()
        .find_map(|key| item.get(*key))
        .filter(|value| value.is_mapping())?;
    let methods = [
        "managed_identity",
        "managedIdentity",
        "oauth",
        "certificate",
        "workload_identity",
        "workloadIdentity",
        "sdk",
    ];
    let method = methods.iter().find_map(|key| azure.get(*key))?;
    let text = |keys: [&str; 2]| {
        keys.iter()
            .find_map(|key| method.get(*key)?.as_str().map(str::to_owned))
    };
    Some(ConfiguredSignIn {
        client_id: text(["client_id", "clientId"]),
        tenant_id: text(["tenant_id", "tenantId"]),
    })
}
