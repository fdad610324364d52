//! Which text does a target read, where that is a part of the file?

use super::embedded::Embedded;
use super::refusal::PatchRefusal;
use super::{config_map, release_resource};
use crate::target::Target;

/// The text that the target reads; `None` where that is the file itself.
pub(super) fn embedded(source: &str, target: Target) -> Result<Option<Embedded<'_>>, PatchRefusal> {
    match target {
        Target::ConfigMap => config_map::embedded(source).map(Some),
        _ => release_resource::embedded(source, target),
    }
}
