//! How does a configuration that leaves the sign-in to a proxy become one in which Prometheus signs in by itself?

mod afterwards;
mod changes;
mod input;
mod look;
mod mounts;
mod native;
mod pod;
mod recognise;
#[cfg(test)]
mod stories;

pub(crate) use afterwards::{Deed, afterwards};
pub(crate) use input::{Given, Missing};
pub(crate) use look::{Found, Source, look};
pub(crate) use native::{Native, native};
pub(crate) use recognise::recognise;

use crate::patch::{self, PatchRefusal, Patched, What};
use crate::problem::Problem;

/// Why there is no native form.
#[derive(Debug)]
pub(crate) enum Unmovable {
    /// The file cannot be read or edited.
    Unreadable(PatchRefusal),
    /// These answers are open.
    Missing(Vec<Missing>),
    /// It cannot be done.
    Refused(Problem),
}

impl Unmovable {
    fn refused(reason: impl Into<String>, next: impl Into<String>) -> Self {
        Self::Refused(Problem::new(reason).next(next))
    }
}

impl From<PatchRefusal> for Unmovable {
    fn from(refusal: PatchRefusal) -> Self {
        Self::Unreadable(refusal)
    }
}

/// The file in its native form.
pub(crate) fn rewrite(text: &str, native: &Native) -> Result<Patched, PatchRefusal> {
    let mut patched = patch::replace(
        text,
        &native.installation,
        &native.remote_write,
        &native.instead,
    )?;
    // Of what goes, `removed` tells already, unless it stands in the remote write itself.
    let list = native
        .instead
        .place
        .list
        .last()
        .copied()
        .unwrap_or_default();
    patched.notices.retain(|notice| match &notice.what {
        What::Removed { path } => path.contains(&format!("{list}[")) && !path.ends_with(']'),
        _ => true,
    });
    Ok(patched)
}
