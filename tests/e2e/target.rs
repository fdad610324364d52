//! The kinds of file that carry a connection, as these scenarios tell them apart.

/// A value of `--target`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    PrometheusYml,
    ConfigMap,
    PrometheusChart,
    KubePrometheusStack,
    CustomResource,
}

impl Target {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Target::PrometheusYml => "prometheus-yml",
            Target::ConfigMap => "configmap",
            Target::PrometheusChart => "prometheus-chart",
            Target::KubePrometheusStack => "kube-prometheus-stack",
            Target::CustomResource => "custom-resource",
        }
    }

    /// Whether the Operator makes the configuration, from keys that it spells in its own way.
    pub(crate) fn is_operated(self) -> bool {
        matches!(self, Target::KubePrometheusStack | Target::CustomResource)
    }

    /// Whether the configuration ends up in a ConfigMap.
    pub(crate) fn is_in_plain_view(self) -> bool {
        matches!(self, Target::ConfigMap | Target::PrometheusChart)
    }

    /// Whether it says what is in the pod beside the configuration.
    pub(crate) fn describes_pod(self) -> bool {
        !matches!(self, Target::PrometheusYml | Target::ConfigMap)
    }
}
