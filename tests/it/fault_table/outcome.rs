//! What a run left behind, with what differs from run to run taken out, and whether it is what a clean run leaves.

use std::collections::BTreeMap;

use crate::support::World;

/// What exists afterwards: files by name with their text, applications, and the remaining directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EndState {
    files: BTreeMap<String, String>,
    /// Name, and how many live secrets it has.
    applications: Vec<(String, usize)>,
    service_principals: usize,
}

/// Files of the test, not of the program.
const OF_THE_TEST: [&str; 6] = [
    "sandbox.env",
    "sandbox.err",
    "journal.jsonl",
    "first.err",
    "first.out",
    "bin",
];

pub(super) fn state(world: &World) -> EndState {
    let directory = world.directory();
    let applications = directory["value"].as_array().unwrap();
    let secrets =
        |one: &serde_json::Value| one["passwordCredentials"].as_array().map_or(0, Vec::len);
    EndState {
        files: files(world),
        applications: applications
            .iter()
            .map(|one| {
                (
                    one["displayName"].as_str().unwrap().to_owned(),
                    secrets(one),
                )
            })
            .collect(),
        service_principals: directory["servicePrincipals"].as_array().unwrap().len(),
    }
}

fn files(world: &World) -> BTreeMap<String, String> {
    let secret = std::fs::read_to_string(world.path("amw-rw-aks-prod.client-secret"));
    let secret = secret.unwrap_or_default();
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(world.path("")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        // The sandbox keeps its kubeconfig in a folder.
        if OF_THE_TEST.contains(&&*name) || entry.file_type().unwrap().is_dir() {
            continue;
        }
        let text = std::fs::read_to_string(entry.path()).unwrap();
        files.insert(name, without_ids(&text, &secret));
    }
    files
}

/// GUIDs, ports and the secret differ from run to run.
fn without_ids(text: &str, secret: &str) -> String {
    let guid = regex::Regex::new("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").unwrap();
    let rule =
        regex::Regex::new("dcr-[0-9a-f]{32}|amw-aks-prod-[0-9a-z]{4}|127.0.0.1:[0-9]+").unwrap();
    let time = regex::Regex::new("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z").unwrap();
    let digest = regex::Regex::new("\"digest\":\"[^\"]*\"").unwrap();
    let text = digest.replace_all(text, "DIGEST").into_owned();
    // Each run of the table has a folder of its own.
    let place = regex::Regex::new("\"place\":\"[0-9a-f]{12}\"").unwrap();
    let text = place.replace_all(&text, "PLACE").into_owned();
    let text = match secret.trim() {
        "" => text,
        secret => text.replace(secret, "SECRET"),
    };
    let text = guid.replace_all(&text, "GUID");
    let text = rule.replace_all(&text, "NAME");
    time.replace_all(&text, "TIME").into_owned()
}

/// The run that met the fault may fail, but not by a panic, and not without a next step.
pub(super) fn judge_first(code: Option<i32>, stderr: &str) -> Result<(), String> {
    let fault = |why: &str| Err(format!("{why} ({code:?}):\n{stderr}"));
    if code == Some(101) || stderr.contains("a bug in this program") {
        return fault("the run panicked");
    }
    if code.is_some_and(|code| code != 0) && stderr.contains("error:") && !stderr.contains("next:")
    {
        return fault("the error has no next step");
    }
    Ok(())
}

pub(super) fn compare(found: &EndState, expected: &EndState) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!("left {found:#?}\ninstead of {expected:#?}"))
}
