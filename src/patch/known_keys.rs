//! Holds a file to the keys that its program knows: those of our entry are put right, all others are only named.

use serde_yaml::Value;

use super::document::Document;
use super::notice::{Notice, NoticeKind};
use super::refusal::{Location, PatchRefusal, Reason};
use super::unknown_key_edit::{KeyEdit, UnknownKeyEdit};
use crate::compat::Installation;
use crate::key_schema::{
    GLOBAL, KeyFault, KeyMap, TOP, UnknownKey, broken_global, broken_rules, broken_values,
    respelled, unknown_keys,
};
use crate::redact::without_secret_forms;
use crate::remote_write::dropping_rule;
use crate::render::Desired;
use crate::sign_in::AZUREAD;
use crate::target::{
    EntryPlace, KeyPath, PathSegment, Position, Spelling, at_path, at_steps, key_path,
};
use crate::text::key_name::shown_key;

/// A document and where in it the target is.
#[derive(Clone, Copy)]
pub(super) struct Keys<'a, 'd> {
    pub(super) document: &'a Document<'d>,
    pub(super) prefix: &'a [&'a str],
    /// The data below the prefix.
    pub(super) found: &'a Value,
    pub(super) installation: &'a Installation,
}

/// What puts the keys of our entry right.
pub(super) struct RightKeys {
    /// For the item of the list.
    pub(super) entry: Desired,
    pub(super) notices: Vec<Notice>,
}

/// A file of another program has nothing but such keys, and each takes time to find.
const MOST_NAMED: usize = 20;

impl Keys<'_, '_> {
    fn spelling(&self) -> Spelling {
        self.installation.target.spelling()
    }

    /// The unknown keys of one entry, with their places.
    pub(super) fn of_entry(&self, place: EntryPlace, edit: KeyEdit) -> Vec<Notice> {
        let Some(item) = self.item(place) else {
            return Vec::new();
        };
        let map = KeyMap::of_entry(self.spelling());
        let all = unknown_keys(map, item, self.installation);
        outermost(&all)
            .map(|unknown| self.entry_notice(place, unknown, edit))
            .collect()
    }

    /// For what the program refuses one entry, apart from its keys.
    pub(super) fn broken_rules(&self, place: EntryPlace) -> Vec<Notice> {
        let item = self.item(place).unwrap_or(&Value::Null);
        let rules = broken_rules(item, self.installation).into_iter();
        let notices = rules.map(|(path, text)| Notice {
            location: self.location(place, &path),
            what: NoticeKind::BrokenRule {
                text: without_secret_forms(&text),
            },
        });
        notices.collect()
    }

    /// What puts the keys of our entry right, where `desired` is what it must contain. Refused where a key stays that this version
    /// does not know, where only the user knows what an unknown one means, and for a value that the program refuses.
    pub(super) fn put_right(
        &self,
        place: EntryPlace,
        desired: &Desired,
    ) -> Result<RightKeys, PatchRefusal> {
        let mut right = RightKeys {
            entry: Desired::Keys(Vec::new()),
            notices: Vec::new(),
        };
        let Some(item) = self.item(place) else {
            return Ok(right);
        };
        let map = KeyMap::of_entry(self.spelling());
        // Judged as it will be after the edit: a key that is renamed or removed is no reason to refuse the file.
        let before = respelled(map, item);
        let mut result = before.clone();
        desired.apply(&mut result);
        let all = unknown_keys(map, item, self.installation);
        self.check(place, item, &result, &all)?;
        right.notices.extend(self.dropping_rule(place, &result));
        right.notices.extend(self.kept_key(place, &before, &result));
        right
            .notices
            .extend(self.removed_scope(place, &before, &result));
        for unknown in outermost(&all).filter(|unknown| !is_too_new(unknown)) {
            let new = new_place(unknown, item, &result);
            if !self.document.has_steps(&self.steps(place, &unknown.path)) {
                // A merge key brings it, perhaps to other entries too.
                right
                    .notices
                    .push(self.entry_notice(place, unknown, KeyEdit::Kept));
                continue;
            }
            let edit = if new.is_some() {
                KeyEdit::Renamed
            } else {
                KeyEdit::Removed
            };
            right.notices.push(self.entry_notice(place, unknown, edit));
            right.entry = right.entry.and(Desired::Absent.at_steps(&unknown.path));
            if let Some((path, value)) = new {
                right.entry = right.entry.and(Desired::Is(value).at_steps(&path));
            }
        }
        Ok(right)
    }

    fn dropping_rule(&self, place: EntryPlace, entry: &Value) -> Option<Notice> {
        let rule = dropping_rule(entry)?;
        Some(Notice {
            location: self.location(place, &[]),
            what: NoticeKind::BrokenRule {
                text: format!("`{rule}` of this connection drops every sample, so none arrives"),
            },
        })
    }

    /// The path of a private key that stays where the certificate becomes another one.
    fn kept_key(&self, place: EntryPlace, before: &Value, after: &Value) -> Option<Notice> {
        let spelling = self.spelling();
        let settings = |entry: &'_ Value, key: &str| {
            let settings = &entry[spelling.key(AZUREAD).as_str()]["certificate"];
            settings
                .get(spelling.key(key).as_str())?
                .as_str()
                .map(str::to_owned)
        };
        let key = settings(after, "certificate_key_path")?;
        let (old, new) = (
            settings(before, "certificate_path")?,
            settings(after, "certificate_path")?,
        );
        (old != new).then(|| Notice {
            location: self.location(place, &[]),
            what: NoticeKind::BrokenRule {
                text: format!(
                    "`{}` stays {key}: it must be the private key of {new}, which takes the place of {old}",
                    spelling.key("certificate_key_path")
                ),
            },
        })
    }

    /// A scope of another service or cloud, without which Prometheus requests the right one.
    fn removed_scope(&self, place: EntryPlace, before: &Value, after: &Value) -> Option<Notice> {
        let azuread = self.spelling().key(AZUREAD);
        let scope = before[azuread.as_str()].get("scope")?.as_str()?;
        if after[azuread.as_str()].get("scope").is_some() {
            return None;
        }
        let path = [azuread, "scope".to_owned()].map(PathSegment::Key);
        Some(Notice {
            location: self.location(place, &path),
            what: NoticeKind::BrokenRule {
                text: format!(
                    "`scope` {scope} is removed: Azure Monitor refuses tokens for it, and without it Prometheus requests the scope of the cloud"
                ),
            },
        })
    }

    /// Refuses what only the user can correct. `result` is the entry after the edit, `all` are the unknown keys before it.
    fn check(
        &self,
        place: EntryPlace,
        item: &Value,
        result: &Value,
        all: &[UnknownKey],
    ) -> Result<(), PatchRefusal> {
        let map = KeyMap::of_entry(self.spelling());
        // For a field that is newer than itself Prometheus reports `field … not found in type …` and does not start.
        let newer = unknown_keys(map, result, self.installation);
        let lost = outermost(all).filter(|unknown| {
            filters_samples(unknown) && new_place(unknown, item, result).is_none()
        });
        if let Some(unknown) = newer
            .iter()
            .filter(|each| is_too_new(each))
            .chain(lost)
            .next()
        {
            let path = self.entry_path(place);
            let key = UnknownKeyEdit::new(&path, unknown, self.spelling(), KeyEdit::Judged);
            let location = self.location(place, &unknown.path);
            return Err(PatchRefusal::new(Reason::UnknownKey(Box::new(key))).at_any(location));
        }
        match broken_values(result, self.installation).into_iter().next() {
            None => Ok(()),
            Some((path, text)) => {
                let reason = Reason::BrokenValue {
                    text: without_secret_forms(&text),
                    effect: UnknownKeyEdit::refusal(self.spelling()),
                };
                Err(PatchRefusal::new(reason).at_any(self.location(place, &path)))
            }
        }
    }

    /// What is refused outside of the remote writes: unknown keys at the top of a prometheus.yml, and in its `global`, whose
    /// values are judged too.
    pub(super) fn elsewhere(&self, edit: KeyEdit) -> Vec<Notice> {
        let target = self.installation.target;
        if self.spelling() == Spelling::Operator {
            // A resource of the Operator has neither the top of a prometheus.yml nor its `global`.
            return Vec::new();
        }
        let global: KeyPath = match target.cluster_label() {
            [global @ .., _, _] => global,
            _ => &[],
        };
        let top: &[(KeyPath, &KeyMap)] = &[(&[], &TOP)];
        let top = top.iter().filter(|_| target.is_configuration());
        let maps = top.copied().chain([(global, &GLOBAL)]);
        let unknown_keys = maps.flat_map(|(path, map)| {
            let found = at_path(self.found, path).unwrap_or(&Value::Null);
            let all = unknown_keys(map, found, self.installation);
            let unnamed = all.len().saturating_sub(MOST_NAMED);
            let notices = all.iter().take(MOST_NAMED).map(|unknown| {
                let above = [self.prefix, path].concat();
                let key = UnknownKeyEdit::new(&above.join("."), unknown, self.spelling(), edit);
                let steps: Vec<PathSegment> = above
                    .iter()
                    .map(|key| PathSegment::Key((*key).to_owned()))
                    .collect();
                Notice {
                    location: self
                        .document
                        .location_of_steps(steps.iter().chain(&unknown.path)),
                    what: NoticeKind::UnknownKey(Box::new(key)),
                }
            });
            let more = (unnamed > 0).then_some(Notice {
                location: None,
                what: NoticeKind::MoreUnknownKeys(unnamed),
            });
            notices.chain(more).collect::<Vec<_>>()
        });
        unknown_keys.chain(self.broken_global(global)).collect()
    }

    fn broken_global(&self, path: KeyPath) -> Vec<Notice> {
        let found = at_path(self.found, path).unwrap_or(&Value::Null);
        let above = [self.prefix, path].concat();
        let faults = broken_global(found, self.installation).into_iter();
        let notices = faults.map(|(below, fault)| {
            let steps: Vec<PathSegment> = above
                .iter()
                .map(|key| PathSegment::Key((*key).to_owned()))
                .chain(below)
                .collect();
            let effect = UnknownKeyEdit::refusal(self.spelling());
            Notice {
                location: self.document.location_of_steps(&steps),
                what: NoticeKind::BrokenRule {
                    text: format!("{}: {fault}: {effect}", shown_key(&key_path(&steps))),
                },
            }
        });
        notices.take(MOST_NAMED).collect()
    }

    fn item(&self, place: EntryPlace) -> Option<&Value> {
        match place.position {
            Position::At(index) => at_path(self.found, place.list)?.get(index),
            Position::End => None,
        }
    }

    fn entry_notice(&self, place: EntryPlace, unknown: &UnknownKey, edit: KeyEdit) -> Notice {
        let key = UnknownKeyEdit::new(&self.entry_path(place), unknown, self.spelling(), edit);
        Notice {
            location: self.location(place, &unknown.path),
            what: NoticeKind::UnknownKey(Box::new(key)),
        }
    }

    fn entry_path(&self, place: EntryPlace) -> String {
        let path = [self.prefix, place.list].concat().join(".");
        match place.position {
            Position::At(index) => format!("{path}[{index}]"),
            Position::End => path,
        }
    }

    fn location(&self, place: EntryPlace, path: &[PathSegment]) -> Option<Location> {
        self.document.location_of_steps(&self.steps(place, path))
    }

    /// From the top of the file down to a key of an entry.
    fn steps(&self, place: EntryPlace, path: &[PathSegment]) -> Vec<PathSegment> {
        let list = self.prefix.iter().chain(place.list);
        let list = list.map(|key| PathSegment::Key((*key).to_owned()));
        let item = match place.position {
            Position::At(index) => Some(PathSegment::Item(index)),
            Position::End => None,
        };
        list.chain(item).chain(path.iter().cloned()).collect()
    }
}

fn is_too_new(unknown: &UnknownKey) -> bool {
    matches!(unknown.fault, KeyFault::TooNew { .. })
}

/// Whether the user meant the key to choose which samples are sent, so that without it others are: without a misspelled list
/// of rules all of them, and by `action: drop` without its misspelled `regex` none.
fn filters_samples(unknown: &UnknownKey) -> bool {
    let is_relabeling = |step: &PathSegment| match step {
        PathSegment::Key(name) => name.to_lowercase().contains("relabel"),
        PathSegment::Item(_) => false,
    };
    unknown.path.iter().any(is_relabeling)
}

/// Those that are not below another one that gets its right name: they are renamed with it.
fn outermost(all: &[UnknownKey]) -> impl Iterator<Item = &UnknownKey> {
    let is_below = |unknown: &UnknownKey| {
        all.iter().any(|other| {
            matches!(other.fault, KeyFault::Respelled { .. })
                && other.path.len() < unknown.path.len()
                && unknown.path.starts_with(&other.path)
        })
    };
    all.iter().filter(move |unknown| {
        !(is_below(unknown) && matches!(unknown.fault, KeyFault::Respelled { .. }))
    })
}

/// Where the value of a key with a wrong spelling moves: `None` if the right key is there too, or if this connection has no
/// such key.
fn new_place(
    unknown: &UnknownKey,
    item: &Value,
    result: &Value,
) -> Option<(Vec<PathSegment>, Value)> {
    let KeyFault::Respelled { known } = unknown.fault else {
        return None;
    };
    let (_, above) = unknown.path.split_last()?;
    let path: Vec<PathSegment> = above
        .iter()
        .cloned()
        .chain([PathSegment::Key(known.to_owned())])
        .collect();
    if at_steps(item, &path).is_some() {
        return None;
    }
    let value = at_steps(result, &path)?.clone();
    Some((path, value))
}
