//! A text that shows no place for a remote write is refused without a block to add: nothing would read that block there.

use std::path::{Path, PathBuf};

use super::own_file;
use crate::error::Failure;
use crate::next_step::NextStep;
use crate::patch::{self, PlainTemplate};
use crate::spec::command_line::own;
use crate::target::{self, RecognisedFile, Target, TextNoun};

/// Refuses a text that is no map of data, such as a template, and shows neither a configuration of Prometheus nor values of its charts
/// nor a resource of it. `doing` completes "cannot …".
pub(super) fn check(path: &Path, text: &str, doing: &str) -> Result<(), Failure> {
    let part = patch::read_part(text, Target::ALL);
    let is_data = patch::documents(&part)
        .is_ok_and(|documents| documents.iter().all(serde_yaml::Value::is_mapping));
    // What an encrypted file has, only its program knows. What has more than can be read is refused by that, where it is patched.
    if is_data || patch::is_encrypted(text) || patch::exceeds_limits(text) {
        return Ok(());
    }
    let failure = || Failure::usage(format!("{doing} in {}", path.display()));
    let plain = PlainTemplate::of(text).text;
    let documents = patch::documents(&plain).unwrap_or_default();
    if let RecognisedFile::Other(noun) = target::recognise(&documents)
        && noun != target::OF_UNKNOWN_CHART
    {
        return Err(failure()
            .reason(format!("the file is {noun}"))
            .next("name the file of Prometheus: --input FILE"));
    }
    if let Some(why) = target::why_of_no_kind_by_lines(text) {
        return Err(failure()
            .reason(format!("the file {why}"))
            .next(file_to_give(path, text, TextNoun::of(path, text))));
    }
    let noun = TextNoun::of(path, text);
    if shows_place(&plain, noun) {
        return Ok(());
    }
    Err(failure()
        .reason(format!("the file is {}", noun.noun()))
        .reason("it shows no configuration of Prometheus, no values of its charts and no resource of it")
        .next(file_to_give(path, text, noun)))
}

fn shows_place(plain: &str, noun: TextNoun) -> bool {
    match noun.is_language() {
        true => target::spells_place(plain),
        false => target::shows_place(plain),
    }
}

/// The first of the files that this one leads to that is there and can be connected; else what to look for.
fn file_to_give(path: &Path, text: &str, noun: TextNoun) -> NextStep {
    let found = named_files(path, text, noun).into_iter().find(|file| {
        let text = own_file::read(file).unwrap_or_default();
        can_be_connected(&text)
    });
    match found {
        Some(file) => NextStep::run(
            "to connect the file that it leads to",
            own::again_for(&file),
        ),
        None => format!("name {}: --input FILE", noun.file_to_give()).into(),
    }
}

fn can_be_connected(text: &str) -> bool {
    match patch::documents(&patch::read_part(text, Target::ALL)) {
        Ok(documents) => matches!(target::recognise(&documents), RecognisedFile::One(_)),
        Err(_) => target::shows_place(&PlainTemplate::of(text).text),
    }
}

/// The files that a text of this kind names, or that are usually with it.
fn named_files(path: &Path, text: &str, noun: TextNoun) -> Vec<PathBuf> {
    let folder = path.parent().unwrap_or(Path::new(""));
    match noun {
        TextNoun::Terraform => {
            let named = text.split("file(\"").skip(1);
            let named = named.filter_map(|rest| rest.split('"').next());
            let named = named.filter(|name| has_extension(name));
            named
                .map(|name| {
                    let start = ["${path.module}/", "${path.root}/", "./"];
                    let name = start
                        .iter()
                        .find_map(|start| name.strip_prefix(start))
                        .unwrap_or(name);
                    folder.join(name)
                })
                .collect()
        }
        TextNoun::Ansible => {
            let sources = text
                .lines()
                .filter_map(|line| line.trim().strip_prefix("src:"));
            let sources = sources.map(|source| source.trim().trim_matches(['"', '\'']));
            let sources = sources.filter(|source| has_extension(source));
            sources
                .flat_map(|source| {
                    // A role has the folders `tasks`, `templates` and `files`.
                    let of_role = folder.parent().unwrap_or(Path::new(""));
                    [
                        folder.join(source),
                        of_role.join("templates").join(source),
                        of_role.join("files").join(source),
                    ]
                })
                .collect()
        }
        TextNoun::HelmHelpers | TextNoun::HelmTemplate => folder
            .ancestors()
            .skip(1)
            .take(3)
            .map(|folder| folder.join("values.yaml"))
            .collect(),
        _ => Vec::new(),
    }
}

fn has_extension(name: &str) -> bool {
    const EXTENSIONS: [&str; 6] = [".yaml", ".yml", ".tpl", ".tftpl", ".j2", ".json"];
    EXTENSIONS.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn causes(path: &str, text: &str) -> Option<String> {
        let failure = check(Path::new(path), text, "render").err()?;
        Some(failure.causes().join(" "))
    }

    #[test]
    fn a_text_without_a_place_is_refused_by_what_it_is() {
        for (path, text, words) in [
            (
                "_helpers.tpl",
                "{{- define \"a\" -}}\n{{ .Values.prometheus.prometheusSpec }}\n{{- end }}\n",
                "a Helm template that only defines",
            ),
            (
                "main.tf",
                "variable \"prometheus\" {\n  default = {}\n}\n",
                "a Terraform file",
            ),
            (
                "a.jsonnet",
                "local kp = {\n  prometheus+: {},\n};\n",
                "a Jsonnet file",
            ),
            (
                "p.service.j2",
                "{{ managed }}\n[Unit]\nA={{ b }}\n",
                "a systemd unit",
            ),
            (
                "main.yml",
                "- name: a\n  become: true\n",
                "a list of Ansible tasks",
            ),
            (
                "alertmanager.yml.j2",
                "{% if a %}\nglobal:\n  a: b\n{% endif %}\nroute: {}\nreceivers: []\n",
                "configuration of Alertmanager",
            ),
            ("a.yaml", "{{- a }}\nkind: {{ kind }}\n", "a template"),
            ("a.txt", "words\n", "a text without a key"),
        ] {
            let causes = causes(path, text).unwrap_or_else(|| panic!("{path} is accepted"));
            assert!(causes.contains(words), "{path}: {causes}");
        }
    }

    #[test]
    fn a_template_of_a_file_of_prometheus_is_no_wrong_file() {
        for (path, text) in [
            (
                "prometheus.yml.j2",
                "{{ managed }}\nscrape_configs: {{ a | to_yaml }}\n",
            ),
            (
                "values.yaml.tftpl",
                "%{ if a }\nprometheus:\n  prometheusSpec: {}\n%{ endif }\n",
            ),
            (
                "main.tf",
                "values = [<<EOF\nprometheus:\n  prometheusSpec: {}\nEOF\n]\n",
            ),
            ("server.yaml", "server:\n  retention: {{ a }}\n"),
            (
                "prometheus.yaml",
                "{{ if a }}\nkind: Prometheus\nspec: {{ b }}\n{{ end }}\n",
            ),
            ("vault.yml", "$ANSIBLE_VAULT;1.1;AES256\n6162\n"),
            ("empty.yml", ""),
            ("map.yml", "a: 1\n"),
        ] {
            assert_eq!(causes(path, text), None, "{path}");
        }
    }

    #[test]
    fn the_files_that_a_text_leads_to_are_beside_it() {
        let files = |path: &str, text: &str| {
            let path = Path::new(path);
            let files = named_files(path, text, TextNoun::of(path, text)).into_iter();
            files
                .map(|file| file.display().to_string())
                .collect::<Vec<_>>()
        };

        assert_eq!(
            files(
                "eks/main.tf",
                "values = [templatefile(\"${path.module}/values.yaml.tpl\", {}), file(\"a.sh\")]\n"
            ),
            ["eks/values.yaml.tpl"]
        );
        assert_eq!(
            files(
                "role/tasks/main.yml",
                "- name: a\n  become: true\n  template:\n    src: prometheus.yml.j2\n"
            ),
            [
                "role/tasks/prometheus.yml.j2",
                "role/templates/prometheus.yml.j2",
                "role/files/prometheus.yml.j2"
            ]
        );
        assert_eq!(
            files("chart/templates/_helpers.tpl", "{{- define \"a\" -}}\n"),
            ["chart/values.yaml", "values.yaml"]
        );
    }
}
