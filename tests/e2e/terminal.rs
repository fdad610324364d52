//! A person at a terminal: what they see, what they type, and the shell they come back to.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use rexpect::session::{PtySession, spawn_command};

const ANSWER: Duration = Duration::from_secs(30);
const HIDE_CURSOR: &str = "\u{1b}[?25l";
const SHOW_CURSOR: &str = "\u{1b}[?25h";
/// Runs the rest of the arguments as a person's shell does: in the foreground, surviving their Ctrl-C.
const SHELL: &str =
    r#"stty sane columns 100 rows 40; trap : INT; "$@"; echo "exit code $?"; stty -a"#;

pub(crate) const UP: &str = "\u{1b}[A";
pub(crate) const DOWN: &str = "\u{1b}[B";
pub(crate) const ENTER: &str = "\r";
pub(crate) const ESCAPE: &str = "\u{1b}";

/// A pseudo-terminal of 100 columns in which a shell runs one program; it ends when dropped.
pub(crate) struct PseudoTerminal {
    session: PtySession,
    seen: String,
}

/// What was left when the program had ended.
pub(crate) struct TerminalOutput {
    pub(crate) exit_code: i32,
    /// Whether the cursor is shown and typing is echoed, line by line, as before.
    pub(crate) restored: bool,
    /// All that was ever shown, with its control codes.
    pub(crate) seen: String,
}

impl PseudoTerminal {
    /// Runs the command, with its environment and folder, in a new terminal.
    pub(crate) fn open(command: &Command) -> Result<Self> {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", SHELL, "sh"])
            .arg(command.get_program())
            .args(command.get_args());
        shell
            .env_clear()
            .env("TERM", "xterm-256color")
            .env("NO_COLOR", "1");
        shell.envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        if let Some(folder) = command.get_current_dir() {
            shell.current_dir(folder);
        }
        let session = spawn_command(shell, Some(ANSWER.as_millis() as u64))?;
        Ok(Self {
            session,
            seen: String::new(),
        })
    }

    /// Waits until the text is on the screen, and returns what came before it. ASCII only.
    pub(crate) fn sees(&mut self, text: &str) -> Result<()> {
        let before = self
            .session
            .exp_string(text)
            .with_context(|| format!("never saw `{text}`"))?;
        self.seen.push_str(&before);
        self.seen.push_str(text);
        Ok(())
    }

    /// What is shown during this time, with its control codes.
    pub(crate) fn shows_for(&mut self, time: Duration) -> String {
        std::thread::sleep(time);
        let shown: String = std::iter::from_fn(|| self.session.try_read()).collect();
        self.seen.push_str(&shown);
        shown
    }

    /// Types characters or keys, one of the constants above.
    pub(crate) fn types(&mut self, keys: &str) -> Result<()> {
        self.session.send(keys)?;
        Ok(self.session.flush()?)
    }

    pub(crate) fn interrupts(&mut self) -> Result<()> {
        Ok(self.session.send_control('c')?)
    }

    /// Waits for the program's end and looks at what it left.
    pub(crate) fn after_the_end(mut self) -> Result<TerminalOutput> {
        self.sees("exit code ")?;
        let code = self.session.read_line()?;
        let settings = self.session.exp_eof()?;
        let cursor_shown = self.seen.rfind(SHOW_CURSOR) >= self.seen.rfind(HIDE_CURSOR);
        let line_by_line = ["icanon", "echo", "isig"].iter().all(|setting| {
            settings
                .split([' ', ';', '\r', '\n'])
                .any(|word| word == *setting)
        });
        Ok(TerminalOutput {
            exit_code: code
                .trim()
                .parse()
                .with_context(|| format!("no exit code in {code}"))?,
            restored: cursor_shown && line_by_line,
            seen: self.seen,
        })
    }
}
