//! What is the answer to an expression at one moment, given the samples of a workspace?

use super::{
    aggregate::aggregate,
    expression::QueryExpression,
    expression_error::ExpressionError,
    functions::{InstantFunction, RangeFunction},
    operators::binary,
    range_values::{SampleRange, range_value, seconds},
    selector::SeriesSelector,
    vector::{Element, InstantValue, Labels},
};
use crate::sandbox::ingestion::{StoredSample, StoredSeries};

/// How far an instant query looks back for the newest sample, in milliseconds.
const LOOKBACK: i64 = 5 * 60 * 1000;

/// The value by which Prometheus marks that a series has ended: a NaN with this bit pattern.
const STALE: u64 = 0x7ff0_0000_0000_0002;

/// The time that is asked about, and since when samples are too fresh to be seen; both Unix milliseconds.
#[derive(Clone, Copy)]
pub(super) struct QueryTime {
    pub(super) at: i64,
    pub(super) seen_before: i64,
}

/// Evaluates an expression over a workspace's series.
///
/// # Errors
/// [`ExpressionError::Execution`] where the series have no answer, such as two for one group of an operator.
pub(super) fn evaluate(
    expression: &QueryExpression,
    series: &[&StoredSeries],
    moment: QueryTime,
) -> Result<InstantValue, ExpressionError> {
    Ok(match expression {
        QueryExpression::Number(number) => InstantValue::Number(*number),
        QueryExpression::Select(selector) => {
            InstantValue::Vector(select(selector, series, moment, |sample| sample.value))
        }
        QueryExpression::Range(..) => {
            return Err(ExpressionError::Unsupported(
                "a range selector within another expression".to_owned(),
            ));
        }
        QueryExpression::RangeFunction(function, selector, range) => {
            let elements = over_range(*function, (selector, *range), series, moment);
            InstantValue::Vector(distinct(elements)?)
        }
        QueryExpression::InstantFunction(function, argument) => {
            instant(*function, argument.as_deref(), series, moment)?
        }
        QueryExpression::Aggregate(aggregation) => {
            let parameter = match aggregation.parameter.as_deref() {
                Some(parameter) => number(&evaluate(parameter, series, moment)?),
                None => 0.0,
            };
            let elements = vector(evaluate(&aggregation.inner, series, moment)?);
            InstantValue::Vector(aggregate(aggregation, parameter, elements))
        }
        QueryExpression::Binary(expression) => {
            let left = evaluate(&expression.left, series, moment)?;
            let right = evaluate(&expression.right, series, moment)?;
            match binary(expression, left, right)? {
                InstantValue::Vector(elements) => InstantValue::Vector(distinct(elements)?),
                number @ InstantValue::Number(_) => number,
            }
        }
        QueryExpression::Negate(inner) => map(evaluate(inner, series, moment)?, |value| -value)?,
    })
}

/// The samples of the last so many milliseconds, by series: the answer to a range selector alone.
pub(super) fn samples_of_range(
    (selector, range): (&SeriesSelector, i64),
    series: &[&StoredSeries],
    moment: QueryTime,
) -> Vec<(Labels, Vec<StoredSample>)> {
    series
        .iter()
        .filter(|series| selector.selects(&series.labels))
        .map(|series| {
            let samples: Vec<StoredSample> = window(series, moment, selector.offset, range)
                .filter(|sample| sample.value.to_bits() != STALE)
                .copied()
                .collect();
            (series.labels.clone(), samples)
        })
        .filter(|(_, samples)| !samples.is_empty())
        .collect()
}

fn select(
    selector: &SeriesSelector,
    series: &[&StoredSeries],
    moment: QueryTime,
    value: impl Fn(&StoredSample) -> f64,
) -> Vec<Element> {
    series
        .iter()
        .filter(|series| selector.selects(&series.labels))
        .filter_map(|series| {
            // An instant query shows a series for five minutes after its last sample, unless a stale marker ended it.
            let newest = window(series, moment, selector.offset, LOOKBACK).next_back()?;
            (newest.value.to_bits() != STALE).then(|| Element {
                labels: series.labels.clone(),
                value: value(newest),
            })
        })
        .collect()
}

fn window(
    series: &StoredSeries,
    moment: QueryTime,
    offset: i64,
    range: i64,
) -> impl DoubleEndedIterator<Item = &StoredSample> {
    let end = moment.at.saturating_sub(offset);
    series.samples.iter().filter(move |sample| {
        sample.timestamp <= end
            // Open at the old end, as in Prometheus 3: a sample exactly as old as the range is outside.
            && sample.timestamp > end.saturating_sub(range)
            && sample.received <= moment.seen_before
    })
}

fn over_range(
    function: RangeFunction,
    asked: (&SeriesSelector, i64),
    series: &[&StoredSeries],
    moment: QueryTime,
) -> Vec<Element> {
    let to = moment.at.saturating_sub(asked.0.offset);
    let range = SampleRange {
        from: to.saturating_sub(asked.1),
        to,
    };
    samples_of_range(asked, series, moment)
        .into_iter()
        .filter_map(|(labels, samples)| {
            let value = range_value(function, &samples, range)?;
            let element = Element { labels, value };
            Some(if function.keeps_name() {
                element
            } else {
                element.unnamed()
            })
        })
        .collect()
}

fn instant(
    function: InstantFunction,
    argument: Option<&QueryExpression>,
    series: &[&StoredSeries],
    moment: QueryTime,
) -> Result<InstantValue, ExpressionError> {
    let Some(argument) = argument else {
        return Ok(InstantValue::Number(seconds(moment.at)));
    };
    if let (InstantFunction::Timestamp, QueryExpression::Select(selector)) = (function, argument) {
        // The time of the sample itself, not that of the question.
        let elements = select(selector, series, moment, |sample| seconds(sample.timestamp));
        return Ok(InstantValue::Vector(distinct(unnamed(elements))?));
    }
    let value = evaluate(argument, series, moment)?;
    Ok(match function {
        InstantFunction::Absolute => map(value, f64::abs)?,
        InstantFunction::Ceiling => map(value, f64::ceil)?,
        InstantFunction::Floor => map(value, f64::floor)?,
        // Halves go up, also below zero.
        InstantFunction::Round => map(value, |value| (value + 0.5).floor())?,
        InstantFunction::Timestamp => map(value, |_| seconds(moment.at))?,
        InstantFunction::Absent => InstantValue::Vector(absent(argument, &vector(value))),
        InstantFunction::Scalar => InstantValue::Number(match vector(value).as_slice() {
            [only] => only.value,
            _ => f64::NAN,
        }),
        InstantFunction::Sort => InstantValue::Vector(sorted(value, false)),
        InstantFunction::SortDescending => InstantValue::Vector(sorted(value, true)),
        InstantFunction::Vector | InstantFunction::Time => InstantValue::Vector(vec![Element {
            labels: Vec::new(),
            value: number(&value),
        }]),
    })
}

/// One element where there is none, with the labels that the selector asked for by their values.
fn absent(argument: &QueryExpression, elements: &[Element]) -> Vec<Element> {
    if !elements.is_empty() {
        return Vec::new();
    }
    let labels = match argument {
        QueryExpression::Select(selector) => selector
            .matchers
            .iter()
            .filter_map(|matcher| matcher.asked_value())
            .filter(|(name, value)| *name != "__name__" && !value.is_empty())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        _ => Vec::new(),
    };
    vec![Element { labels, value: 1.0 }]
}

fn sorted(value: InstantValue, descends: bool) -> Vec<Element> {
    let mut elements = vector(value);
    elements.sort_by(|one, other| {
        let order = one.value.total_cmp(&other.value);
        if descends { order.reverse() } else { order }
    });
    elements
}

fn map(value: InstantValue, change: impl Fn(f64) -> f64) -> Result<InstantValue, ExpressionError> {
    Ok(match value {
        InstantValue::Number(number) => InstantValue::Number(change(number)),
        InstantValue::Vector(elements) => {
            let mut elements = unnamed(elements);
            for element in &mut elements {
                element.value = change(element.value);
            }
            InstantValue::Vector(distinct(elements)?)
        }
    })
}

fn unnamed(elements: Vec<Element>) -> Vec<Element> {
    elements.into_iter().map(Element::unnamed).collect()
}

/// # Errors
/// Two elements have the same labels, which happens where the name made the difference.
fn distinct(elements: Vec<Element>) -> Result<Vec<Element>, ExpressionError> {
    let mut seen = std::collections::HashSet::new();
    if elements.iter().all(|element| seen.insert(&element.labels)) {
        Ok(elements)
    } else {
        Err(ExpressionError::Execution(
            "vector cannot contain metrics with the same labelset".to_owned(),
        ))
    }
}

/// The elements; a number where the reader let none through has none.
fn vector(value: InstantValue) -> Vec<Element> {
    match value {
        InstantValue::Vector(elements) => elements,
        InstantValue::Number(_) => Vec::new(),
    }
}

fn number(value: &InstantValue) -> f64 {
    match value {
        InstantValue::Number(number) => *number,
        InstantValue::Vector(_) => f64::NAN,
    }
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
        match evaluate(&parse(text).unwrap(), &series, moment) {
            Ok(InstantValue::Number(number)) => vec![number.to_string()],
            Err(error) => vec![error.to_string()],
            Ok(InstantValue::Vector(elements)) => elements
                .into_iter()
                .map(|Element { labels, value }| {
                    let labels: Vec<_> = labels
                        .iter()
                        .map(|(name, value)| format!("{name}={value}"))
                        .collect();
                    format!("{} {value}", labels.join(","))
                })
                .collect(),
        }
    }

    fn two_jobs() -> [StoredSeries; 3] {
        [
            series(
                &[("__name__", "up"), ("job", "a")],
                &[(96 * MINUTE, 3.0), (99 * MINUTE, 1.0)],
            ),
            series(&[("__name__", "up"), ("job", "b")], &[(99 * MINUTE, 5.0)]),
            series(
                &[("__name__", "most"), ("job", "b")],
                &[(99 * MINUTE, 10.0)],
            ),
        ]
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
        assert_eq!(
            ask("up offset 90s", &world, NOW),
            ["__name__=up,job=a 0", "__name__=up,job=b 1"]
        );
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
        let world = two_jobs();

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
        assert_eq!(ask("sum(rate(up[10m]))", &world, NOW).len(), 1);
    }

    #[test]
    fn functions_of_a_moment_are_applied_to_each_element() {
        let world = two_jobs();

        assert_eq!(ask("timestamp(most)", &world, NOW), ["job=b 5940"]);
        assert_eq!(ask("time()", &world, NOW), ["6000"]);
        assert_eq!(ask("scalar(most) + 1", &world, NOW), ["11"]);
        assert_eq!(ask("scalar(up)", &world, NOW), ["NaN"]);
        assert_eq!(ask("absent(gone{job=\"x\"})", &world, NOW), ["job=x 1"]);
        assert_eq!(ask("sort_desc(up)", &world, NOW)[0], "__name__=up,job=b 5");
        assert_eq!(ask("-round(up / 2)", &world, NOW), ["job=a -1", "job=b -3"]);
    }

    #[test]
    fn two_metrics_that_lose_their_names_are_an_error() {
        assert_eq!(
            ask("abs({__name__=~\"up|most\",job=\"b\"})", &two_jobs(), NOW),
            ["vector cannot contain metrics with the same labelset"]
        );
    }
}
