//! Which target is a file? Told by the keys that only one of them has.

use serde_yaml::Value;

use crate::patch::{self, PatchRefusal};
use crate::render::{Target, at_path};
use crate::spec::choices::TargetKind;

/// The kind of file that this text is; `None` where nothing tells.
pub(crate) fn recognise(text: &str) -> Result<Option<TargetKind>, PatchRefusal> {
    let documents = patch::documents(text)?;
    let is_operated = Target::CustomResource.resource();
    let is_resource = |document: &Value| is_operated.is_some_and(|is_meant| is_meant(document));
    if documents.iter().any(is_resource) {
        return Ok(Some(TargetKind::CustomResource));
    }
    if documents
        .iter()
        .any(|document| document["kind"] == "ConfigMap")
    {
        return Ok(Some(TargetKind::ConfigMap));
    }
    Ok(documents.first().and_then(of_values))
}

fn of_values(document: &Value) -> Option<TargetKind> {
    let has = |value: &Value, path: &[&str]| at_path(value, path).is_some();
    let is_stack = |value: &Value| has(value, &["prometheus", "prometheusSpec"]);
    let is_chart = |value: &Value| {
        ["remoteWrite", "sidecarContainers", "global", "image"]
            .iter()
            .any(|key| has(value, &["server", key]))
    };
    let below = || {
        document
            .as_mapping()
            .into_iter()
            .flat_map(|map| map.values())
    };
    if is_stack(document) || below().any(is_stack) {
        Some(TargetKind::KubePrometheusStack)
    } else if is_chart(document) || below().any(is_chart) {
        Some(TargetKind::PrometheusChart)
    } else if ["remote_write", "scrape_configs", "global"]
        .iter()
        .any(|key| has(document, &[key]))
    {
        Some(TargetKind::PrometheusYml)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_target_is_told_by_its_keys() {
        let kinds = [
            "remote_write: []",
            "prometheus: {prometheusSpec: {}}",
            "stack: {prometheus: {prometheusSpec: {}}}",
            "server: {remoteWrite: []}",
            "prometheus: {server: {sidecarContainers: {}}}",
            "kind: Service\n---\napiVersion: monitoring.coreos.com/v1\nkind: Prometheus",
            "kind: ConfigMap",
            "server: {port: 80}",
        ]
        .map(|text| recognise(text).unwrap());

        use TargetKind::{
            ConfigMap, CustomResource, KubePrometheusStack, PrometheusChart, PrometheusYml,
        };
        let expected = [
            Some(PrometheusYml),
            Some(KubePrometheusStack),
            Some(KubePrometheusStack),
            Some(PrometheusChart),
            Some(PrometheusChart),
            Some(CustomResource),
            Some(ConfigMap),
            None,
        ];
        assert_eq!(kinds, expected);
    }
}
