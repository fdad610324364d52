//! Parameters of a release, which Helm gets as `--set` and puts over all values.

use serde_yaml::Value;

use super::Target;
use super::place::{PathSegment, at_steps};
use super::release_resource::ReleaseValues;

/// One value with the path of its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parameter {
    /// Such as `prometheus.prometheusSpec.remoteWrite[0].url`.
    pub(crate) name: String,
    /// From the top of the document down to the parameter.
    pub(crate) path: Vec<PathSegment>,
    is_true: bool,
}

impl ReleaseValues {
    /// Those of Argo CD are lists, and that of the Helm controller of k3s is a map.
    pub(crate) fn parameters(&self, document: &Value) -> Vec<Parameter> {
        let above = self.path.split_last().map_or(&[][..], |(_, above)| above);
        let place = |key: &str| [above, &[PathSegment::Key(key.to_owned())]].concat();
        let mut all = Vec::new();
        for key in ["parameters", "fileParameters"] {
            let list = at_steps(document, &place(key)).and_then(Value::as_sequence);
            for (index, item) in list.into_iter().flatten().enumerate() {
                let path = [place(key), vec![PathSegment::Item(index)]].concat();
                all.extend(parameter(&item["name"], &item["value"], path));
            }
        }
        let set = at_steps(document, &place("set")).and_then(Value::as_mapping);
        for (name, value) in set.into_iter().flatten() {
            let key = name.as_str().unwrap_or_default().to_owned();
            let path = [place("set"), vec![PathSegment::Key(key)]].concat();
            all.extend(parameter(name, value, path));
        }
        all
    }
}

fn parameter(name: &Value, value: &Value, path: Vec<PathSegment>) -> Option<Parameter> {
    Some(Parameter {
        name: name.as_str()?.to_owned(),
        path,
        // Parameters of Argo CD are always text, and `--set` makes a truth of the word `true`.
        is_true: value == "true" || *value == true,
    })
}

impl Parameter {
    /// Whether it sets what a connection writes, or turns Prometheus off.
    pub(crate) fn overrides(&self, target: Target, is_of_chart: bool) -> bool {
        let keys = keys(&self.name);
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        // A parent chart has the keys of a dependency below its name.
        let below = keys.get(1..).filter(|_| !is_of_chart).unwrap_or_default();
        let touches = |path: &[&str]| {
            keys.starts_with(path) || path.starts_with(&keys) || below.starts_with(path)
        };
        let written = target.lists().iter().copied();
        let label = [target.cluster_label()];
        let mut written = written
            .chain(label)
            .chain(target.second_definitions().iter().copied());
        let is_off = || {
            let switch = target.switch();
            !self.is_true && switch.is_some_and(|path| keys == path || below == path)
        };
        written.any(touches) || is_off()
    }
}

/// The keys of a path of `--set`: items of lists are left out, and `\\.` is a dot within a key.
fn keys(name: &str) -> Vec<String> {
    let escaped = name.replace("\\.", "\0");
    let keys = escaped.split('.').map(|key| {
        let key = key.split('[').next().unwrap_or_default();
        key.replace('\0', ".")
    });
    keys.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overriding(text: &str) -> Vec<String> {
        let document: Value = serde_yaml::from_str(text).unwrap();
        let target = Target::KubePrometheusStack;
        let [values] = &target.release_values(&document)[..] else {
            panic!("one place: {text}");
        };
        let all = values.parameters(&document).into_iter();
        all.filter(|each| each.overrides(target, values.names_chart_of(target)))
            .map(|each| each.name)
            .collect()
    }

    fn argo_cd(key: &str, name: &str, value: &str) -> Vec<String> {
        overriding(&format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: {{source: {{chart: kube-prometheus-stack, helm: {{{key}: \
             [{{name: '{name}', value: '{value}'}}]}}}}}}"
        ))
    }

    #[test]
    fn a_parameter_of_what_a_connection_writes_overrides_it() {
        for (key, name) in [
            ("parameters", "prometheus.prometheusSpec.remoteWrite[0].url"),
            (
                "fileParameters",
                "prometheus.prometheusSpec.additionalRemoteWrite",
            ),
            (
                "parameters",
                "prometheus.prometheusSpec.externalLabels.cluster",
            ),
            ("parameters", "prometheus.prometheusSpec"),
            ("parameters", "prometheus.enabled"),
        ] {
            assert_eq!(argo_cd(key, name, "false"), [name]);
        }
    }

    #[test]
    fn any_other_parameter_overrides_nothing_of_a_connection() {
        for (name, value) in [
            ("prometheus.prometheusSpec.retention", "1d"),
            ("prometheus.prometheusSpec.externalLabels.team", "a"),
            ("prometheus.enabled", "true"),
            ("grafana.enabled", "false"),
        ] {
            assert_eq!(argo_cd("parameters", name, value), [""; 0], "{name}");
        }
    }

    #[test]
    fn the_map_of_k3s_overrides_too() {
        let text = "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nspec: {chart: kube-prometheus-stack, set: {prometheus.enabled: 'false'}}";

        assert_eq!(overriding(text), ["prometheus.enabled"]);
    }
}
