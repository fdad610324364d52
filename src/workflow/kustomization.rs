//! A kustomization that was named as the file of Prometheus: it makes the ConfigMap from another file, and that one is changed.

use std::path::Path;

use serde_yaml::Value;

use crate::error::Failure;
use crate::next_step::NextStep;
use crate::patch;
use crate::spec::command_line::{option, own};
use crate::target::Target;
use crate::text::path_text;

/// Keys that only a kustomization has, which needs no `kind`.
const GENERATORS: [(&str, &str); 2] = [
    ("configMapGenerator", "ConfigMap"),
    ("secretGenerator", "Secret"),
];

/// What a generator makes, and from which file.
struct GeneratedObject<'a> {
    generator: &'static str,
    kind: &'static str,
    name: &'a str,
    file: &'a str,
}

/// In `apiVersion` of a kustomization.
const GROUP: &str = "kustomize.config.k8s.io/";

/// Refuses a kustomization without values of a chart.
pub(super) fn check(input: &Path, text: &str) -> Result<(), Failure> {
    // A large file is not read as a whole to find out that it is none.
    let words = GENERATORS.iter().map(|(key, _)| *key).chain([GROUP]);
    if !words.into_iter().any(|word| text.contains(word)) {
        return Ok(());
    }
    let Ok(documents) = patch::documents(text) else {
        return Ok(());
    };
    match documents.as_slice() {
        [document] if is_kustomization(document) => Err(refusal(input, document)),
        _ => Ok(()),
    }
}

fn is_kustomization(document: &Value) -> bool {
    let of_kind = document["apiVersion"]
        .as_str()
        .is_some_and(|version| version.starts_with(GROUP));
    let has = |key: &str| document.get(key).is_some();
    let has_generator = GENERATORS.iter().any(|(key, _)| has(key));
    // With values in `helmCharts` these are patched where they are.
    let has_values = has("helmCharts") && values_file(document).is_none();
    (of_kind || has_generator) && !has_values
}

/// The chart of Prometheus whose values are all in a file, and that file.
fn values_file(document: &Value) -> Option<(&str, &str)> {
    let charts = document["helmCharts"].as_sequence()?;
    let of_file =
        |chart: &Value| chart["valuesFile"].is_string() && chart["valuesInline"].is_null();
    let chart = charts.iter().find(|chart| {
        let name = chart["name"].as_str();
        of_file(chart) && name.is_some_and(|name| Target::of_chart(name).is_some())
    })?;
    Some((chart["name"].as_str()?, chart["valuesFile"].as_str()?))
}

fn refusal(input: &Path, document: &Value) -> Failure {
    let failure = Failure::usage(format!("put the connection into {}", input.display()));
    let folder = input.parent().unwrap_or(Path::new(""));
    if let Some((chart, file)) = values_file(document) {
        return failure
            .reason(format!(
                "it is a kustomization, which takes the values of the chart {chart} from {file}"
            ))
            .next(NextStep::run(
                "to connect those values, and then apply the kustomization",
                own::again_for(&folder.join(file)),
            ));
    }
    let Some(made) = generated(document) else {
        return failure
            .reason("it is a kustomization, which only names other files")
            .next("name the file of Prometheus: --input FILE");
    };
    let file = path_text::encode(&folder.join(made.file));
    failure
        .reason(format!(
            "it is a kustomization, whose {} makes {} `{}` from {}",
            made.generator, made.kind, made.name, made.file
        ))
        .next(format!(
            "add the connection to that file, and then apply the kustomization: --target prometheus-yml {} --write",
            option("--input", file)
        ))
}

/// The object with the configuration of Prometheus, by the name of its file.
fn generated(document: &Value) -> Option<GeneratedObject<'_>> {
    let of_generator = |&(generator, kind): &(&'static str, &'static str)| {
        let objects = document[generator].as_sequence().into_iter().flatten();
        objects.flat_map(move |object| {
            let files = object["files"].as_sequence().into_iter().flatten();
            files.filter_map(move |entry| {
                let entry = entry.as_str()?;
                // `files` has paths, or `KEY=PATH` where the key is not the name of the file.
                let (key, file) = entry.split_once('=').unwrap_or((entry, entry));
                (key.contains("prometheus") || file.contains("prometheus")).then(|| {
                    GeneratedObject {
                        generator,
                        kind,
                        name: object["name"].as_str().unwrap_or_default(),
                        file,
                    }
                })
            })
        })
    };
    GENERATORS.iter().flat_map(of_generator).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Option<(String, String)> {
        let failure = check(Path::new("base/kustomization.yaml"), text).err()?;
        let next = failure.next_steps().iter().map(|step| step.sentence());
        Some((failure.causes().join(" "), next.collect()))
    }

    #[test]
    fn the_file_that_a_generator_reads_is_named() {
        let text =
            "configMapGenerator:\n- name: web\n  files: [rules.yml, prometheus.yml=conf/web.yml]\n";

        let (causes, next) = refused(text).unwrap();

        assert_eq!(
            causes,
            "it is a kustomization, whose configMapGenerator makes ConfigMap `web` from conf/web.yml"
        );
        assert!(
            next.ends_with("--target prometheus-yml --input base/conf/web.yml --write"),
            "{next:?}"
        );
    }

    #[test]
    fn the_file_with_the_values_of_a_chart_is_named() {
        let chart = |rest: &str| {
            format!(
                "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nhelmCharts:\n- name: kube-prometheus-stack\n{rest}"
            )
        };

        let (causes, _) = refused(&chart("  valuesFile: values/kps.yaml\n")).unwrap();

        assert!(
            causes.contains("the chart kube-prometheus-stack from values/kps.yaml"),
            "{causes}"
        );
        let inline = "  valuesFile: values/kps.yaml\n  valuesInline: {grafana: {}}\n";
        assert_eq!(refused(&chart(inline)), None);
    }

    #[test]
    fn a_kustomization_of_other_files_is_refused_and_one_with_a_chart_is_not() {
        let kind = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";

        let (_, next) = refused(&format!("{kind}resources: [a.yaml]\n")).unwrap();

        assert_eq!(next, "name the file of Prometheus: --input FILE");
        for other in [
            &format!("{kind}helmCharts: [{{name: prometheus}}]\n"),
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n",
            "remote_write: []\n",
        ] {
            assert_eq!(refused(other), None, "{other}");
        }
    }
}
