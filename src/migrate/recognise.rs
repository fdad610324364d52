//! Which target is a file?

use crate::patch::{self, PatchRefusal};
use crate::target::{self, Target};

/// The kind of file that this text is; `None` where no key decides it.
pub(crate) fn recognise(text: &str) -> Result<Option<Target>, PatchRefusal> {
    Ok(target::recognise(&patch::documents(text)?))
}
