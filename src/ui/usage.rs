//! What does a wrong command line look like, and what does help? clap's texts, on the stream where each belongs.

use std::ffi::OsString;

use clap::{ColorChoice, ValueEnum};

use super::terminal::ColourWhen;
use crate::error::ExitCode;

/// Prints help and version to stdout, anything else to stderr.
pub(crate) fn print(message: &clap::Error) -> ExitCode {
    // A reader that has gone away, as in `--help | head -1`, is no reason to fail.
    let _ = message.print();
    if message.use_stderr() {
        ExitCode::Usage
    } else {
        ExitCode::Done
    }
}

/// The colours of help, which is printed before the command line is understood: so `--color` is looked up by hand.
pub(crate) fn colour(arguments: &[OsString]) -> ColorChoice {
    let words = arguments.iter().filter_map(|word| word.to_str());
    let values = words.clone().skip(1).map(Some).chain([None]);
    let asked = words.zip(values).find_map(|(word, next)| match word {
        "--color" => next,
        word => word.strip_prefix("--color="),
    });
    match asked.and_then(|word| ColourWhen::from_str(word, false).ok()) {
        Some(ColourWhen::Always) => ColorChoice::Always,
        Some(ColourWhen::Never) => ColorChoice::Never,
        Some(ColourWhen::Auto) | None => ColorChoice::Auto,
    }
}
