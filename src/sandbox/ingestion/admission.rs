//! Which samples of a request does the workspace take in, and why does it drop the others?
//!
//! A request whose labels break the protocol is refused whole. A sample that only comes at the wrong time,
//! or a series beyond a limit, is dropped in silence behind a 2xx: the sender never learns of it.

use super::remote_write::{ReceivedLabel, ReceivedSeries, ReceivedWrite};
use std::collections::BTreeMap;

const MOST_LABELS: usize = 63;
const LONGEST_LABEL_NAME: usize = 511;
const LONGEST_LABEL_VALUE: usize = 1023;
const LONGEST_METRIC_NAME: usize = 511;

/// How far from now a sample may lie, in milliseconds: 20 minutes either way.
const WINDOW_MILLISECONDS: i64 = 20 * 60 * 1000;

/// Why samples were dropped after the request was accepted; the names are those of the workspace's metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DropReason {
    OldData,
    InvalidTimeRange,
    BadInputFormat,
    Duplicate,
    OutOfOrder,
    LimitThrottling,
}

/// How many samples were dropped, by reason.
pub(crate) type Drops = BTreeMap<DropReason, u64>;

/// What makes the service refuse a request as a whole.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Malformed {
    #[error("a series has no label __name__")]
    Nameless,
    #[error("label {0} has no value, or no name")]
    EmptyLabel(String),
    #[error("the labels of {0} are not sorted by name")]
    Unsorted(String),
    #[error("the labels of {0} name {1} twice")]
    DuplicateLabel(String, String),
}

/// A sample that passed, with the labels of its series.
#[derive(Debug, PartialEq)]
pub(super) struct AdmittedSample {
    pub(super) labels: Vec<(String, String)>,
    pub(super) value: f64,
    /// Unix milliseconds.
    pub(super) timestamp: i64,
}

/// Sorts the samples of a request into those that pass and those that are dropped; `now` is in Unix milliseconds.
pub(super) fn admit(
    request: ReceivedWrite,
    now: i64,
) -> Result<(Vec<AdmittedSample>, Drops), Malformed> {
    let mut admitted = Vec::new();
    let mut drops = Drops::new();
    for series in request.timeseries {
        check_form(&series.labels)?;
        // Beyond a limit the series is dropped behind a 200, unlike labels that break the protocol.
        let too_large = beyond_a_limit(&series.labels);
        let samples = samples_of(series);
        for sample in samples {
            let reason = if too_large {
                Some(DropReason::BadInputFormat)
            } else {
                untimely(sample.timestamp, now)
            };
            match reason {
                Some(reason) => *drops.entry(reason).or_default() += 1,
                None => admitted.push(sample),
            }
        }
    }
    Ok((admitted, drops))
}

fn samples_of(series: ReceivedSeries) -> impl Iterator<Item = AdmittedSample> {
    let labels: Vec<_> = series
        .labels
        .into_iter()
        .map(|label| (label.name, label.value))
        .collect();
    series
        .samples
        .into_iter()
        .map(move |sample| AdmittedSample {
            labels: labels.clone(),
            value: sample.value,
            timestamp: sample.timestamp,
        })
}

fn check_form(labels: &[ReceivedLabel]) -> Result<(), Malformed> {
    let metric = labels
        .iter()
        .find(|label| label.name == "__name__")
        .ok_or(Malformed::Nameless)?;
    if let Some(empty) = labels
        .iter()
        .find(|label| label.name.is_empty() || label.value.is_empty())
    {
        return Err(Malformed::EmptyLabel(empty.name.clone()));
    }
    for pair in labels.windows(2) {
        if pair[0].name == pair[1].name {
            return Err(Malformed::DuplicateLabel(
                metric.value.clone(),
                pair[0].name.clone(),
            ));
        }
        // In the order of bytes: a label that begins with a capital letter comes before `__name__`.
        if pair[0].name > pair[1].name {
            return Err(Malformed::Unsorted(metric.value.clone()));
        }
    }
    Ok(())
}

fn beyond_a_limit(labels: &[ReceivedLabel]) -> bool {
    let too_long = |label: &ReceivedLabel| {
        let longest = if label.name == "__name__" {
            LONGEST_METRIC_NAME
        } else {
            LONGEST_LABEL_VALUE
        };
        label.name.len() > LONGEST_LABEL_NAME || label.value.len() > longest
    };
    labels.len() > MOST_LABELS || labels.iter().any(too_long)
}

fn untimely(timestamp: i64, now: i64) -> Option<DropReason> {
    // After an outage of more than 20 minutes, the backlog of Prometheus is dropped here.
    if timestamp < now - WINDOW_MILLISECONDS {
        Some(DropReason::OldData)
    } else if timestamp > now + WINDOW_MILLISECONDS {
        Some(DropReason::InvalidTimeRange)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::ingestion::remote_write::ReceivedSample;

    const NOW: i64 = 1_800_000_000_000;
    const MINUTE: i64 = 60_000;

    fn request(labels: &[(&str, &str)], timestamps: &[i64]) -> ReceivedWrite {
        let label = |(name, value): &(&str, &str)| ReceivedLabel {
            name: (*name).to_owned(),
            value: (*value).to_owned(),
        };
        ReceivedWrite {
            timeseries: vec![ReceivedSeries {
                labels: labels.iter().map(label).collect(),
                samples: timestamps
                    .iter()
                    .map(|&timestamp| ReceivedSample {
                        value: 1.0,
                        timestamp,
                    })
                    .collect(),
            }],
        }
    }

    #[test]
    fn samples_outside_of_twenty_minutes_are_dropped_and_counted() {
        let up = request(
            &[("__name__", "up"), ("job", "node")],
            &[NOW - 21 * MINUTE, NOW - 19 * MINUTE, NOW, NOW + 21 * MINUTE],
        );

        let (admitted, drops) = admit(up, NOW).unwrap();

        let timestamps: Vec<_> = admitted.iter().map(|sample| sample.timestamp).collect();
        assert_eq!(timestamps, [NOW - 19 * MINUTE, NOW]);
        assert_eq!(
            drops,
            Drops::from([(DropReason::OldData, 1), (DropReason::InvalidTimeRange, 1)])
        );
    }

    #[test]
    fn labels_that_break_the_protocol_refuse_the_request() {
        let verdict =
            |labels: &[(&str, &str)]| admit(request(labels, &[NOW]), NOW).unwrap_err().to_string();

        assert_eq!(
            verdict(&[("job", "node")]),
            "a series has no label __name__"
        );
        assert_eq!(
            verdict(&[("job", "node"), ("__name__", "up")]),
            "the labels of up are not sorted by name"
        );
        assert_eq!(
            verdict(&[("__name__", "up"), ("job", "a"), ("job", "b")]),
            "the labels of up name job twice"
        );
        assert_eq!(
            verdict(&[("__name__", "up"), ("job", "")]),
            "label job has no value, or no name"
        );
    }

    #[test]
    fn a_series_with_too_many_or_too_long_labels_is_dropped_behind_a_success() {
        let names: Vec<String> = (0..63).map(|number| format!("label_{number:02}")).collect();
        let mut many = vec![("__name__", "up")];
        many.extend(names.iter().map(|name| (name.as_str(), "x")));
        let long = "x".repeat(1024);

        for labels in [many, vec![("__name__", "up"), ("path", long.as_str())]] {
            let (admitted, drops) = admit(request(&labels, &[NOW]), NOW).unwrap();

            assert_eq!(admitted, []);
            assert_eq!(drops, Drops::from([(DropReason::BadInputFormat, 1)]));
        }
    }

    #[test]
    fn a_request_without_samples_is_accepted() {
        let metadata_only = ReceivedWrite { timeseries: vec![] };

        assert_eq!(admit(metadata_only, NOW), Ok((vec![], Drops::new())));
    }
}
