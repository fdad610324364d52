//! A file as the program reads it that it is for, and what that program would not take. Nothing is written.

use serde_yaml::Value;

use super::excerpt::Excerpt;
use super::known_keys::Keys;
use super::notice::{Notice, NoticeKind};
use super::own_entry::{ExistingEntry, existing};
use super::refusal::PatchRefusal;
use super::unknown_key_edit::KeyEdit;
use super::{duplicates, embedding, entry_place, misplaced, release_resource};
use crate::compat::Installation;
use crate::redact::without_secret_forms;
use crate::target::{EntryPlace, Target, at_path};

/// What a file contains, and its faults.
pub(crate) struct Review {
    /// Merge keys resolved, without the keys of a parent chart.
    pub(crate) data: Value,
    /// Each with the entry that it is about; none for those of the whole file.
    pub(crate) faults: Vec<(Option<EntryPlace>, Notice)>,
}

/// Reads a file and holds it to what its program takes.
pub(crate) fn review(source: &str, installation: &Installation) -> Result<Review, PatchRefusal> {
    if let Some(excerpt) = Excerpt::of_large(source, &[installation.target])
        && let Ok(review) = of_file(&excerpt.text, installation)
    {
        let (entries, faults): (Vec<_>, Vec<_>) = review.faults.into_iter().unzip();
        let faults = entries.into_iter().zip(excerpt.notices(faults));
        return Ok(Review {
            faults: faults.collect(),
            ..review
        });
    }
    of_file(source, installation)
}

fn of_file(source: &str, installation: &Installation) -> Result<Review, PatchRefusal> {
    let Some(embedded) = embedding::embedded(source, installation.target)? else {
        return of_text(source, installation);
    };
    let (review, shift) = embedded.inside(|inner| of_text(inner, installation))?;
    let faults = review.faults.into_iter();
    let faults = faults.map(|(place, notice)| (place, shift.notice(notice)));
    Ok(Review {
        faults: faults.collect(),
        ..review
    })
}

fn of_text(text: &str, installation: &Installation) -> Result<Review, PatchRefusal> {
    let target = installation.target;
    let document = release_resource::document(text, target)?;
    let prefix = entry_place::prefix_in(target, document.subject(), document.is_of_chart())?;
    let found = at_path(document.subject(), &prefix).unwrap_or(&Value::Null);
    let keys = Keys {
        document: &document,
        prefix: &prefix,
        found,
        installation,
    };
    let all = existing(found, target, |place| document.location_of(&prefix, place));
    let of_entries = all.iter().flat_map(|entry| {
        let place = entry.place();
        let unknown_keys = keys.of_entry(place, KeyEdit::Judged).into_iter();
        let rules = keys.broken_rules(place).into_iter();
        unknown_keys
            .chain(rules)
            .map(move |notice| (Some(place), notice))
    });
    let misplaced = misplaced::misplaced(&document, &prefix, target);
    let misplaced = misplaced.into_iter().map(misplaced::MisplacedEntry::notice);
    let proxies = misplaced::proxies(&document, &prefix, found, target);
    let of_file = misplaced
        .chain(proxies)
        .chain(keys.elsewhere(KeyEdit::Judged))
        .chain(refused(found, target, &all));
    let faults = of_entries
        .chain(of_file.map(|notice| (None, notice)))
        .collect();
    Ok(Review {
        data: found.clone(),
        faults,
    })
}

/// What an edit of the file would be refused for.
fn refused(found: &Value, target: Target, all: &[ExistingEntry]) -> Option<Notice> {
    let endpoint = || all.iter().try_for_each(ExistingEntry::check_endpoint);
    let checked = duplicates::check(found, target.spelling(), all).and_then(|()| endpoint());
    let refusal = checked.err()?;
    Some(Notice {
        location: refusal.location,
        what: NoticeKind::BrokenRule {
            text: without_secret_forms(&refusal.reason.to_string()),
        },
    })
}
