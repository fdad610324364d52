//! By which external labels do the replicas of one Prometheus differ? The Operator adds one, whose name can be chosen.

use serde_yaml::Value;

use crate::target::{Target, at_path};

/// The Operator's own names: <https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.Prometheus>.
const REPLICA: &str = "prometheus_replica";
const PROMETHEUS: &str = "prometheus";

/// The label by which Mimir and Cortex distinguish replicas; users set it themselves.
const HIGH_AVAILABILITY: &str = "__replica__";

/// The names of the labels, as this file chooses them.
pub(super) fn replica_labels(target: Target, found: &Value) -> Vec<&str> {
    let Some(settings) = target.external_label_names() else {
        return vec![REPLICA, HIGH_AVAILABILITY];
    };
    let settings = at_path(found, settings).unwrap_or(&Value::Null);
    let prometheus = label_name(target, settings, "prometheusExternalLabelName", PROMETHEUS);
    let replica = label_name(target, settings, "replicaExternalLabelName", REPLICA);
    replica
        .into_iter()
        .chain([HIGH_AVAILABILITY])
        // This label distinguishes one Prometheus from another, whatever its name is.
        .filter(|name| prometheus != Some(*name))
        .collect()
}

/// `None` where no such label is added: an empty name in a resource, and in the chart's values a switch of its own.
fn label_name<'a>(
    target: Target,
    settings: &'a Value,
    key: &str,
    default: &'static str,
) -> Option<&'a str> {
    // The chart drops empty values, so it has a switch of its own to ask the Operator for no label.
    let is_cleared = settings[format!("{key}Clear").as_str()] == true;
    match settings[key].as_str() {
        _ if target.chart().is_some() && is_cleared => None,
        Some("") if target.chart().is_none() => None,
        None | Some("") => Some(default),
        Some(name) => Some(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(target: Target, text: &str) -> Vec<String> {
        let found = serde_yaml::from_str(text).unwrap();
        let labels = replica_labels(target, &found);
        labels.into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn a_resource_chooses_the_name_or_has_no_such_label() {
        let of = |spec: &str| labels(Target::CustomResource, &format!("spec: {spec}"));

        assert_eq!(of("{}"), ["prometheus_replica", "__replica__"]);
        assert_eq!(
            of("{replicaExternalLabelName: rep}"),
            ["rep", "__replica__"]
        );
        assert_eq!(of("{replicaExternalLabelName: ''}"), ["__replica__"]);
        assert_eq!(
            of("{replicaExternalLabelName: rep, prometheusExternalLabelName: __replica__}"),
            ["rep"]
        );
    }

    #[test]
    fn values_of_the_chart_have_a_switch_for_no_label() {
        let of = |spec: &str| {
            let text = format!("prometheus: {{prometheusSpec: {spec}}}");
            labels(Target::KubePrometheusStack, &text)
        };

        assert_eq!(
            of("{replicaExternalLabelName: ''}"),
            ["prometheus_replica", "__replica__"]
        );
        assert_eq!(of("{replicaExternalLabelNameClear: true}"), ["__replica__"]);
        assert_eq!(
            of("{replicaExternalLabelName: rep}"),
            ["rep", "__replica__"]
        );
    }

    #[test]
    fn without_the_operator_the_usual_names_count() {
        assert_eq!(
            labels(Target::PrometheusYml, "global: {}"),
            ["prometheus_replica", "__replica__"]
        );
    }
}
