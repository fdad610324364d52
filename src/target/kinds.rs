//! The targets, each with its description.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_yaml::Value;

use super::description::{Description, Format, SecretPlace};
use super::place::{EntryPlace, KeyPath, Position, at_path};
use super::pod::PodPaths;
use super::spelling::Spelling;

macro_rules! targets {
    ($($variant:ident = $name:literal in $file:ident),+ $(,)?) => {
        /// What gets written or patched, by its word for `--target`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum)]
        pub(crate) enum Target {
            $(#[serde(rename = $name)] #[value(name = $name)] $variant),+
        }

        impl Target {
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),+];

            pub(crate) fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            pub(super) fn description(self) -> &'static Description {
                match self { $(Self::$variant => &super::$file::DESCRIPTION),+ }
            }
        }
    };
}

// In the order in which the wizard offers them, the most common first.
targets! {
    KubePrometheusStack = "kube-prometheus-stack" in kube_prometheus_stack,
    PrometheusChart = "prometheus-chart" in prometheus_chart,
    CustomResource = "custom-resource" in custom_resource,
    ConfigMap = "configmap" in config_map,
    PrometheusYml = "prometheus-yml" in prometheus_yml,
}

impl std::fmt::Display for Target {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.as_str())
    }
}

impl Target {
    /// What is written where nothing decides which target it is.
    pub(crate) const MOST_COMMON: Self = Self::ALL[0];

    /// The kind that files of this name are before they have a key.
    pub(crate) fn by_file_name(path: &Path) -> Option<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_named = |target: &&Self| {
            let sections = target.description().sections.as_ref();
            sections.is_some_and(|sections| (sections.is_file_name)(&name))
        };
        Self::ALL.iter().find(is_named).copied()
    }

    /// The first kind of which a text has a line, where the text is no YAML.
    pub(crate) fn by_lines(text: &str) -> Option<Self> {
        let starts = |target: &&Self| {
            let mut lines = text.lines().map(|line| line.trim_start_matches(['-', ' ']));
            let starts = target.description().line_starts;
            // `kind: Prometheus` is no start of `kind: PrometheusRule`.
            let is_one = |line: &str, start: &str| match start.ends_with(':') {
                true => line.starts_with(start),
                false => plain_kind(line) == plain_kind(start),
            };
            lines.any(|line| starts.iter().any(|start| is_one(line, start)))
        };
        // The order of the list decides: values of a chart can have a `global:`, which alone means a prometheus.yml.
        Self::ALL.iter().find(starts).copied()
    }

    /// The targets that fit a running Prometheus, the most likely first.
    pub(crate) fn fitting(is_operated: bool, has_release: bool) -> Vec<Self> {
        let fits = |target: &Self| {
            target.is_operated() == is_operated && target.chart().is_some() == has_release
        };
        Self::ALL.iter().copied().filter(fits).collect()
    }

    /// The values by which a Helm release of a running Prometheus is changed.
    pub(crate) fn of_release(is_operated: bool) -> Self {
        let fitting = Self::fitting(is_operated, true);
        fitting.first().copied().unwrap_or(Self::MOST_COMMON)
    }

    /// One line for the wizard.
    pub(crate) fn summary(self) -> &'static str {
        self.description().summary
    }

    /// What a file of this target is called in messages.
    pub(crate) fn noun(self) -> &'static str {
        self.description().noun
    }

    pub(crate) fn format(self) -> Format {
        self.description().format
    }

    /// The Helm chart that reads it.
    pub(crate) fn chart(self) -> Option<&'static str> {
        match self.format() {
            Format::HelmValues { chart } => Some(chart),
            _ => None,
        }
    }

    /// Whether a Helm chart reads it.
    pub(crate) fn is_chart(self) -> bool {
        self.chart().is_some()
    }

    /// The target whose values this chart reads.
    pub(crate) fn of_chart(chart: &str) -> Option<Self> {
        let reads = |target: &&Self| target.chart() == Some(chart);
        Self::ALL.iter().find(reads).copied()
    }

    /// Whether it is Prometheus' own configuration, which describes no pod.
    pub(crate) fn is_configuration(self) -> bool {
        matches!(self.format(), Format::Configuration | Format::ConfigMap)
    }

    /// Whether the Operator makes the configuration, which has rules of its own.
    pub(crate) fn is_operated(self) -> bool {
        self.spelling() == Spelling::Operator
    }

    pub(crate) fn spelling(self) -> Spelling {
        self.description().spelling
    }

    /// How a client secret gets to Prometheus.
    pub(crate) fn secret_place(self) -> SecretPlace {
        self.description().secret
    }

    /// A file name for a new file that does not collide with what people have; none where no new file is made.
    pub(crate) fn new_file(self) -> Option<&'static str> {
        self.description().new_file
    }

    /// What the names of files of this target usually contain.
    pub(crate) fn usual_name(self) -> &'static str {
        self.description().usual_name
    }

    /// The template for new files: its file name, which decides how values are quoted, and its text.
    pub(crate) fn template(self) -> Option<(&'static str, &'static str)> {
        self.description().template
    }

    /// Where the pod of Prometheus is described, if this target does that.
    pub(crate) fn pod(self) -> Option<&'static PodPaths> {
        self.description().pod.as_ref()
    }

    pub(crate) fn describes_pod(self) -> bool {
        self.pod().is_some()
    }

    /// Lists that may hold our remote write, the one for a new entry first.
    pub(crate) fn lists(self) -> &'static [KeyPath] {
        self.description().lists
    }

    /// The place of a new entry.
    pub(crate) fn new_place(self) -> EntryPlace {
        EntryPlace {
            list: self.lists()[0],
            position: Position::End,
        }
    }

    pub(crate) fn cluster_label(self) -> KeyPath {
        self.description().cluster_label
    }

    /// Where names of labels are chosen that are added to every sample.
    pub(crate) fn external_label_names(self) -> Option<KeyPath> {
        self.description().external_label_names
    }

    /// All places of the target that are read or edited, below the keys of parent charts.
    pub(crate) fn read_paths(self) -> Vec<&'static [&'static str]> {
        let description = self.description();
        let pod = self.pod().into_iter().flat_map(PodPaths::read_paths);
        // The whole map of labels is read, and the whole `global` of a prometheus.yml.
        let above = match self.spelling() {
            Spelling::Operator => 1,
            Spelling::Prometheus => 2,
        };
        let label = description.cluster_label;
        let all = description.lists.iter().copied();
        all.chain([&label[..label.len() - above]])
            .chain(description.second_definitions.iter().copied())
            .chain(description.elsewhere.iter().copied())
            .chain(pod)
            .collect()
    }

    /// Places where remote writes could be defined once more.
    pub(crate) fn second_definitions(self) -> &'static [KeyPath] {
        self.description().second_definitions
    }

    /// Sections that become part of a prometheus.yml as they are.
    pub(crate) fn verbatim_sections(self) -> &'static [KeyPath] {
        self.description().verbatim_sections
    }

    /// Selects the resource to patch among others in a file; none where a file is a single thing.
    pub(crate) fn resource(self) -> Option<fn(&Value) -> bool> {
        let is_one = self.format() == Format::Resource;
        self.description().resource.filter(|_| is_one)
    }

    /// A setting of this file that makes the chart ignore our lists.
    pub(crate) fn setting_elsewhere(self, found: &Value) -> Option<KeyPath> {
        // A template of Helm takes an empty text for false.
        let is_set = |path: &&KeyPath| {
            at_path(found, path)
                .and_then(Value::as_str)
                .is_some_and(|name| !name.is_empty())
        };
        self.description().elsewhere.iter().find(is_set).copied()
    }

    /// The lists of this file that may hold our remote write: a place for a second definition that has a list is one of them.
    pub(crate) fn lists_in(self, found: &Value) -> impl Iterator<Item = KeyPath> {
        let seconds = self.second_definitions().iter().copied();
        let seconds = seconds.filter(move |path| is_list(found, path));
        self.lists().iter().copied().chain(seconds)
    }

    /// The place of a new entry in this file.
    pub(crate) fn new_place_in(self, found: &Value) -> EntryPlace {
        // The charts write the key of their own list only where that has items; with a list of another place they would
        // write it twice.
        let seconds = self.second_definitions().iter().copied();
        let second = seconds.into_iter().find(|path| is_list(found, path));
        EntryPlace {
            list: second.unwrap_or(self.lists()[0]),
            position: Position::End,
        }
    }

    /// A place of this file that defines remote writes in addition to the lists, so that both definitions would be written.
    pub(crate) fn second_definition(self, found: &Value) -> Option<KeyPath> {
        // A template of Helm takes an empty list for false, as it does null.
        let has_items = |list: &KeyPath| match at_path(found, list) {
            None | Some(Value::Null) => false,
            Some(Value::Sequence(items)) => !items.is_empty(),
            Some(_) => true,
        };
        let is_in_use = self.lists().iter().any(has_items);
        let defines = |path: &&KeyPath| match at_path(found, path) {
            None | Some(Value::Null) => false,
            // `additionalConfigString` is a template, so it is no YAML before Helm has read it.
            Some(Value::String(text)) => text.contains("remoteWrite:"),
            Some(Value::Sequence(_)) => is_in_use,
            Some(_) => true,
        };
        self.description()
            .second_definitions
            .iter()
            .find(defines)
            .copied()
    }
}

fn is_list(found: &Value, path: &[&str]) -> bool {
    at_path(found, path).is_some_and(Value::is_sequence)
}

/// The kind that a line names at the top of a document, without quotes and comment.
pub(super) fn plain_kind(line: &str) -> Option<&str> {
    let kind = line.strip_prefix("kind:")?;
    let kind = kind.split(" #").next().unwrap_or_default();
    Some(kind.trim().trim_matches(['"', '\'']))
}
