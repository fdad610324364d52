//! Which kinds of resource does the Prometheus Operator turn into a Prometheus?

use std::fmt;

/// The API group of the Operator.
pub(crate) const OPERATOR_GROUP: &str = "monitoring.coreos.com";

/// A kind of resource that becomes pods with a Prometheus that can write to a remote endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResourceKind {
    Prometheus,
    /// Prometheus in agent mode: it scrapes and writes, and answers no queries.
    PrometheusAgent,
}

impl ResourceKind {
    pub(crate) const ALL: [Self; 2] = [Self::Prometheus, Self::PrometheusAgent];

    /// As `kind` in YAML.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Prometheus => "Prometheus",
            Self::PrometheusAgent => "PrometheusAgent",
        }
    }

    /// The kind with this name in YAML.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The version of the Operator's API that has it.
    pub(crate) fn version(self) -> &'static str {
        match self {
            Self::Prometheus => "v1",
            Self::PrometheusAgent => "v1alpha1",
        }
    }

    /// As in the paths of the API.
    pub(crate) fn plural(self) -> &'static str {
        match self {
            Self::Prometheus => "prometheuses",
            Self::PrometheusAgent => "prometheusagents",
        }
    }

    /// What the Operator puts before the name of the resource in the name of its StatefulSet.
    pub(crate) fn pod_prefix(self) -> &'static str {
        match self {
            Self::Prometheus => "prometheus-",
            Self::PrometheusAgent => "prom-agent-",
        }
    }

    /// As kubectl takes it without doubt; also the name of its CustomResourceDefinition.
    pub(crate) fn qualified(self) -> String {
        format!("{}.{OPERATOR_GROUP}", self.plural())
    }

    /// As `apiVersion` in YAML.
    pub(crate) fn api_version(self) -> String {
        format!("{OPERATOR_GROUP}/{}", self.version())
    }
}

impl fmt::Display for ResourceKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}
