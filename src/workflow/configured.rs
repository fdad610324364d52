//! What does the user's file have for this connection now? It is only read; `patch` writes.

use std::path::PathBuf;

use serde_yaml::Value;

use crate::checks::evidence::{ConfiguredEntry, ConfiguredFile};
use crate::compat::Installation;
use crate::files;
use crate::patch::{self, Review};
use crate::problem::Problem;
use crate::remote_write::{self, LostSamples, WrittenEntry, relabeled_cluster, rule_of};
use crate::spec::answers::ConnectionAnswers;
use crate::spec::choices::PrometheusChoice;
use crate::spec::names;
use crate::target::{EntryPlace, Position, Target, at_path};
use crate::workflow::present_entries;

/// The file that the answers name, with our entry in it: by its name, else any that writes to a data collection rule, by itself
/// or through a sidecar, else one to a workspace's query endpoint. An error if none was named, or if the file that is to be written
/// does not exist yet.
pub(crate) fn entry(
    answers: &ConnectionAnswers,
    installation: &Installation,
    workspace: &str,
) -> Result<ConfiguredFile, String> {
    let path = file(answers).ok_or("no file was named: --input FILE, or --prometheus file:PATH")?;
    let text = match files::read(&path) {
        Ok(text) => text,
        // A file that is only to be written need not be there yet.
        Err(error) if Some(&path) != answers.out.as_ref() || answers.input.is_some() => {
            return Ok(unread(path, error.into()));
        }
        Err(error) => return Err(error.to_string()),
    };
    let review = files::with_progress(&path, || patch::review(&text, installation));
    Ok(match review {
        Ok(review) => {
            let entries = present_entries::in_text(&text, installation.target, None);
            reviewed(path, &review, &entries, installation.target, workspace)
        }
        Err(refusal) => unusable(path, refusal.to_string()),
    })
}

fn reviewed(
    path: PathBuf,
    review: &Review,
    entries: &[WrittenEntry],
    target: Target,
    workspace: &str,
) -> ConfiguredFile {
    let name = names::remote_write(workspace);
    // By the rule in its URL: users give remote writes names of their own, or none.
    let writes_to_azure = |entry: &&WrittenEntry| {
        let destination = entry.destination();
        destination.as_deref().and_then(rule_of).is_some()
    };
    let reads_from_azure = |entry: &&WrittenEntry| patch::is_query_endpoint(&entry.url);
    let all = || entries.iter();
    // The order of `OwnMark` without its rules: Azure has not said yet which rule is ours, and a check compares it later.
    let ours = all()
        .find(|entry| entry.has_name(&name))
        .or_else(|| all().find(writes_to_azure))
        .or_else(|| all().find(reads_from_azure));
    // The API server drops unknown keys of other entries, and Prometheus does not start with them.
    let counts = |place: &Option<EntryPlace>| {
        !target.is_operated() || place.is_none() || *place == ours.map(|ours| ours.place)
    };
    let relabeled = ours.and_then(|ours| relabeled_cluster(&review.data, ours.place));
    let faults = review.faults.iter().filter(|(place, _)| counts(place));
    let external = remote_write::cluster_label(&review.data, target);
    let jobs_with_cluster = match (relabeled, &external) {
        (None, Some(label)) => remote_write::jobs_with_cluster(&review.data, label),
        _ => Vec::new(),
    };
    let lacks_token = target
        .pod()
        .is_some_and(|pod| !pod.has_identity_token(&review.data));
    ConfiguredFile {
        entry: ours.map(|entry| ConfiguredEntry {
            file: path.clone(),
            entry: entry.clone(),
            duplicates: duplicates(entry, entries, &review.data),
            lost: lost_samples(&review.data, entry.place),
            cluster_label: relabeled.map(str::to_owned).or(external),
            jobs_with_cluster,
            lacks_token,
        }),
        faults: faults.map(|(_, notice)| notice.to_string()).collect(),
        unread: None,
        path,
    }
}

/// The other entries that lead where this one leads. Two with different relabeling may share the series between them.
fn duplicates(own: &WrittenEntry, all: &[WrittenEntry], found: &Value) -> Vec<WrittenEntry> {
    let Some(url) = own.destination() else {
        return Vec::new();
    };
    let own_rules = relabeling(found, own.place);
    let may_share = |entry: &&WrittenEntry| {
        let rules = own_rules.zip(relabeling(found, entry.place));
        rules.is_some_and(|(own, other)| own != other)
    };
    all.iter()
        .filter(|entry| entry.place != own.place && entry.leads_to_rule(&url))
        .filter(|entry| !may_share(entry))
        .cloned()
        .collect()
}

fn relabeling(found: &Value, place: EntryPlace) -> Option<&Value> {
    let entry = entry_at(found, place)?;
    ["write_relabel_configs", "writeRelabelConfigs"]
        .iter()
        .filter_map(|key| entry.get(*key))
        .find(|rules| rules.as_sequence().is_some_and(|rules| !rules.is_empty()))
}

fn entry_at(found: &Value, place: EntryPlace) -> Option<&Value> {
    let Position::At(index) = place.position else {
        return None;
    };
    at_path(found, place.list)?.get(index)
}

fn lost_samples(found: &Value, place: EntryPlace) -> LostSamples {
    let entry = entry_at(found, place);
    entry.map(LostSamples::of).unwrap_or_default()
}

/// A file that nothing can be read from, for this reason.
fn unusable(path: PathBuf, fault: String) -> ConfiguredFile {
    ConfiguredFile {
        path,
        entry: None,
        faults: vec![fault],
        unread: None,
    }
}

fn unread(path: PathBuf, problem: Problem) -> ConfiguredFile {
    ConfiguredFile {
        path,
        entry: None,
        faults: Vec::new(),
        unread: Some(problem),
    }
}

pub(super) fn file(answers: &ConnectionAnswers) -> Option<PathBuf> {
    match &answers.prometheus {
        _ if answers.input.is_some() => answers.input.clone(),
        Some(PrometheusChoice::File(path)) => Some(path.clone()),
        // An earlier run may have written it.
        _ => answers.out.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote_write::entries;

    const URL: &str = "https://w-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/\
        dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24";

    /// How many others write what the first entry writes, where both have these rules.
    fn count(first: &str, second: &str) -> usize {
        let entry = |rules: &str| format!("{{url: '{URL}', write_relabel_configs: {rules}}}");
        let text = format!("remote_write: [{}, {}]", entry(first), entry(second));
        let found = serde_yaml::from_str(&text).unwrap();
        let all = entries(&found, Target::PrometheusYml);
        duplicates(&all[0], &all, &found).len()
    }

    #[test]
    fn two_entries_to_one_rule_are_duplicates_unless_both_filter_in_their_own_way() {
        let keep = "[{source_labels: [__name__], regex: up, action: keep}]";
        let drop = "[{source_labels: [__name__], regex: up, action: drop}]";

        assert_eq!(count("[]", "[]"), 1);
        assert_eq!(count(keep, keep), 1);
        assert_eq!(count(keep, "[]"), 1);
        assert_eq!(count(keep, drop), 0);
    }

    #[test]
    fn an_entry_to_a_proxy_of_the_same_file_is_a_duplicate_of_the_native_one() {
        let proxy = format!(
            "kind: Deployment\nspec: {{template: {{metadata: {{labels: {{a: b}}}}, spec: {{containers: [{{name: s, image: prom-remotewrite, \
             env: [{{name: INGESTION_URL, value: '{URL}'}}]}}]}}}}}}\n---\nkind: Service\nmetadata: {{name: out}}\n\
             spec: {{selector: {{a: b}}, ports: [{{port: 80}}]}}\n"
        );
        let resource = format!(
            "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nspec: {{remoteWrite: [{{url: '{URL}'}}, {{url: 'http://out/api/v1/write'}}]}}\n---\n{proxy}"
        );
        let target = Target::CustomResource;

        let all = present_entries::in_text(&resource, target, None);

        let found = patch::data(&resource, target).unwrap();
        assert_eq!(duplicates(&all[0], &all, &found).len(), 1);
    }
}
