//! Is there a client secret that still works, and for how long? For `entra-secret`.

use jiff::{SignedDuration, Timestamp};

use super::evidence::{ClientSecretState, Evidence};
use super::report::Category;
use super::verdict::Verdict;
use super::{Check, CheckInfo, apply_only};
use crate::facts::{Observation, UnheldSecret};
use crate::next_step::NextStep;
use crate::problem::Problem;
use crate::spec::command_line::{own, system};
use crate::spec::ids::ClientId;
use crate::spec::method_on_platform::MethodOnPlatform;
use crate::steps;

pub(super) struct ClientSecretCheck;

/// Time enough to renew it in working hours.
const SOON: SignedDuration = SignedDuration::from_hours(30 * 24);

impl Check for ClientSecretCheck {
    fn about(&self) -> CheckInfo {
        CheckInfo {
            id: "client-secret",
            category: Category::Identity,
            needs: &[Observation::ClientSecrets, Observation::Principal],
        }
    }

    fn applies(&self, connection: MethodOnPlatform) -> bool {
        connection.sign_in.has_client_secret()
    }

    fn judge(&self, seen: &Evidence) -> Result<Verdict, Problem> {
        let client_id = &seen.existing_principal()?.client_id;
        let secrets = seen.client_secrets.get()?;
        let renew = apply_only("client-secret");
        let held = secrets.iter().find(|secret| secret.held);
        // Without the file it is not known which secret Prometheus uses. The one that lasts longest gives no false
        // alarm.
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
                    // Whole days, rounded down: a date that is shown too late is worse than one too early.
                    left.as_hours() / 24
                ),
                renewal(seen).unwrap_or(renew),
            ),
            _ if !seen.secret_held => Verdict::pass(format!(
                "valid until {}; its value is not on this machine, so it was not tested",
                day(secret.ends)
            )),
            _ => good(secret, secrets, client_id),
        })
    }
}

/// `apply` keeps a secret that works; without the file it makes another one and removes the old one.
fn renewal(seen: &Evidence) -> Option<NextStep> {
    let file = seen.secret_file.as_deref().filter(|_| seen.secret_held)?;
    let apply = own::apply_only("client-secret");
    Some(system::remove_then(file, apply).into())
}

/// Each secret more is one more that could leak.
fn good(secret: &ClientSecretState, all: &[ClientSecretState], client_id: &ClientId) -> Verdict {
    let found = format!("valid until {}", day(secret.ends));
    let mut others = all.iter().filter_map(|one| one.unheld.as_ref());
    let Some(other) = others.next() else {
        return Verdict::pass(found);
    };
    let first = Verdict::warn(
        format!(
            "{found}; client secret `{}` of amw-rw is live too, and not in the file here",
            other.name
        ),
        removal(other, client_id),
    );
    others.fold(first, |verdict, other| {
        verdict.then(removal(other, client_id))
    })
}

/// `apply` removes those of this file only: another folder or machine may use the others.
fn removal(secret: &UnheldSecret, client_id: &ClientId) -> NextStep {
    match secret.made_here {
        true => apply_only("client-secret"),
        false => steps::removal_command(client_id, &secret.key_id).into(),
    }
}

impl ClientSecretState {
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
    use crate::checks::evidence::Observed;
    use crate::checks::report::VerdictKind;
    use crate::facts::Principal;

    fn judged(secrets: &[(&str, bool)]) -> Verdict {
        let seen = Evidence {
            client_secrets: Observed::known(
                secrets
                    .iter()
                    .map(|(ends, held)| ClientSecretState {
                        ends: ends.parse().unwrap(),
                        held: *held,
                        unheld: None,
                    })
                    .collect(),
            ),
            now: "2026-11-22T10:00:00Z".parse().unwrap(),
            ..Evidence::example()
        };
        let _: &Principal = seen.existing_principal().unwrap();
        ClientSecretCheck.judge(&seen).unwrap()
    }

    #[test]
    fn the_secret_we_hold_is_judged_even_when_another_is_valid_longer() {
        let verdict = judged(&[
            ("2026-11-21T00:00:00Z", true),
            ("2028-01-01T00:00:00Z", false),
        ]);

        assert_eq!(verdict.kind(), VerdictKind::Fail);
        assert_eq!(verdict.found(), "the client secret expired on 2026-11-21");
    }

    #[test]
    fn a_secret_that_ends_soon_is_warned_about_in_time() {
        let verdict = judged(&[("2026-12-02T12:00:00Z", true)]);

        assert_eq!(verdict.kind(), VerdictKind::Warn);
        assert!(
            verdict.found().ends_with("in 10 days"),
            "{}",
            verdict.found()
        );
    }

    #[test]
    fn a_secret_that_ends_soon_is_renewed_by_removing_its_file_first() {
        let verdict = judged(&[("2026-12-02T12:00:00Z", true)]);

        assert_eq!(
            verdict.next(),
            ["rm amw-rw-prod.client-secret && amw-rw apply --only client-secret"]
        );
    }

    #[test]
    fn another_live_secret_of_ours_is_named_with_what_removes_it() {
        let held = ClientSecretState {
            ends: "2027-12-02T12:00:00Z".parse().unwrap(),
            held: true,
            unheld: None,
        };
        let other = ClientSecretState {
            held: false,
            unheld: Some(UnheldSecret {
                key_id: "k".into(),
                name: "amw-rw x".into(),
                made_here: false,
            }),
            ..held.clone()
        };

        let client_id = "11111111-2222-3333-4444-555555555555".parse().unwrap();
        let verdict = good(&held, &[held.clone(), other], &client_id);

        assert_eq!(verdict.kind(), VerdictKind::Warn);
        assert!(
            verdict.found().contains("`amw-rw x`"),
            "{}",
            verdict.found()
        );
        assert_eq!(
            verdict.next(),
            ["az ad app credential delete --id 11111111-2222-3333-4444-555555555555 --key-id k"]
        );
    }

    #[test]
    fn an_application_without_a_secret_fails() {
        assert_eq!(judged(&[]).next(), ["amw-rw apply --only client-secret"]);
    }
}
