//! What gets written or patched, and where in it a connection lives.

use serde_yaml::Value;

use super::config_map::CONFIG_MAP;
use super::custom_resource::CUSTOM_RESOURCE;
use super::entry::{self, Spelling};
use super::kube_prometheus_stack::KUBE_PROMETHEUS_STACK;
use super::pod::Pod;
use super::prometheus_chart::PROMETHEUS_CHART;
use super::prometheus_yml::PROMETHEUS_YML;
use super::replica_labels::replica_labels;
use super::{Installation, Position, RemoteWrite, Wanted};

/// The kinds of file that can carry a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    PrometheusYml,
    KubePrometheusStack,
    PrometheusChart,
    CustomResource,
    /// Its places are those in the prometheus.yml that it holds.
    ConfigMap,
}

/// The keys from the top of a file down to a place in it.
pub(crate) type Path = &'static [&'static str];

/// Where our remote write stands or will stand: in which list, as which item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) list: Path,
    pub(crate) position: Position,
}

/// One target: where its parts are and how they are spelled.
pub(crate) struct Layout {
    /// As in `--target`.
    pub(super) name: &'static str,
    /// Lists that may hold our remote write, the one for a new entry first.
    pub(super) lists: &'static [Path],
    pub(super) cluster_label: Path,
    /// Where names of labels are chosen that are added to every sample.
    pub(super) external_label_names: Option<Path>,
    /// Where remote writes could be defined once more, so that both definitions would be written.
    pub(super) second_definitions: &'static [Path],
    /// Settings that make the target take its remote writes from another place than the lists.
    pub(super) elsewhere: &'static [Path],
    /// Among the Kubernetes resources of a file, whether this is the one.
    pub(super) resource: Option<fn(&Value) -> bool>,
    /// The Helm chart that reads it: another chart may have it as a dependency and nest its values.
    pub(super) chart: Option<&'static str>,
    /// A new file; its name decides how values are quoted.
    pub(super) template: Option<(&'static str, &'static str)>,
    /// How our remote write is spelled.
    pub(super) spelling: Spelling,
    /// Where the pod of Prometheus is described, if the target does that.
    pub(super) pod: Option<Pod>,
}

/// A connection that a target has no words for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unwritable {
    #[error("many can read this target, so a client secret must come from a Kubernetes Secret")]
    SecretInPlainView,
    #[error("a plain prometheus.yml cannot refer to a Kubernetes Secret")]
    ReferenceInPlainFile,
    #[error(
        "the sidecar signs in by user-identity, kubelet-identity, entra-certificate or workload-identity only"
    )]
    NotBySidecar,
    #[error(
        "the sidecar is a container beside Prometheus, and this target does not describe the pod"
    )]
    NoPlaceForSidecar,
}

impl Unwritable {
    pub(crate) fn next(self) -> &'static str {
        match self {
            Self::SecretInPlainView => "keep it in a Secret, to which this target refers",
            Self::ReferenceInPlainFile => {
                "give the secret itself with --client-secret-file, or leave it to the environment with --azuread sdk"
            }
            Self::NotBySidecar => "choose another sign-in, or --path native",
            Self::NoPlaceForSidecar => {
                "use --path native, or a target that describes the pod: kube-prometheus-stack, prometheus-chart or custom-resource"
            }
        }
    }
}

impl Target {
    /// Lists that may hold our remote write, the one for a new entry first.
    pub(crate) fn lists(self) -> &'static [Path] {
        self.layout().lists
    }

    pub(crate) fn cluster_label(self) -> Path {
        self.layout().cluster_label
    }

    /// The top-level keys below which anything of this target can be.
    pub(crate) fn sections(self) -> Vec<&'static str> {
        let layout = self.layout();
        let pod = layout.pod.iter().flat_map(Pod::paths);
        let rest = layout
            .second_definitions
            .iter()
            .chain(layout.elsewhere)
            .copied();
        let all = layout
            .lists
            .iter()
            .copied()
            .chain([layout.cluster_label])
            .chain(rest)
            .chain(pod);
        all.map(|path| path[0]).collect()
    }

    /// Whether all of it may stand below a key that is not ours to know.
    pub(crate) fn may_be_nested(self) -> bool {
        self.layout().chart.is_some()
    }

    /// Tells the resource that is meant from the others in a file; none where a file is a single thing.
    pub(crate) fn resource(self) -> Option<fn(&Value) -> bool> {
        self.layout().resource
    }

    /// Whether the Operator makes the configuration, which has rules of its own.
    pub(crate) fn is_operated(self) -> bool {
        matches!(self, Self::KubePrometheusStack | Self::CustomResource)
    }

    /// Whether what is written ends up where many can read it, in a ConfigMap.
    pub(crate) fn is_in_plain_view(self) -> bool {
        matches!(self, Self::PrometheusChart | Self::ConfigMap)
    }

    /// The file name of the template that new files are made from.
    pub(crate) fn template_name(self) -> Option<&'static str> {
        self.layout().template.map(|(name, _)| name)
    }

    /// Whether the pod of Prometheus is described in it too.
    pub(crate) fn describes_pod(self) -> bool {
        self.layout().pod.is_some()
    }

    /// Whether the configuration can say where the token of workload identity is.
    pub(super) fn names_token_file(self) -> bool {
        !self.is_operated()
    }

    /// The keys under which all of the target stands in this file: none, or those of a parent chart.
    pub(crate) fn prefix_in(self, found: &Value) -> Vec<&str> {
        let layout = self.layout();
        let top = layout.lists[0][0];
        let Some((chart, map)) = layout.chart.zip(found.as_mapping()) else {
            return Vec::new();
        };
        if map.contains_key(top) {
            return Vec::new();
        }
        let parents: Vec<&str> = map
            .iter()
            .filter_map(|(key, values)| Some((key.as_str()?, values)))
            .filter(|(key, values)| *key == chart || layout.is_told_by(values))
            .map(|(key, _)| key)
            .collect();
        if parents.len() == 1 {
            parents
        } else {
            Vec::new()
        }
    }

    /// A setting of this file that makes our lists count for nothing.
    pub(crate) fn setting_elsewhere(self, found: &Value) -> Option<Path> {
        let is_set = |path: &&Path| {
            at_path(found, path)
                .and_then(Value::as_str)
                .is_some_and(|name| !name.is_empty())
        };
        self.layout().elsewhere.iter().find(is_set).copied()
    }

    /// A place of this file that defines remote writes beside the lists.
    pub(crate) fn second_definition(self, found: &Value) -> Option<Path> {
        let defines = |path: &&Path| match at_path(found, path) {
            None | Some(Value::Null) => false,
            Some(Value::String(text)) => text.contains("remoteWrite:"),
            Some(_) => true,
        };
        self.layout()
            .second_definitions
            .iter()
            .find(defines)
            .copied()
    }

    pub(super) fn layout(self) -> &'static Layout {
        match self {
            Self::PrometheusYml => &PROMETHEUS_YML,
            Self::KubePrometheusStack => &KUBE_PROMETHEUS_STACK,
            Self::PrometheusChart => &PROMETHEUS_CHART,
            Self::CustomResource => &CUSTOM_RESOURCE,
            Self::ConfigMap => &CONFIG_MAP,
        }
    }
}

impl Layout {
    /// Whether values are this chart's for sure: only its own have a map as deep down as its lists.
    fn is_told_by(&self, values: &Value) -> bool {
        let mut maps = self
            .lists
            .iter()
            .map(|list| &list[..list.len() - 1])
            .filter(|map| map.len() > 1);
        maps.any(|map| at_path(values, map).is_some())
    }
}

impl Installation {
    /// All that the connection wants in a file that so far says `found`, our entry being at `place`.
    pub(crate) fn wanted(
        &self,
        remote_write: &RemoteWrite,
        place: Place,
        found: &Value,
    ) -> Result<Wanted, Unwritable> {
        let layout = self.target.layout();
        let present = match place.position {
            Position::At(index) => at_path(found, place.list).and_then(|list| list.get(index)),
            Position::End => None,
        };
        let replica_labels = replica_labels(layout, found);
        let present = present.unwrap_or(&Value::Null);
        let entry = entry::entry(remote_write, self, present, &replica_labels)?;
        let label = match &remote_write.cluster_label {
            super::ClusterLabel::Explicit(value) => Wanted::is(value.as_str()),
            super::ClusterLabel::Default(value) => Wanted::default(value.as_str()),
        };
        let ours = [
            (layout.cluster_label, label),
            (place.list, Wanted::Items(vec![(place.position, entry)])),
        ];
        let pod = match &layout.pod {
            Some(pod) => pod.wanted(remote_write, self, found)?,
            None => Vec::new(),
        };
        Ok(Wanted::tree(ours.into_iter().chain(pod)))
    }
}

/// The value at the end of a path of keys.
pub(crate) fn at_path<'a>(found: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(found, |value, key| value.get(*key))
}
