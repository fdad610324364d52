//! The commands of this program that are printed.

use std::path::Path;

use super::CommandLine;
use super::flags::flags;
use crate::next_step::{Flag, RepeatedFlags};
use crate::spec::answers::ConnectionAnswers;
use crate::spec::choices::PrometheusChoice;
use crate::text::path_text;

fn amw_rw(words: &[&'static str]) -> CommandLine {
    CommandLine::new("amw-rw", words)
}

/// How a connection is repeated.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RepeatOptions {
    /// The input is patched in place.
    pub(crate) in_place: bool,
    pub(crate) accept_unproved: bool,
    /// What was accepted with `--force` is refused again without it.
    pub(crate) force: bool,
}

/// Repeats a connection without questions.
pub(crate) fn init(
    azure: &[Flag],
    answers: &ConnectionAnswers,
    repeat: RepeatOptions,
) -> CommandLine {
    // The wizard records a file that is patched in place as input and output at once; `--write` is the same in one word.
    let named = match &answers.prometheus {
        Some(PrometheusChoice::File(path)) => Some(path),
        _ => None,
    };
    let patched = answers.input.as_ref().or(named);
    let same = answers.out.is_some() && answers.out.as_ref() == patched;
    let answers = ConnectionAnswers {
        out: answers.out.clone().filter(|_| !same),
        ..answers.clone()
    };
    let flags = [
        ("--write", repeat.in_place || same),
        ("--accept-unproved", repeat.accept_unproved),
        ("--force", repeat.force),
        // The questions were answered already: their answers are in the command.
        ("--yes", true),
    ];
    let line = amw_rw(&["init"]).flags(azure).flags(&self::flags(&answers));
    let given = flags.iter().filter(|(_, is_given)| *is_given);
    given.fold(line, |line, (flag, _)| line.words(&[*flag]))
}

/// The current command, with more options or other values of those that it has.
pub(crate) fn again(options: &[(&'static str, String)]) -> CommandLine {
    options
        .iter()
        .fold(amw_rw(&[]), |line, (option, value)| {
            line.option(option, value)
        })
        .repeating(RepeatedFlags::Command)
}

/// The current command, for another file of Prometheus.
pub(crate) fn again_for(input: &Path) -> CommandLine {
    amw_rw(&[])
        .option_file("--input", &path_text::encode(input))
        .repeating(RepeatedFlags::Command)
}

/// The current command, with one more option that has no value.
pub(crate) fn again_with(option: &'static str) -> CommandLine {
    amw_rw(&[])
        .words(&[option])
        .repeating(RepeatedFlags::Command)
}

/// Prints or writes the file of a connection.
pub(crate) fn render(azure: &[Flag], answers: &ConnectionAnswers) -> CommandLine {
    amw_rw(&["render"]).flags(azure).flags(&flags(answers))
}

/// Checks a connection.
pub(crate) fn doctor(azure: &[Flag], answers: &ConnectionAnswers) -> CommandLine {
    amw_rw(&["doctor"]).flags(azure).flags(&flags(answers))
}

/// Prints what Prometheus needs apart from the file.
pub(crate) fn render_companions(azure: &[Flag], answers: &ConnectionAnswers) -> CommandLine {
    // They go to stdout.
    let answers = ConnectionAnswers {
        out: None,
        ..answers.clone()
    };
    render(azure, &answers).words(&["--companions"])
}

/// Writes the connection into a file.
pub(crate) fn render_write(input: &Path) -> CommandLine {
    amw_rw(&["render", "--write"])
        .option_file("--input", &path_text::encode(input))
        .repeating(RepeatedFlags::Connection)
}

/// Writes the connection into a file, with this label in place of the one that the file has.
pub(crate) fn render_write_label(input: &Path, label: &str) -> CommandLine {
    render_write(input).option("--cluster-label", label)
}

/// Shows what a migration of this file changes. `settings` are those that neither the file nor its proxy has.
pub(crate) fn migrate_file(input: &Path, settings: &[(&'static str, String)]) -> CommandLine {
    let line = amw_rw(&["migrate"]).option_file("--input", &path_text::encode(input));
    settings
        .iter()
        .fold(line, |line, (option, value)| line.option(option, value))
        .words(&["--diff"])
        .repeating(RepeatedFlags::Azure)
}

/// Migrates a running Prometheus, or the only one of the cluster.
pub(crate) fn migrate_cluster(cluster: &str, prometheus: Option<&str>) -> CommandLine {
    let line = amw_rw(&["migrate"])
        .option("--cluster", cluster)
        .repeating(RepeatedFlags::Azure);
    match prometheus {
        Some(prometheus) => line.option("--prometheus", prometheus),
        None => line,
    }
}

/// Applies the plan.
pub(crate) fn apply() -> CommandLine {
    amw_rw(&["apply"]).repeating(RepeatedFlags::Connection)
}

/// Applies one step of the plan.
pub(crate) fn apply_only(step: &str) -> CommandLine {
    // It turns on the OIDC issuer.
    apply_all(step == "token-issuer").option("--only", step)
}

/// Applies the plan. A change that cannot be undone needs a consent of its own.
pub(crate) fn apply_all(has_permanent_change: bool) -> CommandLine {
    match has_permanent_change {
        true => apply().words(&["--enable-oidc-issuer"]),
        false => apply(),
    }
}

/// Checks one thing again.
pub(crate) fn doctor_only(check: &str) -> CommandLine {
    amw_rw(&["doctor"])
        .option("--only", check)
        .repeating(RepeatedFlags::Connection)
}

/// Asks the questions.
pub(crate) fn init_again() -> CommandLine {
    amw_rw(&["init"]).repeating(RepeatedFlags::Azure)
}

/// The whole trial in one command, without questions: a sandbox ends with its command. `accept_unproved` for an identity that
/// only the machines of the cluster can use, so that no test from here can prove it.
pub(crate) fn init_at_once(accept_unproved: bool) -> CommandLine {
    let mut words = vec!["init", "--yes"];
    words.extend(accept_unproved.then_some("--accept-unproved"));
    amw_rw(&words).repeating(RepeatedFlags::Connection)
}

/// Asks the questions and saves the answers.
pub(crate) fn init_save() -> CommandLine {
    amw_rw(&["init", "--save"]).repeating(RepeatedFlags::Azure)
}

/// Names the scenarios of the sandbox.
pub(crate) fn list_scenarios() -> CommandLine {
    amw_rw(&["sandbox", "--list-scenarios"])
}

/// Explains the flags, which are the fields of the spec file too.
pub(crate) fn help_init() -> CommandLine {
    amw_rw(&["help", "init"])
}

/// Lets another service account use the identity.
pub(crate) fn federate(service_account: &str) -> CommandLine {
    apply_only("federated-credential").option("--service-account", service_account)
}

#[cfg(test)]
pub(super) fn examples(value: &str) -> Vec<CommandLine> {
    use crate::spec::choices::ClusterChoice;

    let azure = ["subscription", "tenant"].map(|name| Flag {
        name: name.into(),
        value: Some(value.into()),
    });
    let answers = ConnectionAnswers {
        cluster: Some(ClusterChoice::Name(value.into())),
        input: Some(value.into()),
        ..ConnectionAnswers::default()
    };
    vec![
        init(
            &azure,
            &answers,
            RepeatOptions {
                in_place: true,
                accept_unproved: true,
                force: true,
            },
        ),
        again(&[("--identity", value.into()), ("--cluster", value.into())]),
        again_with("--yes"),
        again_for(Path::new(value)),
        render(&azure, &answers),
        doctor(&azure, &answers),
        render_companions(&azure, &answers),
        render_write(Path::new(value)),
        render_write_label(Path::new(value), value),
        migrate_file(Path::new(value), &[("--cluster-label", value.to_owned())]),
        migrate_cluster(value, Some(value)),
        apply(),
        doctor_only(value),
        init_again(),
        init_at_once(false),
        init_save(),
        help_init(),
        list_scenarios(),
        apply_only(value),
        apply_all(true),
        federate(value),
    ]
}
