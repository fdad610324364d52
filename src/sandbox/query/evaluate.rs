//! What is the answer to an expression, given the samples of a workspace?

use std::collections::BTreeMap;

use super::expression::{Aggregation, QueryExpression, RangeFunction};
use super::matcher::Matcher;
use crate::sandbox::ingestion::{StoredSample, StoredSeries};

/// How far an instant query looks back for the newest sample, in milliseconds.
const LOOKBACK: i64 = 5 * 60 * 1000;

/// The value by which Prometheus marks that a series has ended: a NaN with this bit pattern.
const STALE: u64 = 0x7ff0_0000_0000_0002;

type Labels = Vec<(String, String)>;

/// One element of an instant vector.
#[derive(Debug, PartialEq)]
pub(super) struct Element {
    pub(super) labels: Labels,
    pub(super) value: f64,
}

/// The time that is asked about, and since when samples are too fresh to be seen; both Unix milliseconds.
#[derive(Clone, Copy)]
pub(super) struct QueryTime {
    pub(super) at: i64,
    pub(super) seen_before: i64,
}

/// Evaluates an expression over a workspace's series.
pub(super) fn evaluate(
    expression: &QueryExpression,
    series: &[&StoredSeries],
    moment: QueryTime,
) -> Vec<Element> {
    match expression {
        QueryExpression::Select(matchers) => select(matchers, series, |series| {
            // An instant query shows a series for five minutes after its last sample, unless a stale marker ended it.
            let newest = window(series, moment, LOOKBACK).next_back()?;
            (newest.value.to_bits() != STALE).then(|| (series.labels.clone(), newest.value))
        }),
        QueryExpression::RangeFunction(function, matchers, range) => {
            select(matchers, series, |series| {
                let samples =
                    window(series, moment, *range).filter(|sample| sample.value.to_bits() != STALE);
                let value = range_function(*function, samples.map(|sample| sample.value))?;
                // PromQL drops the name of what is no longer that metric; the last sample still is.
                let keeps_name = *function == RangeFunction::Last;
                Some((
                    if keeps_name {
                        series.labels.clone()
                    } else {
                        without_name(&series.labels)
                    },
                    value,
                ))
            })
        }
        QueryExpression::Aggregate(operator, by, inner) => {
            aggregate(*operator, by, evaluate(inner, series, moment))
        }
    }
}

fn select(
    matchers: &[Matcher],
    series: &[&StoredSeries],
    element: impl Fn(&StoredSeries) -> Option<(Labels, f64)>,
) -> Vec<Element> {
    series
        .iter()
        .filter(|series| {
            matchers
                .iter()
                .all(|matcher| matcher.passes(&series.labels))
        })
        .filter_map(|series| element(series))
        .map(|(labels, value)| Element { labels, value })
        .collect()
}

fn window(
    series: &StoredSeries,
    moment: QueryTime,
    range: i64,
) -> impl DoubleEndedIterator<Item = &StoredSample> {
    series.samples.iter().filter(move |sample| {
        sample.timestamp <= moment.at
            // Open at the old end, as in Prometheus 3: a sample exactly as old as the range is outside.
            && sample.timestamp > moment.at - range
            && sample.received <= moment.seen_before
    })
}

fn range_function(function: RangeFunction, values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    let last = *values.last()?;
    Some(match function {
        RangeFunction::Count => count(&values),
        RangeFunction::Last => last,
        // `f64::max` passes over NaN, and so does PromQL.
        RangeFunction::Max => values.into_iter().fold(f64::NAN, f64::max),
        RangeFunction::Min => values.into_iter().fold(f64::NAN, f64::min),
    })
}

fn aggregate(operator: Aggregation, by: &[String], elements: Vec<Element>) -> Vec<Element> {
    let mut groups: BTreeMap<Labels, Vec<f64>> = BTreeMap::new();
    for Element { mut labels, value } in elements {
        labels.retain(|(name, _)| by.contains(name));
        groups.entry(labels).or_default().push(value);
    }
    let reduce = |values: Vec<f64>| match operator {
        Aggregation::Count => count(&values),
        Aggregation::Max => values.into_iter().fold(f64::NAN, f64::max),
        Aggregation::Min => values.into_iter().fold(f64::NAN, f64::min),
        Aggregation::Sum => values.into_iter().sum(),
    };
    groups
        .into_iter()
        .map(|(labels, values)| Element {
            labels,
            value: reduce(values),
        })
        .collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a workspace holds fewer samples than 2^52"
)]
fn count(values: &[f64]) -> f64 {
    values.len() as f64
}

fn without_name(labels: &Labels) -> Labels {
    labels
        .iter()
        .filter(|(name, _)| name != "__name__")
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::query::expression::parse;

    const MINUTE: i64 = 60_000;
    const NOW: QueryTime = QueryTime {
        at: 100 * MINUTE,
        seen_before: 100 * MINUTE,
    };

    fn series(labels: &[(&str, &str)], samples: &[(i64, f64)]) -> StoredSeries {
        StoredSeries {
            labels: labels
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            samples: samples
                .iter()
                .map(|&(timestamp, value)| StoredSample {
                    value,
                    timestamp,
                    received: timestamp,
                })
                .collect(),
        }
    }

    fn ask(text: &str, series: &[StoredSeries], moment: QueryTime) -> Vec<String> {
        let series: Vec<&StoredSeries> = series.iter().collect();
        evaluate(&parse(text).unwrap(), &series, moment)
            .into_iter()
            .map(|Element { labels, value }| {
                let labels: Vec<_> = labels
                    .iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                format!("{} {value}", labels.join(","))
            })
            .collect()
    }

    #[test]
    fn an_instant_query_gives_the_newest_sample_of_the_last_five_minutes() {
        let world = [
            series(
                &[("__name__", "up"), ("job", "a")],
                &[(98 * MINUTE, 0.0), (99 * MINUTE, 1.0)],
            ),
            series(&[("__name__", "up"), ("job", "b")], &[(95 * MINUTE, 1.0)]),
            series(&[("__name__", "down"), ("job", "a")], &[(99 * MINUTE, 1.0)]),
        ];

        assert_eq!(ask("up", &world, NOW), ["__name__=up,job=a 1"]);
    }

    #[test]
    fn a_series_that_ended_is_not_there_any_more() {
        let stale = f64::from_bits(STALE);
        let world = [series(
            &[("__name__", "up")],
            &[(98 * MINUTE, 1.0), (99 * MINUTE, stale)],
        )];

        assert_eq!(ask("up", &world, NOW), Vec::<String>::new());
        assert_eq!(
            ask("last_over_time(up[10m])", &world, NOW),
            ["__name__=up 1"]
        );
    }

    #[test]
    fn samples_are_seen_only_after_the_delay() {
        let world = [series(&[("__name__", "up")], &[(99 * MINUTE, 1.0)])];
        let early = QueryTime {
            seen_before: 98 * MINUTE,
            ..NOW
        };

        assert_eq!(ask("up", &world, early), Vec::<String>::new());
    }

    #[test]
    fn functions_over_time_and_aggregations_add_up() {
        let world = [
            series(
                &[("__name__", "up"), ("job", "a")],
                &[(96 * MINUTE, 3.0), (99 * MINUTE, 1.0)],
            ),
            series(&[("__name__", "up"), ("job", "b")], &[(99 * MINUTE, 5.0)]),
        ];

        assert_eq!(
            ask("max_over_time(up[10m])", &world, NOW),
            ["job=a 3", "job=b 5"]
        );
        assert_eq!(ask("count(up)", &world, NOW), [" 2"]);
        assert_eq!(
            ask("sum by (job) (count_over_time(up[10m]))", &world, NOW),
            ["job=a 2", "job=b 1"]
        );
        assert_eq!(ask("count(missing)", &world, NOW), Vec::<String>::new());
    }
}
