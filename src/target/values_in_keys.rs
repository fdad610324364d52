//! Values of a chart in a key of a ConfigMap or Secret, from which a release of Flux can take them.

use serde_yaml::Value;

use super::Target;
use super::place::{PathSegment, keys};

/// Whether a document is of a kind that holds values in its keys.
pub(crate) fn is_value_source(document: &Value) -> bool {
    section(document).is_some()
}

/// Where such a document has texts in the clear.
fn section(document: &Value) -> Option<&'static str> {
    match document["kind"].as_str()? {
        "ConfigMap" => Some("data"),
        "Secret" => Some("stringData"),
        _ => None,
    }
}

/// Whether a text can have such a document; without the cost of parsing it.
pub(super) fn may_be_value_source(text: &str) -> bool {
    (text.contains("ConfigMap") || text.contains("stringData")) && has_certain_word(text)
}

fn has_certain_word(text: &str) -> bool {
    let mut words = Target::ALL
        .iter()
        .filter_map(|target| target.certain_word());
    words.any(|word| text.contains(word))
}

/// Where a ConfigMap or Secret has texts that are certainly values of a chart of ours.
pub(super) fn in_keys(document: &Value) -> Vec<Vec<PathSegment>> {
    let Some(section) = section(document) else {
        return Vec::new();
    };
    let is_of_chart = |text: &str| {
        let values: Option<Value> = has_certain_word(text)
            .then(|| serde_yaml::from_str(text).ok())
            .flatten();
        let mut charts = Target::ALL.iter().filter(|target| target.is_chart());
        values.is_some_and(|values| charts.any(|target| target.is_certainly_in(&values)))
    };
    let texts = document[section].as_mapping().into_iter().flatten();
    let texts = texts.filter_map(|(key, text)| Some((key.as_str()?, text.as_str()?)));
    let of_chart = texts.filter(|(_, text)| is_of_chart(text));
    of_chart.map(|(key, _)| keys(&[section, key])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: kps}\ndata:\n  values.yaml: |\n    prometheus: {prometheusSpec: {}}\n";

    #[test]
    fn only_texts_with_values_of_a_chart_are_in_keys() {
        let found = |text: &str| in_keys(&serde_yaml::from_str(text).unwrap()).len();

        assert_eq!(found(SOURCE), 1);
        assert_eq!(
            found(
                &SOURCE
                    .replace("ConfigMap", "Secret")
                    .replace("data:", "stringData:")
            ),
            1
        );
        assert_eq!(
            found(
                "kind: ConfigMap\ndata: {prometheus.yml: 'scrape_configs: []', a: 'prometheusSpec'}\n"
            ),
            0
        );
    }
}
