//! Which kind of file did the user name? One answer for every command: by `--target`, else by the keys of the file.

use std::path::Path;
use std::slice;

use serde_yaml::Value;

use super::{kustomization, no_place, own_file};
use crate::error::Failure;
use crate::files;
use crate::next_step::NextStep;
use crate::patch::{self, Reason};
use crate::spec::answers::ConnectionAnswers;
use crate::spec::choices::PrometheusChoice;
use crate::spec::command_line::{CommandLine, own};
use crate::target::{self, RecognisedFile, Target};

/// The target of the file that the answers name; `None` where they name none, or one without content.
pub(crate) fn target_of(
    answers: &ConnectionAnswers,
    doing: &str,
) -> Result<Option<Target>, Failure> {
    if answers.target.is_some() {
        return Ok(answers.target);
    }
    let named = match &answers.prometheus {
        // What this names is Prometheus' own file.
        Some(PrometheusChoice::File(_)) => None,
        _ => answers.input.as_deref(),
    };
    match named {
        Some(path) => {
            let text = own_file::read(path)?;
            kustomization::check(path, &text)?;
            files::with_progress(path, || of_file(path, &text, doing))
        }
        None => Ok(None),
    }
}

/// The kind of the file with this text; `None` where only `--target` or the cluster can decide it. `doing` completes "cannot …".
pub(crate) fn of_file(path: &Path, text: &str, doing: &str) -> Result<Option<Target>, Failure> {
    match of_text(path, text, doing)? {
        Some(kind) => Ok(Some(kind)),
        None => of_unknown(path, text, doing),
    }
}

/// The kind of this text; `None` where no key decides it. `doing` completes "cannot …".
pub(crate) fn of_text(path: &Path, text: &str, doing: &str) -> Result<Option<Target>, Failure> {
    let Ok(documents) = patch::documents(&patch::read_part(text, Target::ALL)) else {
        no_place::check(path, text, doing)?;
        // The patch names the line that is no YAML, and has to know what to paste there.
        return Ok(Target::by_lines(text));
    };
    if documents.is_empty() {
        return Ok(None);
    }
    let failure = || Failure::usage(format!("{doing} in {}", path.display()));
    match target::recognise(&documents) {
        // vmagent and Thanos Ruler read files with the same keys.
        RecognisedFile::One(target) if target.is_configuration() => match named_as_other(path) {
            Some(noun) => Err(failure()
                .reason(format!("by its path it is {noun}"))
                .next("name the file of Prometheus: --input FILE")
                .next(read_as(target))),
            None => Ok(Some(target)),
        },
        RecognisedFile::One(target) => Ok(Some(target)),
        RecognisedFile::Other(target::OF_UNKNOWN_CHART) => {
            let failure = failure()
                .reason(format!("the file is {}", target::OF_UNKNOWN_CHART))
                .reason("its values have no key that only one chart has");
            Err(with_kinds(failure, text, path, charts()))
        }
        RecognisedFile::Other(noun) => Err(of_other_program(failure(), noun)),
        RecognisedFile::Several(targets) => {
            let names: Vec<_> = targets.iter().map(|one| one.as_str()).collect();
            let names = names.join(" and of ");
            let resources = target::connectable_resources(&documents);
            let resources = match resources.is_empty() {
                true => String::new(),
                false => format!(": {}", resources.join(", ")),
            };
            let failure = failure().reason(format!("the file has parts of {names}{resources}"));
            Err(targets.into_iter().fold(failure, |failure, target| {
                let purpose = format!("to connect {}", target.noun());
                failure.next(NextStep::run(purpose, with_target(target)))
            }))
        }
        RecognisedFile::Unknown => Ok(None),
    }
}

fn of_other_program(failure: Failure, noun: &str) -> Failure {
    failure
        .reason(format!("the file is {noun}"))
        .next("name the file of Prometheus: --input FILE")
}

/// Refuses a file that is certainly of another program, whatever the cluster has. A file that cannot be read, or
/// whose kind the cluster may decide, is judged when it is patched.
pub(crate) fn check_program(answers: &ConnectionAnswers) -> Result<(), Failure> {
    let Some(path) = answers.input.as_deref() else {
        return Ok(());
    };
    let Ok(text) = own_file::read(path) else {
        return Ok(());
    };
    no_place::check(path, &text, "put the connection")?;
    if answers.target.is_some() {
        return Ok(());
    }
    let documents = patch::documents(&patch::read_part(&text, Target::ALL)).unwrap_or_default();
    match target::recognise(&documents) {
        RecognisedFile::Other(noun) if noun != target::OF_UNKNOWN_CHART => Err(of_other_program(
            Failure::usage(format!("put the connection into {}", path.display())),
            noun,
        )),
        _ => Ok(()),
    }
}

/// Refuses a file that another program may read, where the user did not name its kind and the cluster has a Prometheus of this target.
pub(crate) fn check_fits(path: &Path, text: &str, target: Target) -> Result<(), Failure> {
    let doing = "put the connection";
    let is_chart = target.is_chart() && of_text(path, text, doing)?.is_none();
    match patch::documents(&patch::read_part(text, Target::ALL)).as_deref() {
        Ok([document]) if is_chart && !target.can_read(document) => {
            Err(undecided(path, text, slice::from_ref(document), doing))
        }
        _ => Ok(()),
    }
}

/// Refuses a file that contradicts the chart that the user named for it.
pub(crate) fn check_named(path: &Path, text: &str, target: Target) -> Result<(), Failure> {
    // A resource of Flux or Argo CD names its chart itself.
    if !target.is_chart() || patch::controller_of_release(text, target).is_some() {
        return Ok(());
    }
    let found = patch::documents(&patch::read_part(text, Target::ALL));
    let Ok([document]) = found.as_deref() else {
        return Ok(());
    };
    let other = target::other_program(document).map(|(_, noun)| format!("looks like {noun}"));
    let Some(why) = other.or_else(|| target.contradicted_by(document)) else {
        return Ok(());
    };
    Err(
        Failure::usage(format!("put the connection into {}", path.display()))
            .reason(format!(
                "the file is named as {}, but it {why}",
                target.noun()
            ))
            .next(format!("name the file of {}: --input FILE", target.noun()))
            .next("where the file is right, write it anyway: --force"),
    )
}

/// Refuses a file whose kind no key decides, unless it can only be Prometheus' own, or has its name and a section of it.
fn of_unknown(path: &Path, text: &str, doing: &str) -> Result<Option<Target>, Failure> {
    let found = patch::documents(&patch::read_part(text, Target::ALL)).unwrap_or_default();
    let named = Target::by_file_name(path);
    if has_only_common_keys(text) && named.is_none() {
        return Err(undecided(path, text, &found, doing));
    }
    check_connectable(path, text, doing)?;
    no_place::check(path, text, doing)?;
    match found.as_slice() {
        // A key that Prometheus does not know gets a note with its line.
        [document] if named.is_some() && target::has_configuration_section(document) => Ok(named),
        [document] if !target::can_be_configuration(document) => {
            Err(undecided(path, text, &found, doing))
        }
        _ => Ok(None),
    }
}

fn charts() -> impl Iterator<Item = Target> {
    let all = Target::ALL.iter().copied();
    all.filter(|target| target.is_chart())
}

/// The current command for a file of this kind.
fn with_target(target: Target) -> CommandLine {
    own::again(&[("--target", target.to_string())])
}

/// The step for a file that can be of this kind.
fn read_as(target: Target) -> NextStep {
    let purpose = format!("to read the file as {}", target.noun());
    NextStep::run(purpose, with_target(target))
}

fn undecided(path: &Path, text: &str, documents: &[Value], doing: &str) -> Failure {
    let failure = Failure::usage(format!("{doing} in {}", path.display()));
    match target::contradiction(documents) {
        Some((target, key)) => failure
            .reason(format!(
                "the file has keys of {}, but `{key}` is not one of them: it may be a file of another program",
                target.noun()
            ))
            .next(read_as(target)),
        None => no_key_decides(failure, text, path, documents),
    }
}

/// The steps for the kinds as which the file can be read; another file where there is none.
fn with_kinds(
    failure: Failure,
    text: &str,
    path: &Path,
    targets: impl IntoIterator<Item = Target>,
) -> Failure {
    let read = |target: &Target| {
        let read = patch::data(text, *target);
        !read.is_err_and(|refusal| matches!(refusal.reason, Reason::NothingRead { .. }))
    };
    let mut kinds = targets.into_iter().filter(read).peekable();
    if kinds.peek().is_none() {
        return failure.next("name the file of Prometheus: --input FILE");
    }
    kinds.fold(failure, |failure, target| {
        failure.next(match check_named(path, text, target) {
            Ok(()) => read_as(target),
            // Without this flag the command is refused.
            Err(_) => NextStep::run(
                format!("if the file is right: to read it as {}", target.noun()),
                with_target(target).words(&["--force"]),
            ),
        })
    })
}

/// Where all keys are such as the files of several programs have.
fn no_key_decides(failure: Failure, text: &str, path: &Path, documents: &[Value]) -> Failure {
    let reads =
        |target: &Target, one| target.has_shared_key(one) || target.can_be_below_its_name(one);
    let reading = charts().filter(|target| documents.iter().any(|one| reads(target, one)));
    let reading: Vec<_> = reading.collect();
    let failure = failure.reason("the file has no key that only one kind of file has");
    if reading.is_empty() {
        let names: Vec<_> = Target::ALL.iter().map(|target| target.as_str()).collect();
        return failure.next(format!(
            "name the kind: --target TARGET, one of {}",
            names.join(", ")
        ));
    }
    let failure = failure
        .reason("the values of several charts have these keys, also those of other programs");
    with_kinds(failure, text, path, reading)
}

/// Refuses a file that no `--target` makes one of Prometheus.
fn check_connectable(path: &Path, text: &str, doing: &str) -> Result<(), Failure> {
    let found = patch::documents(&patch::read_part(text, Target::ALL));
    match found.ok().and_then(|found| target::why_of_no_kind(&found)) {
        Some(why) => Err(of_no_kind(path, &why, doing)),
        None => Ok(()),
    }
}

/// For a file that is no target; `why` is a predicate of the file.
fn of_no_kind(path: &Path, why: &str, doing: &str) -> Failure {
    Failure::usage(format!("{doing} in {}", path.display()))
        .reason(format!("the file {why}"))
        .next("name the file of Prometheus: --input FILE")
}

/// Whether a text has nothing but comments, and keys that values of many charts have.
fn has_only_common_keys(text: &str) -> bool {
    patch::documents(text).is_ok_and(|documents| documents.iter().all(target::is_of_any_kind))
}

/// Another program that reads files with the keys of Prometheus, by the name of the file or of its folder.
fn named_as_other(path: &Path) -> Option<&'static str> {
    const OTHERS: [(&str, &str); 3] = [
        ("vmagent", "a configuration of vmagent"),
        ("thanos-rule", "a configuration of Thanos Ruler"),
        ("thanos_rule", "a configuration of Thanos Ruler"),
    ];
    let names = [path.file_name(), path.parent().and_then(Path::file_name)];
    let names = names.into_iter().flatten();
    let names: Vec<String> = names
        .map(|name| name.to_string_lossy().to_lowercase())
        .collect();
    let mut others = OTHERS.iter();
    let (_, noun) = others.find(|(word, _)| names.iter().any(|name| name.starts_with(word)))?;
    Some(noun)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Result<Option<Target>, String> {
        of_text(Path::new("f.yaml"), text, "render").map_err(|failure| failure.causes().join(" "))
    }

    #[test]
    fn a_template_is_known_by_its_words() {
        assert_eq!(
            kind("server:\n  retention: {{ b }}\n"),
            Ok(Some(Target::PrometheusChart))
        );
    }

    #[test]
    fn a_template_of_another_resource_is_known_by_its_kind() {
        let of_kind =
            |kind: &str| self::kind(&format!("{{{{- a }}}}\nkind: {kind}\nb: {{{{ c }}}}\n"));

        for other in ["StatefulSet", "PrometheusRule", "Service", "ConfigMap"] {
            let refused = of_kind(other).unwrap_err();
            assert!(refused.contains("is a template of"), "{refused}");
        }
        assert_eq!(of_kind("Prometheus"), Ok(Some(Target::CustomResource)));
        assert_eq!(
            of_kind("ConfigMap\ndata:\n  prometheus.yml: |"),
            Ok(Some(Target::ConfigMap))
        );
        assert!(of_kind("{{ kind }}").unwrap_err().contains("a template"));
    }

    #[test]
    fn keys_that_many_charts_have_decide_nothing() {
        for text in ["", "# a\n", "---\n{}\n", "crds: {}\ncommonLabels: {}"] {
            assert!(has_only_common_keys(text), "{text}");
        }
        for text in ["a: 1", "{{ template }}", "crds: {}\nkubelet: {}"] {
            assert!(!has_only_common_keys(text), "{text}");
        }
    }

    #[test]
    fn a_file_of_another_program_with_the_keys_of_prometheus_is_recognised_by_its_path() {
        for (path, noun) in [
            ("vmagent/prometheus.yml", Some("vmagent")),
            ("conf/vmagent-scrape.yml", Some("vmagent")),
            ("thanos-ruler.yaml", Some("Thanos Ruler")),
            ("prometheus/prometheus.yml", None),
            ("vmagent/prometheus/prometheus.yml", None),
            ("my-thanos-rules/prometheus.yml", None),
        ] {
            let kind = of_text(
                Path::new(path),
                "remote_write: []\nrule_files: []\n",
                "render",
            );

            let why = kind.map_err(|failure| failure.causes().join(" "));
            match noun {
                Some(noun) => assert!(
                    why.clone().is_err_and(|why| why.contains(noun)),
                    "{path} {why:?}"
                ),
                None => assert_eq!(why, Ok(Some(Target::PrometheusYml)), "{path}"),
            }
        }
    }

    #[test]
    fn only_kinds_are_offered_as_which_the_file_can_be_read() {
        let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec:\n  chartRef: {kind: OCIRepository, name: a}\n  values: ";
        let offered = |values: &str| {
            let text = format!("{release}{values}\n");
            let failure = of_text(Path::new("f.yaml"), &text, "render").unwrap_err();
            crate::next_step::lines(failure.next_steps()).join("; ")
        };

        assert_eq!(
            offered("{a: 1}"),
            "name the file of Prometheus: --input FILE"
        );
        let one = offered("{server: {port: 80}}");
        assert!(one.contains("--target prometheus-chart"), "{one}");
        assert!(!one.contains("kube-prometheus-stack"), "{one}");
    }

    #[test]
    fn a_file_of_no_known_kind_is_refused() {
        assert_eq!(kind(""), Ok(None));
        assert!(kind("groups: []").unwrap_err().contains("alerting rules"));
        assert_eq!(kind("mine: 1"), Ok(None));
    }
}
