//! The data of a text, as the parser that shares its ancestry with those of Prometheus and Helm reads it.

use serde::Deserialize;
use serde_yaml::Value;

use super::refusal::{Location, PatchRefusal, Reason};
use super::tree::too_much;
use crate::yaml_limits::within_yaml_limits;

/// All documents of a text, merge keys resolved.
pub(crate) fn documents(source: &str) -> Result<Vec<Value>, PatchRefusal> {
    read(source)?.into_iter().map(merged).collect()
}

/// Whether a text has more levels or aliases than are read.
pub(crate) fn exceeds_limits(text: &str) -> bool {
    within_yaml_limits(text).is_err()
}

/// The documents of a text that have content, by the parser that shares its ancestry with those of Prometheus and Helm.
pub(super) fn read(text: &str) -> Result<Vec<Value>, PatchRefusal> {
    within_yaml_limits(text).map_err(too_much)?;
    read_parsed(text)
}

/// The same for a text that is known to be within limits.
pub(super) fn read_parsed(text: &str) -> Result<Vec<Value>, PatchRefusal> {
    // A byte order mark is no content; editors on Windows put one at the start of a file.
    let without_mark = text.strip_prefix('\u{feff}').unwrap_or(text);
    let values = serde_yaml::Deserializer::from_str(without_mark).map(Value::deserialize);
    let mut documents = values
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| not_yaml(&error))?;
    // A file that starts with `---` or ends with it has an empty document there, which is not one more document to the
    // user.
    documents.retain(|document| !document.is_null());
    Ok(documents)
}

/// Most files have none, and a file can be one long text: then no second copy of it is made.
pub(super) fn has_merge_key(data: &Value) -> bool {
    match data {
        Value::Mapping(map) => map
            .iter()
            .any(|(key, value)| key.as_str() == Some("<<") || has_merge_key(value)),
        Value::Sequence(items) => items.iter().any(has_merge_key),
        Value::Tagged(tagged) => has_merge_key(&tagged.value),
        _ => false,
    }
}

/// The same data with merge keys resolved.
pub(super) fn merged(mut data: Value) -> Result<Value, PatchRefusal> {
    data.apply_merge().map_err(|error| not_yaml(&error))?;
    Ok(data)
}

fn not_yaml(error: &serde_yaml::Error) -> PatchRefusal {
    let Some(place) = error.location() else {
        return PatchRefusal::new(Reason::NotYaml(error.to_string()));
    };
    let location = Location {
        line: place.line(),
        column: place.column(),
    };
    // The place is printed before the message, as compilers do.
    let message = error.to_string().replace(
        &format!(" at line {} column {}", location.line, location.column),
        "",
    );
    PatchRefusal::new(Reason::NotYaml(message)).at(location)
}
