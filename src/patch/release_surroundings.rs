//! Does a resource of Flux, Argo CD and the like have more than its values that decides about the connection?

use serde_yaml::Value;

use super::notice::{Notice, NoticeKind};
use super::patched::{PatchOutcome, Patched, UnreadValues};
use super::refusal::{PatchRefusal, Reason};
use super::release_resource::in_text;
use crate::target::{
    PathSegment, Target, TemplateLanguage, at_path, cluster_template, key_path, post_renderer,
};

/// Refuses a resource that patches the remote writes after Helm has made them.
pub(super) fn check_post_renderer(text: &str, target: Target) -> Result<(), PatchRefusal> {
    // A search is quick even in a large file, and most have neither word.
    if !["postRenderers", "templatePatch"]
        .iter()
        .any(|word| text.contains(word))
    {
        return Ok(());
    }
    // What cannot be read is refused where it is edited.
    let Ok(Some((document, _))) = in_text(text, target) else {
        return Ok(());
    };
    match post_renderer(&document, target) {
        Some(place) => Err(Reason::PatchedLater {
            path: key_path(&place),
        }
        .into()),
        None => Ok(()),
    }
}

/// Refuses one label for the clusters of a resource that makes a release for each of several.
pub(super) fn check_label(text: &str, target: Target, label: &str) -> Result<(), PatchRefusal> {
    // An expression gives each cluster a label of its own.
    if !text.contains("ApplicationSet") || label.contains("{{") {
        return Ok(());
    }
    let Ok(Some((document, _))) = in_text(text, target) else {
        return Ok(());
    };
    match cluster_template(&document) {
        Some(template) => Err(Reason::OneLabel {
            label: label.to_owned(),
            template,
        }
        .into()),
        None => Ok(()),
    }
}

/// Refuses a label of ours with an expression that Argo CD does not fill in, or does not make the Applications for.
pub(super) fn check_expression(
    text: &str,
    target: Target,
    label: &str,
) -> Result<(), PatchRefusal> {
    if !text.contains("ApplicationSet") || !label.contains("{{") {
        return Ok(());
    }
    let Ok(Some((document, _))) = in_text(text, target) else {
        return Ok(());
    };
    let Some(language) = TemplateLanguage::of(&document) else {
        return Ok(());
    };
    match language.respelled(label) {
        Some(right) => Err(Reason::OtherTemplate {
            label: label.to_owned(),
            language,
            right,
        }
        .into()),
        None => Ok(()),
    }
}

/// What else the controller merges with the values.
pub(super) fn notices(text: &str, target: Target) -> Vec<Notice> {
    let Ok(Some((document, values))) = in_text(text, target) else {
        return Vec::new();
    };
    let place = key_path(&values.path);
    // Helm merges maps key by key, but a list takes the place of the whole list below it.
    let of_others = values.merged_over.clone().map(|other| Notice {
        location: None,
        what: NoticeKind::MergedOver {
            place: place.clone(),
            other,
        },
    });
    let is_of_chart = values.names_chart_of(target);
    let subject = values.read(&document);
    let is_below = subject.is_some_and(|subject| {
        let prefix = target.prefix_of(&subject, is_of_chart);
        prefix.is_ok_and(|prefix| !prefix.is_empty())
    });
    let of_parent = is_below.then(|| Notice {
        location: None,
        what: NoticeKind::MergedOver {
            place,
            other: "the `values.yaml` of the chart itself".to_owned(),
        },
    });
    of_others.into_iter().chain(of_parent).collect()
}

/// What an edit may take away of values that were not read, or double of them; `None` where there is nothing of the kind. `data` reads what
/// a text has about the target.
pub(super) fn unread(
    before: &str,
    after: &Patched,
    target: Target,
    data: impl Fn(&str) -> Result<Value, PatchRefusal>,
) -> Option<UnreadValues> {
    if after.outcome == PatchOutcome::Unchanged {
        return None;
    }
    let (_, values) = in_text(before, target).ok()??;
    let others = values.merged_over.clone()?;
    let (old, new) = (data(before).ok()?, data(&after.text).ok()?);
    let mut lists = Vec::new();
    new_lists(&old, &new, &mut Vec::new(), &mut lists);
    let is_list = |path: &&[&str]| at_path(&new, path).is_some_and(Value::is_sequence);
    let has_all = target.lists().iter().all(is_list);
    let may_double = after.outcome == PatchOutcome::Added && !has_all;
    (may_double || !lists.is_empty()).then(|| UnreadValues {
        place: key_path(&values.path),
        others,
        lists,
        block: String::new(),
    })
}

/// The lists that only the new values have.
fn new_lists(old: &Value, new: &Value, path: &mut Vec<PathSegment>, found: &mut Vec<String>) {
    if new.is_sequence() && !old.is_sequence() {
        found.push(key_path(path));
    }
    for (key, value) in new.as_mapping().into_iter().flatten() {
        let Some(key) = key.as_str() else { continue };
        path.push(PathSegment::Key(key.to_owned()));
        new_lists(&old[key], value, path, found);
        path.pop();
    }
}
