//! The files that scenarios start from: `tests/e2e/data` and the charts, and copies of them to work on.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The top of the project.
pub(crate) fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of this test suite.
pub(crate) fn suite() -> PathBuf {
    project().join("tests/e2e")
}

/// Copies a file of `tests/e2e/data` into the folder, under the same name.
pub(crate) fn copy(name: &str, folder: &Path) -> Result<PathBuf> {
    let to = folder.join(name);
    std::fs::write(&to, original(name)?)?;
    Ok(to)
}

/// The text of a file of `tests/e2e/data`.
pub(crate) fn original(name: &str) -> Result<String> {
    let path = suite().join("data").join(name);
    std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
}

/// The first line of `original` that `written` does not have, or not in the same order.
pub(crate) fn first_lost_line<'a>(original: &'a str, written: &str) -> Option<&'a str> {
    let mut rest = written.lines();
    original
        .lines()
        .find(|line| !rest.any(|kept| kept == *line))
}
