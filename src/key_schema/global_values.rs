//! What Prometheus refuses in the values of `global`. Source: `GlobalConfig.UnmarshalYAML` of 3.14 (read 2026-11-29).

use serde_yaml::Value;

use super::prometheus::GLOBAL;
use super::value_search::{ValueFault, faults_of};
use crate::compat::{Installation, Version};
use crate::spec::prometheus_duration::PrometheusDuration;
use crate::target::{PathSegment, Spelling};
use crate::text::filled_in::is_filled_in;

/// The values that Prometheus refuses, each with its place below `global`.
pub(crate) fn broken_global(global: &Value, installation: &Installation) -> Vec<ValueFault> {
    let mut faults = faults_of(&GLOBAL, global, Spelling::Prometheus);
    faults.extend(long_timeout(global));
    faults.extend(external_label(global, installation.prometheus.as_ref()));
    faults
}

fn long_timeout(global: &Value) -> Option<ValueFault> {
    let duration = |key: &str| {
        let text = global.get(key).and_then(Value::as_str)?;
        text.parse::<PrometheusDuration>().ok()
    };
    let interval = match global.get("scrape_interval") {
        Some(Value::String(_)) => duration("scrape_interval")?,
        _ => "0".parse().ok()?,
    };
    // Without an interval, or with 0, it is a minute.
    let interval = match interval.milliseconds() {
        0 => "1m".parse().ok()?,
        _ => interval,
    };
    let is_long = duration("scrape_timeout").is_some_and(|timeout| timeout > interval);
    let path = vec![PathSegment::Key("scrape_timeout".to_owned())];
    is_long.then(|| {
        (
            path,
            "`scrape_timeout` is above `scrape_interval`".to_owned(),
        )
    })
}

/// Before 3.0 a label had a name of ASCII letters; after, only with this scheme.
fn external_label(global: &Value, version: Option<&Version>) -> Option<ValueFault> {
    let scheme = global
        .get("metric_name_validation_scheme")
        .and_then(Value::as_str);
    let is_old = version.is_some_and(|version| version.is_below((3, 0, 0)));
    let is_legacy = is_old || scheme == Some("legacy");
    let is_name = |name: &str| match is_legacy {
        true => {
            let is_word = |each: char| each.is_ascii_alphanumeric() || each == '_';
            !name.is_empty()
                && name.chars().all(is_word)
                && !name.starts_with(|each: char| each.is_ascii_digit())
        }
        false => !name.is_empty(),
    };
    let labels = global.get("external_labels")?.as_mapping()?;
    let mut names = labels.keys().filter_map(Value::as_str);
    // A merge key brings labels of another map.
    let name = names.find(|name| !is_name(name) && *name != "<<" && !is_filled_in(name))?;
    let path = ["external_labels", name].map(|key| PathSegment::Key(key.to_owned()));
    Some((path.into(), "it is no name of a label".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::{Target, key_path};

    fn broken(version: &str, global: &str) -> Vec<String> {
        let installation = Installation {
            target: Target::PrometheusYml,
            prometheus: version.parse().ok(),
            operator: None,
        };
        let all = broken_global(&serde_yaml::from_str(global).unwrap(), &installation);
        all.iter()
            .map(|(path, fault)| format!("{}: {fault}", key_path(path)))
            .collect()
    }

    /// The end-to-end tests give each line to Prometheus' own checker.
    #[test]
    fn a_value_is_refused_where_prometheus_refuses_it() {
        let lines = include_str!("../../tests/data/known-keys/global-values.txt").lines();
        let lines = lines.filter(|line| !line.starts_with('#'));

        let judged = lines.map(|line| {
            let (sign, global) = line.split_once(' ').unwrap();
            let found = broken("3.14.0", global);
            (found.is_empty() != (sign == "-"), line, found)
        });

        let wrong: Vec<_> = judged.filter(|(is_right, ..)| !is_right).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn a_fault_has_its_place_and_its_reason() {
        for (global, expected) in [
            (
                "scrape_timeout: 2m",
                "scrape_timeout: `scrape_timeout` is above `scrape_interval`",
            ),
            (
                "body_size_limit: 10M",
                "body_size_limit: `body_size_limit` is not a size with its unit, such as 10MB",
            ),
            (
                "sample_limit: -1",
                "sample_limit: `sample_limit` is not a whole number that is 0 or above",
            ),
        ] {
            assert_eq!(broken("3.14.0", global), [expected]);
        }
    }

    #[test]
    fn an_older_prometheus_has_labels_of_ascii_letters_only() {
        let global = "external_labels: {a-b: c}";

        assert_eq!(
            broken("2.55.1", global),
            ["external_labels.a-b: it is no name of a label"]
        );
        assert_eq!(broken("3.0.0", global), [""; 0]);
    }
}
