//! Is a terminal attached? Whether we may ask, where colours help, and how wide the window is.

use std::io::IsTerminal;

use clap::ValueEnum;

use super::palette::Palette;
use crate::environment;

/// When to use colours; `auto` means on a terminal that has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ColourWhen {
    #[default]
    Auto,
    Always,
    Never,
}

/// What we know of the terminal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terminal {
    /// Whether a user can answer. Prompts check only stderr (and some nothing at all), so this is the one guard.
    pub(crate) can_ask: bool,
    /// Whether stderr can show something that moves.
    pub(crate) live: bool,
    /// Columns to wrap messages to; `None` where lines stay whole, because no window cuts them.
    pub(crate) width: Option<usize>,
    /// The same for the result on stdout: piped into a file, its lines stay whole.
    pub(crate) result_width: Option<usize>,
    /// Rows of the window that messages go to.
    pub(crate) height: Option<usize>,
    pub(crate) stdout: Palette,
    pub(crate) stderr: Palette,
}

impl Terminal {
    pub(crate) fn look(colour: ColourWhen, no_input: bool) -> Self {
        let (stdin, stderr) = (std::io::stdin(), std::io::stderr());
        let stdout_is_terminal = std::io::stdout().is_terminal();
        let palette =
            |is_terminal| Palette::new(colours(colour, &ColourEnvironment::read(), is_terminal));
        let terminal = Self {
            can_ask: !no_input && stdin.is_terminal() && stderr.is_terminal(),
            live: stderr.is_terminal() && !ColourEnvironment::read().dumb,
            // Messages and questions go to stderr, so that a redirected stdout changes nothing for them.
            width: width(stderr.is_terminal()),
            height: height(stderr.is_terminal()),
            result_width: width(stdout_is_terminal),
            stdout: palette(stdout_is_terminal),
            stderr: palette(stderr.is_terminal()),
        };
        // The libraries that ask and draw decide for themselves unless we set it.
        console::set_colors_enabled(terminal.stdout.is_coloured());
        console::set_colors_enabled_stderr(terminal.stderr.is_coloured());
        terminal
    }
}

/// The settings of the environment about colours.
struct ColourEnvironment {
    /// <https://no-color.org>: any value but the empty one.
    no_color: bool,
    dumb: bool,
}

impl ColourEnvironment {
    fn read() -> Self {
        Self {
            no_color: environment::variable("NO_COLOR").is_some(),
            dumb: environment::variable("TERM").is_none_or(|term| term == "dumb"),
        }
    }
}

fn colours(when: ColourWhen, environment: &ColourEnvironment, is_terminal: bool) -> bool {
    match when {
        ColourWhen::Always => true,
        ColourWhen::Never => false,
        ColourWhen::Auto => is_terminal && !environment.no_color && !environment.dumb,
    }
}

/// `COLUMNS` first, because the user set it; then the size of the window.
fn width(is_terminal: bool) -> Option<usize> {
    let asked = environment::variable("COLUMNS").and_then(|columns| columns.parse().ok());
    // stdout can be a pipe, which has no size.
    asked.or_else(|| is_terminal.then(|| usize::from(console::Term::stderr().size().1)))
}

fn height(is_terminal: bool) -> Option<usize> {
    is_terminal.then(|| usize::from(console::Term::stderr().size().0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: ColourEnvironment = ColourEnvironment {
        no_color: false,
        dumb: false,
    };

    #[test]
    fn colours_are_for_terminals_unless_set_otherwise() {
        let no_color = ColourEnvironment {
            no_color: true,
            ..NONE
        };
        let dumb = ColourEnvironment { dumb: true, ..NONE };

        assert!(colours(ColourWhen::Auto, &NONE, true));
        assert!(!colours(ColourWhen::Auto, &NONE, false));
        assert!(!colours(ColourWhen::Auto, &no_color, true));
        assert!(!colours(ColourWhen::Auto, &dumb, true));
    }

    #[test]
    fn the_flag_beats_the_environment() {
        let no_color = ColourEnvironment {
            no_color: true,
            ..NONE
        };

        assert!(colours(ColourWhen::Always, &no_color, false));
        assert!(!colours(ColourWhen::Never, &NONE, true));
    }
}
