//! Puts a connection into the prometheus.yml that a ConfigMap holds: YAML within YAML.

use granit_parser::ScalarStyle;
use serde_yaml::Value;

use super::Notice;
use super::change::Change;
use super::document::{Document, DocumentSelector, read};
use super::lines::splice;
use super::refusal::{Location, PatchRefusal, Reason};
use super::rewrite::rewrite;
use super::style::Style;
use crate::render::Desired;

/// What is to happen to the ConfigMap, when `connect` matches what is to happen to the configuration in it.
pub(super) fn change(
    source: &str,
    connect: impl FnOnce(&str, &Style) -> Result<Change, PatchRefusal>,
) -> Result<Change, PatchRefusal> {
    let outer = config_map(source)?;
    let (key, inner) = configuration(&outer)?;
    let shift = Shift::to(&outer, key);
    let change = connect(inner, &Style::of(inner));
    let mut change = change.map_err(|refusal| shift.refusal(refusal))?;
    change.notices = change
        .notices
        .into_iter()
        .map(|notice| shift.notice(notice))
        .collect();

    let after = splice(inner, std::mem::take(&mut change.splices)).ok_or(Reason::Unproven)?;
    let desired = Desired::tree([(["data", key].as_slice(), Desired::is(after))]);
    change.splices = rewrite(outer, &Style::of(source), &desired)?.splices;
    Ok(change)
}

/// What `look` sees in the configuration that a ConfigMap holds, and where that is in the file.
pub(super) fn inside<Seen>(
    source: &str,
    look: impl FnOnce(&str) -> Result<Seen, PatchRefusal>,
) -> Result<(Seen, Shift), PatchRefusal> {
    let outer = config_map(source)?;
    let (key, inner) = configuration(&outer)?;
    let shift = Shift::to(&outer, key);
    let seen = look(inner).map_err(|refusal| shift.refusal(refusal))?;
    Ok((seen, shift))
}

/// The text of the configuration that a ConfigMap holds.
pub(super) fn inner(source: &str) -> Result<String, PatchRefusal> {
    let outer = config_map(source)?;
    configuration(&outer).map(|(_, inner)| inner.to_owned())
}

/// The key below `data` that holds the configuration.
pub(super) fn key(source: &str) -> Result<String, PatchRefusal> {
    let outer = config_map(source)?;
    configuration(&outer).map(|(key, _)| key.to_owned())
}

/// The document of the ConfigMap that is selector, merge keys resolved.
pub(super) fn outer(source: &str) -> Result<Value, PatchRefusal> {
    config_map(source).map(|document| document.merged)
}

/// The one ConfigMap with a configuration in it, or else the only one there is.
fn config_map(source: &str) -> Result<Document<'_>, PatchRefusal> {
    let selector = |matches| {
        Some(DocumentSelector {
            kind: "ConfigMap",
            matches,
        })
    };
    let configured = Document::parse(
        source,
        selector(|document| is_config_map(document) && !configurations(document).is_empty()),
    );
    match configured {
        Err(refusal) if matches!(refusal.reason, Reason::NoResource(_)) => {
            Document::parse(source, selector(is_config_map))
        }
        other => other,
    }
}

fn is_config_map(document: &Value) -> bool {
    document["kind"] == "ConfigMap"
}

/// Keys and texts of all entries that are a configuration of Prometheus; only the first if its key says so.
fn configurations(config_map: &Value) -> Vec<(&str, &str)> {
    let data = config_map["data"].as_mapping().into_iter().flatten();
    let texts = data.filter_map(|(key, text)| Some((key.as_str()?, text.as_str()?)));
    let (mut named, others): (Vec<_>, Vec<_>) =
        texts.partition(|(key, _)| *key == "prometheus.yml");
    if named.is_empty() {
        named.extend(
            others
                .into_iter()
                .filter(|(_, text)| is_configuration(text)),
        );
    }
    named
}

/// The key and text of the one entry that is selector.
fn configuration<'a>(outer: &'a Document) -> Result<(&'a str, &'a str), PatchRefusal> {
    let location = |key| outer.location_of_key(["data", key]);
    let (key, text) = match configurations(&outer.merged).as_slice() {
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
    let data = outer.root().and_then(|root| root.entry("data"));
    let style = data
        .and_then(|data| data.value.entry(key))
        .and_then(|entry| entry.value.scalar_style());
    if style == Some(ScalarStyle::Folded) {
        let path = format!("data.{key}");
        return Err(PatchRefusal::new(Reason::Folded { path }).at_any(location(key)));
    }
    Ok((key, text))
}

fn is_configuration(text: &str) -> bool {
    let sections = ["scrape_configs", "remote_write", "scrape_config_files"];
    let mentions = sections
        .iter()
        .any(|section| text.contains(&format!("{section}:")));
    mentions
        && read(text).is_ok_and(|documents| {
            documents
                .first()
                .is_some_and(|data| sections.iter().any(|section| data.get(*section).is_some()))
        })
}

/// From places in the inner text to places in the file.
pub(super) struct Shift(Option<Location>);

impl Shift {
    /// Only a literal block has its lines one to one in the file.
    fn to(outer: &Document, key: &str) -> Self {
        let data = outer.root().and_then(|root| root.entry("data"));
        let entry = data.and_then(|data| data.value.entry(key));
        Self(
            entry
                .map(|entry| &entry.value)
                .filter(|value| value.is_literal())
                .map(|value| value.location),
        )
    }

    fn location(&self, inner: Location) -> Option<Location> {
        let start = self.0?;
        Some(Location {
            line: inner.line + start.line - 1,
            column: inner.column + start.column - 1,
        })
    }

    pub(super) fn notice(&self, notice: Notice) -> Notice {
        Notice {
            location: notice.location.and_then(|location| self.location(location)),
            ..notice
        }
    }

    fn refusal(&self, mut refusal: PatchRefusal) -> PatchRefusal {
        refusal.location = refusal
            .location
            .and_then(|location| self.location(location));
        refusal.replaces = refusal
            .replaces
            .and_then(|line| Some(line + self.0?.line - 1));
        if let (Reason::DuplicateKey { first, .. }, Some(start)) = (&mut refusal.reason, self.0) {
            *first += start.line - 1;
        }
        refusal
    }
}
