//! What to do next: a sentence, or a command with what it is for. It is printed for the current run, which gives the commands
//! of this program their flags and leaves out, in a sandbox, what would change the real Azure or a real cluster.

mod change_scope;
mod command_line;
mod printed;
mod step;

pub(crate) use change_scope::ChangeScope;
pub(crate) use command_line::{CommandLine, Flag, RepeatedFlags};
pub(crate) use printed::{CurrentRun, PrintedStep};
pub(crate) use step::NextStep;

#[cfg(test)]
impl NextStep {
    /// The whole step on one line, where the current command is `amw-rw apply`.
    pub(crate) fn line(&self) -> String {
        let run = CurrentRun {
            words: vec!["apply".to_owned()],
            ..CurrentRun::default()
        };
        run.print(std::slice::from_ref(self))[0].text.clone()
    }
}

/// Each step on one line.
#[cfg(test)]
pub(crate) fn lines(steps: &[NextStep]) -> Vec<String> {
    steps.iter().map(NextStep::line).collect()
}

#[cfg(test)]
impl PartialEq<&str> for NextStep {
    fn eq(&self, other: &&str) -> bool {
        self.line() == *other
    }
}

#[cfg(test)]
impl PartialEq<String> for NextStep {
    fn eq(&self, other: &String) -> bool {
        self.line() == *other
    }
}
