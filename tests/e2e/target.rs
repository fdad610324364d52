//! The kinds of file that carry a connection, as these scenarios distinguish them.

/// A value of `--target`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TargetFlag {
    PrometheusYml,
    ConfigMap,
    PrometheusChart,
    KubePrometheusStack,
    CustomResource,
}

impl TargetFlag {
    pub(crate) fn name(self) -> &'static str {
        match self {
            TargetFlag::PrometheusYml => "prometheus-yml",
            TargetFlag::ConfigMap => "configmap",
            TargetFlag::PrometheusChart => "prometheus-chart",
            TargetFlag::KubePrometheusStack => "kube-prometheus-stack",
            TargetFlag::CustomResource => "custom-resource",
        }
    }

    /// Whether the Operator makes the configuration, from keys that it spells in its own way.
    pub(crate) fn is_operated(self) -> bool {
        matches!(
            self,
            TargetFlag::KubePrometheusStack | TargetFlag::CustomResource
        )
    }

    /// Whether the configuration ends up in a ConfigMap.
    pub(crate) fn is_in_plain_view(self) -> bool {
        matches!(self, TargetFlag::ConfigMap | TargetFlag::PrometheusChart)
    }

    /// Whether it also describes the pod, not only the configuration.
    pub(crate) fn describes_pod(self) -> bool {
        !matches!(self, TargetFlag::PrometheusYml | TargetFlag::ConfigMap)
    }
}
