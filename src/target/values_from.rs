//! Does a release of Flux take its values from a key (`valuesFrom`) that is in the same file?

use serde_yaml::Value;

use super::Target;
use super::place::PathSegment;
use super::values_in_keys::is_value_source;

/// Whether the only release of these documents takes all of its values from a key of another one of them. Values of its own, or patches of
/// what the chart makes, can replace anything that is written there.
pub(crate) fn are_in_key(documents: &[Value], target: Target) -> bool {
    let mut releases = documents
        .iter()
        .filter(|one| !is_value_source(one) && !target.release_values_as_named(one).is_empty());
    let (Some(release), None) = (releases.next(), releases.next()) else {
        return false;
    };
    let spec = &release["spec"];
    let Some([source]) = spec["valuesFrom"].as_sequence().map(Vec::as_slice) else {
        return false;
    };
    // Flux reads the sources of the release's own namespace only.
    let namespace = &release["metadata"]["namespace"];
    let is_source = |document: &&Value| {
        let metadata = &document["metadata"];
        document["kind"] == source["kind"]
            && metadata["name"] == source["name"]
            && metadata["namespace"] == *namespace
    };
    let key = source["valuesKey"].as_str().unwrap_or("values.yaml");
    let has_key = |document: &Value| {
        let values = target.release_values(document);
        values
            .iter()
            .any(|values| values.path.last() == Some(&PathSegment::Key(key.to_owned())))
    };
    source["targetPath"].is_null()
        && spec["postRenderers"].is_null()
        && is_empty(&spec["values"])
        && documents.iter().filter(is_source).any(has_key)
}

fn is_empty(values: &Value) -> bool {
    match values {
        Value::Null => true,
        Value::Mapping(map) => map.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RELEASE: &str = "kind: HelmRelease\napiVersion: helm.toolkit.fluxcd.io/v2\nspec:\n  chart: {spec: {chart: kube-prometheus-stack}}\n  valuesFrom: [{kind: ConfigMap, name: kps}]\n";
    const SOURCE: &str = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: kps}\ndata:\n  values.yaml: |\n    prometheus: {prometheusSpec: {}}\n";

    fn are_in_key(release: &str, source: &str) -> bool {
        let documents = [release, source].map(|text| serde_yaml::from_str(text).unwrap());
        super::are_in_key(&documents, Target::KubePrometheusStack)
    }

    #[test]
    fn values_that_nothing_replaces_are_in_the_key_that_the_release_names() {
        let more = |values: &str| format!("{RELEASE}  values: {values}\n");

        assert!(are_in_key(RELEASE, SOURCE));
        assert!(are_in_key(&more("{}"), SOURCE));
        for (release, source) in [
            (
                more("{prometheus: {prometheusSpec: {remoteWrite: []}}}"),
                SOURCE.to_owned(),
            ),
            (more("{prometheus: null}"), SOURCE.to_owned()),
            (
                format!("{RELEASE}  postRenderers: [{{kustomize: {{}}}}]\n"),
                SOURCE.to_owned(),
            ),
            (
                RELEASE.to_owned(),
                SOURCE.replace("{name: kps}", "{name: kps, namespace: other}"),
            ),
            (
                RELEASE.replace("name: kps}", "name: other}"),
                SOURCE.to_owned(),
            ),
            (
                RELEASE.replace("name: kps}", "name: kps, valuesKey: a}"),
                SOURCE.to_owned(),
            ),
            (
                RELEASE.replace("name: kps}", "name: kps}, {kind: Secret, name: b}"),
                SOURCE.to_owned(),
            ),
            (RELEASE.to_owned(), SOURCE.replace("prometheusSpec", "b")),
        ] {
            assert!(!are_in_key(&release, &source), "{release}\n{source}");
        }
    }
}
