//! Puts one connection into one document.

use serde_yaml::Value;

use super::change::Change;
use super::document::{Document, DocumentSelector};
use super::notice::Notice;
use super::refusal::{PatchRefusal, Reason};
use super::rewrite::rewrite;
use super::style::Style;
use super::{Outcome, Replacement, cluster_label, manual_patch, own_entry};
use crate::compat::Installation;
use crate::remote_write::RemoteWrite;
use crate::render::Desired;
use crate::target::{self, Format, Target, at_path};

/// The edits of the text, in this style.
pub(super) fn change(
    text: &str,
    style: &Style,
    installation: &Installation,
    remote_write: &RemoteWrite,
) -> Result<Change, PatchRefusal> {
    connect(text, style, installation, remote_write, None)
}

/// The same where our remote write takes the place of another one.
pub(super) fn replacement(
    text: &str,
    style: &Style,
    installation: &Installation,
    remote_write: &RemoteWrite,
    replacement: &Replacement,
) -> Result<Change, PatchRefusal> {
    connect(text, style, installation, remote_write, Some(replacement))
}

fn connect(
    text: &str,
    style: &Style,
    installation: &Installation,
    remote_write: &RemoteWrite,
    replacement: Option<&Replacement>,
) -> Result<Change, PatchRefusal> {
    let document = desired_document(text, installation, remote_write, replacement)?;
    let (data, target) = (document.document.merged.clone(), installation.target);
    document.change(style).map_err(|refusal| {
        let prefix = target.prefix_in(&data);
        let found = at_path(&data, &prefix).unwrap_or(&Value::Null);
        let paste =
            manual_patch::paste_for(&refusal.reason, installation, remote_write, &prefix, found);
        refusal.with_paste(|| paste)
    })
}

/// One document, and what it must say.
pub(super) struct DesiredDocument<'a> {
    pub(super) document: Document<'a>,
    pub(super) desired: Desired,
    pub(super) notices: Vec<Notice>,
    /// Where our remote write starts that was there before.
    replaces: Option<usize>,
    is_new: bool,
    cluster_label: String,
}

/// What is to be said of one document, or why it cannot be, with what to paste replacement.
pub(super) fn desired_document<'a>(
    text: &'a str,
    installation: &Installation,
    remote_write: &RemoteWrite,
    replacement: Option<&Replacement>,
) -> Result<DesiredDocument<'a>, PatchRefusal> {
    let target = installation.target;
    let document = Document::parse(text, selector(target))?;
    check_kind(&document, target)?;
    let data = document.merged.clone();
    let prefix = target.prefix_in(&data);
    let found = at_path(&data, &prefix).unwrap_or(&Value::Null);
    let place = Placed {
        document,
        prefix: &prefix,
        found,
    };
    place
        .desired_document(installation, remote_write, replacement)
        .map_err(|refusal| {
            let paste = manual_patch::paste_for(
                &refusal.reason,
                installation,
                remote_write,
                &prefix,
                found,
            );
            refusal.with_paste(|| paste)
        })
}

/// A document, with the place and the data of the target in it.
struct Placed<'a, 'd> {
    document: Document<'d>,
    prefix: &'a [&'a str],
    found: &'a Value,
}

impl<'d> Placed<'_, 'd> {
    fn desired_document(
        self,
        installation: &Installation,
        remote_write: &RemoteWrite,
        replacement: Option<&Replacement>,
    ) -> Result<DesiredDocument<'d>, PatchRefusal> {
        let (target, found) = (installation.target, self.found);
        self.check_effect(target)?;
        let mut all = own_entry::existing(found, target, |place| {
            self.document.location_of(self.prefix, place)
        });
        if let Some(replacement) = replacement {
            all.retain(|each| !replacement.gone.contains(&each.place()));
        }
        let ours = match replacement {
            Some(replacement) => own_entry::at(&all, replacement.place, remote_write)?,
            None => own_entry::ours(&all, remote_write)?,
        };
        let new = target.new_place();
        let place = ours.map_or(new, own_entry::Existing::place);
        let label = cluster_label::resolve(
            at_path(found, target.cluster_label()),
            &remote_write.cluster_label,
        );
        let mut notices = own_entry::notices(&all, ours, remote_write);
        notices.extend(label.notice);

        let desired = installation
            .desired(remote_write, place, found)
            .map_err(Reason::Target)?;
        let desired = match replacement {
            Some(replacement) => desired.and(replacement.also.clone()),
            None => desired,
        };
        Ok(DesiredDocument {
            desired: desired.under(self.prefix),
            is_new: place == new,
            replaces: ours.and_then(|ours| Some(ours.location?.line)),
            notices,
            cluster_label: label.value,
            document: self.document,
        })
    }

    /// Refuses a file in which our remote write would count for nothing, or twice.
    fn check_effect(&self, target: Target) -> Result<(), PatchRefusal> {
        let second = target.second_definition(self.found).map(|path| {
            let reason = Reason::SecondDefinition {
                path: path.join("."),
            };
            (path, reason)
        });
        let elsewhere = target.setting_elsewhere(self.found).map(|path| {
            let reason = Reason::Elsewhere {
                path: path.join("."),
            };
            (path, reason)
        });
        let Some((path, reason)) = second.or(elsewhere) else {
            return Ok(());
        };
        let path = self.prefix.iter().chain(path).copied();
        Err(PatchRefusal::new(reason).at_any(self.document.location_of_key(path)))
    }
}

impl DesiredDocument<'_> {
    fn change(self, style: &Style) -> Result<Change, PatchRefusal> {
        let replaces = self.replaces;
        let rewritten =
            rewrite(self.document, style, &self.desired).map_err(|refusal| PatchRefusal {
                replaces,
                ..refusal
            })?;
        let outcome = match &rewritten.splices[..] {
            [] => Outcome::Unchanged,
            _ if self.is_new => Outcome::Added,
            _ => Outcome::Updated,
        };
        let mut notices = self.notices;
        notices.extend(rewritten.notices);
        Ok(Change {
            splices: rewritten.splices,
            outcome,
            notices,
            cluster_label: self.cluster_label,
        })
    }
}

/// Selects one of several documents, if the target has a kind of resource.
pub(super) fn selector(target: Target) -> Option<DocumentSelector> {
    target.resource().map(|matches| DocumentSelector {
        kind: "Prometheus or PrometheusAgent of monitoring.coreos.com",
        matches,
    })
}

/// Refuses a file that is certainly of another target.
fn check_kind(document: &Document, target: Target) -> Result<(), PatchRefusal> {
    if target.format() == Format::Resource {
        return Ok(());
    }
    let data = &document.merged;
    let kind = data["apiVersion"].as_str().and(data["kind"].as_str());
    let another = |(certain, key, noun): (Target, &'static str, &str)| {
        (certain.is_configuration() != target.is_configuration()).then(|| (key, noun.to_owned()))
    };
    let found = match kind {
        Some(kind) => Some(("kind", format!("a Kubernetes resource of the kind {kind}"))),
        None => target::certainly(data).and_then(another),
    };
    let Some((key, found)) = found else {
        return Ok(());
    };
    let expected = target.noun();
    let reason = Reason::AnotherFile { found, expected };
    Err(PatchRefusal::new(reason).at_any(document.location_of_key([key])))
}
