//! Do we hold a client secret that the application accepts? Entra shows a secret once, so it is kept in a private file.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::ExposeSecret;

use super::{Requirement, Step, Tools, secret_name};
use crate::azure::Reader;
use crate::azure::applications::{self, SecretNote};
use crate::clock;
use crate::error::Failure;
use crate::facts::{Application, Fact, Facts, HeldSecret, RecordedSecret, UnheldSecret};
use crate::plan::change::Change;
use crate::secret_file::Reservation;
use crate::spec::Spec;
use crate::spec::command_line::shell_word;
use crate::spec::ids::ClientId;

/// How long a new secret is valid: long enough to plan its renewal, far below Entra's two years.
const LIFETIME: Duration = Duration::from_secs(365 * 24 * 60 * 60);

pub(super) struct ClientSecret;

/// Whether the secret that we hold is this one: by its id, and only where none was recorded by the first characters
/// that Entra shows of each.
pub(crate) fn is_held(held: &HeldSecret, note: &SecretNote) -> bool {
    if let Some(key_id) = &held.key_id {
        return note.key_id.eq_ignore_ascii_case(key_id);
    }
    let is = |key_id: &String| note.key_id.eq_ignore_ascii_case(key_id);
    if held.replaced_key_id.as_ref().is_some_and(is) {
        return false;
    }
    let value = held.value.expose_secret();
    note.hint
        .as_deref()
        .is_some_and(|hint| !hint.is_empty() && value.starts_with(hint))
}

/// Whether it was made for the file at this place.
pub(super) fn is_made_for(note: &SecretNote, place: &str) -> bool {
    let name = note.name.as_deref();
    name.is_some_and(|name| secret_name::is_of(name, place))
}

fn is_alive(note: &SecretNote, now: Timestamp) -> bool {
    note.ends.is_none_or(|end| end > now)
}

/// Live secrets of ours that are not the one in the file. Each request has a name of its own, which is recorded before
/// it is sent; together with the place in the name this shows which of them were made for this very file.
pub(crate) fn unheld(
    listed: &[SecretNote],
    recorded: &RecordedSecret,
    held: Option<&HeldSecret>,
    now: Timestamp,
) -> Vec<UnheldSecret> {
    let is_held = |note: &&SecretNote| held.is_some_and(|held| is_held(held, note));
    // A request that was sent twice made two secrets of one name.
    let twin = listed.iter().find(is_held).and_then(|note| {
        let name = note.name.as_deref()?;
        secret_name::is_ours(name).then_some(name)
    });
    let made_here = |note: &SecretNote| {
        let name = note.name.as_deref();
        let place = recorded.place.as_deref();
        place.is_some_and(|place| is_made_for(note, place))
            || recorded.last_kept.as_deref() == Some(&note.key_id)
            || (name.is_some() && (name == recorded.requested.as_deref() || name == twin))
    };
    listed
        .iter()
        .filter(|note| is_alive(note, now) && !is_held(note))
        .map(|note| UnheldSecret {
            key_id: note.key_id.clone(),
            name: note.name.clone().unwrap_or_default(),
            made_here: made_here(note),
        })
        .filter(|one| one.made_here || secret_name::is_ours(&one.name))
        .collect()
}

/// The line that removes a secret about which the user decides.
pub(crate) fn removal_command(client: &ClientId, key_id: &str) -> String {
    format!(
        "az ad app credential delete --id {client} --key-id {}",
        shell_word(key_id)
    )
}

/// Secrets that another folder or machine may use: the user decides about them.
pub(crate) fn others_warning(facts: &Facts) -> Option<String> {
    let application = facts.application.known()?;
    let others = unheld_secrets(facts).iter().filter(|one| !one.made_here);
    let lines: Vec<String> = others
        .map(|one| {
            let command = removal_command(&application.client_id, &one.key_id);
            format!("`{}`: {command}", one.name)
        })
        .collect();
    (!lines.is_empty()).then(|| {
        format!(
            "application `{}` has client secrets that amw-rw made for another folder or machine; they are kept. If \
             nothing uses them, remove them. {}",
            application.name,
            lines.join("; ")
        )
    })
}

/// The held secret, if the application still lists it.
fn still_accepted(held: &HeldSecret, listed: &[SecretNote], now: Timestamp) -> Option<HeldSecret> {
    let note = listed
        .iter()
        .filter(|note| is_alive(note, now))
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
        let Some(application) = facts.application.known() else {
            return Ok(Facts {
                client_secret: Fact::Absent,
                unheld_secrets: Fact::Absent,
                ..Facts::default()
            });
        };
        let listed = list(azure, application).await?;
        let recorded = recorded_of(facts, application);
        let now = clock::now();
        let accepted = held.and_then(|held| still_accepted(held, &listed, now));
        Ok(Facts {
            unheld_secrets: Fact::Known(unheld(&listed, &recorded, held, now)),
            client_secret: Fact::from(accepted),
            ..Facts::default()
        })
    }

    fn plan(&self, _: &Spec, facts: &Facts) -> Change {
        let resource = facts
            .application
            .known()
            .map_or("the application", |application| application.name.as_str());
        let removal = removal(facts);
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
                    .map(|removal| {
                        format!("; then {removal}, so whatever signs in with it needs the new one")
                    })
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
                remove(tools, application, facts).await?;
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

fn recorded_of(facts: &Facts, application: &Application) -> RecordedSecret {
    let recorded = facts.recorded_secret.known();
    recorded
        .map(|recorded| recorded.of(&application.object_id))
        .unwrap_or_default()
}

fn unheld_secrets(facts: &Facts) -> &[UnheldSecret] {
    facts
        .unheld_secrets
        .known()
        .map(Vec::as_slice)
        .unwrap_or_default()
}

fn made_here(facts: &Facts) -> impl Iterator<Item = &UnheldSecret> {
    unheld_secrets(facts).iter().filter(|one| one.made_here)
}

/// What the plan says about those that are removed; `None` when there are none.
fn removal(facts: &Facts) -> Option<String> {
    let names: Vec<String> = made_here(facts)
        .map(|one| format!("`{}` (id {})", one.name, one.key_id))
        .collect();
    (!names.is_empty()).then(|| {
        format!(
            "remove client secret {}: it was made for this file, which does not hold it",
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
    facts: &Facts,
) -> Result<(), Failure> {
    for one in made_here(facts) {
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
    let recorded = recorded_of(facts, application);
    let name = recorded
        .requested
        .unwrap_or_else(|| secret_name::new(recorded.place.as_deref()));
    // The file and the name come first: a secret whose answer is lost is found again by its name.
    let place = tools
        .secret_file
        .reserve(application.object_id.as_str(), &name)
        .map_err(|failure| failure.reason("Entra was not asked for a secret"))?;
    if let Some(held) = made_meanwhile(tools, application).await? {
        place.release()?;
        return Ok(held);
    }
    let held = add(tools, application, &name, place).await?;
    // Last, so that there is a secret that works at every moment.
    remove(tools, application, facts).await?;
    Ok(held)
}

/// Asks Entra for the secret and keeps it.
async fn add(
    tools: &Tools<'_>,
    application: &Application,
    name: &str,
    place: Reservation,
) -> Result<HeldSecret, Failure> {
    let expires = clock::now() + LIFETIME;
    let added = applications::add_secret(tools.azure, &application.object_id, name, expires);
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
            let failure = Failure::new(doing()).azure(error);
            if status.is_some_and(|status| (400..500).contains(&status)) {
                // Best effort: a name that is recorded for nothing does no harm.
                let _ = place.release();
                return Err(failure);
            }
            return Err(failure.reason(format!(
                "a secret named `{name}` may exist; the next `amw-rw apply` removes it and makes another one"
            )));
        }
    };
    if let Err(failure) = place.fill(&made.value, &made.key_id) {
        let removed =
            applications::remove_secret(tools.azure, &application.object_id, &made.key_id).await;
        return Err(failure.reason(match removed {
            Ok(()) => format!("the new secret `{name}` was removed from Entra again"),
            Err(_) => format!(
                "the new secret `{name}` is still in Entra; the next `amw-rw apply` removes it"
            ),
        }));
    }
    Ok(HeldSecret {
        value: made.value,
        key_id: Some(made.key_id),
        replaced_key_id: None,
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
        replaced_key_id: None,
        expires: None,
    };
    let listed = list(tools.azure, application).await?;
    Ok(still_accepted(&held, &listed, clock::now()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::examples;

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
            replaced_key_id: None,
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

    const HERE: &str = "0123456789ab";

    fn recorded() -> RecordedSecret {
        RecordedSecret {
            place: Some(HERE.into()),
            ..RecordedSecret::default()
        }
    }

    fn ids(found: &[UnheldSecret], made_here: bool) -> Vec<&str> {
        let chosen = found.iter().filter(|one| one.made_here == made_here);
        chosen.map(|one| one.key_id.as_str()).collect()
    }

    #[test]
    fn only_secrets_that_were_made_for_this_file_are_removed() {
        let (lost, kept) = ("amw-rw 0123456789ab", "amw-rw ba9876543210");
        let held = HeldSecret {
            key_id: Some("held".into()),
            ..held("abcXYZ")
        };
        let mut ended = note("ended", "amw-rw 0123456789ab-00000000aaaa");
        ended.ends = Some("2026-11-21T00:00:00Z".parse().unwrap());
        let listed = [
            note("held", kept),
            note("twin", kept),
            note("lost", lost),
            note("users", "amw-rw"),
            note("other", "amw-rw 00000000aaaa"),
            note("elsewhere", "amw-rw ffffffffffff-00000000aaaa"),
            note("here", "amw-rw 0123456789ab-00000000aaaa"),
            note("former", "typed"),
            ended,
        ];
        let recorded = RecordedSecret {
            requested: Some(lost.into()),
            last_kept: Some("former".into()),
            ..recorded()
        };

        let found = unheld(&listed, &recorded, Some(&held), today());

        assert_eq!(ids(&found, true), ["twin", "lost", "here", "former"]);
        assert_eq!(ids(&found, false), ["other", "elsewhere"]);
    }

    #[test]
    fn a_file_that_was_replaced_by_hand_does_not_hold_what_was_kept_before() {
        let listed = [note("before", "amw-rw 0123456789ab-00000000aaaa")];
        let held = HeldSecret {
            replaced_key_id: Some("before".into()),
            ..held("abcXYZ")
        };

        assert!(still_accepted(&held, &listed, today()).is_none());
        assert_eq!(
            ids(&unheld(&listed, &recorded(), Some(&held), today()), true),
            ["before"]
        );
    }

    #[test]
    fn a_name_that_somebody_typed_is_no_proof_of_a_request_of_ours() {
        let held = held("abcXYZ");
        let mut typed = note("users", "amw-rw");
        typed.hint = Some("xyz".into());

        let listed = [note("held", "amw-rw"), typed];
        assert!(unheld(&listed, &recorded(), Some(&held), today()).is_empty());
    }

    #[test]
    fn a_secret_of_another_folder_is_named_with_the_command_that_removes_it() {
        let other = UnheldSecret {
            key_id: "other".into(),
            name: "amw-rw ffffffffffff-00000000aaaa".into(),
            made_here: false,
        };
        let facts = Facts {
            application: Fact::Known(examples::application()),
            unheld_secrets: Fact::Known(vec![other]),
            ..Facts::default()
        };

        let warning = others_warning(&facts).unwrap();

        let client_id = examples::application().client_id;
        let command = format!("az ad app credential delete --id {client_id} --key-id other");
        assert!(warning.contains(&command), "{warning}");
        assert!(removal(&facts).is_none());
    }
}
