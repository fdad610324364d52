//! What does a wrong command line look like, and what does help? clap's texts, on the stream where each belongs.

use std::ffi::OsString;
use std::io::Write;

use clap::builder::StyledStr;
use clap::error::ContextValue;
use clap::{ColorChoice, ValueEnum};

use super::terminal::ColourWhen;
use crate::error::ExitCode;
use crate::text::visible::{is_hidden, one_line, visible};

/// Prints help and version to stdout, anything else to stderr.
pub(crate) fn print(message: &clap::Error) -> ExitCode {
    // A reader that has gone away, as in `--help | head -1`, is no reason to fail.
    let _ = match harmless(message) {
        Some(text) => std::io::stderr().write_all(text.as_bytes()),
        None => message.print(),
    };
    if message.use_stderr() {
        ExitCode::Usage
    } else {
        ExitCode::Done
    }
}

/// The text of an error that quotes what a terminal would obey, or what would start a line of ours, such as `next:`. None
/// where it does not.
fn harmless(message: &clap::Error) -> Option<String> {
    let quoted = message.context().filter_map(|(_, value)| match value {
        ContextValue::String(text) => Some(text),
        _ => None,
    });
    let odd: Vec<&String> = quoted
        .filter(|text| text.contains(|letter| letter == '\n' || is_hidden(letter)))
        .collect();
    if odd.is_empty() || !message.use_stderr() {
        return None;
    }
    // clap takes the sequences of a terminal out of the text as a whole, those of the value included.
    let plain = |text: &str| StyledStr::from(text.to_owned()).to_string();
    let text = odd
        .iter()
        .fold(message.render().to_string(), |text, value| {
            text.replace(&plain(value), &one_line(value))
        });
    Some(visible(&text).into_owned())
}

/// The colours of help, which is printed before the command line is understood: so `--color` is looked up by hand.
pub(crate) fn colour(arguments: &[OsString]) -> ColorChoice {
    let words = arguments.iter().filter_map(|word| word.to_str());
    // Each word together with the one after it.
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

#[cfg(test)]
mod tests {
    use clap::{Arg, Command};

    use super::harmless;

    fn refusal(arguments: [&str; 3]) -> clap::Error {
        let refuse = |text: &str| Err::<String, _>(format!("`{text}` is wrong"));
        let command = Command::new("amw-rw").arg(Arg::new("a").long("a").value_parser(refuse));
        command.try_get_matches_from(arguments).unwrap_err()
    }

    #[test]
    fn a_refused_value_starts_no_line_and_moves_no_cursor() {
        let value = "x\u{1b}[2J\n  next:    y";
        let unknown = format!("--{value}");
        for arguments in [["amw-rw", "--a", value], ["amw-rw", &unknown, ""]] {
            let text = harmless(&refusal(arguments)).unwrap();

            assert!(!text.contains('\u{1b}'), "{text}");
            assert!(text.contains(r"x\u{1b}[2J next:    y"), "{text}");
            assert!(
                !text
                    .lines()
                    .any(|line| line.trim_start().starts_with("next:")),
                "{text}"
            );
        }
    }

    #[test]
    fn other_refusals_keep_their_colours() {
        assert!(harmless(&refusal(["amw-rw", "--a", "x"])).is_none());
    }
}
