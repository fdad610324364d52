//! The target `kube-prometheus-stack`: values of the Helm chart of that name.

use super::chart_keys::ChartKeys;
use super::description::{Description, DistinctiveKey, Format, SecretPlace};
use super::{Containers, PodPaths, Spelling, at_path};

pub(super) static DESCRIPTION: Description = Description {
    summary: "Helm values of kube-prometheus-stack",
    noun: "values of kube-prometheus-stack",
    format: Format::HelmValues {
        chart: "kube-prometheus-stack",
    },
    spelling: Spelling::Operator,
    secret: SecretPlace::Reference,
    lists: &[
        // The chart renders this list as it is, and appends it to the other, which is a template.
        &["prometheus", "prometheusSpec", "additionalRemoteWrite"],
        &["prometheus", "prometheusSpec", "remoteWrite"],
    ],
    cluster_label: &["prometheus", "prometheusSpec", "externalLabels", "cluster"],
    external_label_names: Some(&["prometheus", "prometheusSpec"]),
    // Both render the key `remoteWrite` of the resource a second time.
    second_definitions: &[
        &[
            "prometheus",
            "prometheusSpec",
            "additionalConfig",
            "remoteWrite",
        ],
        &["prometheus", "prometheusSpec", "additionalConfigString"],
    ],
    elsewhere: &[],
    verbatim_sections: &[],
    resource: None,
    certain: Some(DistinctiveKey {
        key: |document| {
            let spec = at_path(document, &["prometheus", "prometheusSpec"])?;
            spec.is_mapping().then_some("prometheus")
        },
        noun: "values of kube-prometheus-stack",
    }),
    line_starts: &["prometheusSpec:", "kube-prometheus-stack:"],
    values: Some(&KEYS),
    sections: None,
    template: Some((
        "kube-prometheus-stack.yaml",
        include_str!("../../templates/kube-prometheus-stack.yaml"),
    )),
    new_file: Some("values-azure-monitor.yaml"),
    usual_name: "values",
    pod: Some(PodPaths {
        labels: &["prometheus", "prometheusSpec", "podMetadata", "labels"],
        // The chart uses them only for an account that it creates.
        account_annotations: Some(&["prometheus", "serviceAccount", "annotations"]),
        account_name: Some(&["prometheus", "serviceAccount", "name"]),
        account_create: Some(&["prometheus", "serviceAccount", "create"]),
        volumes: &["prometheus", "prometheusSpec", "volumes"],
        volume_mounts: Some(&["prometheus", "prometheusSpec", "volumeMounts"]),
        environment: None,
        // Helm replaces a list as a whole; the Operator then merges the container of this name into its own.
        containers: Containers::List {
            path: &["prometheus", "prometheusSpec", "containers"],
            prometheus: "prometheus",
        },
        init_containers: &["prometheus", "prometheusSpec", "initContainers"],
        versions: &[
            &["prometheus", "prometheusSpec", "version"],
            &["prometheus", "prometheusSpec", "image", "tag"],
        ],
    }),
};

/// The keys of the values files of the chart, 2022 to 2026.
static KEYS: ChartKeys = ChartKeys {
    is_certain: |values| {
        let spec = &values["prometheus"];
        spec.get("prometheusSpec")
            .is_some_and(|spec| spec.is_mapping() || spec.is_null())
    },
    certain_word: "prometheusSpec",
    is_proof: true,
    own: &[
        "additionalPrometheusRules",
        "additionalPrometheusRulesMap",
        "cleanPrometheusOperatorObjectNames",
        "coreDns",
        "defaultRules",
        "kubeApiServer",
        "kubeControllerManager",
        "kubeDns",
        "kubeEtcd",
        "kubeProxy",
        "kubeScheduler",
        "kubelet",
        "kubernetesServiceMonitors",
        "prometheusOperator",
        "thanosRuler",
        "windowsMonitoring",
    ],
    shared: &[
        "alertmanager",
        "commonLabels",
        "crds",
        "customRules",
        "extraManifests",
        "fullnameOverride",
        "global",
        "grafana",
        "kube-state-metrics",
        "kubeStateMetrics",
        "kubeTargetVersionOverride",
        "kubeVersionOverride",
        "nameOverride",
        "namespaceOverride",
        "nodeExporter",
        "prometheus",
        "prometheus-node-exporter",
        "prometheus-windows-exporter",
    ],
    map: "prometheus",
    below: &[
        "additionalLabels",
        "additionalPodMonitors",
        "additionalRulesForClusterRole",
        "additionalServiceMonitors",
        "agentMode",
        "annotations",
        "enabled",
        "extraSecret",
        "ingress",
        "ingressPerReplica",
        "networkPolicy",
        "podDisruptionBudget",
        "podSecurityPolicy",
        "prometheusSpec",
        "route",
        "routePerReplica",
        "service",
        "serviceAccount",
        "serviceMonitor",
        "servicePerReplica",
        "thanosIngress",
        "thanosService",
        "thanosServiceExternal",
        "thanosServiceMonitor",
        "verticalPodAutoscaler",
    ],
    distinctive_below: &[
        "additionalPodMonitors",
        "additionalRulesForClusterRole",
        "additionalServiceMonitors",
        "agentMode",
        "extraSecret",
        "ingressPerReplica",
        "prometheusSpec",
        "routePerReplica",
        "servicePerReplica",
        "thanosService",
        "thanosServiceMonitor",
    ],
    // Istio, Thanos and others can bring a Prometheus of their own, or let one scrape them.
    is_map_common: false,
    never_copied: &["prometheus.prometheusSpec", "prometheusOperator"],
};
