//! What clap cannot know about a wrong command line: that a value comes from a variable, and what a flag of another tool is
//! called here.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};

use crate::environment;

/// Flags of kubectl, Helm, az and terraform, and what to write instead.
const OF_OTHER_TOOLS: [(&str, &str); 9] = [
    (
        "--namespace",
        "name the Prometheus with its namespace: --prometheus NAMESPACE/NAME",
    ),
    ("--release", "name the release: --prometheus release:NAME"),
    ("--name", "name the cluster: --cluster NAME"),
    ("--values", "name your file: --input FILE"),
    ("--region", "name the region: --location REGION"),
    ("--debug", "print every request: -vv"),
    (
        "--only-show-errors",
        "print only results and errors: --quiet",
    ),
    (
        "--dry-run",
        "leave it out with a command that changes nothing; `plan` shows what `init` and `apply` would change",
    ),
    ("--auto-approve", "answer yes to all questions: --yes"),
];

/// The same error, with what helps.
pub(super) fn explained(mut error: Error, command: &Command, arguments: &[OsString]) -> Error {
    if let Some(variable) = variable(&error, command, arguments) {
        error.insert(ContextKind::InvalidArg, ContextValue::String(variable));
    }
    if let Some(tip) = tip(&error) {
        // clap's own suggestion is a flag that is only similar in spelling.
        error.remove(ContextKind::SuggestedArg);
        let tips = vec![StyledStr::from(tip)];
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
    }
    error
}

fn tip(error: &Error) -> Option<&'static str> {
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let ContextValue::String(flag) = error.get(ContextKind::InvalidArg)? else {
        return None;
    };
    let flag = flag.split('=').next()?;
    let mut known = OF_OTHER_TOOLS.iter();
    known.find(|(name, _)| *name == flag).map(|(_, tip)| *tip)
}

/// The variable that the refused value comes from.
fn variable(error: &Error, command: &Command, arguments: &[OsString]) -> Option<String> {
    let Some(ContextValue::String(shown)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidValue) else {
        return None;
    };
    // clap shows a flag as `--output <FORMAT>`, and one that counts as `--verbose...`.
    let long = shown.split_whitespace().next()?.strip_prefix("--")?;
    let long = long.strip_suffix("...").unwrap_or(long);
    let flag = command
        .get_arguments()
        .find(|arg| arg.get_long() == Some(long))?;
    let name = flag.get_env()?.to_str()?;
    let short = flag.get_short().map(|letter| format!("-{letter}"));
    let is_flag = |word: &OsString| {
        word.to_str().is_some_and(|word| {
            let is_long = word.strip_prefix("--").is_some_and(|word| {
                word == long
                    || word
                        .strip_prefix(long)
                        .is_some_and(|rest| rest.starts_with('='))
            });
            is_long
                || short
                    .as_deref()
                    .is_some_and(|short| word.starts_with(short))
        })
    };
    let is_of_environment =
        environment::variable(name).as_ref() == Some(value) && !arguments.iter().any(is_flag);
    is_of_environment.then(|| format!("{name} (environment variable)"))
}
