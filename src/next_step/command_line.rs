//! A command as program and arguments, which is quoted when it is printed, so that a name from outside stays one word.

use std::fmt;

use super::ChangeScope;
use crate::text::shell::{file_argument, file_word, shell_word};

/// A command of which a part can be open: the user puts a value in place of a word in capitals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CommandLine {
    /// Runs before, and stops the rest when it fails.
    first: Option<Box<Self>>,
    program: &'static str,
    arguments: Vec<Argument>,
    /// The file that standard output goes to.
    output: Option<String>,
    repeats: RepeatedFlags,
}

/// Which flags of the current run a command of ours repeats when it is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum RepeatedFlags {
    /// It has them already, or it is a command of another program.
    #[default]
    Nothing,
    /// The flags about Azure, such as `--sandbox`.
    Azure,
    /// These, and the answers about the connection.
    Connection,
    /// All words of the current command, which run it again with the options of this one.
    Command,
}

/// A flag of ours. A flag without a value takes none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flag {
    /// Without the dashes.
    pub(crate) name: String,
    pub(crate) value: Option<String>,
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
    /// Called by the functions of `spec/command_line` only: each printed command is one of them.
    pub(crate) fn new(program: &'static str, words: &[&'static str]) -> Self {
        Self {
            first: None,
            program,
            arguments: words.iter().copied().map(Argument::Fixed).collect(),
            output: None,
            repeats: RepeatedFlags::Nothing,
        }
    }

    fn with(mut self, argument: Argument) -> Self {
        self.arguments.push(argument);
        self
    }

    pub(crate) fn words(self, words: &[&'static str]) -> Self {
        words
            .iter()
            .fold(self, |line, word| line.with(Argument::Fixed(word)))
    }

    /// One word, whose form is decided already.
    pub(crate) fn word(self, word: String) -> Self {
        self.with(Argument::Word(word))
    }

    pub(crate) fn option(self, name: &'static str, value: impl Into<String>) -> Self {
        let value = value.into();
        self.with(Argument::Option { name, value })
    }

    pub(crate) fn operand(self, value: impl Into<String>) -> Self {
        self.with(Argument::Operand(value.into()))
    }

    pub(crate) fn file(self, path: impl Into<String>) -> Self {
        self.with(Argument::File(path.into()))
    }

    pub(crate) fn option_file(self, name: &'static str, path: &str) -> Self {
        self.option(name, file_argument(path))
    }

    /// A file for `-f` of kubectl and Helm, which is a list there: it is split at commas, and quotes are read as in CSV.
    pub(crate) fn listed_file(self, name: &'static str, path: &str) -> Self {
        self.option(name, list_item(&local_file(path)))
    }

    /// Options of ours, whose names come from the definition of the command line.
    pub(crate) fn flags(self, flags: &[Flag]) -> Self {
        flags.iter().fold(self, Self::flag)
    }

    fn flag(self, flag: &Flag) -> Self {
        let name = format!("--{}", flag.name);
        match &flag.value {
            None => self.word(name),
            // clap takes a value with a dash only behind `=`.
            Some(value) if value.starts_with('-') => self.word(format!("{name}={value}")),
            Some(value) => self.word(name).word(value.clone()),
        }
    }

    /// Sends what it prints to a new file; a shell does not replace one that is there.
    pub(crate) fn output(self, path: impl Into<String>) -> Self {
        Self {
            output: Some(path.into()),
            ..self
        }
    }

    pub(crate) fn after(self, first: Option<Self>) -> Self {
        Self {
            first: first.map(Box::new),
            ..self
        }
    }

    pub(crate) fn repeating(self, repeats: RepeatedFlags) -> Self {
        Self { repeats, ..self }
    }

    /// The command without this one before it; `None` where another one or none comes before it.
    pub(crate) fn without_first(&self, first: &Self) -> Option<Self> {
        let is_it = self.first.as_deref() == Some(first);
        is_it.then(|| Self {
            first: None,
            ..self.clone()
        })
    }

    /// What running it can change.
    pub(super) fn scope(&self) -> ChangeScope {
        let own = match self.program {
            // kubelogin changes the user's kubeconfig, by which every other command reaches their clusters.
            "kubectl" | "kubelogin" | "helm" => ChangeScope::Cluster,
            "az" => ChangeScope::Azure,
            _ => ChangeScope::Files,
        };
        self.first
            .as_ref()
            .map_or(own, |first| own.max(first.scope()))
    }

    /// Whether a command of ours needs what an earlier one made in Azure, or makes what only a later one needs.
    pub(super) fn needs_earlier_run(&self) -> bool {
        let words = self.argv();
        let has = |option: &str| words.iter().any(|word| word == option);
        let needs = match words.get(1).map(String::as_str) {
            Some("render") => !has("--write-url"),
            Some("doctor" | "apply") => true,
            _ => false,
        };
        self.program == "amw-rw" && needs
    }

    /// The command with the flags of the current run that it repeats. A flag that it has keeps its value.
    pub(super) fn completed(&self, words: &[String], azure: &[Flag], connection: &[Flag]) -> Self {
        let (azure, connection) = match self.repeats {
            RepeatedFlags::Nothing => (&[][..], &[][..]),
            RepeatedFlags::Azure => (azure, &[][..]),
            RepeatedFlags::Connection => (azure, connection),
            RepeatedFlags::Command => return self.after_words(words),
        };
        let present = self.argv();
        let has = |flag: &&Flag| {
            let name = format!("--{}", flag.name);
            let with_value = format!("{name}=");
            present
                .iter()
                .any(|word| *word == name || word.starts_with(&with_value))
        };
        let lacking = azure.iter().chain(connection).filter(|flag| !has(flag));
        let first = self.first.as_ref();
        Self {
            first: first.map(|first| Box::new(first.completed(words, azure, connection))),
            repeats: RepeatedFlags::Nothing,
            ..lacking.fold(self.clone(), Self::flag)
        }
    }

    /// Whether it is the current command with other options.
    pub(super) fn is_current_command(&self) -> bool {
        self.repeats == RepeatedFlags::Command
    }

    /// The command with these words before its own. An option that both have is left out of the words: the parser of arguments
    /// refuses an option that is given twice.
    fn after_words(&self, words: &[String]) -> Self {
        let own: Vec<&str> = self
            .arguments
            .iter()
            .filter_map(|argument| match argument {
                Argument::Option { name, .. } => Some(*name),
                _ => None,
            })
            .collect();
        let mut arguments = Vec::new();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let (name, value) = word
                .split_once('=')
                .map_or((&**word, None), |(name, value)| (name, Some(value)));
            match own.contains(&name) {
                // The value of the option is the next word.
                true if value.is_none() => drop(words.next()),
                true => {}
                false => arguments.push(Argument::Word(word.clone())),
            }
        }
        arguments.extend(self.arguments.iter().cloned());
        Self {
            arguments,
            repeats: RepeatedFlags::Nothing,
            ..self.clone()
        }
    }

    /// What a script passes to the operating system. What needs a shell names one.
    pub(super) fn for_scripts(&self) -> Vec<String> {
        // Without a shell no word needs quotes.
        if self.first.is_none() && self.output.is_none() {
            return self.argv();
        }
        // `&&` and `>` mean something to a shell only.
        vec!["sh".to_owned(), "-c".to_owned(), self.to_string()]
    }

    /// Program and arguments as the shell hands them over. Operands that look like options come last, after `--`.
    pub(crate) fn argv(&self) -> Vec<String> {
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
            // By POSIX nothing after it is an option.
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

    #[cfg(test)]
    pub(crate) fn first(&self) -> Option<&Self> {
        self.first.as_deref()
    }

    #[cfg(test)]
    pub(crate) fn has_output(&self) -> bool {
        self.output.is_some()
    }

    #[cfg(test)]
    pub(crate) fn without_output(&self) -> Self {
        Self {
            output: None,
            ..self.clone()
        }
    }
}

/// kubectl and Helm fetch what looks like a URL: `http:x.yaml` too, and for Helm any scheme that a plugin knows. Helm parses each
/// name as a URL, which refuses a colon in the first part of a path, and takes ` -` for stdin.
fn local_file(path: &str) -> String {
    let is_like_url = path.split('/').next().unwrap_or(path).contains(':');
    match is_like_url || path.trim() == "-" {
        true => format!("./{path}"),
        false => file_argument(path),
    }
}

/// One item of a `StringSlice` of pflag, which reads the value by Go's `encoding/csv`.
fn list_item(value: &str) -> String {
    match value.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", value.replace('"', "\"\"")),
        false => value.to_owned(),
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
        let words = words.join(" ");
        match &self.output {
            // A plain `>` would empty a file of the user, and leave an empty one where the program fails.
            Some(file) => {
                let file = file_word(file);
                write!(
                    out,
                    "(set -C; text=$({words}) && printf '%s\\n' \"$text\" > {file})"
                )
            }
            None => out.write_str(&words),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_in_a_list_of_kubectl_or_helm_stays_one_local_file() {
        for (file, word) in [
            ("values.yaml", "values.yaml"),
            ("a,b.yaml", "'\"a,b.yaml\"'"),
            ("team,a/x.yaml", "'\"team,a/x.yaml\"'"),
            ("\"a,b\".yaml", "'\"\"\"a,b\"\".yaml\"'"),
            ("-v.yaml", "./-v.yaml"),
            ("-", "./-"),
            ("http:x.yaml", "./http:x.yaml"),
            ("https://x/y,z.yaml", "'\"./https://x/y,z.yaml\"'"),
            ("./http:x.yaml", "./http:x.yaml"),
            ("a/b:c.yaml", "a/b:c.yaml"),
            ("x=y.yaml", "x=y.yaml"),
            (":x.yaml", "./:x.yaml"),
            ("[::1]:x.yaml", "'./[::1]:x.yaml'"),
            (" -", "'./ -'"),
        ] {
            let line = CommandLine::new("kubectl", &["apply"]).listed_file("-f", file);

            assert_eq!(
                line.to_string(),
                format!("kubectl apply -f {word}"),
                "{file}"
            );
        }
    }
}
