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
use crate::plan::facts::{Application, Fact, Facts, HeldSecret, UnheldSecret};
use crate::spec::Spec;

/// How long a new secret is valid: long enough to plan its renewal, far below Entra's two years.
const LIFETIME: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// What Entra shows as the secret's name begins with this; the rest tells our requests apart.
const NAME: &str = "amw-rw";

pub(super) struct ClientSecret;

/// Whether the secret that we hold is this one: by its id, and only where none was recorded by the first characters
/// that Entra shows of each.
pub(crate) fn is_held(held: &HeldSecret, note: &SecretNote) -> bool {
    if let Some(key_id) = &held.key_id {
        return note.key_id.eq_ignore_ascii_case(key_id);
    }
    let value = held.value.expose_secret();
    note.hint
        .as_deref()
        .is_some_and(|hint| !hint.is_empty() && value.starts_with(hint))
}

/// Secrets that we asked for, and that are not the one in the file. Each request has a name of its own, which is recorded
/// before it is sent and repeated by the next run when its answer was lost.
fn unheld(
    listed: &[SecretNote],
    requested: Option<&str>,
    held: Option<&HeldSecret>,
) -> Vec<UnheldSecret> {
    let is_held = |note: &&SecretNote| held.is_some_and(|held| is_held(held, note));
    let held_name = listed.iter().find(is_held).and_then(|note| {
        let name = note.name.as_deref()?;
        is_request_name(name).then_some(name)
    });
    listed
        .iter()
        .filter(|note| !is_held(note))
        .filter_map(|note| {
            let name = note.name.as_deref()?;
            (Some(name) == requested || Some(name) == held_name).then(|| UnheldSecret {
                key_id: note.key_id.clone(),
                name: name.to_owned(),
            })
        })
        .collect()
}

fn new_request_name() -> String {
    let drawn = uuid::Uuid::new_v4().simple().to_string();
    format!("{NAME} {}", &drawn[..12])
}

/// A name that somebody typed, such as `amw-rw`, tells nothing about who made the secret.
fn is_request_name(name: &str) -> bool {
    name.strip_prefix(NAME)
        .and_then(|rest| rest.strip_prefix(' '))
        .is_some_and(|drawn| drawn.len() == 12 && drawn.chars().all(|c| c.is_ascii_hexdigit()))
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

    fn applies(&self, spec: &Spec) -> bool {
        spec.credential.application().is_some()
    }

    fn observes_after(&self) -> &'static [&'static str] {
        &["application"]
    }

    fn applies_after(&self) -> &'static [&'static str] {
        &["application"]
    }

    async fn observe(&self, azure: &Reader, _: &Spec, facts: &Facts) -> Result<Facts, Failure> {
        let held = facts.client_secret.known();
        let recorded = facts.recorded_secret.known();
        let application = facts.application.known();
        let Some(application) = application.filter(|_| held.is_some() || recorded.is_some()) else {
            return Ok(Facts {
                client_secret: Fact::Absent,
                unheld_secrets: Fact::Absent,
                ..Facts::default()
            });
        };
        let listed = list(azure, application).await?;
        let requested = recorded
            .filter(|one| one.application == application.object_id.as_str())
            .and_then(|one| one.requested.as_deref());
        let accepted = held.and_then(|held| still_accepted(held, &listed, clock::now()));
        Ok(Facts {
            unheld_secrets: Fact::Known(unheld(&listed, requested, held)),
            client_secret: Fact::from(accepted),
            ..Facts::default()
        })
    }

    fn plan(&self, _: &Spec, facts: &Facts) -> Change {
        let resource = facts
            .application
            .known()
            .map_or("the application", |application| application.name.as_str());
        let removal = removal(unheld_secrets(facts));
        match (facts.client_secret.known(), removal) {
            (Some(_), Some(removal)) => Change::update(resource, removal),
            (
                Some(HeldSecret {
                    expires: Some(end), ..
                }),
                None,
            ) => Change::keep(
                resource,
                format!("a secret is held, valid until {}", end.strftime("%Y-%m-%d")),
            ),
            (Some(_), None) => Change::keep(resource, "a secret is held"),
            (None, removal) => {
                let also = removal
                    .map(|removal| format!("; {removal}"))
                    .unwrap_or_default();
                Change::create(
                    resource,
                    format!(
                        "a client secret, valid for a year, kept in a file only you can read{also}"
                    ),
                )
            }
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
        let held = match facts.client_secret.known() {
            Some(held) => {
                remove(tools, application, unheld_secrets(facts)).await?;
                tools.secret_file.settle_request()?;
                held.clone()
            }
            None => make(tools, application, facts).await?,
        };
        Ok(Facts {
            client_secret: Fact::Known(held),
            unheld_secrets: Fact::Known(Vec::new()),
            ..Facts::default()
        })
    }
}

fn unheld_secrets(facts: &Facts) -> &[UnheldSecret] {
    facts
        .unheld_secrets
        .known()
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// What the plan says about them; `None` when there are none.
fn removal(unheld: &[UnheldSecret]) -> Option<String> {
    let names: Vec<String> = unheld
        .iter()
        .map(|one| format!("`{}` (id {})", one.name, one.key_id))
        .collect();
    (!names.is_empty()).then(|| {
        format!(
            "remove client secret {}: an earlier run asked for it and did not get the answer",
            names.join(", ")
        )
    })
}

async fn list(azure: &Reader, application: &Application) -> Result<Vec<SecretNote>, Failure> {
    applications::secrets(azure, &application.object_id)
        .await
        .map_err(|error| {
            Failure::new(format!(
                "list the secrets of application `{}`",
                application.name
            ))
            .azure(error)
        })
}

async fn remove(
    tools: &Tools<'_>,
    application: &Application,
    unheld: &[UnheldSecret],
) -> Result<(), Failure> {
    for one in unheld {
        applications::remove_secret(tools.azure, &application.object_id, &one.key_id)
            .await
            .map_err(|error| {
                Failure::new(format!(
                    "remove client secret `{}` of application `{}`",
                    one.name, application.name
                ))
                .azure(error)
            })?;
    }
    Ok(())
}

async fn make(
    tools: &Tools<'_>,
    application: &Application,
    facts: &Facts,
) -> Result<HeldSecret, Failure> {
    let recorded = facts.recorded_secret.known();
    let name = recorded
        .filter(|one| one.application == application.object_id.as_str())
        .and_then(|one| one.requested.clone())
        .unwrap_or_else(new_request_name);
    // The file and the name come first: a secret whose answer is lost is found again by its name.
    let place = tools
        .secret_file
        .reserve(application.object_id.as_str(), &name)?;
    if let Some(held) = made_meanwhile(tools, application).await? {
        place.release()?;
        return Ok(held);
    }
    remove(tools, application, unheld_secrets(facts)).await?;
    let expires = clock::now() + LIFETIME;
    let added = applications::add_secret(tools.azure, &application.object_id, &name, expires);
    let doing = || {
        format!(
            "make a client secret for application `{}`",
            application.name
        )
    };
    let made = match added.await {
        Ok(made) => made,
        Err(error) => {
            // Only an answer that refuses tells for certain that there is no secret.
            let status = error.refusal().and_then(|refusal| refusal.status);
            if status.is_some_and(|status| (400..500).contains(&status)) {
                place.release()?;
                return Err(Failure::new(doing()).azure(error));
            }
            return Err(Failure::new(doing()).azure(error).reason(format!(
                "a secret named `{name}` may exist; the next `amw-rw apply` removes it and makes another one"
            )));
        }
    };
    if let Err(failure) = place.fill(&made.value, &made.key_id) {
        // Best effort: the next run finds it by its name.
        let _ =
            applications::remove_secret(tools.azure, &application.object_id, &made.key_id).await;
        return Err(failure);
    }
    Ok(HeldSecret {
        value: made.value,
        key_id: Some(made.key_id),
        expires: Some(made.ends),
    })
}

/// The secret of a run that was at work in this folder since the plan was made.
async fn made_meanwhile(
    tools: &Tools<'_>,
    application: &Application,
) -> Result<Option<HeldSecret>, Failure> {
    let key_id = tools.secret_file.record()?.and_then(|record| record.key_id);
    let (Some(value), Some(key_id)) = (tools.secret_file.read()?, key_id) else {
        return Ok(None);
    };
    let held = HeldSecret {
        value,
        key_id: Some(key_id),
        expires: None,
    };
    let listed = list(tools.azure, application).await?;
    Ok(still_accepted(&held, &listed, clock::now()))
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
            key_id: None,
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

    fn note(key_id: &str, name: &str) -> SecretNote {
        SecretNote {
            key_id: key_id.into(),
            name: Some(name.into()),
            hint: Some("abc".into()),
            ends: None,
        }
    }

    #[test]
    fn a_secret_of_another_id_is_not_ours_however_it_begins() {
        let held = HeldSecret {
            key_id: Some("ours".into()),
            ..held("abcXYZ")
        };

        assert!(still_accepted(&held, &[note("other", "x")], today()).is_none());
        assert!(still_accepted(&held, &[note("ours", "x")], today()).is_some());
    }

    #[test]
    fn only_secrets_that_we_asked_for_and_do_not_hold_are_unheld() {
        let (lost, kept) = ("amw-rw 0123456789ab", "amw-rw ba9876543210");
        let held = HeldSecret {
            key_id: Some("held".into()),
            ..held("abcXYZ")
        };
        let listed = [
            note("held", kept),
            note("twin", kept),
            note("lost", lost),
            note("users", "amw-rw"),
            note("other", "amw-rw 00000000aaaa"),
        ];

        let found = unheld(&listed, Some(lost), Some(&held));

        let ids: Vec<&str> = found.iter().map(|one| one.key_id.as_str()).collect();
        assert_eq!(ids, ["twin", "lost"]);
    }

    #[test]
    fn a_name_that_somebody_typed_is_no_proof_of_a_request_of_ours() {
        let held = held("abcXYZ");
        let mut typed = note("users", "amw-rw");
        typed.hint = Some("xyz".into());

        assert!(unheld(&[note("held", "amw-rw"), typed], None, Some(&held)).is_empty());
        assert!(is_request_name(&new_request_name()));
    }
}
