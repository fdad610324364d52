//! A duration as Prometheus reads it: `ParseDuration` of prometheus/common.

use std::str::FromStr;

/// In milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PrometheusDuration(u64);

/// The units from the biggest to the smallest: Prometheus takes them in this order only, each once.
const UNITS: [(&str, u64); 7] = [
    ("y", 365 * 24 * 3_600_000),
    ("w", 7 * 24 * 3_600_000),
    ("d", 24 * 3_600_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Prometheus counts in nanoseconds, in 63 bits: about 292 years.
const MOST: u64 = i64::MAX as u64 / 1_000_000;

impl PrometheusDuration {
    pub(crate) fn milliseconds(self) -> u64 {
        self.0
    }

    /// Whether the text is a duration with a unit, such as `20m`: no version of YAML reads a number or a date in it.
    pub(crate) fn has_unit(text: &str) -> bool {
        text != "0" && text.parse::<Self>().is_ok()
    }
}

impl FromStr for PrometheusDuration {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        // The only number that Prometheus takes without a unit.
        if text == "0" {
            return Ok(Self(0));
        }
        let (mut rest, mut allowed, mut total) = (text, UNITS.as_slice(), 0_u64);
        while !rest.is_empty() {
            let (number, after) = split(rest, |each| each.is_ascii_digit());
            let (unit, after) = split(after, |each| !each.is_ascii_digit());
            let index = allowed
                .iter()
                .position(|(name, _)| *name == unit)
                .ok_or(())?;
            let part = number.parse::<u64>().map_err(drop)?;
            let part = part.checked_mul(allowed[index].1).ok_or(())?;
            total = total
                .checked_add(part)
                .filter(|total| *total <= MOST)
                .ok_or(())?;
            // Prometheus refuses `30s1m`: a unit comes after the bigger ones.
            (rest, allowed) = (after, &allowed[index + 1..]);
        }
        match text.is_empty() {
            true => Err(()),
            false => Ok(Self(total)),
        }
    }
}

/// The longest start of such characters, and the rest.
fn split(text: &str, is_part: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|each| !is_part(each)).unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_prometheus_reads_them() {
        for (text, expected) in [
            ("0", Some(0)),
            ("30ms", Some(30)),
            ("1h30m", Some(5_400_000)),
            ("1m1ms", Some(60_001)),
            ("", None),
            ("30", None),
            ("30x", None),
            ("30 s", None),
            ("-1s", None),
            ("1.5h", None),
            ("30m1h", None),
            ("1s1s", None),
            ("292y", Some(292 * 365 * 86_400_000)),
            ("300y", None),
            ("290y200w", None),
        ] {
            let read = text.parse::<PrometheusDuration>();
            assert_eq!(read.ok().map(|read| read.0), expected, "{text}");
            let has_unit = expected.is_some() && text != "0";
            assert_eq!(PrometheusDuration::has_unit(text), has_unit, "{text}");
        }
    }
}
