//! The keys of the values of charts.

use serde_yaml::Value;

/// Keys by which values are those of one chart, and other keys that it reads.
pub(super) struct ChartKeys {
    /// Whether a map is a part of the values: it has a key that is this chart's.
    pub(super) is_certain: fn(&Value) -> bool,
    /// A word that is in every text with such a map.
    pub(super) certain_word: &'static str,
    /// Whether that key proves it, whatever else is there: no other chart has a copy of it.
    pub(super) is_proof: bool,
    /// Top-level keys that no other chart has, but for those that some have copied.
    pub(super) own: &'static [&'static str],
    /// Top-level keys that other charts have too.
    pub(super) shared: &'static [&'static str],
    /// The map that has the lists of remote writes, and the keys that the chart reads of it.
    pub(super) map: &'static str,
    pub(super) below: &'static [&'static str],
    /// Those keys of the map that charts of other programs do not have.
    pub(super) distinctive_below: &'static [&'static str],
    /// Whether charts of many programs have a map of that name, so that other keys in it do not exclude this chart.
    pub(super) is_map_common: bool,
    /// Keys that no copy of this chart has; below a point is a key of the map before it.
    pub(super) never_copied: &'static [&'static str],
}

/// Own keys of these charts that others have copied: victoria-metrics-k8s-stack, opentelemetry-kube-stack, Bitnami's.
pub(super) const COPIED: &[&str] = &[
    "alertmanager",
    "coreDns",
    "defaultRules",
    "kubeApiServer",
    "kubeControllerManager",
    "kubeEtcd",
    "kubeProxy",
    "kubeScheduler",
    "kubelet",
    "kubernetesServiceMonitors",
    "thanosRuler",
    "serviceAccounts",
];

/// Keys that charts of many programs have, so that they alone do not decide which chart it is.
pub(super) const GENERIC: &[&str] = &[
    "commonLabels",
    "commonMetaLabels",
    "configmapReload",
    "crds",
    "enabled",
    "env",
    "extraArgs",
    "extraManifests",
    "extraScrapeConfigs",
    "extraVolumeMounts",
    "extraVolumes",
    "forceNamespace",
    "fullnameOverride",
    "global",
    "image",
    "imagePullSecrets",
    "ingress",
    "kubeTargetVersionOverride",
    "kubeVersionOverride",
    "name",
    "nameOverride",
    "namespaceOverride",
    "namespaces",
    "networkPolicy",
    "podSecurityPolicy",
    "rbac",
    "replicaCount",
    "resources",
    "selectorOverride",
    "service",
];
