//! Resources in which a controller finds a Helm chart and the values for it: those of Flux, Argo CD, k3s and kustomize.

use std::borrow::Cow;

use serde_yaml::Value;

use super::Target;
use super::other_program::other_program;
use super::place::{PathSegment, at_steps, keys};
use super::release_surroundings;
use super::values_in_keys::{in_keys, may_be_value_source};

/// The values of one release in such a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReleaseValues {
    /// From the top of the document down to the values.
    pub(crate) path: Vec<PathSegment>,
    pub(crate) form: ValuesForm,
    /// The last part of the name of the chart; `None` where the resource does not name one.
    chart: Option<String>,
    /// Its version or range of versions.
    pub(crate) chart_version: Option<String>,
    /// The repository of the chart, by its URL or by the name of another resource.
    repository: Option<String>,
    /// Other places with values, which these are merged over; as a phrase.
    pub(crate) merged_over: Option<String>,
    /// What applies the resource once it is in the repository.
    pub(crate) controller: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValuesForm {
    Map,
    /// A text that is YAML itself.
    Text,
}

/// Words of which every text with such a resource has one.
const WORDS: [&str; 4] = ["HelmRelease", "argoproj.io", "helm.cattle.io", "helmCharts"];

/// Whether a text can have such a resource; without the cost of parsing it.
pub(crate) fn may_be_release_resource(text: &str) -> bool {
    WORDS.iter().any(|word| text.contains(word)) || may_be_value_source(text)
}

/// Whether resources of this kind can have values of a chart; some of a kind have none.
pub(crate) fn is_release_kind(kind: &str) -> bool {
    const KINDS: [&str; 6] = [
        "Application",
        "ApplicationSet",
        "HelmChart",
        "HelmChartConfig",
        "HelmRelease",
        "Kustomization",
    ];
    KINDS.contains(&kind)
}

/// Whether a path has no other keys than those that lead to the values of a chart.
pub(crate) fn leads_to_release_values(path: &[&str]) -> bool {
    const KEYS: [&str; 7] = [
        "spec",
        "values",
        "source",
        "helm",
        "template",
        "valuesObject",
        "valuesContent",
    ];
    path.iter().all(|key| KEYS.contains(key))
}

/// Whether this key names the chart of a release, or what else it reads.
pub(crate) fn describes_release(key: &str) -> bool {
    const KEYS: [&str; 11] = [
        "chart",
        "chartRef",
        "generators",
        "goTemplate",
        "helmCharts",
        "postRenderers",
        "sources",
        "templatePatch",
        "valueFiles",
        "valuesFrom",
        "valuesSecrets",
    ];
    KEYS.contains(&key)
}

/// All places of a document that hold, or can hold, values of a chart.
pub(crate) fn release_values(document: &Value) -> Vec<ReleaseValues> {
    let group = document["apiVersion"].as_str().unwrap_or_default();
    let group = group.split('/').next().unwrap_or_default();
    match (group, document["kind"].as_str().unwrap_or_default()) {
        ("helm.toolkit.fluxcd.io" | "helm.fluxcd.io", "HelmRelease") => vec![flux(document)],
        ("argoproj.io", "Application") => argo_cd(document, &["spec"]),
        ("argoproj.io", "ApplicationSet") => argo_cd(document, &["spec", "template", "spec"]),
        ("helm.cattle.io", "HelmChart" | "HelmChartConfig") => vec![k3s(document)],
        ("kustomize.config.k8s.io", _) | ("", "" | "Kustomization") => kustomize(document),
        ("v1", _) => in_keys(document)
            .into_iter()
            .map(ReleaseValues::of_text)
            .collect(),
        _ => Vec::new(),
    }
}

impl Target {
    /// The places of a document with values of this chart.
    pub(crate) fn release_values(self, document: &Value) -> Vec<ReleaseValues> {
        if self.chart().is_none() {
            return Vec::new();
        }
        let all = release_values(document).into_iter();
        all.filter(|values| values.are_of(self, document)).collect()
    }

    /// The same where the user names this chart for the release, and the document names no other one.
    pub(crate) fn release_values_as_named(self, document: &Value) -> Vec<ReleaseValues> {
        let found = self.release_values(document);
        if !found.is_empty() || self.chart().is_none() {
            return found;
        }
        let all = release_values(document).into_iter();
        all.filter(|values| values.is_of_unknown_chart() || values.chart.as_deref() == self.chart())
            .collect()
    }
}

impl ReleaseValues {
    /// A text in a resource that names no chart.
    fn of_text(path: Vec<PathSegment>) -> Self {
        Self {
            path,
            form: ValuesForm::Text,
            chart: None,
            chart_version: None,
            repository: None,
            merged_over: None,
            controller: "Flux",
        }
    }

    /// Whether the resource names this very chart, which then reads the values from their top.
    pub(crate) fn names_chart_of(&self, target: Target) -> bool {
        self.chart.is_some() && self.chart.as_deref() == target.chart()
    }

    pub(crate) fn is_of_unknown_chart(&self) -> bool {
        self.chart.is_none()
    }

    /// Whether the repository is certainly not that of the community, which is the only one with a `kube-prometheus-stack`; others
    /// have a `prometheus` too.
    fn is_from_elsewhere(&self) -> bool {
        let repository = self.repository.as_deref().unwrap_or_default();
        repository.to_lowercase().contains("bitnami")
    }

    fn are_of(&self, target: Target, document: &Value) -> bool {
        let named = self.chart.as_deref().and_then(Target::of_chart);
        if named.is_some_and(|named| named != target || self.is_from_elsewhere()) {
            return false;
        }
        let Some(values) = self.read(document) else {
            // A template is no YAML; only its words show which kind it is for.
            let has = |word: &str| self.text(document).is_some_and(|text| text.contains(word));
            return named.is_some() || target.certain_word().is_some_and(has);
        };
        match (named, &self.chart) {
            (Some(_), _) => other_program(&values).is_none(),
            (None, Some(_)) => target.is_within(&values),
            (None, None) => target.is_certainly_in(&values),
        }
    }

    /// What the values are called where they are certainly another program's.
    pub(super) fn other_noun(&self, document: &Value) -> Option<&'static str> {
        // Charts have keys of the configurations of their programs; the name of the chart says more.
        if self
            .chart
            .as_deref()
            .is_some_and(|chart| Target::of_chart(chart).is_none())
        {
            return None;
        }
        let (_, noun) = other_program(self.read(document)?.as_ref())?;
        Some(noun)
    }

    /// The values; `None` where they are a text that is no YAML.
    pub(crate) fn read<'a>(&self, document: &'a Value) -> Option<Cow<'a, Value>> {
        match self.text(document) {
            Some(text) => serde_yaml::from_str(text).ok().map(Cow::Owned),
            None => Some(Cow::Borrowed(
                at_steps(document, &self.path).unwrap_or(&Value::Null),
            )),
        }
    }

    fn text<'a>(&self, document: &'a Value) -> Option<&'a str> {
        let values = at_steps(document, &self.path)?;
        values.as_str().filter(|_| self.form == ValuesForm::Text)
    }
}

fn flux(document: &Value) -> ReleaseValues {
    let (chart, other) = (&document["spec"]["chart"], &document["spec"]["chartRef"]);
    // The second is how the first Flux wrote it.
    let named = [&chart["spec"]["chart"], &chart["name"]];
    // Another resource has the chart. The name of that one decides the chart where nothing else has the name.
    let of_other = chart_name(&other["name"])
        .filter(|name| Target::of_chart(name).is_some_and(Target::has_name_of_its_own));
    let repositories = [&chart["spec"]["sourceRef"]["name"], &chart["repository"]];
    ReleaseValues {
        path: keys(&["spec", "values"]),
        form: ValuesForm::Map,
        chart: named.into_iter().find_map(chart_name).or(of_other),
        // Flux ignores the version of a chart that it takes from a Git repository.
        chart_version: first_text(&[&chart["spec"]["version"], &chart["version"]])
            .filter(|_| chart["spec"]["sourceRef"]["kind"] != "GitRepository"),
        repository: first_text(&repositories),
        // Flux reads these first and merges `values` over them.
        merged_over: release_surroundings::sources(document, &[keys(&["spec", "valuesFrom"])]),
        controller: "Flux",
    }
}

fn argo_cd(document: &Value, above: &[&str]) -> Vec<ReleaseValues> {
    let above = keys(above);
    let spec = at_steps(document, &above);
    let sources = spec.and_then(|spec| spec["sources"].as_sequence());
    // Argo CD ignores `source` where there are `sources`.
    let single = sources.is_none().then(|| keys(&["source"]));
    let several = (0..sources.map_or(0, Vec::len)).map(|index| {
        vec![
            PathSegment::Key("sources".to_owned()),
            PathSegment::Item(index),
        ]
    });
    let paths = single.into_iter().chain(several);
    paths
        .map(|path| argo_cd_source(document, &[above.clone(), path].concat()))
        .collect()
}

fn argo_cd_source(document: &Value, source: &[PathSegment]) -> ReleaseValues {
    let found = at_steps(document, source).unwrap_or(&Value::Null);
    let helm = &found["helm"];
    // Argo CD reads `values` only where there is no `valuesObject`.
    let has_text = helm["values"]
        .as_str()
        .is_some_and(|text| !text.trim().is_empty());
    let (key, form) = match has_text && !helm["valuesObject"].is_mapping() {
        true => ("values", ValuesForm::Text),
        false => ("valuesObject", ValuesForm::Map),
    };
    let path = |key| [source, &keys(&["helm", key])].concat();
    let files = path("valueFiles");
    ReleaseValues {
        path: path(key),
        form,
        chart: chart_name(&found["chart"]),
        // Without `chart` it is a revision of the Git repository.
        chart_version: first_text(&[&found["targetRevision"]])
            .filter(|_| !found["chart"].is_null()),
        repository: first_text(&[&found["repoURL"]]),
        merged_over: release_surroundings::sources(document, &[files]),
        controller: "Argo CD",
    }
}

fn k3s(document: &Value) -> ReleaseValues {
    ReleaseValues {
        path: keys(&["spec", "valuesContent"]),
        form: ValuesForm::Text,
        chart: chart_name(&document["spec"]["chart"]),
        chart_version: first_text(&[&document["spec"]["version"]]),
        repository: first_text(&[&document["spec"]["repo"], &document["spec"]["chart"]]),
        merged_over: release_surroundings::of_k3s(document),
        controller: "the Helm controller",
    }
}

/// Of a chart whose values are in a file of their own, that file is the one to patch.
fn kustomize(document: &Value) -> Vec<ReleaseValues> {
    let charts = document["helmCharts"].as_sequence();
    let charts = charts.into_iter().flatten().enumerate();
    charts
        .filter(|(_, chart)| chart["valuesInline"].is_mapping() || chart["valuesFile"].is_null())
        .map(|(index, chart)| {
            let above = vec![
                PathSegment::Key("helmCharts".to_owned()),
                PathSegment::Item(index),
            ];
            let files = ["valuesFile", "additionalValuesFiles"];
            let files = files.map(|key| [above.clone(), keys(&[key])].concat());
            ReleaseValues {
                path: [above, keys(&["valuesInline"])].concat(),
                form: ValuesForm::Map,
                chart: chart_name(&chart["name"]),
                chart_version: first_text(&[&chart["version"]]),
                repository: first_text(&[&chart["repo"]]),
                // By default (`valuesMerge: override`) the inline values win over those of the file.
                merged_over: release_surroundings::sources(document, &files),
                controller: "kustomize",
            }
        })
        .collect()
}

fn first_text(values: &[&Value]) -> Option<String> {
    values
        .iter()
        .find_map(|value| value.as_str())
        .map(str::to_owned)
}

/// In a registry the name of a chart comes after those of its folders.
fn chart_name(chart: &Value) -> Option<String> {
    let name = chart.as_str()?.trim_end_matches('/').rsplit('/').next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(target: Target, text: &str) -> Vec<(String, ValuesForm)> {
        let document: Value = serde_yaml::from_str(text).unwrap();
        let all = target.release_values(&document).into_iter();
        all.map(|values| (super::super::key_path(&values.path), values.form))
            .collect()
    }

    fn stack(text: &str) -> Vec<(String, ValuesForm)> {
        places(Target::KubePrometheusStack, text)
    }

    const FLUX: &str = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n";
    const ARGO: &str = "apiVersion: argoproj.io/v1alpha1\nkind: Application\n";

    #[test]
    fn values_are_at_the_place_of_each_controller() {
        let (map, text) = (ValuesForm::Map, ValuesForm::Text);
        for (document, path, form) in [
            (
                format!("{FLUX}spec: {{chart: {{spec: {{chart: kube-prometheus-stack}}}}}}"),
                "spec.values",
                map,
            ),
            (
                format!("{ARGO}spec: {{source: {{chart: charts/kube-prometheus-stack}}}}"),
                "spec.source.helm.valuesObject",
                map,
            ),
            (
                format!("{ARGO}spec: {{source: {{helm: {{values: 'prometheus: {{prometheusSpec: {{}}}}'}}}}}}"),
                "spec.source.helm.values",
                text,
            ),
            (
                format!("{ARGO}spec: {{sources: [{{ref: values}}, {{chart: kube-prometheus-stack}}]}}"),
                "spec.sources[1].helm.valuesObject",
                map,
            ),
            (
                "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nspec: {chart: kube-prometheus-stack}".to_owned(),
                "spec.valuesContent",
                text,
            ),
            (
                "helmCharts: [{name: kube-prometheus-stack, valuesInline: {}}]".to_owned(),
                "helmCharts[0].valuesInline",
                map,
            ),
        ] {
            assert_eq!(stack(&document), [(path.to_owned(), form)], "{document}");
        }
    }

    #[test]
    fn a_release_of_another_chart_has_no_values_of_this_one() {
        let of_chart = |chart: &str, values: &str| {
            stack(&format!(
                "{FLUX}spec: {{chart: {{spec: {{chart: {chart}}}}}, values: {values}}}"
            ))
        };

        assert_eq!(of_chart("grafana", "{prometheus: {enabled: true}}"), []);
        assert_eq!(
            of_chart("prometheus", "{prometheus: {prometheusSpec: {}}}"),
            []
        );
        let umbrella = of_chart("platform", "{kps: {prometheus: {prometheusSpec: {}}}}");
        assert_eq!(umbrella, [("spec.values".to_owned(), ValuesForm::Map)]);
    }

    #[test]
    fn of_two_forms_argo_cd_reads_the_object() {
        let document = format!(
            "{ARGO}spec: {{source: {{chart: kube-prometheus-stack, helm: {{values: 'a: 1', valuesObject: {{a: 1}}, valueFiles: [x]}}}}}}"
        );

        let document: Value = serde_yaml::from_str(&document).unwrap();
        let [values] = &Target::KubePrometheusStack.release_values(&document)[..] else {
            panic!("one place");
        };

        assert_eq!(values.form, ValuesForm::Map);
        assert_eq!(
            values.merged_over.as_deref(),
            Some("`spec.source.helm.valueFiles` (`x`)")
        );
    }
}
