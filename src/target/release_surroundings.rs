//! What else than the values in a resource decides about its release: other values, several clusters, a patch of what Helm made?

use serde_yaml::Value;

use super::Target;
use super::place::{PathSegment, at_steps, key_path, keys};
use super::set_template::TemplateLanguage;

/// The places of a document that name other values, each with what it names; `None` where there are none.
pub(super) fn sources(document: &Value, places: &[Vec<PathSegment>]) -> Option<String> {
    let named = places.iter().filter_map(|place| {
        let names = names(at_steps(document, place)?)?;
        Some(format!("`{}`{names}", key_path(place)))
    });
    let all: Vec<String> = named.collect();
    (!all.is_empty()).then(|| all.join(" and "))
}

/// The same for the Helm controller of k3s.
pub(super) fn of_k3s(document: &Value) -> Option<String> {
    let secrets = sources(document, &[keys(&["spec", "valuesSecrets"])]);
    // k3s merges a HelmChartConfig over the HelmChart of the same name, which can have values of its own.
    let is_config = document["kind"] == "HelmChartConfig";
    let chart = is_config.then(|| "the HelmChart of the same name".to_owned());
    let all: Vec<String> = chart.into_iter().chain(secrets).collect();
    (!all.is_empty()).then(|| all.join(" and "))
}

/// What a place names, in brackets; `None` where it is empty.
fn names(found: &Value) -> Option<String> {
    let items = match found {
        Value::Null => return None,
        Value::Sequence(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let items: Vec<&Value> = items.iter().filter(|item| !is_one_value(item)).collect();
    if items.is_empty() {
        return None;
    }
    let names: Option<Vec<String>> = items.into_iter().map(name).collect();
    Some(names.map_or_else(String::new, |names| format!(" ({})", names.join(", "))))
}

/// Whether Flux sets one value from this source, in none of the lists that a connection changes: most often a password.
fn is_one_value(item: &Value) -> bool {
    const LISTS: [&str; 5] = [
        "emoteWrite",
        "remote_write",
        "additionalConfig",
        "serverFiles",
        "olume",
    ];
    let path = item["targetPath"].as_str();
    path.is_some_and(|path| !LISTS.iter().any(|list| path.contains(list)))
}

fn name(item: &Value) -> Option<String> {
    if let Some(file) = item.as_str() {
        return Some(format!("`{file}`"));
    }
    let name = item["name"].as_str()?;
    // Flux names the kind of each source; `valuesSecrets` of k3s has Secrets only.
    let kind = item["kind"].as_str().unwrap_or("Secret");
    Some(format!("{kind} `{name}`"))
}

/// For a resource that makes a release for each of several clusters: the expression by which each gets a value of its own.
pub(crate) fn cluster_template(document: &Value) -> Option<&'static str> {
    if document["kind"] != "ApplicationSet" || is_for_one(&document["spec"]["generators"]) {
        return None;
    }
    TemplateLanguage::of(document).map(TemplateLanguage::cluster_name)
}

/// Whether generators certainly make one Application alone.
fn is_for_one(generators: &Value) -> bool {
    let [generator] = generators.as_sequence().map_or(&[][..], Vec::as_slice) else {
        return false;
    };
    let elements = generator["list"]["elements"].as_sequence();
    elements.is_some_and(|elements| elements.len() == 1)
}

/// What changes the remote writes after the values were merged, by its place in the document.
pub(crate) fn post_renderer(document: &Value, target: Target) -> Option<Vec<PathSegment>> {
    let words = match target.is_operated() {
        true => ["remoteWrite", "externalLabels"],
        false => ["remote_write", "external_labels"],
    };
    // A patch of the Application can have values of its own. One of what Helm made has no values.
    let of_values = target.certain_word();
    let places = [("postRenderers", None), ("templatePatch", of_values)];
    let found = places.into_iter().find(|(place, of_values)| {
        let text = serde_yaml::to_string(&document["spec"][*place]).unwrap_or_default();
        let mut words = words.into_iter().chain(*of_values);
        words.any(|word| text.contains(word))
    });
    found.map(|(place, _)| keys(&["spec", place]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Value {
        serde_yaml::from_str(text).unwrap()
    }

    #[test]
    fn other_values_are_named_by_what_the_resource_names() {
        let named = |text: &str| sources(&parsed(text), &[keys(&["a"]), keys(&["b"])]);

        assert_eq!(named("a: []\nb:"), None);
        assert_eq!(
            named("a: [x.yaml, y.yaml]").as_deref(),
            Some("`a` (`x.yaml`, `y.yaml`)")
        );
        assert_eq!(
            named("a: [{kind: ConfigMap, name: v}]\nb: f.yaml").as_deref(),
            Some("`a` (ConfigMap `v`) and `b` (`f.yaml`)")
        );
        assert_eq!(named("a: [{secretKeyRef: {}}]").as_deref(), Some("`a`"));
    }

    #[test]
    fn a_source_of_one_value_elsewhere_can_neither_lose_nor_double_a_remote_write() {
        let named = |path: &str| {
            let text =
                format!("spec: {{valuesFrom: [{{kind: Secret, name: a, targetPath: {path}}}]}}");
            sources(
                &serde_yaml::from_str(&text).unwrap(),
                &[keys(&["spec", "valuesFrom"])],
            )
        };

        assert_eq!(named("grafana.adminPassword"), None);
        let entry = named("'prometheus.prometheusSpec.remoteWrite[0].url'");
        assert_eq!(entry.as_deref(), Some("`spec.valuesFrom` (Secret `a`)"));
    }

    #[test]
    fn the_config_of_a_helm_chart_is_merged_over_that_chart() {
        let named = of_k3s(&parsed(
            "kind: HelmChartConfig\nspec: {valuesSecrets: [{name: s}]}",
        ));

        assert_eq!(
            named.as_deref(),
            Some("the HelmChart of the same name and `spec.valuesSecrets` (Secret `s`)")
        );
        assert_eq!(of_k3s(&parsed("kind: HelmChart\nspec: {}")), None);
    }

    #[test]
    fn a_set_is_for_several_clusters_unless_its_list_has_one() {
        let template =
            |spec: &str| cluster_template(&parsed(&format!("kind: ApplicationSet\nspec: {spec}")));

        assert_eq!(template("{generators: [{clusters: {}}]}"), Some("{{name}}"));
        assert_eq!(
            template("{goTemplate: true, generators: [{clusters: {}}]}"),
            Some("{{.name}}")
        );
        assert_eq!(
            template("{generators: [{list: {elements: [{a: 1}, {a: 2}]}}]}"),
            Some("{{name}}")
        );
        assert_eq!(
            template("{generators: [{list: {elements: [{a: 1}]}}]}"),
            None
        );
        assert_eq!(cluster_template(&parsed("kind: Application")), None);
    }

    #[test]
    fn a_patch_of_the_remote_writes_is_found() {
        let place = |text: &str| {
            let place = post_renderer(&parsed(text), Target::KubePrometheusStack)?;
            Some(key_path(&place))
        };

        assert_eq!(
            place("spec: {postRenderers: [{kustomize: {patches: [{patch: 'spec: {remoteWrite: []}'}]}}]}").as_deref(),
            Some("spec.postRenderers")
        );
        for patch in [
            "spec: {replicas: 1}",
            "metadata: {labels: {prometheusSpec: a}}",
        ] {
            let text = format!(
                "spec: {{postRenderers: [{{kustomize: {{patches: [{{patch: '{patch}'}}]}}}}]}}"
            );
            assert_eq!(place(&text), None, "{text}");
        }
        let values = "spec: {templatePatch: 'prometheus: {prometheusSpec: {}}'}";
        assert_eq!(place(values).as_deref(), Some("spec.templatePatch"));
    }
}
