//! A kustomization that was named as the file of Prometheus: it makes the ConfigMap from another file, and that one is changed.

use std::path::Path;

use serde_yaml::Value;

use crate::error::Failure;
use crate::patch;
use crate::spec::command_line::option;
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
    // With `helmCharts` it holds values, which are patched where they are.
    (of_kind || has_generator) && !has("helmCharts")
}

fn refusal(input: &Path, document: &Value) -> Failure {
    let failure = Failure::usage(format!("put the connection into {}", input.display()));
    let Some(made) = generated(document) else {
        return failure
            .reason("it is a kustomization, which only names other files")
            .next("name the file of Prometheus: --input FILE");
    };
    let folder = input.parent().unwrap_or(Path::new(""));
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
