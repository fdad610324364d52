//! What a file must contain, as a tree over the user's data: the one description that templates are checked against
//! and patches are made and proved from.

use serde_yaml::{Mapping, Value};

use crate::remote_write::Pending;
use crate::target::{PathSegment, Position};

/// What must be at one place of a file. Everything that it does not mention belongs to the user.
///
/// May hold a secret, so it has no `Debug`.
#[derive(Clone)]
pub(crate) enum Desired {
    /// This value.
    Is(Value),
    /// This value, unless the user chose another.
    Default(Value),
    /// No such key, or no such item.
    Absent,
    /// A map in which these keys are as desired.
    Keys(Vec<(String, Desired)>),
    /// A list in which these items are as desired.
    Items(Vec<(Position, Desired)>),
}

impl Desired {
    pub(crate) fn is(value: impl Into<Value>) -> Self {
        Self::Is(value.into())
    }

    /// For a preview, what is shown of a value that is not known yet.
    pub(crate) fn shown(value: &Pending<String>) -> Self {
        Self::is(value.to_string())
    }

    pub(crate) fn default(value: impl Into<Value>) -> Self {
        Self::Default(value.into())
    }

    pub(crate) fn keys<K: Into<String>>(keys: impl IntoIterator<Item = (K, Desired)>) -> Self {
        Self::Keys(
            keys.into_iter()
                .map(|(key, desired)| (key.into(), desired))
                .collect(),
        )
    }

    /// One tree out of what is desired at single places.
    pub(crate) fn tree<'a>(places: impl IntoIterator<Item = (&'a [&'a str], Desired)>) -> Self {
        let mut keys = Vec::new();
        for (path, desired) in places {
            insert_at(&mut keys, path, desired);
        }
        Self::Keys(keys)
    }

    /// The same, below the keys of `path`.
    pub(crate) fn under(self, path: &[&str]) -> Self {
        path.iter()
            .rev()
            .fold(self, |desired, key| Self::keys([(*key, desired)]))
    }

    /// The same, at the end of a path that may lead through items.
    pub(crate) fn at_steps(self, path: &[PathSegment]) -> Self {
        path.iter().rev().fold(self, |desired, step| match step {
            PathSegment::Key(key) => Self::keys([(key.as_str(), desired)]),
            PathSegment::Item(index) => Self::Items(vec![(Position::At(*index), desired)]),
        })
    }

    /// Both at once; where they differ over one value, the other one counts. A value that one of them removes as a whole
    /// stays removed where the other only removes parts of it.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            // A key can be removed by the migration and, in parts, by the new sign-in method.
            (Self::Absent, other) if other.only_removes() => Self::Absent,
            (Self::Keys(mut keys), Self::Keys(more)) => {
                for (key, desired) in more {
                    merge(&mut keys, key, desired);
                }
                Self::Keys(keys)
            }
            (Self::Items(mut items), Self::Items(more)) => {
                for (position, desired) in more {
                    match position {
                        Position::At(_) => merge(&mut items, position, desired),
                        Position::End => items.push((position, desired)),
                    }
                }
                Self::Items(items)
            }
            (_, other) => other,
        }
    }

    /// The same, but without the key of a list of which every item goes and to which none comes.
    pub(crate) fn without_empty_lists(self, found: &Value) -> Self {
        match (self, found) {
            (Self::Keys(keys), found) => Self::Keys(
                keys.into_iter()
                    .map(|(key, desired)| {
                        let below = found.get(key.as_str()).unwrap_or(&Value::Null);
                        let desired = desired.without_empty_lists(below);
                        (key, desired)
                    })
                    .collect(),
            ),
            (Self::Items(items), Value::Sequence(list)) => {
                let is_gone = |index| {
                    let gone = |(position, desired): &(Position, Self)| {
                        *position == Position::At(index) && matches!(desired, Self::Absent)
                    };
                    items.iter().any(gone)
                };
                let has_new = items.iter().any(|(position, _)| *position == Position::End);
                match !has_new && !list.is_empty() && (0..list.len()).all(is_gone) {
                    true => Self::Absent,
                    false => Self::Items(items),
                }
            }
            (desired, _) => desired,
        }
    }

    /// A map in which of `rivals`, of which only one may be present, there is only `chosen`.
    pub(crate) fn only(chosen: &str, desired: Self, rivals: &[&str]) -> Vec<(String, Self)> {
        let others = rivals.iter().filter(|rival| **rival != chosen);
        std::iter::once((chosen.to_owned(), desired))
            .chain(others.map(|rival| ((*rival).to_owned(), Self::Absent)))
            .collect()
    }

    /// The value for an absent key; `None` if it should stay absent.
    pub(crate) fn new_value(&self) -> Option<Value> {
        match self {
            Self::Is(value) | Self::Default(value) => Some(value.clone()),
            Self::Absent => None,
            Self::Keys(keys) => Some(Value::Mapping(
                keys.iter()
                    .filter_map(|(key, desired)| {
                        Some((Value::from(key.as_str()), desired.new_value()?))
                    })
                    .collect(),
            )),
            Self::Items(items) => Some(Value::Sequence(
                items
                    .iter()
                    .filter_map(|(_, item)| item.new_value())
                    .collect(),
            )),
        }
    }

    fn only_removes(&self) -> bool {
        match self {
            Self::Absent => true,
            Self::Is(_) | Self::Default(_) => false,
            Self::Keys(keys) => keys.iter().all(|(_, desired)| desired.only_removes()),
            Self::Items(items) => items.iter().all(|(_, desired)| desired.only_removes()),
        }
    }

    /// Whether the file already has it.
    pub(crate) fn holds(&self, found: Option<&Value>) -> bool {
        match self {
            // As values: their quotes and their layout are the user's.
            Self::Is(value) => found == Some(value),
            // A key without a value is null: the user has not chosen anything yet.
            Self::Default(_) => found.is_some_and(|found| !found.is_null()),
            Self::Absent => found.is_none(),
            Self::Keys(keys) => found.and_then(Value::as_mapping).is_some_and(|map| {
                keys.iter()
                    .all(|(key, desired)| desired.holds(map.get(key.as_str())))
            }),
            Self::Items(items) => found.and_then(Value::as_sequence).is_some_and(|list| {
                items.iter().all(|(position, desired)| match position {
                    Position::At(index) => desired.holds(list.get(*index)),
                    Position::End => false,
                })
            }),
        }
    }

    /// What of it is not so yet; `None` when all is.
    pub(crate) fn unmet(&self, found: Option<&Value>) -> Option<Self> {
        match (self, found) {
            _ if self.holds(found) => None,
            (Self::Keys(keys), found) => {
                let map = found.and_then(Value::as_mapping);
                let unmet = |(key, desired): &(String, Self)| {
                    let found = map.and_then(|map| map.get(key.as_str()));
                    Some((key.clone(), desired.unmet(found)?))
                };
                Some(Self::Keys(keys.iter().filter_map(unmet).collect()))
            }
            (Self::Items(items), Some(Value::Sequence(list))) => {
                let unmet = |(position, desired): &(Position, Self)| match position {
                    Position::At(index) => Some((*position, desired.unmet(list.get(*index))?)),
                    Position::End => Some((*position, desired.clone())),
                };
                Some(Self::Items(items.iter().filter_map(unmet).collect()))
            }
            _ => Some(self.clone()),
        }
    }

    pub(crate) fn nothing() -> Self {
        Self::Keys(Vec::new())
    }

    /// The same without what is desired below the keys of `path`.
    pub(crate) fn without(self, path: &[&str]) -> Self {
        let Self::Keys(keys) = self else { return self };
        let keys = keys.into_iter().filter_map(|(key, desired)| match path {
            [last] if *last == key => None,
            [first, rest @ ..] if *first == key => match desired.without(rest) {
                Self::Keys(below) if below.is_empty() => None,
                desired => Some((key, desired)),
            },
            _ => Some((key, desired)),
        });
        Self::Keys(keys.collect())
    }

    /// The same without values in whose place there is a placeholder for any value.
    pub(crate) fn unless(self, found: &Value, is_any: &dyn Fn(&str) -> bool) -> Self {
        let is_met = |desired: &Self, found: &Value| {
            matches!(desired, Self::Is(_) | Self::Default(_)) && found.as_str().is_some_and(is_any)
        };
        match self {
            Self::Keys(keys) => {
                let keys = keys.into_iter().map(|(key, desired)| {
                    let below = found.get(key.as_str()).unwrap_or(&Value::Null);
                    let is_map = matches!(&desired, Self::Keys(keys) if !keys.is_empty());
                    let left = (!is_met(&desired, below)).then(|| desired.unless(below, is_any))?;
                    // An empty map would be written as `{}`, as a second key of the same name.
                    let is_nothing = matches!(&left, Self::Keys(keys) if keys.is_empty());
                    (!(is_map && is_nothing)).then_some((key, left))
                });
                Self::Keys(keys.flatten().collect())
            }
            Self::Items(items) => {
                let items = items.into_iter().map(|(position, desired)| match position {
                    Position::At(index) => {
                        let below = found.get(index).unwrap_or(&Value::Null);
                        (position, desired.unless(below, is_any))
                    }
                    Position::End => (position, desired),
                });
                Self::Items(items.collect())
            }
            desired => desired,
        }
    }

    /// The keys down to the first thing that is desired, such as `a.b[0].c`; for messages about what is unmet.
    pub(crate) fn first_path(&self) -> String {
        match self {
            Self::Keys(keys) if !keys.is_empty() => {
                let (key, desired) = &keys[0];
                match desired.first_path() {
                    rest if rest.is_empty() || rest.starts_with('[') => format!("{key}{rest}"),
                    rest => format!("{key}.{rest}"),
                }
            }
            Self::Items(items) => match items.first() {
                Some((Position::At(index), desired)) => {
                    let rest = desired.first_path();
                    let dot = if rest.is_empty() { "" } else { "." };
                    format!("[{index}]{dot}{rest}")
                }
                _ => String::new(),
            },
            _ => String::new(),
        }
    }

    /// Makes it so in parsed data. A value of a kind that does not fit is left as it is.
    pub(crate) fn apply(&self, found: &mut Value) {
        match self {
            Self::Is(value) => *found = value.clone(),
            Self::Default(value) if found.is_null() => *found = value.clone(),
            Self::Default(_) | Self::Absent => {}
            Self::Keys(keys) => apply_to_map(keys, found),
            Self::Items(items) => apply_to_list(items, found),
        }
    }
}

/// Joins what is desired with what is desired there already.
fn merge<K: PartialEq>(all: &mut Vec<(K, Desired)>, place: K, desired: Desired) {
    match all.iter_mut().find(|(known, _)| *known == place) {
        Some((_, known)) => *known = known.clone().and(desired),
        None => all.push((place, desired)),
    }
}

fn insert_at(keys: &mut Vec<(String, Desired)>, path: &[&str], desired: Desired) {
    let [first, rest @ ..] = path else { return };
    let present = keys
        .iter_mut()
        .find(|(key, _)| key == first)
        .map(|(_, present)| present);
    match (present, desired) {
        (Some(Desired::Keys(below)), desired) if !rest.is_empty() => {
            insert_at(below, rest, desired);
        }
        (Some(Desired::Items(items)), Desired::Items(more)) => items.extend(more),
        (_, desired) => keys.push(((*first).to_owned(), desired.under(rest))),
    }
}

fn apply_to_map(keys: &[(String, Desired)], found: &mut Value) {
    if found.is_null() {
        *found = Value::Mapping(Mapping::new());
    }
    let Some(map) = found.as_mapping_mut() else {
        return;
    };
    for (key, desired) in keys {
        match desired {
            Desired::Absent => drop(map.remove(key.as_str())),
            _ => desired.apply(map.entry(Value::from(key.as_str())).or_insert(Value::Null)),
        }
    }
}

fn apply_to_list(items: &[(Position, Desired)], found: &mut Value) {
    if found.is_null() {
        *found = Value::Sequence(Vec::new());
    }
    let Some(list) = found.as_sequence_mut() else {
        return;
    };
    let mut gone = Vec::new();
    for (position, desired) in items {
        match (position, desired) {
            (Position::At(index), Desired::Absent) => gone.push(*index),
            (Position::At(index), _) => list
                .get_mut(*index)
                .into_iter()
                .for_each(|item| desired.apply(item)),
            (Position::End, _) => list.extend(desired.new_value()),
        }
    }
    // Items go at the end of it all: removing one earlier would shift the positions of the others.
    let mut index = 0;
    list.retain(|_| {
        index += 1;
        !gone.contains(&(index - 1))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yaml(text: &str) -> Value {
        serde_yaml::from_str(text).unwrap()
    }

    fn sample() -> Desired {
        Desired::keys([
            ("url", Desired::is("http://new")),
            ("retry", Desired::default(true)),
            ("oauth2", Desired::Absent),
            (
                "azuread",
                Desired::keys([("cloud", Desired::is("AzurePublic"))]),
            ),
        ])
    }

    #[test]
    fn what_is_wanted_is_put_in_and_the_rest_stays() {
        let mut found =
            yaml("{url: http://old, oauth2: {}, retry: false, azuread: {scope: s}, mine: 1}");

        sample().apply(&mut found);

        assert_eq!(
            found,
            yaml(
                "{url: http://new, retry: false, azuread: {scope: s, cloud: AzurePublic}, mine: 1}"
            )
        );
        assert!(sample().holds(Some(&found)));
    }

    #[test]
    fn a_map_whose_only_value_is_filled_in_is_not_written_as_an_empty_one() {
        let desired = Desired::keys([
            ("labels", Desired::keys([("cluster", Desired::is("a"))])),
            ("url", Desired::is("b")),
        ]);
        let found = yaml("labels: {cluster: FILLED}");

        let left = desired.unless(&found, &|text| text == "FILLED");

        assert_eq!(left.new_value(), Some(yaml("url: b")));
    }

    #[test]
    fn where_nothing_was_only_what_we_add_appears() {
        let mut nothing = Value::Null;

        sample().apply(&mut nothing);

        assert_eq!(Some(&nothing), sample().new_value().as_ref());
        assert_eq!(
            nothing,
            yaml("{url: http://new, retry: true, azuread: {cloud: AzurePublic}}")
        );
    }

    #[test]
    fn a_new_item_goes_to_the_end_and_an_old_one_is_changed_in_place() {
        let mut found = yaml("[{name: a}, {name: b}]");
        let desired = Desired::Items(vec![
            (
                Position::At(0),
                Desired::keys([("url", Desired::is("http://a"))]),
            ),
            (Position::End, Desired::keys([("name", Desired::is("c"))])),
        ]);

        desired.apply(&mut found);

        assert_eq!(
            found,
            yaml("[{name: a, url: http://a}, {name: b}, {name: c}]")
        );
    }

    #[test]
    fn removed_items_are_counted_by_their_old_positions() {
        let mut found = yaml("[{name: a}, {name: b}, {name: c}]");
        let desired = Desired::Items(vec![
            (Position::At(0), Desired::Absent),
            (Position::At(2), Desired::keys([("url", Desired::is("c"))])),
            (Position::At(1), Desired::Absent),
            (Position::End, Desired::is("d")),
        ]);

        desired.apply(&mut found);

        assert_eq!(found, yaml("[{name: c, url: c}, d]"));
    }

    #[test]
    fn two_desired_trees_become_one() {
        let here = |desired| Desired::Items(vec![(Position::At(0), desired)]);
        let one = Desired::keys([("a", here(Desired::keys([("b", Desired::is(1))])))]);
        let other = Desired::keys([
            ("a", here(Desired::keys([("c", Desired::is(2))]))),
            ("d", Desired::is(3)),
        ]);
        let mut found = yaml("a: [{}]");

        one.and(other).apply(&mut found);

        assert_eq!(found, yaml("{a: [{b: 1, c: 2}], d: 3}"));
    }

    #[test]
    fn places_with_the_same_parents_share_them() {
        let tree = Desired::tree([
            (
                ["prometheus", "prometheusSpec", "paused"].as_slice(),
                Desired::is(false),
            ),
            (["prometheus", "enabled"].as_slice(), Desired::is(true)),
        ]);

        assert_eq!(
            tree.new_value().unwrap(),
            yaml("{prometheus: {prometheusSpec: {paused: false}, enabled: true}}")
        );
    }
}
