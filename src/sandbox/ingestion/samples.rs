//! Which samples does a workspace hold? In memory and bounded: the newest few of each series.

use super::admission::{AdmittedSample, DropReason, Drops};
use std::collections::{BTreeMap, VecDeque};

const MOST_SERIES: usize = 200_000;
const MOST_SAMPLES_OF_A_SERIES: usize = 120;

/// One sample; times are Unix milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct StoredSample {
    pub(crate) value: f64,
    pub(crate) timestamp: i64,
    /// When it came in, which is what decides from when on a query sees it.
    pub(crate) received: i64,
}

/// One series with its labels as they were first written, and its samples from old to new.
#[derive(Debug)]
pub(crate) struct StoredSeries {
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) samples: VecDeque<StoredSample>,
}

/// The samples of one workspace.
#[derive(Debug, Default)]
pub(crate) struct Samples {
    /// By the labels in lower case: series that differ in case alone fall into one in Azure.
    series: BTreeMap<Vec<(String, String)>, StoredSeries>,
    /// What was dropped since the start.
    pub(crate) drops: Drops,
}

impl Samples {
    /// Takes in what passed admission at `now` (Unix milliseconds), and counts what it cannot keep.
    pub(super) fn store(&mut self, admitted: &[AdmittedSample], drops: &Drops, now: i64) {
        for (reason, count) in drops {
            *self.drops.entry(*reason).or_default() += count;
        }
        for sample in admitted {
            if let Err(reason) = self.store_one(sample, now) {
                *self.drops.entry(reason).or_default() += 1;
            }
        }
    }

    /// All series, in the order of their labels.
    pub(crate) fn series(&self) -> impl Iterator<Item = &StoredSeries> {
        self.series.values()
    }

    fn store_one(&mut self, sample: &AdmittedSample, now: i64) -> Result<(), DropReason> {
        let key = lower_case(&sample.labels);
        if self.series.len() >= MOST_SERIES && !self.series.contains_key(&key) {
            return Err(DropReason::LimitThrottling);
        }
        let series = self.series.entry(key).or_insert_with(|| StoredSeries {
            labels: sample.labels.clone(),
            samples: VecDeque::new(),
        });
        match series.samples.back() {
            Some(newest) if newest.timestamp == sample.timestamp => {
                return Err(DropReason::Duplicate);
            }
            Some(newest) if newest.timestamp > sample.timestamp => {
                return Err(DropReason::OutOfOrder);
            }
            _ => {}
        }
        if series.samples.len() == MOST_SAMPLES_OF_A_SERIES {
            series.samples.pop_front();
        }
        series.samples.push_back(StoredSample {
            value: sample.value,
            timestamp: sample.timestamp,
            received: now,
        });
        Ok(())
    }
}

fn lower_case(labels: &[(String, String)]) -> Vec<(String, String)> {
    labels
        .iter()
        .map(|(name, value)| (name.to_lowercase(), value.to_lowercase()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn up(job: &str, timestamp: i64) -> AdmittedSample {
        AdmittedSample {
            labels: vec![
                ("__name__".to_owned(), "up".to_owned()),
                ("job".to_owned(), job.to_owned()),
            ],
            value: 1.0,
            timestamp,
        }
    }

    #[test]
    fn series_that_differ_in_case_alone_are_one_and_the_second_is_a_duplicate() {
        let mut samples = Samples::default();

        samples.store(&[up("node", 10), up("NODE", 10)], &Drops::new(), 20);

        assert_eq!(samples.series().count(), 1);
        assert_eq!(samples.drops, Drops::from([(DropReason::Duplicate, 1)]));
    }

    #[test]
    fn samples_of_a_series_must_come_in_the_order_of_time() {
        let mut samples = Samples::default();

        samples.store(
            &[up("node", 10), up("node", 30), up("node", 20)],
            &Drops::new(),
            40,
        );

        let kept: Vec<_> = samples
            .series()
            .flat_map(|s| &s.samples)
            .map(|s| s.timestamp)
            .collect();
        assert_eq!(kept, [10, 30]);
        assert_eq!(samples.drops, Drops::from([(DropReason::OutOfOrder, 1)]));
    }

    #[test]
    fn only_the_newest_samples_of_a_series_are_kept() {
        let mut samples = Samples::default();

        let many: Vec<_> = (0..500).map(|second| up("node", second)).collect();
        samples.store(&many, &Drops::new(), 500);

        let kept = &samples.series().next().unwrap().samples;
        assert_eq!(kept.len(), MOST_SAMPLES_OF_A_SERIES);
        assert_eq!(kept.back().unwrap().timestamp, 499);
    }
}
