//! Which version of Prometheus does the Deployment or StatefulSet run that is in the file of its ConfigMap?

use serde_yaml::Value;

use super::data::read;
use crate::compat::{DescribedPod, Version};
use crate::remote_write::images_of_prometheus;
use crate::target::Target;

/// The version of the workload. Of several, the oldest counts.
pub(super) fn described(source: &str, target: Target) -> DescribedPod {
    // A search for words first: few files of a ConfigMap have a workload too.
    let may_have_one = target.is_configuration() && source.contains("containers");
    let documents = may_have_one.then(|| read(source).ok()).flatten();
    let images = documents.map(|documents| images(&documents));
    let versions = images.into_iter().flatten();
    // `azuread` needs 2.45, so a tag below 2.0 is an internal build number.
    let versions = versions
        .filter_map(|image| Version::in_image(&image))
        .filter(|version| version.is_at_least((2, 0, 0)));
    DescribedPod {
        version: versions.reduce(Version::older),
        ..DescribedPod::default()
    }
}

/// Of the workloads that mount a ConfigMap of this file; of all workloads where none does.
fn images(documents: &[Value]) -> Vec<String> {
    let config_maps = documents.iter().filter(|each| each["kind"] == "ConfigMap");
    let names: Vec<&str> = config_maps
        .filter_map(|each| each["metadata"]["name"].as_str())
        .collect();
    let mounts = |document: &&Value| {
        let volumes = document["spec"]["template"]["spec"]["volumes"].as_sequence();
        let mut volumes = volumes.into_iter().flatten();
        volumes.any(|volume| {
            let name = volume["configMap"]["name"].as_str();
            name.is_some_and(|name| names.contains(&name))
        })
    };
    let of_readers: Vec<String> = documents
        .iter()
        .filter(mounts)
        .flat_map(images_of_prometheus)
        .collect();
    match of_readers.is_empty() {
        true => documents.iter().flat_map(images_of_prometheus).collect(),
        false => of_readers,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Option<String> {
        let described = described(text, Target::ConfigMap);
        described.version.map(|version| version.to_string())
    }

    fn workload(image: &str, config_map: &str) -> String {
        format!(
            "kind: Deployment\nspec: {{template: {{spec: {{containers: [{{name: a, image: '{image}'}}, {{name: b, image: 'nginx:1.27.0'}}], volumes: [{{configMap: {{name: {config_map}}}}}]}}}}}}\n---\n"
        )
    }

    #[test]
    fn the_workload_that_mounts_the_configuration_has_the_version() {
        let config_map = "kind: ConfigMap\nmetadata: {name: c}\ndata: {prometheus.yml: ''}\n";
        let old = workload("prom/prometheus:v2.40.0", "c");
        let other = workload("quay.io/prometheus/prometheus:v2.30.0", "other");

        assert_eq!(
            version(&format!("{old}{config_map}")).as_deref(),
            Some("v2.40.0")
        );
        assert_eq!(
            version(&format!("{other}{old}{config_map}")).as_deref(),
            Some("v2.40.0")
        );
        assert_eq!(
            version(&format!("{other}{config_map}")).as_deref(),
            Some("v2.30.0")
        );
        assert_eq!(version(config_map), None);
        let own_build = workload("example.com/prometheus:1.4.0", "c");
        assert_eq!(version(&format!("{own_build}{config_map}")), None);
    }
}
