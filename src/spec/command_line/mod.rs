//! The one place that composes the commands that are printed. A `CommandLine` keeps program and arguments apart, and quotes
//! each argument when it is printed, so that a name from outside stays one word. Each printed command is a function in
//! `kubectl`, `helm`, `az`, `own` or `system`.

pub(crate) mod az;
pub(crate) mod helm;
mod kube_context;
pub(crate) mod kubectl;
pub(crate) mod own;
pub(crate) mod system;
mod word;

#[cfg(test)]
mod tests;

use std::fmt;

pub(crate) use kube_context::{KubeContext, with_preparation_once, without_real_cluster};
pub(crate) use word::{option, path_word, single_quoted};

use word::{file_argument, file_word, shell_word};

/// The programs that printed commands start with.
const PROGRAMS: [&str; 8] = [
    "amw-rw", "az", "chgrp", "chmod", "helm", "kubectl", "promtool", "rm",
];

/// Whether a next step is a command to paste, and no sentence.
pub(crate) fn is_command(step: &str) -> bool {
    let program = step.split(' ').next();
    program.is_some_and(|program| PROGRAMS.contains(&program))
}

/// A command of which a part can be open: the user puts a value in place of a word in capitals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CommandLine {
    /// Runs before, and stops the rest when it fails.
    first: Option<Box<Self>>,
    program: &'static str,
    arguments: Vec<Argument>,
    /// The file that standard output goes to.
    output: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Argument {
    /// A subcommand, a flag or a word in capitals.
    Fixed(&'static str),
    Option {
        name: &'static str,
        value: String,
    },
    /// A name or a value of one of our own options, whose form is decided already.
    Word(String),
    /// A value without a name.
    Operand(String),
    File(String),
}

impl CommandLine {
    fn new(program: &'static str, words: &[&'static str]) -> Self {
        Self {
            first: None,
            program,
            arguments: words.iter().copied().map(Argument::Fixed).collect(),
            output: None,
        }
    }

    fn with(mut self, argument: Argument) -> Self {
        self.arguments.push(argument);
        self
    }

    fn words(self, words: &[&'static str]) -> Self {
        words
            .iter()
            .fold(self, |line, word| line.with(Argument::Fixed(word)))
    }

    fn option(self, name: &'static str, value: impl Into<String>) -> Self {
        let value = value.into();
        self.with(Argument::Option { name, value })
    }

    fn operand(self, value: impl Into<String>) -> Self {
        self.with(Argument::Operand(value.into()))
    }

    fn file(self, path: impl Into<String>) -> Self {
        self.with(Argument::File(path.into()))
    }

    fn option_file(self, name: &'static str, path: &str) -> Self {
        self.option(name, file_argument(path))
    }

    fn output(self, path: impl Into<String>) -> Self {
        Self {
            output: Some(path.into()),
            ..self
        }
    }

    fn after(self, first: Option<Self>) -> Self {
        Self {
            first: first.map(Box::new),
            ..self
        }
    }

    /// Program and arguments as the shell hands them over. Operands that look like options come last, after `--`.
    fn argv(&self) -> Vec<String> {
        let is_like_option = |argument: &Argument| matches!(argument, Argument::Operand(value) if value.starts_with('-'));
        let is_operand = |argument: &&Argument| matches!(argument, Argument::Operand(_));
        let has_like_option = self.arguments.iter().any(is_like_option);
        let mut argv = vec![self.program.to_owned()];
        let in_place = |argument: &&Argument| !has_like_option || !is_operand(argument);
        argv.extend(
            self.arguments
                .iter()
                .filter(in_place)
                .flat_map(Argument::words),
        );
        if has_like_option {
            argv.push("--".to_owned());
            argv.extend(
                self.arguments
                    .iter()
                    .filter(is_operand)
                    .flat_map(Argument::words),
            );
        }
        argv
    }
}

impl Argument {
    fn words(&self) -> Vec<String> {
        match self {
            Self::Fixed(word) => vec![(*word).to_owned()],
            // argparse of az and clap take a value with a dash only behind `=`; the short options of kubectl and Helm take
            // the next word whatever it is.
            Self::Option { name, value } if value.starts_with('-') && name.starts_with("--") => {
                vec![format!("{name}={value}")]
            }
            Self::Option { name, value } => vec![(*name).to_owned(), value.clone()],
            Self::Word(value) | Self::Operand(value) => vec![value.clone()],
            Self::File(path) => vec![file_argument(path)],
        }
    }
}

impl fmt::Display for CommandLine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(first) = &self.first {
            write!(out, "{first} && ")?;
        }
        let words: Vec<String> = self.argv().iter().map(|word| shell_word(word)).collect();
        out.write_str(&words.join(" "))?;
        match &self.output {
            Some(file) => write!(out, " > {}", file_word(file)),
            None => Ok(()),
        }
    }
}

impl From<CommandLine> for String {
    fn from(line: CommandLine) -> Self {
        line.to_string()
    }
}
