//! The target `kube-prometheus-stack`: values of the Helm chart of that name.

use super::entry::Spelling;
use super::pod::{Containers, Pod};
use super::target::Layout;

pub(super) static KUBE_PROMETHEUS_STACK: Layout = Layout {
    name: "kube-prometheus-stack",
    lists: &[
        // The chart renders this list as it is, and appends it to the other, which is a template.
        &["prometheus", "prometheusSpec", "additionalRemoteWrite"],
        &["prometheus", "prometheusSpec", "remoteWrite"],
    ],
    cluster_label: &["prometheus", "prometheusSpec", "externalLabels", "cluster"],
    external_label_names: Some(&["prometheus", "prometheusSpec"]),
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
    resource: None,
    chart: Some("kube-prometheus-stack"),
    template: Some((
        "kube-prometheus-stack.yaml",
        include_str!("../../templates/kube-prometheus-stack.yaml"),
    )),
    spelling: Spelling::Operator,
    pod: Some(Pod {
        labels: &["prometheus", "prometheusSpec", "podMetadata", "labels"],
        account_annotations: Some(&["prometheus", "serviceAccount", "annotations"]),
        volumes: &["prometheus", "prometheusSpec", "volumes"],
        volume_mounts: Some(&["prometheus", "prometheusSpec", "volumeMounts"]),
        environment: None,
        containers: Containers::List {
            path: &["prometheus", "prometheusSpec", "containers"],
            prometheus: "prometheus",
        },
    }),
};
