//! The answers of the query paths, in the form of Prometheus.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{
    evaluate::{QueryTime, evaluate, samples_of_range},
    expression::QueryExpression,
    expression_error::ExpressionError,
    parameters::{QuerySteps, SeriesQuestion},
    range_values::seconds,
    vector::{Element, InstantValue, Labels},
};
use crate::sandbox::ingestion::StoredSeries;

/// How many series times moments one range query may look at.
const MOST_LOOKED_AT: u64 = 50_000_000;

/// The series of a workspace, and since when samples are too fresh to be seen (Unix milliseconds).
pub(super) struct VisibleSeries<'a> {
    pub(super) series: Vec<&'a StoredSeries>,
    pub(super) seen_before: i64,
}

impl VisibleSeries<'_> {
    /// `data` of an instant query.
    pub(super) fn instant(
        &self,
        expression: &QueryExpression,
        at: i64,
        limit: usize,
    ) -> Result<Value, ExpressionError> {
        let moment = self.at(at);
        if let QueryExpression::Range(selector, range) = expression {
            let result: Vec<Value> = samples_of_range((selector, *range), &self.series, moment)
                .into_iter()
                .take(limit)
                .map(|(labels, samples)| {
                    let samples = samples.iter().map(|each| (each.timestamp, each.value));
                    matrix_element(labels, samples)
                })
                .collect();
            return Ok(json!({"resultType": "matrix", "result": result}));
        }
        Ok(match evaluate(expression, &self.series, moment)? {
            InstantValue::Number(value) => {
                json!({"resultType": "scalar", "result": point(at, value)})
            }
            InstantValue::Vector(elements) => {
                // The time of the question, not that of the sample: an instant vector has one time.
                let result: Vec<Value> = elements
                    .into_iter()
                    .take(limit)
                    .map(|Element { labels, value }| {
                        json!({"metric": metric(labels), "value": point(at, value)})
                    })
                    .collect();
                json!({"resultType": "vector", "result": result})
            }
        })
    }

    /// `data` of a range query: always a matrix, also for a number.
    pub(super) fn range(
        &self,
        expression: &QueryExpression,
        steps: QuerySteps,
        limit: usize,
    ) -> Result<Value, ExpressionError> {
        let moments = u64::try_from(steps.moments().count()).unwrap_or(u64::MAX);
        let series = u64::try_from(self.series.len()).unwrap_or(u64::MAX);
        if moments.saturating_mul(series) > MOST_LOOKED_AT {
            return Err(ExpressionError::Execution(
                "query processing would load too many samples into memory in query execution"
                    .to_owned(),
            ));
        }
        if matches!(expression, QueryExpression::Range(..)) {
            return Err(ExpressionError::Malformed(
                "invalid expression type \"range vector\" for range query, must be Scalar or instant Vector"
                    .to_owned(),
            ));
        }
        let mut matrix: BTreeMap<Labels, Vec<(i64, f64)>> = BTreeMap::new();
        for at in steps.moments() {
            let elements = match evaluate(expression, &self.series, self.at(at))? {
                InstantValue::Vector(elements) => elements,
                InstantValue::Number(value) => vec![Element {
                    labels: Vec::new(),
                    value,
                }],
            };
            for Element { labels, value } in elements {
                matrix.entry(labels).or_default().push((at, value));
            }
        }
        let result: Vec<Value> = matrix
            .into_iter()
            .take(limit)
            .map(|(labels, values)| matrix_element(labels, values.into_iter()))
            .collect();
        Ok(json!({"resultType": "matrix", "result": result}))
    }

    /// The labels of the series that are asked for.
    pub(super) fn labels_of_series(&self, question: &SeriesQuestion) -> Value {
        self.asked(question)
            .take(question.limit)
            .map(|series| metric(series.labels.clone()))
            .collect()
    }

    /// The names of the labels of these series.
    pub(super) fn label_names(&self, question: &SeriesQuestion) -> Value {
        let names: BTreeSet<&str> = self
            .asked(question)
            .flat_map(|series| &series.labels)
            .map(|(name, _)| name.as_str())
            .collect();
        names.into_iter().take(question.limit).collect()
    }

    /// The values of one label of these series.
    pub(super) fn label_values(&self, label: &str, question: &SeriesQuestion) -> Value {
        let values: BTreeSet<&str> = self
            .asked(question)
            .flat_map(|series| &series.labels)
            .filter(|(name, _)| name == label)
            .map(|(_, value)| value.as_str())
            .collect();
        values.into_iter().take(question.limit).collect()
    }

    fn at(&self, at: i64) -> QueryTime {
        QueryTime {
            at,
            seen_before: self.seen_before,
        }
    }

    fn asked(&self, question: &SeriesQuestion) -> impl Iterator<Item = &StoredSeries> {
        let is_visible = |series: &StoredSeries| {
            series.samples.iter().any(|sample| {
                (question.from..=question.to).contains(&sample.timestamp)
                    && sample.received <= self.seen_before
            })
        };
        self.series.iter().copied().filter(move |series| {
            let selectors = &question.selectors;
            let is_selected =
                selectors.is_empty() || selectors.iter().any(|each| each.selects(&series.labels));
            is_selected && is_visible(series)
        })
    }
}

fn matrix_element(labels: Labels, values: impl Iterator<Item = (i64, f64)>) -> Value {
    let values: Vec<Value> = values.map(|(at, value)| point(at, value)).collect();
    json!({"metric": metric(labels), "values": values})
}

fn metric(labels: Labels) -> Value {
    let labels: Map<String, Value> = labels
        .into_iter()
        .map(|(name, value)| (name, value.into()))
        .collect();
    labels.into()
}

fn point(at: i64, value: f64) -> Value {
    json!([seconds(at), number(value)])
}

/// A sample's value as Prometheus writes it: never with an exponent, infinities with their sign.
fn number(value: f64) -> String {
    if value == f64::INFINITY {
        "+Inf".to_owned()
    } else if value == f64::NEG_INFINITY {
        "-Inf".to_owned()
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_prometheus_writes_them() {
        assert_eq!(number(1.0), "1");
        assert_eq!(number(1e21), "1000000000000000000000");
        assert_eq!(number(f64::NAN), "NaN");
        assert_eq!(number(f64::NEG_INFINITY), "-Inf");
    }
}
