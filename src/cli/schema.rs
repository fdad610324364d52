//! `schema`: the JSON Schema of the spec file, for editors and checks.

use clap::Args;

use super::Context;
use crate::error::{ExitCode, Failure};
use crate::spec::schema::json_schema;

/// Print the JSON Schema of the spec file
#[derive(Debug, Args)]
#[command(after_help = "Example:
  amw-rw schema > amw-rw.schema.json")]
pub(crate) struct Arguments {}

pub(crate) fn run(context: &Context) -> Result<ExitCode, Failure> {
    context.print_json(&json_schema(super::command().get_arguments()))?;
    Ok(ExitCode::Done)
}
