//! What is the value of a function over the samples of a range?

use super::functions::RangeFunction;
use crate::sandbox::ingestion::StoredSample;

/// The range in Unix milliseconds: open at the old end, closed at the new one.
#[derive(Clone, Copy)]
pub(super) struct SampleRange {
    pub(super) from: i64,
    pub(super) to: i64,
}

/// The value over the samples of a range, from old to new; `None` where the function has none.
pub(super) fn range_value(
    function: RangeFunction,
    samples: &[StoredSample],
    range: SampleRange,
) -> Option<f64> {
    let last = samples.last()?.value;
    let values = || samples.iter().map(|sample| sample.value);
    let pairs = || {
        samples
            .windows(2)
            .map(|pair| (pair[0].value, pair[1].value))
    };
    Some(match function {
        RangeFunction::Average => values().sum::<f64>() / count(samples.len()),
        RangeFunction::Changes => count(
            pairs()
                .filter(|(before, after)| before.total_cmp(after).is_ne())
                .count(),
        ),
        RangeFunction::Count => count(samples.len()),
        RangeFunction::Last => last,
        // `f64::max` passes over NaN, and so does PromQL.
        RangeFunction::Max => values().fold(f64::NAN, f64::max),
        RangeFunction::Min => values().fold(f64::NAN, f64::min),
        RangeFunction::Present => 1.0,
        RangeFunction::Resets => count(pairs().filter(|(before, after)| after < before).count()),
        RangeFunction::Sum => values().sum(),
        RangeFunction::Delta => extrapolated(samples, range, false)?,
        RangeFunction::Increase => extrapolated(samples, range, true)?,
        RangeFunction::Rate => extrapolated(samples, range, true)? / seconds(range.to - range.from),
        RangeFunction::InstantDelta => instant_change(samples, false)?,
        RangeFunction::InstantRate => instant_change(samples, true)?,
    })
}

/// The change over the whole range, from the samples within it: as Prometheus extrapolates it to the ends.
fn extrapolated(samples: &[StoredSample], range: SampleRange, is_counter: bool) -> Option<f64> {
    let [first, .., last] = samples else {
        return None;
    };
    let mut change = last.value - first.value;
    if is_counter {
        // A counter that fell was set to zero by a restart: what it had counted before is added.
        change += samples
            .windows(2)
            .filter(|pair| pair[1].value < pair[0].value)
            .map(|pair| pair[0].value)
            .sum::<f64>();
    }
    let sampled = seconds(last.timestamp - first.timestamp);
    let between = sampled / count(samples.len() - 1);
    // An end that is nearer than this is taken for an end of the range, another for the beginning or end of the series.
    let near = between * 1.1;
    let limit = |distance: f64| {
        if distance >= near {
            between / 2.0
        } else {
            distance
        }
    };
    let mut to_start = limit(seconds(first.timestamp - range.from));
    if is_counter && change > 0.0 && first.value >= 0.0 {
        // A counter cannot have been below zero.
        to_start = to_start.min(sampled * (first.value / change));
    }
    let to_end = limit(seconds(range.to - last.timestamp));
    Some(change * ((sampled + to_start + to_end) / sampled))
}

fn instant_change(samples: &[StoredSample], is_rate: bool) -> Option<f64> {
    let [.., before, last] = samples else {
        return None;
    };
    if !is_rate {
        return Some(last.value - before.value);
    }
    let change = if last.value < before.value {
        last.value
    } else {
        last.value - before.value
    };
    Some(change / seconds(last.timestamp - before.timestamp))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "times are far below 2^52 milliseconds"
)]
pub(super) fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a workspace holds fewer samples than 2^52"
)]
pub(super) fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(function: RangeFunction, samples: &[(i64, f64)], to: i64) -> Option<f64> {
        let samples: Vec<_> = samples
            .iter()
            .map(|&(second, value)| StoredSample {
                value,
                timestamp: second * 1000,
                received: 0,
            })
            .collect();
        let range = SampleRange {
            from: 0,
            to: to * 1000,
        };
        range_value(function, &samples, range)
    }

    #[test]
    fn a_rate_is_extrapolated_to_the_ends_of_the_range() {
        let samples = [(10, 10.0), (40, 40.0), (70, 70.0)];

        assert_eq!(value(RangeFunction::Increase, &samples, 90), Some(90.0));
        assert_eq!(value(RangeFunction::Rate, &samples, 90), Some(1.0));
        // Half of a step and no further, where the series begins or ends within the range.
        assert_eq!(value(RangeFunction::Increase, &samples, 300), Some(85.0));
        assert_eq!(value(RangeFunction::Rate, &[(10, 10.0)], 90), None);
    }

    #[test]
    fn a_counter_that_was_reset_goes_on_counting() {
        let samples = [(10, 100.0), (20, 5.0), (30, 15.0)];

        assert_eq!(value(RangeFunction::Increase, &samples, 30), Some(22.5));
        assert_eq!(value(RangeFunction::Delta, &samples, 30), Some(-127.5));
        assert_eq!(value(RangeFunction::Resets, &samples, 30), Some(1.0));
        assert_eq!(value(RangeFunction::InstantRate, &samples, 30), Some(1.0));
    }

    #[test]
    fn the_extremes_pass_over_nan() {
        let samples = [(10, f64::NAN), (20, 5.0), (30, 15.0)];

        assert_eq!(value(RangeFunction::Max, &samples, 30), Some(15.0));
        assert_eq!(value(RangeFunction::Min, &samples, 30), Some(5.0));
        assert_eq!(value(RangeFunction::Changes, &samples, 30), Some(2.0));
    }
}
