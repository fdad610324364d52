//! `version`: which build of the program this is.

use clap::Args;
use serde::Serialize;

use super::CommandContext;
use crate::error::{ExitCode, Failure};

/// Print the version; with `-o json` also the commit and the platform of the build
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  amw-rw version -o json")]
pub(crate) struct VersionArgs {}

/// `amw-rw/version/v1`.
#[derive(Debug, Serialize)]
struct VersionDocument {
    schema: &'static str,
    version: &'static str,
    /// `None` where the build did not know it.
    commit: Option<&'static str>,
    target: &'static str,
}

pub(crate) fn run(context: &CommandContext) -> Result<ExitCode, Failure> {
    let document = VersionDocument {
        schema: "amw-rw/version/v1",
        version: env!("CARGO_PKG_VERSION"),
        commit: option_env!("SOURCE_COMMIT").filter(|commit| !commit.is_empty()),
        target: env!("BUILD_TARGET"),
    };
    if context.wants_json() {
        context.print_json(&document)?;
    } else {
        context.print(&format!("amw-rw {}\n", document.version))?;
    }
    Ok(ExitCode::Done)
}
