//! `help`: the same text as `--help`. And what the short help of `-h` leaves out.

use std::ffi::OsString;

use clap::{Arg, Args, Command, ValueEnum};

use super::{CommandContext, globals};
use crate::error::{ExitCode, Failure};
use crate::ui;

/// Explain a command
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  amw-rw help render")]
pub(crate) struct HelpArgs {
    /// The command to explain; without one, all commands are listed
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

/// `parse` reads a command line; help is an error of it, as is the refusal of a command that does not exist.
pub(crate) fn run<T>(
    arguments: &HelpArgs,
    parse: impl Fn(&[OsString]) -> Result<T, clap::Error>,
    context: &CommandContext,
) -> Result<ExitCode, Failure> {
    let words = ["amw-rw"].into_iter().chain(arguments.command.as_deref());
    let colour = context.globals.general.color.to_possible_value();
    let colour = colour.map(|value| format!("--color={}", value.get_name()));
    // clap decides about colours before it has read the flags, and here reads a line without those of this run.
    let words = words.chain(colour.as_deref()).chain(["--help"]);
    let words: Vec<OsString> = words.map(Into::into).collect();
    match parse(&words) {
        Err(message) => Ok(ui::usage::print(&message)),
        Ok(_) => unreachable!("--help ends the reading of the command line"),
    }
}

/// Options that few people need. With those of `HEADINGS`, `-h` leaves them out.
const RARELY_USED: [&str; 14] = [
    "azuread",
    "certificate",
    "cloud",
    "color",
    "force",
    "no_input",
    "platform",
    "prometheus_version",
    "quiet",
    "service_account",
    "sidecar_port",
    "template_dir",
    "tenant",
    "token_file",
];
const HEADINGS: [&str; 3] = [globals::KUBERNETES, globals::OTHER_CLOUDS, "What is sent"];

/// Examples first, then the options.
const EXAMPLES_FIRST: &str = "\
{about-with-newline}{after-help}

{usage-heading} {usage}

{all-args}

`--help` lists every option.";

/// The same command line, with a help that fits on a screen.
pub(super) fn shortened(command: Command) -> Command {
    let command = command.mut_args(hidden_where_rare);
    command.mut_subcommands(|command| {
        let command = command.mut_args(hidden_where_rare);
        command.help_template(EXAMPLES_FIRST)
    })
}

fn hidden_where_rare(arg: Arg) -> Arg {
    let heading = arg.get_help_heading();
    let is_rare = heading.is_some_and(|heading| HEADINGS.contains(&heading))
        || RARELY_USED.contains(&arg.get_id().as_str());
    // What `--help` hides stays hidden here.
    let is_hidden = is_rare || arg.is_hide_set();
    arg.hide(is_hidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_that_the_short_help_leaves_out_exists() {
        let command = super::super::command();
        let of_commands = command.get_subcommands().flat_map(Command::get_arguments);
        let ids: Vec<String> = of_commands
            .chain(command.get_arguments())
            .map(|arg| arg.get_id().to_string())
            .collect();

        for id in RARELY_USED {
            assert!(ids.iter().any(|known| known == id), "{id}");
        }
    }
}
