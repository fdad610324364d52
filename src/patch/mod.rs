//! Puts a connection into a file that the user already has, and changes nothing else in it.

mod block_scalar;
mod change;
mod cluster_label;
mod comments;
mod config_map;
mod connect;
mod container_line;
mod data;
mod document;
mod duplicates;
mod earlier_output;
mod edit;
mod edits;
mod embedded;
mod embedding;
mod encrypted;
mod entry_place;
mod entry_url;
#[cfg(test)]
mod examples;
mod excerpt;
mod flow;
mod flow_outline;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod generate;
#[cfg(test)]
mod held;
#[cfg(test)]
mod insertions;

mod job_labels;
mod known_keys;
mod lines;
mod manual_patch;
mod misplaced;
mod misplaced_effect;
mod notice;
mod occupied;
mod operations;
mod other_identity;
mod outline;
mod outline_value;
mod own_entry;
mod patched;
mod places;
#[cfg(test)]
mod properties;
mod refusal;
#[cfg(test)]
mod release_examples;
mod release_notice;
mod release_resource;
mod release_surroundings;
mod remove;
mod replaced;
#[cfg(test)]
mod resources;
mod review;
mod rewrite;
mod section;
mod section_filter;
mod sections;
mod stream_check;
mod style;
mod template;
mod tree;
mod unknown_key_edit;
mod verification;
mod workload;
mod written_value;

use std::borrow::Cow;

pub(crate) use comments::comments_left_out;
pub(crate) use container_line::line_of_container;
pub(crate) use data::{documents, exceeds_limits};
pub(crate) use entry_url::is_query_endpoint;
use excerpt::Excerpt;
pub(crate) use notice::{Notice, NoticeKind};
pub(crate) use operations::PatchOperation;
pub(crate) use patched::{PatchOutcome, Patched, Replacement, UnreadValues};
use refusal::ExistingContent;
pub(crate) use refusal::{PatchRefusal, Reason};
pub(crate) use release_notice::ReleaseNotice;
pub(crate) use replaced::{foreign_operations_of, taken_away};
pub(crate) use review::{Review, review};
use serde_yaml::Value;
use style::Style;
pub(crate) use template::PlainTemplate;

use crate::compat::{DescribedPod, Installation, Version};
use crate::remote_write::RemoteWrite;
use crate::target::{Target, at_path};

/// Adds the connection to the file, or corrects it there. Either nothing else changes, or the file is refused.
pub(crate) fn patch(
    source: &str,
    installation: &Installation,
    remote_write: &RemoteWrite,
) -> Result<Patched, PatchRefusal> {
    // `helm get values` prints this for a release without values.
    let source = if source.trim() == "null" { "" } else { source };
    let target = installation.target;
    let change = encrypted::check(source).and_then(|()| {
        release_resource::check_parameters(source, target)?;
        release_surroundings::check_post_renderer(source, target)?;
        embedding::change(source, target, &|text: &str, style: &Style| {
            // A ConfigMap in the clear can hold a text that is encrypted.
            encrypted::check(text)?;
            connect::change(text, style, installation, remote_write)
        })
    });
    let mut patched = change
        .and_then(|change| change.apply(source))
        .and_then(|patched| checked_label(source, target, patched, remote_write))
        .map_err(|refusal| {
            let own = remote_write.url.known();
            let line = own.and_then(|own| template::line_of_rule(source, own));
            refused(refusal, source, installation, remote_write)
                .with_existing(line.map(|line| ExistingContent::Rule(Some(line))))
        })?;
    patched.unread =
        release_surroundings::unread(source, &patched, target, |text| data(text, target));
    if let Some(unread) = &mut patched.unread {
        unread.block = new_block(source, installation, remote_write);
    }
    let of_release = release_surroundings::notices(source, target);
    patched.notices.extend(of_release);
    Ok(patched)
}

/// The same, unless several clusters would have one label, or none, for an expression that is not filled in.
fn checked_label(
    source: &str,
    target: Target,
    patched: Patched,
    remote_write: &RemoteWrite,
) -> Result<Patched, PatchRefusal> {
    let label = &*patched.cluster_label;
    if patched.outcome != PatchOutcome::Unchanged {
        release_surroundings::check_label(source, target, label)?;
    }
    if label == remote_write.cluster_label.value() {
        release_surroundings::check_expression(source, target, label)?;
    }
    Ok(patched)
}

/// The same for a resource in the cluster, as operations on it, with notices. No operations if nothing has to change.
pub(crate) fn json_patch(
    source: &str,
    installation: &Installation,
    remote_write: &RemoteWrite,
) -> Result<(Vec<PatchOperation>, Vec<Notice>), PatchRefusal> {
    let document = encrypted::check(source)
        .and_then(|()| connect::desired_document(source, installation, remote_write, None))
        .and_then(|document| match document.document.item_path() {
            [] => Ok(document),
            // The paths of the operations are those of a single resource.
            _ => Err(Reason::ListOfResources.into()),
        })
        .map_err(|refusal| pasted(refusal, source, installation, remote_write))?;
    let operations = operations::operations(&document.desired, document.document.merged());
    Ok((operations, document.notices))
}

/// The operations that turn one text of a resource into another.
pub(crate) fn differences(before: &str, after: &str) -> Result<Vec<PatchOperation>, PatchRefusal> {
    let (before, after) = (resource(before)?, resource(after)?);
    Ok(operations::differences(&before, &after))
}

/// Puts the connection in the place of another remote write. Nothing changes but that and what goes with it, or there is
/// a refusal.
pub(crate) fn replace(
    source: &str,
    installation: &Installation,
    remote_write: &RemoteWrite,
    replacement: &Replacement,
) -> Result<Patched, PatchRefusal> {
    let connect = |text: &str, style: &Style| {
        encrypted::check(text)?;
        connect::replacement(text, style, installation, remote_write, replacement)
    };
    encrypted::check(source)
        .and_then(|()| release_resource::check_parameters(source, installation.target))
        .and_then(|()| release_surroundings::check_post_renderer(source, installation.target))
        .and_then(|()| embedding::change_whole(source, installation.target, &connect))
        .and_then(|change| change.apply(source))
        .and_then(|patched| checked_label(source, installation.target, patched, remote_write))
        .map_err(|refusal| refused(refusal, source, installation, remote_write))
}

/// What a file contains for its target, merge keys resolved and without the keys of a parent chart.
pub(crate) fn data(source: &str, target: Target) -> Result<Value, PatchRefusal> {
    let inner = match embedding::embedded(source, target)? {
        Some(embedded) => Cow::Owned(embedded.text().to_owned()),
        None => Cow::Borrowed(source),
    };
    let document = release_resource::document(&inner, target)?;
    let prefix = entry_place::prefix_in(target, document.subject(), document.is_of_chart())?;
    Ok(at_path(document.subject(), &prefix)
        .cloned()
        .unwrap_or_default())
}

/// The same of a resource of the Operator, such as one in the cluster.
pub(crate) fn resource(source: &str) -> Result<Value, PatchRefusal> {
    data(source, Target::CustomResource)
}

/// The proxies of a file that do not run, since nothing takes containers from their place.
pub(crate) fn misplaced_proxies(source: &str, target: Target) -> Result<Vec<Notice>, PatchRefusal> {
    let look = |text: &str| {
        let document = release_resource::document(text, target)?;
        let prefix = entry_place::prefix_in(target, document.subject(), document.is_of_chart())?;
        let found = at_path(document.subject(), &prefix).unwrap_or(&Value::Null);
        Ok(misplaced::proxies(&document, &prefix, found, target))
    };
    let Some(embedded) = embedding::embedded(source, target)? else {
        return look(source);
    };
    let (notices, shift) = embedded.inside(look)?;
    Ok(notices
        .into_iter()
        .map(|notice| shift.notice(notice))
        .collect())
}

/// Whether only the program that encrypted a file can edit it.
pub(crate) fn is_encrypted(source: &str) -> bool {
    encrypted::check(source).is_err()
}

/// What a file has about the pod of Prometheus. Of a large file, only the sections of the target are read.
pub(crate) fn described_pod(source: &str, target: Target) -> Result<DescribedPod, PatchRefusal> {
    if !target.describes_pod() {
        return Ok(workload::described(source, target));
    }
    let found = data(&read_part(source, &[target]), target)?;
    let described = DescribedPod::of(target, &found);
    let chart_version =
        release_resource::chart_version(source, target).filter(|_| target.is_operated());
    let of_chart = chart_version.and_then(|version| Version::operator_of_chart(&version));
    Ok(DescribedPod {
        operator: described.operator.or(of_chart),
        ..described
    })
}

/// As much of a file as has to be read for these targets: of a large file, what a connection neither reads nor changes is left out.
pub(crate) fn read_part<'s>(source: &'s str, targets: &[Target]) -> Cow<'s, str> {
    let excerpt = Excerpt::of_large(source, targets);
    excerpt.map_or(Cow::Borrowed(source), |excerpt| excerpt.text)
}

/// What applies a file that is a resource with the values of a chart, such as Flux; `None` for any other file.
pub(crate) fn controller_of_release(source: &str, target: Target) -> Option<&'static str> {
    release_resource::controller(source, target)
}

/// The values of a chart as YAML, where a file is a resource that holds them; any other file as it is.
pub(crate) fn chart_values(source: &str, target: Target) -> Cow<'_, str> {
    let values = release_resource::values(source, target);
    let values = values.and_then(|values| serde_yaml::to_string(&values).ok());
    values.map_or(Cow::Borrowed(source), Cow::Owned)
}

/// The document of the ConfigMap that a file describes, merge keys resolved.
pub(crate) fn config_map(source: &str) -> Result<Value, PatchRefusal> {
    config_map::outer(source)
}

/// The key below `data` of that ConfigMap that holds the configuration of Prometheus.
pub(crate) fn configuration_key(source: &str) -> Result<String, PatchRefusal> {
    config_map::key(source)
}

/// What to paste into a template, below the keys of parent charts.
pub(crate) fn template_block(
    source: &str,
    installation: &Installation,
    remote_write: &RemoteWrite,
) -> String {
    let prefix = PlainTemplate::of(source).prefix(installation.target);
    let prefix: Vec<&str> = prefix.iter().map(String::as_str).collect();
    manual_patch::paste(installation, remote_write, &prefix).whole
}

/// All that values without a connection need, below the keys of parent charts.
fn new_block(source: &str, installation: &Installation, remote_write: &RemoteWrite) -> String {
    let target = installation.target;
    let document = release_resource::document(source, target).ok();
    let prefix = document.as_ref().and_then(|document| {
        entry_place::prefix_in(target, document.subject(), document.is_of_chart()).ok()
    });
    let prefix = prefix.unwrap_or_default();
    manual_patch::paste(installation, remote_write, &prefix).whole
}

/// With what to write by hand, and where.
fn refused(
    refusal: PatchRefusal,
    source: &str,
    installation: &Installation,
    remote_write: &RemoteWrite,
) -> PatchRefusal {
    let place = release_resource::place(source, installation.target);
    let refusal = match refusal.reason {
        Reason::Template | Reason::Encrypted { .. } => {
            let manual = template::manual_patch(source, installation, remote_write);
            let refusal = refusal.with_manual(|| manual);
            refusal.with_existing(template::line_of_sign_in(source).map(ExistingContent::SignIn))
        }
        _ => refusal,
    };
    pasted(refusal, source, installation, remote_write).within(place)
}

/// With what to write by hand, where nothing better is known.
fn pasted(
    refusal: PatchRefusal,
    source: &str,
    installation: &Installation,
    remote_write: &RemoteWrite,
) -> PatchRefusal {
    refusal.with_manual(|| manual_patch::paste_into(source, installation, remote_write, &[]))
}
