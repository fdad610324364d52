//! What did the environment set? The one place that reads environment variables.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The file of `--kubeconfig`, and what named it. It takes the place of a variable for the whole process, so it is kept with
/// the variables.
static KUBECONFIG_FLAG: OnceLock<(PathBuf, &'static str)> = OnceLock::new();

/// Reads this kubeconfig from now on, whatever KUBECONFIG names. `named_by` is the flag or its variable. Called once, when
/// the command line is read.
pub(crate) fn use_kubeconfig(file: PathBuf, named_by: &'static str) {
    // A second command line in one process would be another user's, which only tests have.
    let _ = KUBECONFIG_FLAG.set((file, named_by));
}

/// The file of `--kubeconfig`.
pub(crate) fn kubeconfig_flag() -> Option<&'static Path> {
    KUBECONFIG_FLAG.get().map(|(file, _)| file.as_path())
}

/// What names the kubeconfig, if anything does.
pub(crate) fn kubeconfig_is_named_by() -> Option<&'static str> {
    let by_variable = || paths("KUBECONFIG").map(|_| "KUBECONFIG");
    KUBECONFIG_FLAG
        .get()
        .map(|(_, named_by)| *named_by)
        .or_else(by_variable)
}

/// The value of a variable, or `None` when it is unset, empty or not UTF-8.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the place that reads the environment"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The value of a variable that holds paths, which need not be UTF-8; `None` when it is unset or empty.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the place that reads the environment"
)]
pub(crate) fn paths(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Whether a variable is set, to nothing.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the place that reads the environment"
)]
pub(crate) fn is_empty(name: &OsStr) -> bool {
    std::env::var_os(name).is_some_and(|value| value.is_empty())
}

/// The names of the variables that begin with `prefix`, sorted.
pub(crate) fn names_with(prefix: &str) -> Vec<String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.starts_with(prefix)).collect();
    names.sort_unstable();
    names
}
