//! Would the Kubernetes API server take a resource, asked to be strict, by the definition of its kind?

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use jsonschema::Validator;
use serde_json::{Map, Value};

use crate::files;

/// Where the Operator's definitions may lie as a whole, from the top of the project. They are too large to be in it.
const WHOLE: &str = "../shared/data/crd";

/// The definitions of a kind: an excerpt that is always here, and the whole one where that is at hand.
pub(crate) struct Schema {
    definitions: Vec<(PathBuf, Validator)>,
}

impl Schema {
    /// For `Prometheus` or `PrometheusAgent`.
    pub(crate) fn of(kind: &str) -> Result<Self> {
        Self::of_files([Some(excerpt(kind)), whole(kind)].into_iter().flatten())
    }

    /// Only the whole definition of a kind, in a folder of the Operator's definitions.
    pub(crate) fn in_folder(folder: &Path, kind: &str) -> Result<Self> {
        Self::of_files([folder.join(file(kind))])
    }

    fn of_files(paths: impl IntoIterator<Item = PathBuf>) -> Result<Self> {
        let definitions = paths.into_iter().map(|path| {
            let mut schema = open_api_schema(&path)?;
            close(&mut schema);
            let validator = jsonschema::validator_for(&schema)
                .with_context(|| format!("{} is no schema", path.display()))?;
            Ok((path, validator))
        });
        Ok(Self {
            definitions: definitions.collect::<Result<_>>()?,
        })
    }

    /// An error with all faults of the resource.
    pub(crate) fn accepts(&self, resource: &serde_yaml::Value) -> Result<()> {
        let resource = serde_json::to_value(resource)?;
        for (path, validator) in &self.definitions {
            let wrong: Vec<String> = validator
                .iter_errors(&resource)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            ensure!(
                wrong.is_empty(),
                "{} forbids\n{}",
                path.display(),
                wrong.join("\n")
            );
        }
        Ok(())
    }
}

/// The definition as far as these scenarios need it.
pub(crate) fn excerpt(kind: &str) -> PathBuf {
    files::suite().join("data/crd").join(file(kind))
}

/// The Operator's own definition, if it is there.
pub(crate) fn whole(kind: &str) -> Option<PathBuf> {
    let path = files::project().join(WHOLE).join(file(kind));
    path.is_file().then_some(path)
}

/// As the Operator's project names the file of a kind: by the plural.
fn file(kind: &str) -> String {
    let plural = match kind {
        "Prometheus" => "prometheuses".to_owned(),
        other => format!("{}s", other.to_lowercase()),
    };
    format!("monitoring.coreos.com_{plural}.yaml")
}

/// The schema of the only version that a definition has.
pub(crate) fn open_api_schema(path: &Path) -> Result<Value> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let definition: Value = serde_yaml::from_str(&text)
        .with_context(|| format!("{} is no definition", path.display()))?;
    let version = &definition["spec"]["versions"][0];
    Ok(version["schema"]["openAPIV3Schema"].clone())
}

/// What a definition does not name, the API server refuses when it is asked to be strict.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if names_all(map) {
                map.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
            map.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

fn names_all(schema: &Map<String, Value>) -> bool {
    schema.get("type").is_some_and(|kind| kind == "object")
        && schema.contains_key("properties")
        && !schema.contains_key("x-kubernetes-preserve-unknown-fields")
}
