//! What does a shell need to complete our command line? A script on stdout.

use clap::Args;
use clap_complete::Shell;

use super::Context;
use crate::error::{ExitCode, Failure};

/// Print a completion script for your shell
#[derive(Debug, Args)]
#[command(after_help = "Example:
  amw-rw completions bash > ~/.local/share/bash-completion/completions/amw-rw")]
pub(crate) struct Arguments {
    /// bash, zsh, fish, powershell or elvish
    #[arg(value_enum, value_name = "SHELL", hide_possible_values = true)]
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments, context: &Context) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut super::command(),
        "amw-rw",
        &mut script,
    );
    context.print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::Done)
}
