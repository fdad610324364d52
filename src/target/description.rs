//! One row of the table of targets.

use serde_yaml::Value;

use super::chart_keys::ChartKeys;
use super::{KeyPath, PodPaths, Spelling};

/// All that is particular to one target.
pub(super) struct Description {
    /// One line for the wizard.
    pub(super) summary: &'static str,
    /// What a file of this target is called in messages.
    pub(super) noun: &'static str,
    pub(super) format: Format,
    /// How the keys of our remote write are written.
    pub(super) spelling: Spelling,
    /// How a client secret gets to Prometheus.
    pub(super) secret: SecretPlace,
    /// Lists that may hold our remote write, the one for a new entry first.
    pub(super) lists: &'static [KeyPath],
    pub(super) cluster_label: KeyPath,
    /// Where names of labels are chosen that are added to every sample.
    pub(super) external_label_names: Option<KeyPath>,
    /// Where remote writes could be defined once more, so that both definitions would be written.
    pub(super) second_definitions: &'static [KeyPath],
    /// Settings that make the target take its remote writes from another place than the lists.
    pub(super) elsewhere: &'static [KeyPath],
    /// Sections that become part of a prometheus.yml as they are, where that is not the whole file.
    pub(super) verbatim_sections: &'static [KeyPath],
    /// Whether a Kubernetes resource is one of this target.
    pub(super) resource: Option<fn(&Value) -> bool>,
    /// The key by which a file is certainly of this kind, and what to call it then.
    pub(super) certain: Option<DistinctiveKey>,
    /// How a line of a text of this kind starts. A text that is no YAML, such as a template, is known by these.
    pub(super) line_starts: &'static [&'static str],
    /// The keys of the values of a chart.
    pub(super) values: Option<&'static ChartKeys>,
    /// The top-level keys of a configuration file, which no chart nests.
    pub(super) sections: Option<Sections>,
    /// A new file: the name of its template and its text.
    pub(super) template: Option<(&'static str, &'static str)>,
    /// A name for a new file that does not collide with what people have.
    pub(super) new_file: Option<&'static str>,
    /// What the names of people's files of this target usually contain.
    pub(super) usual_name: &'static str,
    pub(super) pod: Option<PodPaths>,
}

/// What kind of document a target is, which decides how it is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// A file that Prometheus reads, and reloads.
    Configuration,
    /// The same within a ConfigMap: applied by kubectl.
    ConfigMap,
    /// Applied by Helm. Another chart may have this one as a dependency and nest its values.
    HelmValues { chart: &'static str },
    /// A Prometheus or `PrometheusAgent` of the Operator: applied by kubectl.
    Resource,
}

/// How a client secret gets to Prometheus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SecretPlace {
    /// In the file itself.
    InFile,
    /// In a Kubernetes Secret, to which the target refers.
    Reference,
    /// In a Kubernetes Secret, from which the environment of the container is set: the target ends up in a ConfigMap,
    /// which many can read.
    Environment,
}

/// How a file is known by its top-level keys.
pub(super) struct Sections {
    /// Whether a document has a section that only this kind has.
    pub(super) has_own: fn(&Value) -> bool,
    /// The first key that this kind does not have.
    pub(super) first_unread: fn(&Value) -> Option<String>,
    /// Whether a document has keys, and none of them is a section of this kind.
    pub(super) has_none: fn(&Value) -> bool,
    /// Whether files of this name are of this kind before they have a key.
    pub(super) is_file_name: fn(&str) -> bool,
}

/// A key that only files of one kind have.
pub(super) struct DistinctiveKey {
    /// The top-level key by which a file is certainly of this kind.
    pub(super) key: fn(&Value) -> Option<&'static str>,
    /// What such a file is called in messages.
    pub(super) noun: &'static str,
}
