//! Do we hold a client secret that the application accepts? Entra shows a secret once, so it is kept in a private file.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::ExposeSecret;

use super::{Requirement, Step, Tools};
use crate::azure::Reader;
use crate::azure::applications::{self, SecretNote};
use crate::clock;
use crate::error::Failure;
use crate::plan::change::Change;
use crate::plan::facts::{Fact, Facts, HeldSecret};
use crate::spec::Spec;

/// How long a new secret is valid: long enough to plan its renewal, far below Entra's two years.
const LIFETIME: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// What Entra shows as the secret's name.
const DISPLAY_NAME: &str = "amw-rw";

pub(super) struct ClientSecret;

/// Whether the secret that we hold is this one: Entra shows the first characters of each.
pub(super) fn is_held(held: &HeldSecret, note: &SecretNote) -> bool {
    let value = held.value.expose_secret();
    note.hint
        .as_deref()
        .is_some_and(|hint| !hint.is_empty() && value.starts_with(hint))
}

/// The held secret, if the application still lists it.
fn still_accepted(held: &HeldSecret, listed: &[SecretNote], now: Timestamp) -> Option<HeldSecret> {
    let is_alive = |note: &&SecretNote| note.ends.is_none_or(|end| end > now);
    let note = listed
        .iter()
        .filter(is_alive)
        .find(|note| is_held(held, note))?;
    Some(HeldSecret {
        expires: note.ends,
        ..held.clone()
    })
}

#[async_trait]
impl Step for ClientSecret {
    fn id(&self) -> &'static str {
        "client-secret"
    }

    fn observes_after(&self) -> &'static [&'static str] {
        &["application"]
    }

    fn applies_after(&self) -> &'static [&'static str] {
        &["application"]
    }

    async fn observe(&self, azure: &Reader, _: &Spec, facts: &Facts) -> Result<Facts, Failure> {
        let (Some(held), Some(application)) =
            (facts.client_secret.known(), facts.application.known())
        else {
            return Ok(Facts {
                client_secret: Fact::Absent,
                ..Facts::default()
            });
        };
        let listed = applications::secrets(azure, &application.object_id)
            .await
            .map_err(|error| {
                Failure::new(format!(
                    "list the secrets of application `{}`",
                    application.name
                ))
                .azure(error)
            })?;
        let accepted = still_accepted(held, &listed, clock::now());
        Ok(Facts {
            client_secret: Fact::from(accepted),
            ..Facts::default()
        })
    }

    fn plan(&self, _: &Spec, facts: &Facts) -> Change {
        let resource = facts
            .application
            .known()
            .map_or("the application", |application| application.name.as_str());
        match facts.client_secret.known() {
            Some(HeldSecret {
                expires: Some(end), ..
            }) => Change::keep(
                resource,
                format!("a secret is held, valid until {}", end.strftime("%Y-%m-%d")),
            ),
            Some(_) => Change::keep(resource, "a secret is held"),
            None => Change::create(
                resource,
                "a client secret, valid for a year, kept in a file only you can read",
            ),
        }
    }

    fn requires(&self, _: &Spec, _: &Facts) -> Vec<Requirement> {
        Vec::new()
    }

    async fn apply(&self, tools: &Tools<'_>, _: &Spec, facts: &Facts) -> Result<Facts, Failure> {
        let Some(application) = facts.application.known() else {
            return Err(Failure::new("make a client secret")
                .reason("the application does not exist yet")
                .next("amw-rw apply"));
        };
        // The file comes first: a secret that could not be kept would be lost for ever.
        let place = tools
            .secret_file
            .reserve(application.object_id.as_str(), DISPLAY_NAME)?;
        let expires = clock::now() + LIFETIME;
        let added =
            applications::add_secret(tools.azure, &application.object_id, DISPLAY_NAME, expires);
        let made = match added.await {
            Ok(made) => made,
            Err(error) => {
                // Only an answer that refuses tells for certain that there is no secret.
                let status = error.refusal().and_then(|refusal| refusal.status);
                if status.is_some_and(|status| (400..500).contains(&status)) {
                    place.release()?;
                }
                let doing = format!(
                    "make a client secret for application `{}`",
                    application.name
                );
                return Err(Failure::new(doing).azure(error));
            }
        };
        place.fill(&made.value, &made.key_id)?;
        let held = HeldSecret {
            value: made.value,
            expires: Some(made.ends),
        };
        Ok(Facts {
            client_secret: Fact::Known(held),
            ..Facts::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(hint: &str, ends: &str) -> Vec<SecretNote> {
        let note = SecretNote {
            key_id: "k".into(),
            name: None,
            hint: Some(hint.into()),
            ends: Some(ends.parse().unwrap()),
        };
        vec![note]
    }

    fn held(value: &str) -> HeldSecret {
        HeldSecret {
            value: value.into(),
            expires: None,
        }
    }

    fn today() -> Timestamp {
        "2026-11-22T00:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_held_secret_that_the_application_lists_is_used_again() {
        let accepted = still_accepted(
            &held("abcXYZ"),
            &listed("abc", "2027-01-01T00:00:00Z"),
            today(),
        );

        assert!(accepted.is_some());
    }

    #[test]
    fn an_expired_or_foreign_secret_is_not() {
        assert!(
            still_accepted(
                &held("abcXYZ"),
                &listed("abc", "2026-01-01T00:00:00Z"),
                today()
            )
            .is_none()
        );
        assert!(
            still_accepted(
                &held("abcXYZ"),
                &listed("xyz", "2027-01-01T00:00:00Z"),
                today()
            )
            .is_none()
        );
    }
}
