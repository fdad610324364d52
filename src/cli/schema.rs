//! `schema`: the JSON Schema of the spec file, for editors and checks.

use clap::Args;

use super::CommandContext;
use crate::error::{ExitCode, Failure};
use crate::spec::schema::json_schema;

/// Print the JSON Schema of the spec file
#[derive(Debug, Args)]
#[command(after_help = "Example:
  amw-rw schema > amw-rw.schema.json")]
pub(crate) struct SchemaArgs {}

pub(crate) fn run(command: &clap::Command, context: &CommandContext) -> Result<ExitCode, Failure> {
    context.print_json(&json_schema(command.get_arguments()))?;
    Ok(ExitCode::Done)
}
