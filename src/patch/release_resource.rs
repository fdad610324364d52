//! Finds the values of a chart in a resource of Flux, Argo CD and the like.

use serde_yaml::Value;

use super::data::read;
use super::document::{Document, DocumentSelector, TargetPart};
use super::embedded::Embedded;
use super::excerpt::Excerpt;
use super::refusal::{PatchRefusal, Reason};
use crate::target::{
    ReleaseValues, Target, ValuesForm, are_in_key, at_steps, is_value_source, key_path,
    may_be_release_resource,
};

/// The document that the target reads, or the values of a release that are a part of it.
pub(super) fn document(text: &str, target: Target) -> Result<Document<'_>, PatchRefusal> {
    let Some((document, values)) = release(text, target)? else {
        return Document::parse(text, DocumentSelector::of(target));
    };
    let part = TargetPart {
        is_of_chart: values.names_chart_of(target),
        path: values.path,
    };
    Ok(document.within(part))
}

/// The values of a release that are a text within the resource.
pub(super) fn embedded(text: &str, target: Target) -> Result<Option<Embedded<'_>>, PatchRefusal> {
    let Some((outer, values)) = release(text, target)? else {
        return Ok(None);
    };
    if values.form == ValuesForm::Map {
        return Ok(None);
    }
    let inner = at_steps(outer.merged(), &values.path).and_then(Value::as_str);
    let inner = inner.unwrap_or_default().to_owned();
    Embedded::new(outer, values.path, inner).map(Some)
}

/// Where in the text the values are; `None` where it has no such resource.
pub(super) fn place(text: &str, target: Target) -> Option<String> {
    match in_text(text, target) {
        Ok(found) => found.map(|(_, values)| key_path(&values.path)),
        // A template is no YAML, and Flux has one place for values.
        Err(_) => has_line(text, "kind: HelmRelease").then(|| "spec.values".to_owned()),
    }
}

/// What applies the resource in which these values are.
pub(super) fn controller(text: &str, target: Target) -> Option<&'static str> {
    let found = in_text(text, target).ok().flatten();
    found.map(|(_, values)| values.controller)
}

/// The version of this chart that the resource installs; `None` where it is that of a parent chart.
pub(super) fn chart_version(text: &str, target: Target) -> Option<String> {
    let (_, values) = in_text(text, target).ok()??;
    let is_own = values.names_chart_of(target);
    values.chart_version.filter(|_| is_own)
}

/// The values of the chart themselves.
pub(super) fn values(text: &str, target: Target) -> Option<Value> {
    if let Some(embedded) = embedded(text, target).ok()? {
        return serde_yaml::from_str(embedded.text()).ok();
    }
    let (document, values) = release(text, target).ok()??;
    at_steps(document.merged(), &values.path).cloned()
}

/// Refuses a resource whose parameters override what a connection writes. A controller gives them to Helm as `--set`.
pub(super) fn check_parameters(text: &str, target: Target) -> Result<(), PatchRefusal> {
    // Few resources have any, and to look for them a large one is read as a whole.
    if !["arameters", "set:", "\"set\""]
        .iter()
        .any(|word| text.contains(word))
    {
        return Ok(());
    }
    // What cannot be read is refused where it is edited.
    let Ok(Some((document, values))) = release(text, target) else {
        return Ok(());
    };
    for parameter in values.parameters(document.merged()) {
        if parameter.overrides(target, values.names_chart_of(target)) {
            let name = parameter.name;
            let refusal = PatchRefusal::new(Reason::Overridden { name });
            return Err(refusal.at_any(document.location_of_steps(&parameter.path)));
        }
    }
    Ok(())
}

fn release(
    text: &str,
    target: Target,
) -> Result<Option<(Document<'_>, ReleaseValues)>, PatchRefusal> {
    // A search for words first: every values file passes here, and only few are resources of Flux or Argo CD.
    if !target.is_chart() || !may_be_release_resource(text) {
        return Ok(None);
    }
    let Some(document) = selected(text, target)? else {
        return Ok(None);
    };
    let mut values = target.release_values_as_named(document.merged());
    // An Application of Argo CD can have several sources, each with values.
    if values.len() > 1 {
        let keys = values
            .iter()
            .map(|values| format!("`{}`", key_path(&values.path)));
        let keys = keys.collect();
        return Err(Reason::SeveralPlaces { keys }.into());
    }
    Ok(values.pop().map(|values| (document, values)))
}

/// The resource of this chart; else the one whose chart is not known, for which the user names it.
fn selected(text: &str, target: Target) -> Result<Option<Document<'_>>, PatchRefusal> {
    for selector in selectors(text, target) {
        match Document::parse(text, Some(selector)) {
            Err(refusal) if matches!(refusal.reason, Reason::NoResource(_)) => {}
            Ok(document) if !document.item_path().is_empty() => {
                return Err(Reason::ListOfResources.into());
            }
            document => return document.map(Some),
        }
    }
    Ok(None)
}

/// The first document with values of this chart, and where they are in it.
pub(super) fn in_text(
    text: &str,
    target: Target,
) -> Result<Option<(Value, ReleaseValues)>, PatchRefusal> {
    if !target.is_chart() || !may_be_release_resource(text) {
        return Ok(None);
    }
    let excerpt = Excerpt::of_large(text, &[target]);
    let documents = read(excerpt.as_ref().map_or(text, |excerpt| &excerpt.text))?;
    let first = |rule: DocumentRule| {
        documents.iter().find_map(|document| {
            let values =
                rule(target, document).then(|| target.release_values_as_named(document))?;
            Some((document.clone(), values.into_iter().next()?))
        })
    };
    Ok(rules(are_in_key(&documents, target))
        .iter()
        .copied()
        .find_map(first))
}

/// Whether a document is one with values of this chart.
type DocumentRule = fn(Target, &Value) -> bool;

/// The rules by which a document is chosen: by its content; where that does not decide, by what the user names; last, the one from which
/// a release of another file takes its values. Such a one comes first where the release is in the same file and has nothing of its own.
fn rules(are_in_key: bool) -> &'static [DocumentRule] {
    const RELEASE: DocumentRule = |target, document| {
        !is_value_source(document) && !target.release_values(document).is_empty()
    };
    const NAMED: DocumentRule = |target, document| {
        !is_value_source(document) && !target.release_values_as_named(document).is_empty()
    };
    const SOURCE: DocumentRule =
        |target, document| is_value_source(document) && !target.release_values(document).is_empty();
    match are_in_key {
        true => &[SOURCE],
        false => &[RELEASE, NAMED, SOURCE],
    }
}

/// How such a resource is chosen.
fn selectors(text: &str, target: Target) -> Vec<DocumentSelector> {
    // A search first: few files name values elsewhere. What cannot be read is refused where it is edited.
    let may_be = text.contains("valuesFrom");
    let documents = may_be.then(|| read(text).ok()).flatten();
    let are_in_key = documents.is_some_and(|documents| are_in_key(&documents, target));
    let selector = |matches| DocumentSelector {
        kind: "release of this chart",
        target,
        matches,
    };
    rules(are_in_key).iter().copied().map(selector).collect()
}

fn has_line(text: &str, line: &str) -> bool {
    text.lines().any(|each| each.trim_end() == line)
}
