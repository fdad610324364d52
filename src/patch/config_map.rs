//! Finds the prometheus.yml that a ConfigMap holds.

use serde_yaml::Value;

use super::data::read;
use super::document::{Document, DocumentSelector, TargetPart};
use super::embedded::Embedded;
use super::refusal::{PatchRefusal, Reason};
use crate::target::{
    CONFIGURATION_KEYS, PathSegment, Target, certainly_other_program, is_config_map, other_reader,
};

/// The configuration that a ConfigMap holds.
pub(super) fn embedded(source: &str) -> Result<Embedded<'_>, PatchRefusal> {
    let outer = config_map(source)?;
    let (key, inner) = configuration(&outer)?;
    let below = ["data", key].map(|key| PathSegment::Key(key.to_owned()));
    let path = [outer.item_path(), &below].concat();
    let inner = inner.to_owned();
    // The path leads from the top of the document.
    Embedded::new(outer.within(TargetPart::default()), path, inner)
}

/// The key below `data` that holds the configuration.
pub(super) fn key(source: &str) -> Result<String, PatchRefusal> {
    let outer = config_map(source)?;
    configuration(&outer).map(|(key, _)| key.to_owned())
}

/// The document of the selected ConfigMap, merge keys resolved.
pub(super) fn outer(source: &str) -> Result<Value, PatchRefusal> {
    config_map(source).map(|document| document.subject().clone())
}

/// The one ConfigMap with a configuration in it, or else the only one there is.
fn config_map(source: &str) -> Result<Document<'_>, PatchRefusal> {
    let selector = |matches| {
        Some(DocumentSelector {
            kind: "ConfigMap",
            target: Target::ConfigMap,
            matches,
        })
    };
    let configured = Document::parse(
        source,
        selector(|_, document| {
            is_config_map(document)
                && other_reader(document).is_none()
                && !configurations(document).is_empty()
        }),
    );
    match configured {
        Err(refusal) if matches!(refusal.reason, Reason::NoResource(_)) => {
            Document::parse(source, selector(|_, document| is_config_map(document))).map_err(
                |refusal| match refusal.reason {
                    // Of several ConfigMaps none has a configuration in it.
                    Reason::SeveralResources { .. } => Reason::NoConfiguration.into(),
                    _ => refusal,
                },
            )
        }
        other => other,
    }
}

/// Keys and texts of all entries that are a configuration of Prometheus.
fn configurations(config_map: &Value) -> Vec<(&str, &str)> {
    let data = config_map["data"].as_mapping().into_iter().flatten();
    let texts = data.filter_map(|(key, text)| Some((key.as_str()?, text.as_str()?)));
    // The chart and the documentation of Prometheus use this key, so it counts whatever the text is; other entries of the same ConfigMap
    // are alerts, rules, files of `scrape_config_files`, or copies of a former text.
    let mut found: Vec<_> = texts
        .filter(|(key, text)| *key == USUAL_KEY || is_configuration(text))
        .collect();
    if found.iter().any(|(key, _)| *key == USUAL_KEY) {
        found.retain(|(key, _)| may_be_main(key));
    }
    found
}

const USUAL_KEY: &str = "prometheus.yml";

/// Whether Prometheus may get the text of this key as its `--config.file` although the usual key is there too.
fn may_be_main(key: &str) -> bool {
    let has_ending = [".yml", ".yaml"].iter().any(|ending| key.ends_with(ending));
    key.starts_with("prometheus") && has_ending
}

/// The key and text of the selected entry.
fn configuration<'a>(outer: &'a Document) -> Result<(&'a str, &'a str), PatchRefusal> {
    let location = |key| outer.location_of_key(["data", key]);
    if let Some(found) = other_reader(outer.subject()) {
        let reason = Reason::AnotherFile {
            found: found.to_owned(),
            expected: Target::ConfigMap.noun(),
        };
        return Err(PatchRefusal::new(reason).at_any(outer.location_of_key(["metadata", "name"])));
    }
    let (key, text) = match configurations(outer.subject()).as_slice() {
        [] => {
            return Err(
                PatchRefusal::new(Reason::NoConfiguration).at_any(outer.location_of_key(["data"]))
            );
        }
        [one] => *one,
        [(first, _), (second, _), ..] => {
            let reason = Reason::SeveralConfigurations {
                first: (*first).to_owned(),
                second: (*second).to_owned(),
            };
            return Err(PatchRefusal::new(reason).at_any(location(second)));
        }
    };
    Ok((key, text))
}

fn is_configuration(text: &str) -> bool {
    // A cheap look first: a ConfigMap can hold a megabyte of rules, which need no parse.
    let mentions = CONFIGURATION_KEYS
        .iter()
        .any(|section| text.contains(&format!("{section}:")));
    mentions
        && read(text).is_ok_and(|documents| {
            documents.first().is_some_and(|data| {
                let mut keys = CONFIGURATION_KEYS.iter();
                keys.any(|key| data.get(*key).is_some()) && certainly_other_program(data).is_none()
            })
        })
}
