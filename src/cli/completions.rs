//! What does a shell need to complete our command line? A script on stdout.

use clap::Args;
use clap_complete::Shell;

use super::CommandContext;
use crate::error::{ExitCode, Failure};

/// Print a completion script for your shell
#[derive(Debug, Args)]
#[command(after_help = "Example:
  amw-rw completions bash > ~/.local/share/bash-completion/completions/amw-rw")]
pub(crate) struct CompletionsArgs {
    /// bash, zsh, fish, powershell or elvish
    #[arg(value_enum, value_name = "SHELL", hide_possible_values = true)]
    shell: Shell,
}

pub(crate) fn run(
    arguments: &CompletionsArgs,
    mut command: clap::Command,
    context: &CommandContext,
) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "amw-rw", &mut script);
    let script = String::from_utf8_lossy(&script);
    match arguments.shell {
        Shell::Bash => context.print(&with_reachable_commands(&script))?,
        _ => context.print(&script)?,
    }
    Ok(ExitCode::Done)
}

/// The bash script of `clap_complete` 4.6 names a command `amw__rw__subcmd__plan` where it recognises it, and
/// `amw__subcmd__rw__subcmd__plan` where it completes it: the hyphen of the program is replaced in two ways.
fn with_reachable_commands(script: &str) -> String {
    script.replace("amw__subcmd__rw__subcmd__", "amw__rw__subcmd__")
}
