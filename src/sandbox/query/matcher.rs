//! Does a label have the value that a selector asks for?

use regex::Regex;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Matches,
    MatchesNot,
}

/// One condition of a selector, such as `job=~"node.*"`.
#[derive(Debug)]
pub(super) struct Matcher {
    label: String,
    comparison: Comparison,
    value: String,
    /// Compiled for the two comparisons that match; anchored at both ends.
    pattern: Option<Regex>,
}

impl Matcher {
    pub(super) fn new(
        label: &str,
        comparison: Comparison,
        value: &str,
    ) -> Result<Self, regex::Error> {
        let pattern = match comparison {
            Comparison::Equal | Comparison::NotEqual => None,
            Comparison::Matches | Comparison::MatchesNot => {
                // PromQL anchors every pattern and lets a dot match a line break.
                Some(Regex::new(&format!("^(?s:{value})$"))?)
            }
        };
        Ok(Self {
            label: label.to_owned(),
            comparison,
            value: value.to_owned(),
            pattern,
        })
    }

    pub(super) fn equal(label: &str, value: &str) -> Self {
        Self {
            label: label.to_owned(),
            comparison: Comparison::Equal,
            value: value.to_owned(),
            pattern: None,
        }
    }

    /// Whether this is the condition on the metric name that Azure wants in each selector.
    pub(super) fn names_a_metric(&self) -> bool {
        self.label == "__name__"
            && matches!(self.comparison, Comparison::Equal | Comparison::Matches)
    }

    /// Name and value of a condition that names the value.
    pub(super) fn asked_value(&self) -> Option<(&str, &str)> {
        (self.comparison == Comparison::Equal).then_some((&self.label, &self.value))
    }

    pub(super) fn has_pattern(&self) -> bool {
        self.pattern.is_some()
    }

    /// Whether a series with these labels passes. A label that is not there has the empty value.
    pub(super) fn passes(&self, labels: &[(String, String)]) -> bool {
        let value = labels
            .iter()
            .find(|(name, _)| *name == self.label)
            .map_or("", |(_, value)| value.as_str());
        let matches = self
            .pattern
            .as_ref()
            .is_some_and(|pattern| pattern.is_match(value));
        match self.comparison {
            Comparison::Equal => value == self.value,
            Comparison::NotEqual => value != self.value,
            Comparison::Matches => matches,
            Comparison::MatchesNot => !matches,
        }
    }
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        (&self.label, self.comparison, &self.value)
            == (&other.label, other.comparison, &other.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_must_match_the_whole_value() {
        let node = Matcher::new("job", Comparison::Matches, "node|kube.*").unwrap();

        let passes = |job: &str| node.passes(&[("job".to_owned(), job.to_owned())]);

        assert!(passes("node") && passes("kubelet"));
        assert!(!passes("node-exporter") && !passes("my-kubelet"));
    }

    #[test]
    fn a_label_that_is_not_there_is_empty() {
        let none = Matcher::equal("job", "");
        let some = Matcher::new("job", Comparison::NotEqual, "").unwrap();

        assert!(none.passes(&[]));
        assert!(!some.passes(&[]));
    }
}
