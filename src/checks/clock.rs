//! Does this machine agree with Azure about the time? Tokens and samples are refused when it does not.

use jiff::SignedDuration;

use super::evidence::Evidence;
use super::report::Category;
use super::verdict::Verdict;
use super::{Check, CheckInfo};
use crate::facts::Observation;
use crate::problem::Problem;
use crate::text::time_span::rough;

pub(super) struct ClockCheck;

const WARN_ABOVE: SignedDuration = SignedDuration::from_mins(1);
/// What Entra tolerates in an assertion.
const FAIL_ABOVE: SignedDuration = SignedDuration::from_mins(5);

impl Check for ClockCheck {
    fn about(&self) -> CheckInfo {
        CheckInfo {
            id: "clock",
            category: Category::SignIn,
            needs: &[Observation::Clock],
        }
    }

    fn judge(&self, seen: &Evidence) -> Result<Verdict, Problem> {
        const NEXT: &str = "let this machine follow a time server (`timedatectl set-ntp true`)";
        let ahead = *seen.clock_ahead.get()?;
        let apart = ahead.abs();
        let direction = if ahead.is_negative() {
            "behind"
        } else {
            "ahead of"
        };
        let found = format!(
            "this clock is {} {direction} Azure's",
            rough(apart.unsigned_abs())
        );
        Ok(if apart > FAIL_ABOVE {
            Verdict::fail(found, NEXT)
                // The workspace drops samples whose time is too far off, and Prometheus takes the time of its own node.
                .then("then check the clocks of the nodes too: they set the time of each sample")
        } else if apart > WARN_ABOVE {
            Verdict::warn(found, NEXT)
        } else {
            Verdict::pass("agrees with Azure's")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::evidence::{Evidence, Observed};
    use crate::checks::report::VerdictKind;

    fn kind(ahead: SignedDuration) -> VerdictKind {
        let seen = Evidence {
            clock_ahead: Observed::known(ahead),
            ..Evidence::example()
        };
        ClockCheck.judge(&seen).unwrap().kind()
    }

    fn found(ahead: i64) -> String {
        let seen = Evidence {
            clock_ahead: Observed::known(SignedDuration::from_secs(ahead)),
            ..Evidence::example()
        };
        ClockCheck.judge(&seen).unwrap().found().to_owned()
    }

    #[test]
    fn a_moment_less_than_ten_minutes_is_printed_as_ten() {
        assert!(found(599).contains("10 min"), "{}", found(599));
        assert!(found(121).contains("2 min"), "{}", found(121));
    }

    #[test]
    fn ten_minutes_off_fails_in_either_direction() {
        assert_eq!(kind(SignedDuration::from_mins(10)), VerdictKind::Fail);
        assert_eq!(kind(SignedDuration::from_mins(-10)), VerdictKind::Fail);
    }

    #[test]
    fn two_minutes_off_warns_and_some_seconds_are_nothing() {
        assert_eq!(kind(SignedDuration::from_mins(2)), VerdictKind::Warn);
        assert_eq!(kind(SignedDuration::from_secs(-9)), VerdictKind::Pass);
    }
}
