//! Which colour means what? A handful of meanings, so that every view speaks the same language.

use clap::builder::styling::{AnsiColor, Effects, Style, Styles};

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
            format!("{style}{text}{style:#}")
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
