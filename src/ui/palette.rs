//! Which colour means what? A few meanings, so that every view uses the same colours.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::LazyLock;

use clap::builder::styling::{AnsiColor, Effects, Style, Styles};

use crate::text::visible::visible;

const STRONG: Style = Style::new().bold();
const FAINT: Style = Style::new().effects(Effects::DIMMED);
const GOOD: Style = AnsiColor::Green.on_default();
const CHANGE: Style = AnsiColor::Yellow.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const PLACE: Style = AnsiColor::Cyan.on_default();

/// The colours of the help texts.
pub(crate) const HELP: Styles = Styles::styled()
    .header(STRONG)
    .usage(STRONG)
    .literal(PLACE)
    .placeholder(Style::new())
    .error(BAD.bold())
    .invalid(CHANGE)
    .valid(GOOD);

/// A number in our own colour codes that only this process knows, so that text from outside cannot carry such a code.
/// `terminal_text` takes it out again.
fn mark() -> &'static str {
    static MARK: LazyLock<String> = LazyLock::new(|| {
        let number = RandomState::new().build_hasher().finish();
        format!("{number}")
    });
    &MARK
}

/// What a terminal is given: our own colours as they are, and everything else that it would obey as an escape.
pub(crate) fn terminal_text(text: &str) -> String {
    let start = format!("\u{1b}[{};", mark());
    let mut pieces = text.split(start.as_str());
    let mut clean = cleaned(pieces.next().unwrap_or_default());
    for piece in pieces {
        match piece.split_once('m') {
            Some((code, rest)) if code.bytes().all(|letter| letter.is_ascii_digit()) => {
                clean.push_str(&format!("\u{1b}[{code}m{}", cleaned(rest)));
            }
            _ => clean.push_str(&cleaned(piece)),
        }
    }
    clean
}

/// A carriage return at the end of a line does nothing there, as in the diff of a file from Windows.
fn cleaned(text: &str) -> String {
    visible(&text.replace("\r\n", "\n")).into_owned()
}

/// Puts meanings into colours, or leaves the text alone where colours are off.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Palette {
    coloured: bool,
}

impl Palette {
    pub(crate) fn new(coloured: bool) -> Self {
        Self { coloured }
    }

    pub(crate) fn plain() -> Self {
        Self::new(false)
    }

    pub(crate) fn is_coloured(self) -> bool {
        self.coloured
    }

    fn paint(self, style: Style, text: &str) -> String {
        if self.coloured && !text.is_empty() {
            let (mark, style) = (mark(), style.to_string());
            let code = style.trim_start_matches("\u{1b}[");
            format!("\u{1b}[{mark};{code}{text}\u{1b}[{mark};0m")
        } else {
            text.to_owned()
        }
    }

    /// A heading or a name that the eye should find first.
    pub(crate) fn strong(self, text: &str) -> String {
        self.paint(STRONG, text)
    }

    /// What may be overlooked: what stays as it is, reasons, times.
    pub(crate) fn faint(self, text: &str) -> String {
        self.paint(FAINT, text)
    }

    /// Made, passed, added.
    pub(crate) fn good(self, text: &str) -> String {
        self.paint(GOOD, text)
    }

    /// Changed, or worth a look.
    pub(crate) fn change(self, text: &str) -> String {
        self.paint(CHANGE, text)
    }

    /// Failed, or removed.
    pub(crate) fn bad(self, text: &str) -> String {
        self.paint(BAD, text)
    }

    /// A position in a file, or something to type.
    pub(crate) fn place(self, text: &str) -> String {
        self.paint(PLACE, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_colours_stay_and_those_of_others_do_not() {
        let text = format!(
            "{} \u{1b}[31merror:\u{1b}[0m\u{7}\r\n",
            Palette::new(true).good("made")
        );

        assert_eq!(
            terminal_text(&text),
            "\u{1b}[32mmade\u{1b}[0m \\u{1b}[31merror:\\u{1b}[0m\\u{7}\n"
        );
    }

    #[test]
    fn a_hostile_text_within_our_colours_stays_text() {
        let painted = Palette::new(true).bad("a\u{1b}]0;title\u{7}\u{202e}b");

        assert_eq!(
            terminal_text(&painted),
            "\u{1b}[31ma\\u{1b}]0;title\\u{7}\\u{202e}b\u{1b}[0m"
        );
    }
}
