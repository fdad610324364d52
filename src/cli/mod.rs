//! Which command was asked for? The command line, and the way from it to one function per command.

mod block_on;
mod connection_args;
mod console;
mod context;
mod duration;
#[cfg(test)]
mod environment_page;
mod globals;
mod offline_args;
mod session;
mod unknown_variables;
mod usage_hints;

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::environment;
use crate::error::{ExitCode, Failure};
use crate::ui;
use crate::workflow::azure_settings::AzureAnswer;

pub(crate) use block_on::block_on;
pub(crate) use context::CommandContext;
pub(crate) use globals::Globals;

/// Connects a self-managed Prometheus to an Azure Monitor workspace, and keeps that connection right
#[derive(Debug, Parser)]
#[command(
    name = "amw-rw",
    version,
    styles = ui::palette::HELP,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_flag = true,
    disable_help_subcommand = true,
    disable_version_flag = true,
    max_term_width = 110,
    after_help = AFTER_HELP,
)]
struct RootArgs {
    #[command(flatten)]
    globals: Globals,
    /// Print the version
    #[arg(short = 'V', long, action = ArgAction::Version, help_heading = "General")]
    version: Option<bool>,
}

const AFTER_HELP: &str = "\
Each global option can also come from the environment: AMW_RW_SUBSCRIPTION, AMW_RW_OUTPUT and so on.
`amw-rw help COMMAND` explains a command with examples; `-h` after a command is the short form.";

/// What was asked for.
#[derive(Debug)]
struct Cli {
    command: Command,
    globals: Globals,
}

macro_rules! commands {
    ($($variant:ident = $name:literal with $file:ident::$arguments:ident runs $run:expr),+ $(,)?) => {
        $(mod $file;)+

        #[derive(Debug, Subcommand)]
        enum Command {
            $($variant(Box<$file::$arguments>)),+
        }

        /// The command line with one command; `None` where no command has this name.
        fn command_with_only(name: &str) -> Option<clap::Command> {
            let arguments = match name {
                $($name => <$file::$arguments>::augment_args(clap::Command::new($name)),)+
                _ => return None,
            };
            Some(without_empty_variables(RootArgs::command().subcommand(arguments)))
        }

        fn dispatch(chosen: Command, context: &CommandContext) -> Result<ExitCode, Failure> {
            match chosen {
                $(Command::$variant(arguments) => {
                    let run: fn(&$file::$arguments, &CommandContext) -> Result<ExitCode, Failure> = $run;
                    run(&arguments, context)
                })+
            }
        }
    };
}

// One row per command: its name, its file with the arguments, and what runs it. The order is the one on screen.
commands! {
    Init = "init" with init::InitArgs
        runs |arguments, context| block_on(context, init::run(arguments, context)),
    Plan = "plan" with plan::PlanArgs
        runs |arguments, context| block_on(context, plan::run(arguments, context)),
    Apply = "apply" with apply::ApplyArgs
        runs |arguments, context| block_on(context, apply::run(arguments, context)),
    Render = "render" with render::RenderArgs
        runs |arguments, context| block_on(context, render::run(arguments, context)),
    Doctor = "doctor" with doctor::DoctorArgs
        runs |arguments, context| block_on(context, doctor::run(arguments, context)),
    Migrate = "migrate" with migrate::MigrateArgs
        runs |arguments, context| block_on(context, migrate::run(arguments, context)),
    Sandbox = "sandbox" with sandbox::SandboxArgs
        runs |arguments, context| sandbox::run(arguments, context),
    Schema = "schema" with schema::SchemaArgs
        runs |_, context| schema::run(&command(), context),
    Completions = "completions" with completions::CompletionsArgs
        runs |arguments, context| completions::run(arguments, command(), context),
    Man = "man" with man::ManArgs
        runs |arguments, context| man::run(arguments, command(), context),
    Help = "help" with help::HelpArgs
        runs |arguments, context| help::run(arguments, parse, context),
    Version = "version" with version::VersionArgs
        runs |_, context| version::run(context),
}

/// Runs the program; never prints elsewhere than in `ui`. A panic ends as an error with exit code 1.
pub(crate) fn run(arguments: impl IntoIterator<Item = OsString>) -> std::process::ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let exit = ui::panic::guard(|| match parse_or_version(&arguments) {
        Ok((cli, azure_answers)) => execute(cli, azure_answers, arguments),
        Err(usage) => ui::usage::print(&usage),
    });
    std::process::ExitCode::from(exit.number())
}

/// `--version` is the command `version`, so that it knows `-o json`: clap answers the flag before it reads other options.
fn parse_or_version(arguments: &[OsString]) -> Result<(Cli, Vec<AzureAnswer>), clap::Error> {
    let is_flag = |word: &&OsString| *word == "--version" || *word == "-V";
    // The usual form is parsed once. A bad environment variable is for the second parse, which answers without it.
    if let [program, word] = arguments
        && is_flag(&word)
    {
        return parse(&[program.clone(), "version".into()]).or_else(|_| parse(arguments));
    }
    let parsed = parse(arguments);
    match &parsed {
        Err(message) if message.kind() == ErrorKind::DisplayVersion => {
            let others = arguments.iter().filter(|word| !is_flag(word)).cloned();
            let words: Vec<OsString> = others.chain(["version".into()]).collect();
            parse(&words).or(parsed)
        }
        _ => parsed,
    }
}

/// The command, and the flags that select an Azure.
fn parse(arguments: &[OsString]) -> Result<(Cli, Vec<AzureAnswer>), clap::Error> {
    // Most of a start is the building of options. One command alone accepts no line that all of them refuse, or read in
    // another way; help and errors need all commands.
    let words = arguments.iter().skip(1).filter_map(|word| word.to_str());
    // The word can also be the value of a flag before the command; the line is then refused here, and parsed
    // with all commands below.
    if let Some(mut command) = words.filter_map(command_with_only).next()
        && let Ok(matches) = command.try_get_matches_from_mut(arguments)
    {
        return understood(&command, &matches);
    }
    let short_help = arguments.iter().any(|word| word == "-h");
    let command = without_empty_variables(command()).color(ui::usage::colour(arguments));
    let mut command = match short_help {
        true => help::shortened(command),
        false => command,
    };
    let matches = command
        .try_get_matches_from_mut(arguments)
        .map_err(|error| usage_hints::explained(error, &command, arguments))?;
    understood(&command, &matches)
}

fn understood(
    command: &clap::Command,
    matches: &clap::ArgMatches,
) -> Result<(Cli, Vec<AzureAnswer>), clap::Error> {
    let cli = Cli {
        command: Command::from_arg_matches(matches)?,
        globals: RootArgs::from_arg_matches(matches)?.globals,
    };
    Ok((cli, globals::azure_answers(command, matches)))
}

/// The whole command line as data: for completions, manual pages and `docs/commands.md`.
fn command() -> clap::Command {
    Command::augment_subcommands(RootArgs::command())
}

/// An empty variable is one that is not set, as with az and gh. clap would refuse it as a missing value.
fn without_empty_variables(command: clap::Command) -> clap::Command {
    command.mut_args(|argument| {
        let is_empty = argument.get_env().is_some_and(environment::is_empty);
        match is_empty && argument.get_action().takes_values() {
            true => argument.env(None::<&str>),
            false => argument,
        }
    })
}

fn execute(cli: Cli, azure_answers: Vec<AzureAnswer>, words: Vec<OsString>) -> ExitCode {
    if let Some(file) = &cli.globals.azure.kubeconfig {
        environment::use_kubeconfig(file.clone(), globals::kubeconfig_named_by(&azure_answers));
    }
    let kubeconfig = cli.globals.azure.kubeconfig.clone();
    let context = CommandContext::new(cli.globals, azure_answers, words);
    for warning in unknown_variables::warnings(command) {
        context.warn(&warning);
    }
    let usable = context.azure.check_kubeconfig(kubeconfig.as_deref());
    match usable.and_then(|()| dispatch(cli.command, &context)) {
        Ok(exit) => exit,
        Err(failure) => {
            let failure = if failure.is_interruption() {
                failure.exit(context.interrupt.exit_code())
            } else {
                failure
            };
            context.report(&failure);
            failure.exit_code()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign_in::SignIn;
    use crate::target::Target;

    fn parsed(line: &str) -> (Cli, Vec<AzureAnswer>) {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        parse(&words).unwrap()
    }

    #[test]
    fn the_command_line_is_well_formed() {
        command().debug_assert();
    }

    #[test]
    fn help_names_every_sign_in_method_and_every_target() {
        let auth = SignIn::ALL.iter().map(|one| one.as_str()).collect();
        let targets = Target::ALL.iter().map(|one| one.as_str()).collect();
        let values: [(&str, Vec<&str>); 2] = [("auth", auth), ("target", targets)];
        // A sidecar signs in by fewer methods.
        let commands = command();
        let commands = commands.get_subcommands();
        let others = commands.filter(|command| command.get_name() != "migrate");
        for argument in others.flat_map(|command| command.get_arguments()) {
            let names = values.iter().find(|(id, _)| argument.get_id() == id);
            for name in names.into_iter().flat_map(|(_, names)| names) {
                let help = argument.get_help().unwrap().to_string();
                assert!(help.contains(name), "{name}: {help}");
            }
        }
    }

    #[test]
    fn the_help_of_migrate_names_every_method_of_a_sidecar() {
        let command = command();
        let migrate = command.find_subcommand("migrate").unwrap();
        let mut arguments = migrate.get_arguments();
        let auth = arguments.find(|argument| argument.get_id() == "auth");
        let help = auth.unwrap().get_help().unwrap().to_string();
        let is_of_sidecar = |method: &&SignIn| {
            let word = method.method().identity_type;
            word.and_then(SignIn::of_identity_type) == Some(**method)
        };

        for method in SignIn::ALL.iter().filter(is_of_sidecar) {
            assert!(help.contains(method.as_str()), "{method}: {help}");
        }
    }

    #[test]
    fn a_command_alone_has_the_options_that_it_has_among_all() {
        let ids = |command: &clap::Command| {
            let all = command.get_arguments();
            all.map(|arg| arg.get_id().to_string()).collect::<Vec<_>>()
        };

        for of_all in command().get_subcommands() {
            let alone = command_with_only(of_all.get_name()).unwrap();
            let alone = alone.find_subcommand(of_all.get_name()).unwrap();
            assert_eq!(ids(alone), ids(of_all), "{}", of_all.get_name());
        }
    }

    #[test]
    fn the_value_of_an_option_can_be_the_name_of_a_command() {
        let (cli, _) = parsed("amw-rw -f init plan --exit-code");

        assert!(matches!(cli.command, Command::Plan(_)));
        assert_eq!(
            cli.globals.general.spec.as_deref(),
            Some(std::path::Path::new("init"))
        );
    }

    #[test]
    fn every_global_flag_can_come_from_the_variable_of_its_name() {
        let command = command();
        let flags = command
            .get_arguments()
            .filter(|flag| !["help", "version"].contains(&flag.get_id().as_str()));

        for flag in flags {
            let long = flag.get_long().unwrap();
            let variable = flag.get_env().map(|name| name.to_string_lossy());
            let wanted = format!("AMW_RW_{}", long.replace('-', "_").to_uppercase());
            assert_eq!(variable.as_deref(), Some(wanted.as_str()), "--{long}");
        }
    }

    #[test]
    fn global_flags_are_accepted_before_and_after_the_command() {
        let (cli, _) = parsed("amw-rw -q man -o json -vv");

        let general = cli.globals.general;
        assert!(general.quiet);
        assert_eq!(general.output, globals::OutputFormat::Json);
        assert_eq!(general.verbose, 2);
    }

    #[test]
    fn the_words_that_name_the_azure_are_kept_for_repeating_them() {
        let (_, globals) =
            parsed("amw-rw man -s prod --sandbox -y --authority http://127.0.0.1:1/");

        let words: Vec<(&str, Option<&str>)> = globals
            .iter()
            .map(|one| (one.flag.as_str(), one.value.as_deref()))
            .collect();
        assert_eq!(
            words,
            [
                ("subscription", Some("prod")),
                ("sandbox", None),
                ("authority", Some("http://127.0.0.1:1/")),
            ]
        );
    }
}
