//! Which Operator does a version of the chart kube-prometheus-stack install?

use super::Version;
use super::version::Number;

/// The first version of the chart with each Operator; the chart began as 9.x under this name. Source: the history of its `Chart.yaml`
/// (<https://github.com/prometheus-community/helm-charts>), compared on 2026-11-28.
pub(super) static OPERATORS: &[(Number, Number)] = &[
    ((9, 0, 0), (0, 38, 1)),
    ((16, 1, 0), (0, 48, 0)),
    ((45, 0, 0), (0, 63, 0)),
    ((45, 26, 0), (0, 65, 1)),
    ((47, 0, 0), (0, 66, 0)),
    ((49, 0, 0), (0, 67, 1)),
    ((51, 0, 0), (0, 68, 0)),
    ((53, 0, 0), (0, 69, 1)),
    ((55, 0, 0), (0, 70, 0)),
    ((56, 0, 0), (0, 71, 0)),
    ((57, 0, 0), (0, 72, 0)),
    ((58, 0, 0), (0, 73, 0)),
    ((59, 0, 0), (0, 74, 0)),
    ((61, 0, 0), (0, 75, 0)),
    ((62, 0, 0), (0, 76, 0)),
    ((65, 0, 0), (0, 77, 1)),
    ((66, 0, 0), (0, 78, 1)),
    ((66, 7, 0), (0, 79, 0)),
    ((69, 0, 0), (0, 80, 0)),
    ((70, 0, 0), (0, 81, 0)),
    ((71, 0, 0), (0, 82, 0)),
    ((74, 0, 0), (0, 83, 0)),
    ((76, 0, 0), (0, 84, 1)),
    ((77, 0, 0), (0, 85, 0)),
    ((78, 0, 0), (0, 86, 0)),
    ((80, 0, 0), (0, 87, 0)),
];

/// The first version of the chart whose Operator has all that a connection needs.
const COMPLETE: Number = (81, 0, 0);

impl Version {
    /// The Operator of a chart of this version or range. `None` where it is new enough: the definitions in the cluster
    /// may be older still, since Helm does not replace them, so a new chart proves nothing.
    pub(crate) fn operator_of_chart(text: &str) -> Option<Self> {
        let newest = newest_chart(text.trim())?;
        if newest >= COMPLETE {
            return None;
        }
        let (_, operator) = OPERATORS.iter().rev().find(|(first, _)| *first <= newest)?;
        super::number_text(*operator).parse().ok()
    }
}

/// The version itself, or the newest that a range of one part allows. Other ranges are not judged, nor versions with a
/// suffix: a company's own builds of the chart have both.
fn newest_chart(text: &str) -> Option<Number> {
    let is_plain = text
        .chars()
        .all(|each| each.is_ascii_digit() || each == '.' || "^~=vxX*".contains(each));
    if !is_plain {
        return None;
    }
    let number = text.trim_start_matches(['^', '~', '=', 'v']);
    let is_range = text.starts_with(['^', '~']) || number.contains(['x', 'X', '*']);
    if is_range {
        let major = number.split('.').next()?.parse().ok()?;
        return Some((major, u64::MAX, u64::MAX));
    }
    let has_three_parts = number.matches('.').count() == 2;
    let exact = number.parse::<Version>().ok().filter(|_| has_three_parts)?;
    Some(exact.number())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operator(text: &str) -> Option<String> {
        Version::operator_of_chart(text).map(|version| version.to_string())
    }

    #[test]
    fn a_version_or_range_of_the_chart_has_its_operator() {
        for (chart, expected) in [
            ("45.31.1", "0.65.1"),
            ("v12.0.0", "0.38.1"),
            ("75.0.0", "0.83.0"),
            ("66.x", "0.79.0"),
            ("~58.2.0", "0.73.0"),
            ("^79.0.0", "0.86.0"),
        ] {
            assert_eq!(operator(chart).as_deref(), Some(expected), "{chart}");
        }
        for unjudged in [
            "81.0.0",
            "88.x",
            "*",
            ">=45.0.0",
            "45.x || 88.x",
            "45.0.0 - 90.0.0",
            "45.1.0-company.2",
            "0.0.0-dev",
            "1.2.3",
            "",
            "HEAD",
            "main",
            "{{ v }}",
            "x.1",
        ] {
            assert_eq!(operator(unjudged), None, "{unjudged}");
        }
    }

    #[test]
    fn the_rows_are_in_order_and_the_first_complete_chart_follows_them() {
        assert!(OPERATORS.is_sorted());
        assert!(OPERATORS.iter().all(|(first, _)| *first < COMPLETE));
    }
}
