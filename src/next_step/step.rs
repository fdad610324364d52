//! One thing to do next: a sentence, or a command with what it is for.

use super::change_scope::ChangeScope;
use super::command_line::CommandLine;

/// One thing to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NextStep {
    /// A sentence; with a command, what that is for. Empty where the command explains itself.
    text: String,
    /// In a box, so that an error with a step stays small.
    pub(super) command: Option<Box<StepCommand>>,
    pub(super) scope: ChangeScope,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StepCommand {
    pub(super) line: CommandLine,
    /// Who runs it, where that is not the user, such as `an owner of that scope`.
    pub(super) who: Option<String>,
    /// Completes "only if …": the user decides first, because the command can take away what they have.
    pub(super) only_if: Option<String>,
}

impl NextStep {
    /// `purpose` is what the command is for, such as `render the configuration of Prometheus`.
    pub(crate) fn run(purpose: impl Into<String>, command: CommandLine) -> Self {
        Self {
            text: purpose.into(),
            ..command.into()
        }
    }

    /// A command that another person runs. `who` completes "ask … to run".
    pub(crate) fn ask(who: impl Into<String>, command: CommandLine) -> Self {
        let who = who.into();
        let text = format!("ask {who} to run");
        let mut step = Self::run(text, command);
        if let Some(command) = &mut step.command {
            command.who = Some(who);
        }
        step
    }

    /// Guards the step with a condition, which completes "only if …"; one that it has already must hold too.
    pub(crate) fn only_if(mut self, condition: impl Into<String>) -> Self {
        let condition = condition.into();
        match &mut self.command {
            Some(command) => {
                command.only_if = Some(match command.only_if.take() {
                    Some(first) => format!("{first}, and {condition}"),
                    None => condition,
                });
            }
            None => self.text = format!("only if {condition}: {}", self.text),
        }
        self
    }

    /// What a sentence asks to change.
    pub(crate) fn with_scope(self, scope: ChangeScope) -> Self {
        Self {
            scope: self.scope.max(scope),
            ..self
        }
    }

    /// Whether it runs steps of the plan.
    pub(crate) fn applies_plan(&self) -> bool {
        // By its words: steps of checks and of errors are composed without knowing the plan.
        let line = self.command.as_ref().map(|command| command.line.argv());
        line.is_some_and(|words| words.starts_with(&["amw-rw".to_owned(), "apply".to_owned()]))
    }

    /// The step in words, without its command.
    pub(crate) fn sentence(&self) -> &str {
        &self.text
    }

    /// Several commands for one cluster fetch its credentials once, before the first of them.
    pub(crate) fn with_preparation_once(
        steps: Vec<Self>,
        preparation: Option<&CommandLine>,
    ) -> Vec<Self> {
        let Some(preparation) = preparation else {
            return steps;
        };
        let without = |step: &Self| step.command.as_ref()?.line.without_first(preparation);
        // One command keeps it before itself, and can be pasted alone.
        if steps.iter().filter_map(without).count() < 2 {
            return steps;
        }
        let rest = steps.into_iter().map(|mut step| {
            if let (Some(line), Some(command)) = (without(&step), &mut step.command) {
                command.line = line;
            }
            step
        });
        std::iter::once(preparation.clone().into())
            .chain(rest)
            .collect()
    }

    /// The sentence before the command, without its colon; empty where the command is alone.
    pub(super) fn lead(&self) -> String {
        let only_if = self.command.as_ref().and_then(|one| one.only_if.as_ref());
        match only_if {
            None => self.text.clone(),
            Some(condition) if self.text.is_empty() => format!("only if {condition}"),
            Some(condition) => format!("{}; only if {condition}", self.text),
        }
    }
}

impl From<String> for NextStep {
    fn from(sentence: String) -> Self {
        Self {
            text: sentence,
            command: None,
            scope: ChangeScope::Files,
        }
    }
}

impl From<&str> for NextStep {
    fn from(sentence: &str) -> Self {
        sentence.to_owned().into()
    }
}

impl From<CommandLine> for NextStep {
    fn from(command: CommandLine) -> Self {
        Self {
            scope: command.scope(),
            command: Some(Box::new(StepCommand {
                line: command,
                who: None,
                only_if: None,
            })),
            ..String::new().into()
        }
    }
}
