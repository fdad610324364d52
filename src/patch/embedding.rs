//! Which text does a target read, where that is a part of the file?

use super::change::VerifiedEdits;
use super::embedded::Embedded;
use super::excerpt::Excerpt;
use super::refusal::PatchRefusal;
use super::style::Style;
use super::{config_map, release_resource};
use crate::target::{Format, Target};

/// The text that the target reads; `None` where that is the file itself.
pub(super) fn embedded(source: &str, target: Target) -> Result<Option<Embedded<'_>>, PatchRefusal> {
    match target.format() {
        Format::ConfigMap => config_map::embedded(source).map(Some),
        _ => release_resource::embedded(source, target),
    }
}

/// What is to happen to a file of any size, when `connect` decides what is to happen to the text that the target reads.
pub(super) fn change(
    source: &str,
    target: Target,
    connect: &impl Fn(&str, &Style) -> Result<VerifiedEdits, PatchRefusal>,
) -> Result<VerifiedEdits, PatchRefusal> {
    let connect = |text: &str, style: &Style| change_inner(text, style, target, connect);
    let excerpt = Excerpt::of_large(source, &[target]);
    let by_excerpt = excerpt.and_then(|excerpt| change_by_excerpt(&excerpt, target, &connect));
    // A refusal comes from the whole file, whose lines it names.
    by_excerpt.map_or_else(|| change_whole(source, target, &connect), Ok)
}

/// What is to happen to a text within a file, such as one in quotes on a single line.
fn change_inner(
    text: &str,
    style: &Style,
    target: Target,
    connect: &impl Fn(&str, &Style) -> Result<VerifiedEdits, PatchRefusal>,
) -> Result<VerifiedEdits, PatchRefusal> {
    let by_excerpt = || {
        let excerpt = Excerpt::of_large(text, &[target])?;
        excerpt.restore(connect(&excerpt.text, style).ok()?)
    };
    by_excerpt().map_or_else(|| connect(text, style), Ok)
}

/// `None` if the edit is refused in the excerpt, or cannot be made in the file: only the whole file shows why.
pub(super) fn change_by_excerpt(
    excerpt: &Excerpt,
    target: Target,
    connect: &impl Fn(&str, &Style) -> Result<VerifiedEdits, PatchRefusal>,
) -> Option<VerifiedEdits> {
    let style = Style::of(excerpt.source());
    let change = match embedded(&excerpt.text, target).ok()? {
        Some(embedded) => {
            let inner_style = excerpt.style_of_text(embedded.start());
            embedded.change(&style, inner_style, connect)
        }
        None => connect(&excerpt.text, &style),
    };
    excerpt.restore(change.ok()?)
}

pub(super) fn change_whole(
    source: &str,
    target: Target,
    connect: &impl Fn(&str, &Style) -> Result<VerifiedEdits, PatchRefusal>,
) -> Result<VerifiedEdits, PatchRefusal> {
    let style = Style::of(source);
    match embedded(source, target)? {
        Some(embedded) => embedded.change(&style, None, connect),
        None => connect(source, &style),
    }
}
