//! The commands of this program that are printed.

use std::ffi::OsString;
use std::path::Path;

use super::{Argument, CommandLine};
use crate::spec::answers::{Answers, ConnectionAnswers};
use crate::spec::path_text;

fn amw_rw(words: &[&'static str]) -> CommandLine {
    CommandLine::new("amw-rw", words)
}

impl CommandLine {
    /// The flags that give these answers again, such as `--cluster aks-prod`.
    fn answers(self, answers: &ConnectionAnswers) -> Self {
        let answers = Answers::from_flags(answers);
        answers.explained().fold(self, |line, (field, value, _)| {
            line.own_option(field, Some(value))
        })
    }

    fn azure(self, flags: &[AzureFlag]) -> Self {
        flags.iter().fold(self, |line, flag| {
            line.own_option(&flag.name, flag.value.as_deref())
        })
    }

    /// An option of ours, whose name comes from the definition of the command line.
    fn own_option(self, name: &str, value: Option<&str>) -> Self {
        let flag = format!("--{name}");
        match value {
            None => self.with(Argument::Word(flag)),
            // clap takes a value with a dash only behind `=`.
            Some(value) if value.starts_with('-') => {
                self.with(Argument::Word(format!("{flag}={value}")))
            }
            Some(value) => self
                .with(Argument::Word(flag))
                .with(Argument::Word(value.to_owned())),
        }
    }
}

/// A global flag about Azure. A flag without a value takes none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AzureFlag {
    /// Without the dashes.
    pub(crate) name: String,
    pub(crate) value: Option<String>,
}

/// Repeats a connection without questions; `write` repeats the patch in place.
pub(crate) fn init(azure: &[AzureFlag], answers: &ConnectionAnswers, write: bool) -> CommandLine {
    let line = amw_rw(&["init"]).azure(azure).answers(answers);
    match write {
        true => line.words(&["--write", "--yes"]),
        false => line.words(&["--yes"]),
    }
}

/// The command that runs now, with one more option. `words` start with the program.
pub(crate) fn again(words: &[OsString], option: &'static str, value: &str) -> CommandLine {
    let own = words.iter().skip(1);
    let line = own.fold(amw_rw(&[]), |line, word| {
        line.with(Argument::Word(path_text::encode(Path::new(word))))
    });
    line.option(option, value)
}

/// Prints or writes the file of a connection.
pub(crate) fn render(azure: &[AzureFlag], answers: &ConnectionAnswers) -> CommandLine {
    amw_rw(&["render"]).azure(azure).answers(answers)
}

/// Checks a connection.
pub(crate) fn doctor(azure: &[AzureFlag], answers: &ConnectionAnswers) -> CommandLine {
    amw_rw(&["doctor"]).azure(azure).answers(answers)
}

/// Prints what Prometheus needs apart from the file.
pub(crate) fn render_companions(azure: &[AzureFlag], answers: &ConnectionAnswers) -> CommandLine {
    render(azure, answers).words(&["--companions"])
}

/// Writes the connection into a file.
pub(crate) fn render_write(input: &Path) -> CommandLine {
    amw_rw(&["render", "--write"]).option_file("--input", &path_text::encode(input))
}

pub(crate) fn migrate_file(input: &Path) -> CommandLine {
    amw_rw(&["migrate"]).option_file("--input", &path_text::encode(input))
}

/// Migrates a running Prometheus, or the only one of the cluster.
pub(crate) fn migrate_cluster(cluster: &str, prometheus: Option<&str>) -> CommandLine {
    let line = amw_rw(&["migrate"]).option("--cluster", cluster);
    match prometheus {
        Some(prometheus) => line.option("--prometheus", prometheus),
        None => line,
    }
}

/// Applies one step of the plan.
pub(crate) fn apply_only(step: &str) -> CommandLine {
    amw_rw(&["apply"]).option("--only", step)
}

/// Lets another service account use the identity.
pub(crate) fn federate(service_account: &str) -> CommandLine {
    amw_rw(&["apply", "--only", "federated-credential"])
        .option("--service-account", service_account)
}

#[cfg(test)]
pub(super) fn examples(value: &str) -> Vec<CommandLine> {
    use crate::spec::choices::ClusterChoice;

    let azure = ["subscription", "tenant"].map(|name| AzureFlag {
        name: name.into(),
        value: Some(value.into()),
    });
    let answers = ConnectionAnswers {
        cluster: Some(ClusterChoice::Name(value.into())),
        input: Some(value.into()),
        ..ConnectionAnswers::default()
    };
    vec![
        init(&azure, &answers, true),
        again(
            &[
                "amw-rw".into(),
                "apply".into(),
                format!("--input={value}").into(),
            ],
            "--identity",
            value,
        ),
        render(&azure, &answers),
        doctor(&azure, &answers),
        render_companions(&azure, &answers),
        render_write(Path::new(value)),
        migrate_file(Path::new(value)),
        migrate_cluster(value, Some(value)),
        apply_only(value),
        federate(value),
    ]
}
