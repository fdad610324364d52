//! A remote write that sets the label `cluster` itself, by relabeling what it sends.

use serde_yaml::Value;

use crate::target::{EntryPlace, Position, at_path, is_spelled};

/// The label `cluster` that the remote write at this place gives to every sample.
pub(crate) fn relabeled_cluster(found: &Value, place: EntryPlace) -> Option<&str> {
    let Position::At(index) = place.position else {
        return None;
    };
    let entry = at_path(found, place.list)?.get(index)?;
    let rules = value_of(entry, "write_relabel_configs")?.as_sequence()?;
    // Rules run in order, and relabeling comes after external labels are added, so the last rule counts.
    rules.iter().rev().find_map(constant_cluster)
}

/// The scrape jobs that give series the label `cluster` with another value than this one.
pub(crate) fn jobs_with_cluster(found: &Value, label: &str) -> Vec<String> {
    let mut jobs = Vec::new();
    walk_jobs(found, label, &mut jobs);
    jobs
}

/// ``job `a` sets`` or ``jobs `a`, `b`, `c` and 2 more set``; `None` without a job.
pub(crate) fn described_jobs(jobs: &[String]) -> Option<String> {
    const NAMED: usize = 3;
    let names: Vec<String> = jobs
        .iter()
        .take(NAMED)
        .map(|job| format!("`{job}`"))
        .collect();
    let more = jobs.len().saturating_sub(NAMED);
    Some(match jobs {
        [] => return None,
        [_] => format!("job {} sets", names.concat()),
        _ if more > 0 => format!("jobs {} and {more} more set", names.join(", ")),
        _ => format!("jobs {} set", names.join(", ")),
    })
}

fn walk_jobs(value: &Value, label: &str, jobs: &mut Vec<String>) {
    match value {
        Value::Mapping(map) => {
            if let Some(job) = value_of(value, "job_name").and_then(Value::as_str)
                && sets_cluster(value, label)
                && !jobs.iter().any(|other| other == job)
            {
                jobs.push(job.to_owned());
            }
            map.values().for_each(|below| walk_jobs(below, label, jobs));
        }
        Value::Sequence(items) => items.iter().for_each(|item| walk_jobs(item, label, jobs)),
        _ => {}
    }
}

fn sets_cluster(job: &Value, label: &str) -> bool {
    let items = |key: &str| {
        value_of(job, key)
            .and_then(Value::as_sequence)
            .into_iter()
            .flatten()
    };
    let mut rules = items("relabel_configs").chain(items("metric_relabel_configs"));
    let by_rule = rules.any(|rule| {
        let target = value_of(rule, "target_label").and_then(Value::as_str);
        target == Some("cluster") && constant_cluster(rule) != Some(label)
    });
    by_rule
        || items("static_configs").any(|targets| {
            let own = targets
                .get("labels")
                .and_then(|labels| labels.get("cluster"));
            own.is_some_and(|own| own.as_str() != Some(label))
        })
}

/// What a rule writes into `cluster` whatever a sample has.
pub(super) fn constant_cluster(rule: &Value) -> Option<&str> {
    let is_target = value_of(rule, "target_label")?.as_str() == Some("cluster");
    let action = rule.get("action").and_then(Value::as_str);
    let is_replace = action.is_none_or(|action| action.eq_ignore_ascii_case("replace"));
    let depends = value_of(rule, "source_labels").is_some() || rule.get("regex").is_some();
    let value = rule.get("replacement")?.as_str()?;
    let is_constant = !value.is_empty() && !value.contains(['$', '{']);
    (is_target && is_replace && !depends && is_constant).then_some(value)
}

/// The value of Prometheus' key `native`, in whichever spelling.
fn value_of<'v>(map: &'v Value, native: &str) -> Option<&'v Value> {
    let mut keys = map.as_mapping()?.iter();
    let is_it = |key: &Value| key.as_str().is_some_and(|key| is_spelled(key, native));
    keys.find_map(|(key, value)| is_it(key).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_rule_that_holds_for_every_sample_sets_the_cluster() {
        let place = EntryPlace {
            list: &["remote_write"],
            position: Position::At(0),
        };
        let cluster = |rules: &str| {
            let text = format!("remote_write: [{{write_relabel_configs: {rules}}}]");
            let found: Value = serde_yaml::from_str(&text).unwrap();
            relabeled_cluster(&found, place).map(str::to_owned)
        };

        for (rules, expected) in [
            ("[{target_label: cluster, replacement: eu}]", Some("eu")),
            (
                "[{target_label: cluster, replacement: eu}, {action: labeldrop, regex: a}]",
                Some("eu"),
            ),
            (
                "[{targetLabel: cluster, replacement: eu, action: Replace}]",
                Some("eu"),
            ),
            ("[{target_label: cluster, replacement: $1}]", None),
            (
                "[{target_label: cluster, replacement: eu, source_labels: [a]}]",
                None,
            ),
            ("[{target_label: region, replacement: eu}]", None),
            ("[]", None),
        ] {
            assert_eq!(cluster(rules).as_deref(), expected, "{rules}");
        }
    }

    #[test]
    fn a_job_sets_the_cluster_by_a_rule_or_by_its_targets() {
        let job = |keys: &str| {
            let text = format!("scrape_configs: [{{job_name: a, {keys}}}]");
            jobs_with_cluster(&serde_yaml::from_str(&text).unwrap(), "prod")
        };

        for keys in [
            "relabel_configs: [{source_labels: [__meta_x], target_label: cluster}]",
            "metric_relabel_configs: [{target_label: cluster, replacement: dev}]",
            "static_configs: [{targets: [x], labels: {cluster: dev}}]",
        ] {
            assert_eq!(job(keys), ["a"], "{keys}");
        }
        for keys in [
            "relabel_configs: [{target_label: cluster, replacement: prod}]",
            "relabel_configs: [{target_label: region, replacement: dev}]",
            // Without a label of its own, a series gets the external one.
            "metric_relabel_configs: [{action: labeldrop, regex: cluster}]",
            "static_configs: [{targets: [x], labels: {cluster: prod}}]",
        ] {
            assert_eq!(job(keys), [""; 0], "{keys}");
        }
    }

    #[test]
    fn a_few_jobs_are_named_and_the_others_counted() {
        let described = |jobs: &[&str]| {
            let jobs: Vec<String> = jobs.iter().map(|job| (*job).to_owned()).collect();
            described_jobs(&jobs)
        };

        assert_eq!(described(&[]), None);
        assert_eq!(described(&["a"]).unwrap(), "job `a` sets");
        assert_eq!(described(&["a", "b"]).unwrap(), "jobs `a`, `b` set");
        let five = described(&["a", "b", "c", "d", "e"]).unwrap();
        assert_eq!(five, "jobs `a`, `b`, `c` and 2 more set");
    }
}
