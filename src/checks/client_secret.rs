//! Is there a client secret that still works, and for how long? For `entra-secret`.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::evidence::{Evidence, SecretState};
use super::report::Category;
use super::verdict::{Unseen, Verdict};
use super::{About, Check, apply_only};
use crate::spec::Spec;

pub(super) struct ClientSecret;

/// Time enough to renew it in working hours.
const SOON: SignedDuration = SignedDuration::from_hours(30 * 24);

impl Check for ClientSecret {
    fn about(&self) -> About {
        About {
            id: "client-secret",
            category: Category::Identity,
        }
    }

    fn applies(&self, spec: &Spec) -> bool {
        spec.credential.application().is_some()
    }

    fn took(&self, seen: &Evidence) -> Duration {
        seen.client_secrets.took
    }

    fn judge(&self, seen: &Evidence) -> Result<Verdict, Unseen> {
        seen.existing_principal()?;
        let secrets = seen.client_secrets.get()?;
        let renew = apply_only("client-secret");
        let held = secrets.iter().find(|secret| secret.held);
        let longest = secrets.iter().max_by_key(|secret| secret.ends);
        let Some(secret) = held.or(longest) else {
            return Ok(Verdict::fail("the application has no client secret", renew));
        };
        Ok(match secret.left(seen.now) {
            left if !left.is_positive() => Verdict::fail(
                format!("the client secret expired on {}", day(secret.ends)),
                renew,
            ),
            left if left < SOON => Verdict::warn(
                format!(
                    "the client secret expires on {}, in {} days",
                    day(secret.ends),
                    left.as_hours() / 24
                ),
                renew,
            ),
            _ if !seen.secret_held => Verdict::pass(format!(
                "good until {}; not held here, so not tried",
                day(secret.ends)
            )),
            _ => Verdict::pass(format!("good until {}", day(secret.ends))),
        })
    }
}

impl SecretState {
    fn left(&self, now: Timestamp) -> SignedDuration {
        self.ends.duration_since(now)
    }
}

fn day(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::evidence::Seen;
    use crate::checks::report::Mark;
    use crate::plan::facts::Principal;

    fn judged(secrets: &[(&str, bool)]) -> Verdict {
        let seen = Evidence {
            client_secrets: Seen::known(
                secrets
                    .iter()
                    .map(|(ends, held)| SecretState {
                        ends: ends.parse().unwrap(),
                        held: *held,
                    })
                    .collect(),
            ),
            now: "2026-11-22T10:00:00Z".parse().unwrap(),
            ..Evidence::example()
        };
        let _: &Principal = seen.existing_principal().unwrap();
        ClientSecret.judge(&seen).unwrap()
    }

    #[test]
    fn the_secret_we_hold_counts_even_when_another_lives_longer() {
        let verdict = judged(&[
            ("2026-11-21T00:00:00Z", true),
            ("2028-01-01T00:00:00Z", false),
        ]);

        assert_eq!(verdict.mark(), Mark::Fail);
        assert_eq!(verdict.found(), "the client secret expired on 2026-11-21");
    }

    #[test]
    fn a_secret_that_ends_soon_is_warned_about_in_time() {
        let verdict = judged(&[("2026-12-02T12:00:00Z", true)]);

        assert_eq!(verdict.mark(), Mark::Warn);
        assert!(
            verdict.found().ends_with("in 10 days"),
            "{}",
            verdict.found()
        );
    }

    #[test]
    fn an_application_without_a_secret_fails() {
        assert_eq!(judged(&[]).next(), ["amw-rw apply --only client-secret"]);
    }
}
