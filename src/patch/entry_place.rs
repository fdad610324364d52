//! Where in a document the target is, and what is desired of one item of its lists.

use serde_yaml::Value;

use super::refusal::Reason;
use crate::render::Desired;
use crate::target::{EntryPlace, PlaceError, Target};

/// What is desired of one item.
pub(super) fn of_item(desired: &Desired, place: EntryPlace) -> Desired {
    let nothing = Desired::Keys(Vec::new());
    let list = place
        .list
        .iter()
        .try_fold(desired, |desired, key| match desired {
            Desired::Keys(keys) => {
                let (_, below) = keys.iter().find(|(name, _)| name == key)?;
                Some(below)
            }
            _ => None,
        });
    match list {
        Some(Desired::Items(items)) => items
            .iter()
            .find(|(position, _)| *position == place.position)
            .map_or(nothing, |(_, item)| item.clone()),
        _ => nothing,
    }
}

/// The keys under which all of the target is.
pub(super) fn prefix_in(
    target: Target,
    data: &Value,
    is_of_chart: bool,
) -> Result<Vec<&str>, Reason> {
    target
        .prefix_of(data, is_of_chart)
        .map_err(|why| match why {
            PlaceError::Several(keys) => Reason::SeveralPlaces { keys },
            PlaceError::Disabled(path) => Reason::Disabled { path },
            PlaceError::Nothing => {
                let expected = target.noun();
                Reason::NothingRead { expected }
            }
        })
}
