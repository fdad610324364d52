//! What a text is that is no place for a remote write, as messages call it.

use std::path::Path;

use super::text_lines::key_of;

/// A kind of text that Prometheus, its charts and its Operator do not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextNoun {
    Terraform,
    Jsonnet,
    SystemdUnit,
    Dashboard,
    Rules,
    Ansible,
    HelmHelpers,
    HelmTemplate,
    Jinja,
    Template,
    List,
    Other,
}

impl TextNoun {
    /// By the extension of the file, else by words of its lines.
    pub(crate) fn of(path: &Path, text: &str) -> Self {
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        match &*extension.to_lowercase() {
            "tf" | "tfvars" | "hcl" => return Self::Terraform,
            "jsonnet" | "libsonnet" => return Self::Jsonnet,
            _ => {}
        }
        let has_key = |name: &str| text.lines().filter_map(key_of).any(|key| key == name);
        let has_line = |start: &str| {
            text.lines()
                .any(|line| line.trim_start().starts_with(start))
        };
        let has_any = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if has_line("[Unit]") || has_line("[Service]") {
            Self::SystemdUnit
        } else if has_key("panels") && (has_key("schemaVersion") || has_key("datasource")) {
            Self::Dashboard
        } else if has_key("expr") && (has_key("alert") || has_key("record")) {
            Self::Rules
        } else if has_any(&["{{- define ", "{{ define ", "{{define "]) {
            Self::HelmHelpers
        } else if has_any(&[".Values", "{{ include ", "{{- include ", ".Release."]) {
            Self::HelmTemplate
        } else if has_line("- ") && is_of_ansible(text, has_key) {
            Self::Ansible
        } else if extension == "j2" || has_any(&["{%"]) {
            Self::Jinja
        } else if has_any(&["{{"]) {
            Self::Template
        } else if has_line("- ") || text.trim_start().starts_with('[') {
            Self::List
        } else {
            Self::Other
        }
    }

    /// Completes "the file is …".
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Terraform => "a Terraform file",
            Self::Jsonnet => "a Jsonnet file",
            Self::SystemdUnit => "a systemd unit",
            Self::Dashboard => "a Grafana dashboard",
            Self::Rules => "a file of recording or alerting rules",
            Self::Ansible => "a list of Ansible tasks",
            Self::HelmHelpers => "a Helm template that only defines other templates",
            Self::HelmTemplate => "a Helm template",
            Self::Jinja => "a Jinja template",
            Self::Template => "a template",
            Self::List => "a list",
            Self::Other => "a text without a key that could be read",
        }
    }

    /// The file to give in its place, completing "name …".
    pub(crate) fn file_to_give(self) -> &'static str {
        match self {
            Self::Terraform => "the file that it gives to Helm or to Prometheus",
            Self::Jsonnet => "the manifest that it makes",
            Self::Ansible => "the template of a prometheus.yml that it copies",
            Self::HelmHelpers | Self::HelmTemplate => "the values file of the chart",
            _ => "the file of Prometheus",
        }
    }

    /// Whether it is written in a language of its own, in which `prometheus` is the name of anything.
    pub(crate) fn is_language(self) -> bool {
        matches!(self, Self::Terraform | Self::Jsonnet)
    }
}

fn is_of_ansible(text: &str, has_key: impl Fn(&str) -> bool) -> bool {
    const KEYS: [&str; 8] = [
        "hosts",
        "tasks",
        "template",
        "copy",
        "include_tasks",
        "notify",
        "become",
        "register",
    ];
    text.contains("ansible.builtin.") || KEYS.iter().any(|key| has_key(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_named_by_its_extension_or_its_words() {
        for (path, text, noun) in [
            ("main.tf", "module \"a\" {\n", TextNoun::Terraform),
            ("a.libsonnet", "{\n", TextNoun::Jsonnet),
            ("a.service.j2", "[Unit]\nA={{ b }}\n", TextNoun::SystemdUnit),
            (
                "a.json",
                "{\"panels\": [],\n\"datasource\": a",
                TextNoun::Other,
            ),
            (
                "a.json",
                "{\n\"panels\": [],\n\"datasource\": a",
                TextNoun::Dashboard,
            ),
            (
                "a.j2",
                "groups:\n- alert: a\n  expr: {{ a }}\n",
                TextNoun::Rules,
            ),
            ("main.yml", "- name: a\n  become: true\n", TextNoun::Ansible),
            (
                "_helpers.tpl",
                "{{- define \"a\" -}}\n",
                TextNoun::HelmHelpers,
            ),
            ("a.yaml", "a: {{ .Values.b }}\n", TextNoun::HelmTemplate),
            ("a.j2", "a: {{ b }}\n", TextNoun::Jinja),
            ("a.yaml", "a: {{ b }}\n", TextNoun::Template),
            ("a.yaml", "- a\n", TextNoun::List),
            ("a.yaml", "a\n", TextNoun::Other),
        ] {
            assert_eq!(TextNoun::of(Path::new(path), text), noun, "{path} {text}");
        }
    }
}
