//! Puts one connection into one document.

use serde_yaml::Value;

use super::change::VerifiedEdits;
use super::cluster_label::ResolvedLabel;
use super::document::Document;
use super::entry_place::{of_item, prefix_in};
use super::known_keys::Keys;
use super::notice::{Notice, NoticeKind};
use super::refusal::{ExistingContent, PatchRefusal, Reason};
use super::rewrite::rewrite;
use super::style::Style;
use super::unknown_key_edit::KeyEdit;
use super::{
    PatchOutcome, Replacement, cluster_label, duplicates, job_labels, manual_patch, misplaced,
    other_identity, own_entry, release_resource,
};
use crate::compat::Installation;
use crate::remote_write::{ClusterLabel, RemoteWrite, relabeled_cluster};
use crate::render::Desired;
use crate::target::{self, EntryPlace, Format, Position, Target, at_path};

/// The edits of the text, in this style.
pub(super) fn change(
    text: &str,
    style: &Style,
    installation: &Installation,
    remote_write: &RemoteWrite,
) -> Result<VerifiedEdits, PatchRefusal> {
    connect(text, style, installation, remote_write, None)
}

/// The same where our remote write takes the place of another one.
pub(super) fn replacement(
    text: &str,
    style: &Style,
    installation: &Installation,
    remote_write: &RemoteWrite,
    replacement: &Replacement,
) -> Result<VerifiedEdits, PatchRefusal> {
    connect(text, style, installation, remote_write, Some(replacement))
}

fn connect(
    text: &str,
    style: &Style,
    installation: &Installation,
    remote_write: &RemoteWrite,
    replacement: Option<&Replacement>,
) -> Result<VerifiedEdits, PatchRefusal> {
    let document = desired_document(text, installation, remote_write, replacement);
    document
        .and_then(|document| document.change(style))
        .map_err(|refusal| with_manual(refusal, text, installation, remote_write, replacement))
}

/// A refusal with what to write by hand instead.
fn with_manual(
    refusal: PatchRefusal,
    text: &str,
    installation: &Installation,
    remote_write: &RemoteWrite,
    replacement: Option<&Replacement>,
) -> PatchRefusal {
    // Where another remote write is replaced, the block is that of a new one. The text is read as a whole for this, which
    // takes half a minute for 200,000 keys in a debug build.
    if replacement.is_some() || !refusal.lacks_manual() {
        return refusal;
    }
    let reason = &refusal.reason;
    match manual_patch::of_text(text, installation, remote_write, reason, &|_| false) {
        Some(manual) => refusal.with_manual(|| manual),
        None => refusal,
    }
}

/// One document, and what it must contain.
pub(super) struct DesiredDocument<'a> {
    pub(super) document: Document<'a>,
    pub(super) desired: Desired,
    pub(super) notices: Vec<Notice>,
    is_new: bool,
    cluster_label: String,
}

/// The edits for one document, or a refusal with the text to paste.
pub(super) fn desired_document<'a>(
    text: &'a str,
    installation: &Installation,
    remote_write: &RemoteWrite,
    replacement: Option<&Replacement>,
) -> Result<DesiredDocument<'a>, PatchRefusal> {
    let target = installation.target;
    let document = release_resource::document(text, target)?;
    check_kind(&document, target)?;
    let data = document.subject().clone();
    // A parent chart has the values of a dependency below its name or alias.
    let prefix = prefix_in(target, &data, document.is_of_chart())?;
    let found = at_path(&data, &prefix).unwrap_or(&Value::Null);
    let place = PlacedDocument {
        document,
        prefix: &prefix,
        found,
    };
    place.desired_document(installation, remote_write, replacement)
}

/// A document, with the place and the data of the target in it.
struct PlacedDocument<'a, 'd> {
    document: Document<'d>,
    prefix: &'a [&'a str],
    found: &'a Value,
}

impl<'d> PlacedDocument<'_, 'd> {
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
        let ours = self.ours(&all, target, remote_write, replacement)?;
        let of_others = self.check_others(&all, ours, installation, remote_write)?;
        let new = target.new_place_in(found);
        let place = ours.map_or(new, own_entry::ExistingEntry::place);
        let label = self.cluster_label(target, place, remote_write)?;
        let mut notices = own_entry::notices(&all, ours, remote_write);
        notices.extend(label.notice);
        notices.extend(of_others);
        let of_pod = other_identity::notices(installation, remote_write, found, &label.value);
        notices.extend(of_pod);
        notices.extend(job_labels::notice(found, place, &label.value));

        let (desired, corrected) = self.desired_at(place, installation, remote_write)?;
        notices.extend(corrected);
        let desired = match replacement {
            Some(replacement) => desired
                .and(replacement.also.clone())
                // An empty list in values still replaces that of a parent or an earlier release, so none is left
                // behind.
                .without_empty_lists(found),
            None => desired,
        };
        Ok(DesiredDocument {
            desired: desired.under(self.prefix),
            is_new: place == new,
            notices,
            cluster_label: label.value,
            document: self.document,
        })
    }

    /// The cluster label of the file, or of the entry's own relabeling where that decides.
    fn cluster_label(
        &self,
        target: Target,
        place: EntryPlace,
        remote_write: &RemoteWrite,
    ) -> Result<ResolvedLabel, PatchRefusal> {
        let relabeled = relabeled_cluster(self.found, place);
        if let ClusterLabel::Explicit(ours) = &remote_write.cluster_label
            && let Some(found) = relabeled.filter(|found| found != ours)
        {
            // Relabeling comes after the external labels, so the label that the user asks for would not be sent.
            let reason = Reason::RelabeledLabel {
                found: found.to_owned(),
            };
            let location = self.document.location_of(self.prefix, place);
            return Err(PatchRefusal::new(reason).at_any(location));
        }
        let relabeled = relabeled.map(Value::from);
        let relabeled = match remote_write.cluster_label {
            ClusterLabel::Default(_) | ClusterLabel::ByUser(_) => relabeled,
            ClusterLabel::Explicit(_) => None,
        };
        let external = at_path(self.found, target.cluster_label());
        cluster_label::resolve(relabeled.as_ref().or(external), &remote_write.cluster_label)
    }

    /// What the document must contain with the entry at its place, and what was wrong with the keys that the entry has.
    fn desired_at(
        &self,
        place: EntryPlace,
        installation: &Installation,
        remote_write: &RemoteWrite,
    ) -> Result<(Desired, Vec<Notice>), PatchRefusal> {
        let desired = installation
            .desired(remote_write, place, self.found)
            .map_err(Reason::Target)?;
        let right = self
            .keys(installation)
            .put_right(place, &of_item(&desired, place))?;
        let desired = match place.position {
            Position::At(_) => {
                let items = Desired::Items(vec![(place.position, right.entry)]);
                desired.and(items.under(place.list))
            }
            Position::End => desired,
        };
        Ok((desired, right.notices))
    }

    /// Which remote write of the file is ours; refused where a new one may be a second one.
    fn ours<'e>(
        &self,
        all: &'e [own_entry::ExistingEntry],
        target: Target,
        remote_write: &RemoteWrite,
        replacement: Option<&Replacement>,
    ) -> Result<Option<&'e own_entry::ExistingEntry>, PatchRefusal> {
        if let Some(replacement) = replacement {
            return own_entry::at(all, replacement.place, remote_write);
        }
        let line = |place| manual_patch::line_of(&self.document, self.prefix, place);
        duplicates::check_rule(self.found, target.spelling(), all, remote_write, line)?;
        let ours = own_entry::ours(all, remote_write)?;
        if ours.is_none() {
            self.check_lists(target)?;
            own_entry::check_for_duplicate(all, remote_write)?;
        }
        Ok(ours)
    }

    fn keys<'k>(&'k self, installation: &'k Installation) -> Keys<'k, 'd> {
        Keys {
            document: &self.document,
            prefix: self.prefix,
            found: self.found,
            installation,
        }
    }

    /// Refuses a file that Prometheus refuses for its other remote writes, and names what else is wrong with them.
    fn check_others(
        &self,
        all: &[own_entry::ExistingEntry],
        ours: Option<&own_entry::ExistingEntry>,
        installation: &Installation,
        remote_write: &RemoteWrite,
    ) -> Result<Vec<Notice>, PatchRefusal> {
        let target = installation.target;
        let ours = ours.map(own_entry::ExistingEntry::place);
        let others = || all.iter().filter(|each| Some(each.place()) != ours);
        duplicates::check(self.found, target.spelling(), all)?;
        // The workspace's page in the portal shows the query endpoint next to the ingestion endpoint, and the two are
        // confused.
        others().try_for_each(own_entry::ExistingEntry::check_endpoint)?;
        let misplaced = misplaced::misplaced(&self.document, self.prefix, target);
        let mut notices = misplaced::notices(misplaced, remote_write, ours.is_some())?;
        notices.extend(misplaced::proxies(
            &self.document,
            self.prefix,
            self.found,
            target,
        ));
        let keys = self.keys(installation);
        notices.extend(others().flat_map(|other| keys.of_entry(other.place(), KeyEdit::Kept)));
        notices.extend(keys.elsewhere(KeyEdit::Kept));
        Ok(notices)
    }

    /// Refuses a file with something else where a list of remote writes belongs: it may become one that writes to the same
    /// workspace.
    fn check_lists(&self, target: Target) -> Result<(), PatchRefusal> {
        let mut others = target.lists().iter().filter_map(|list| {
            let value = at_path(self.found, list)?;
            (!value.is_null() && !value.is_sequence()).then_some((list, value))
        });
        let Some((list, value)) = others.next() else {
            return Ok(());
        };
        let path = || self.prefix.iter().chain(*list).copied();
        let reason = Reason::Unexpected {
            path: self.document.path_from_top(path()),
            found: match value.is_mapping() {
                true => "a map",
                false => "a single value",
            },
            expected: "a list",
        };
        let location = self.document.location_of_value(path());
        let location = location.or_else(|| self.document.location_of_key(path()));
        Err(PatchRefusal::new(reason)
            .at_any(location)
            .with_existing(Some(ExistingContent::NoList)))
    }

    /// Refuses a file in which our remote write would count for nothing, or twice.
    fn check_effect(&self, target: Target) -> Result<(), PatchRefusal> {
        // kube-prometheus-stack writes `additionalConfig` into the resource next to its own list: a remote write in
        // both gives the manifest one key twice (tried with Helm).
        let second = target.second_definition(self.found).map(|path| {
            let mut lists = target.lists().iter();
            let in_use = lists.rfind(|list| at_path(self.found, list).is_some());
            let reason = Reason::SecondDefinition {
                path: path.join("."),
                place: in_use.unwrap_or(&target.lists()[0]).join("."),
            };
            (path, reason)
        });
        // With `configFromSecret` or `configMapOverrideName` the prometheus chart renders no ConfigMap of its own, and
        // `server.remoteWrite` has no effect.
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
    fn change(self, style: &Style) -> Result<VerifiedEdits, PatchRefusal> {
        let rewritten = rewrite(self.document, style, self.desired)?;
        let outcome = match &rewritten.splices[..] {
            [] => PatchOutcome::Unchanged,
            _ if self.is_new => PatchOutcome::Added,
            _ => PatchOutcome::Updated,
        };
        let mut notices = self.notices;
        // A removed key can be both an unknown key and one that conflicts; one message is enough.
        let is_named = |notice: &Notice| match &notice.what {
            NoticeKind::Removed { path } => notices.iter().any(|other| other.names_key(path)),
            _ => false,
        };
        let more: Vec<_> = rewritten
            .notices
            .into_iter()
            .filter(|notice| !is_named(notice))
            .collect();
        notices.extend(more);
        Ok(VerifiedEdits {
            splices: rewritten.splices,
            outcome,
            notices,
            cluster_label: self.cluster_label,
        })
    }
}

/// Refuses a file that is certainly of another target.
fn check_kind(document: &Document, target: Target) -> Result<(), PatchRefusal> {
    if target.format() == Format::Resource {
        return Ok(());
    }
    let data = document.subject();
    // Values files can have a key `kind` of their own; only both keys together make a Kubernetes resource.
    let kind = data["apiVersion"].as_str().and(data["kind"].as_str());
    let another = |(certain, key, noun): (Target, &'static str, &str)| {
        (certain.is_configuration() != target.is_configuration()).then(|| (key, noun.to_owned()))
    };
    let found = match kind {
        Some(kind) => Some(("kind", format!("a Kubernetes resource of the kind {kind}"))),
        None => target::certainly_other_program(data)
            .map(|(key, noun)| (key, noun.to_owned()))
            .or_else(|| target::certainly(data).and_then(another)),
    };
    let expected = target.noun();
    let Some((key, found)) = found else {
        let is_foreign = target.is_configuration() && target::is_no_configuration(data);
        return match is_foreign {
            true => Err(Reason::NothingRead { expected }.into()),
            false => Ok(()),
        };
    };
    let reason = Reason::AnotherFile { found, expected };
    Err(PatchRefusal::new(reason).at_any(document.location_of_key([key])))
}
