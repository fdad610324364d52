//! Which target is a file? Judged by the keys that only one of them has.

use serde_yaml::Value;

use super::{Path, Target, at_path};

/// The kind of file that these documents are; `None` where no key decides it.
pub(crate) fn recognise(documents: &[Value]) -> Option<Target> {
    let is_resource = |target: &&Target| {
        let resource = target.description().resource;
        resource.is_some_and(|is_one| documents.iter().any(is_one))
    };
    let has_sign = |target: &&Target| {
        let first = documents.first();
        first.is_some_and(|document| target.has_sign(document))
    };
    let all = || Target::ALL.iter();
    all()
        .find(is_resource)
        .or_else(|| all().find(has_sign))
        .copied()
}

/// The target that a document certainly is, by which top-level key, and what such a file is called in messages.
pub(crate) fn certainly(document: &Value) -> Option<(Target, &'static str, &'static str)> {
    Target::ALL.iter().find_map(|target| {
        let certain = target.description().certain.as_ref()?;
        Some((*target, (certain.key)(document)?, certain.noun))
    })
}

impl Target {
    fn has_sign(self, document: &Value) -> bool {
        let signs = self.description().signs;
        let has = |value: &Value| {
            signs
                .iter()
                .any(|sign: &Path| at_path(value, sign).is_some())
        };
        // A chart that depends on this one has its values below a key of any name.
        let below = document.as_mapping().filter(|_| self.may_be_nested());
        has(document) || below.into_iter().flat_map(|map| map.values()).any(has)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    fn documents(text: &str) -> Vec<Value> {
        serde_yaml::Deserializer::from_str(text)
            .map(|document| Value::deserialize(document).unwrap())
            .collect()
    }

    #[test]
    fn each_target_is_recognised_by_its_keys() {
        let targets = [
            "remote_write: []",
            "prometheus: {prometheusSpec: {}}",
            "stack: {prometheus: {prometheusSpec: {}}}",
            "server: {remoteWrite: []}",
            "prometheus: {server: {sidecarContainers: {}}}",
            "kind: Service\n---\napiVersion: monitoring.coreos.com/v1\nkind: Prometheus",
            "kind: ConfigMap",
            "server: {port: 80}",
        ]
        .map(|text| recognise(&documents(text)));

        let expected = [
            Some(Target::PrometheusYml),
            Some(Target::KubePrometheusStack),
            Some(Target::KubePrometheusStack),
            Some(Target::PrometheusChart),
            Some(Target::PrometheusChart),
            Some(Target::CustomResource),
            Some(Target::ConfigMap),
            None,
        ];
        assert_eq!(targets, expected);
    }

    #[test]
    fn a_file_is_certainly_of_another_kind_by_one_key() {
        let certain = ["scrape_configs: []", "server: {}", "server: text", "a: 1"]
            .map(|text| certainly(&documents(text)[0]).map(|(target, ..)| target));

        assert_eq!(
            certain,
            [
                Some(Target::PrometheusYml),
                Some(Target::PrometheusChart),
                None,
                None
            ]
        );
    }
}
