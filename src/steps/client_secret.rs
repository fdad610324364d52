//! Do we hold a client secret that the application accepts? Entra shows a secret once, so it is kept in a private file.

use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::concurrent_secret::{self, AcceptedSecrets, LaterRun};
use super::secret_recognition::{Recognition, recognise, unheld};
use super::{Requirement, Step, Tools, secret_name};
use crate::azure::applications;
use crate::azure::{Reader, RefusalMeaning};
use crate::clock;
use crate::error::Failure;
use crate::facts::{
    Application, Fact, Facts, HeldSecret, ListedSecret, Observation, RecordedSecret, SecretAnswer,
    UnheldSecret,
};
use crate::observe;
use crate::plan::change::{Change, GrantedAccess};
use crate::secret_file::Reservation;
use crate::spec::Spec;
use crate::spec::command_line::{CommandLine, az, own};
use crate::spec::ids::ClientId;
use crate::spec::method_on_platform::MethodOnPlatform;

/// How long a new secret is valid: long enough to plan its renewal, far below Entra's two years.
const LIFETIME: Duration = Duration::from_secs(365 * 24 * 60 * 60);

pub(super) struct ClientSecretStep;

/// The command that removes a secret about which the user decides.
pub(crate) fn removal_command(client: &ClientId, key_id: &str) -> CommandLine {
    az::delete_client_secret(client.as_str(), key_id)
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

#[async_trait]
impl Step for ClientSecretStep {
    fn id(&self) -> &'static str {
        "client-secret"
    }

    fn grants(&self) -> GrantedAccess {
        GrantedAccess::Credential
    }

    fn applies(&self, connection: MethodOnPlatform) -> bool {
        connection.sign_in.has_client_secret()
    }

    fn applies_after(&self) -> &'static [&'static str] {
        &["application"]
    }

    fn observes(&self) -> &'static [Observation] {
        &[Observation::ClientSecrets]
    }

    fn needs(&self) -> &'static [Observation] {
        &[Observation::ClientSecrets, Observation::Application]
    }

    async fn observe(&self, azure: &Reader, spec: &Spec, facts: &Facts) -> Result<Facts, Failure> {
        let Some(application) = facts.application.known() else {
            return Ok(Facts {
                client_secret: Fact::Absent,
                unheld_secrets: Fact::Absent,
                ..Facts::default()
            });
        };
        let listed = observe::client_secrets(azure, application).await?;
        let recorded = recorded_of(facts, application);
        let now = clock::now();
        let mut held = facts.client_secret.known().cloned();
        let recognition = held.as_ref().and_then(|held| recognise(held, &listed, now));
        let mut refused = None;
        // Graph never returns a secret again, only its first three characters (`hint`).
        if let (Some(value), Some(Recognition::ByHint(secret))) = (&held, &recognition) {
            refused = refused_by_entra(azure, spec, application, value, secret, now).await?;
        }
        if refused.is_some() {
            held = None;
        }
        Ok(Facts {
            unheld_secrets: Fact::Known(unheld(&listed, &recorded, held.as_ref(), now)),
            client_secret: Fact::from(held.zip(recognition).map(|(held, it)| it.accept(&held))),
            refused_secret: Fact::from(refused),
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
                let instead = facts
                    .refused_secret
                    .known()
                    .map(|why| format!("; Entra does not accept the one in the file ({why})"));
                let also = removal
                    .map(|removal| format!("; then {removal} until it has the new one. {KEEP_IT}"))
                    .unwrap_or_default();
                Change::create(
                    resource,
                    format!(
                        "a client secret that is valid for a year, in a file that only you can read{}{also}",
                        instead.unwrap_or_default()
                    ),
                )
            }
        }
    }

    fn requires(&self, _: &Spec, _: &Facts) -> Vec<Requirement> {
        Vec::new()
    }

    async fn apply(&self, tools: &Tools<'_>, spec: &Spec, facts: &Facts) -> Result<Facts, Failure> {
        let Some(application) = facts.application.known() else {
            return Err(Failure::new("make a client secret")
                .reason("the application does not exist yet")
                .next(own::apply()));
        };
        let held = match facts.client_secret.known() {
            Some(held) => {
                remove(tools, application, facts).await?;
                tools.secret_file.settle_request()?;
                held.clone()
            }
            None => make(tools, spec, application, facts).await?,
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

/// For users whose Prometheus still uses the secret that is replaced.
const KEEP_IT: &str = "To keep it, put the file of the client secret back first";

/// What the plan shows about those that are removed; `None` when there are none.
fn removal(facts: &Facts) -> Option<String> {
    let names: Vec<String> = made_here(facts)
        .map(|one| format!("`{}` (id {})", one.name, one.key_id))
        .collect();
    (!names.is_empty()).then(|| {
        format!(
            "remove client secret {}, which was made for this file and is not in it: a Prometheus that signs in with it \
             cannot write",
            names.join(", ")
        )
    })
}

/// For how long a new secret can be unknown to parts of Entra.
const PROPAGATION: SignedDuration = SignedDuration::from_mins(10);

/// Why the value in the file is not the secret that it begins like; `None` when Entra accepts it. Many secrets can begin
/// with the same three characters, so only a sign-in shows whether it is the same.
async fn refused_by_entra(
    azure: &Reader,
    spec: &Spec,
    application: &Application,
    held: &HeldSecret,
    secret: &ListedSecret,
    now: Timestamp,
) -> Result<Option<String>, Failure> {
    let client = &application.client_id;
    match observe::secret_answer(azure, &spec.tenant, client, &held.value).await? {
        SecretAnswer::Accepted => Ok(None),
        SecretAnswer::Refused(why) if is_new(secret, now) => Err(unclear(secret, &why)),
        SecretAnswer::Refused(why) => Ok(Some(why)),
    }
}

fn is_new(secret: &ListedSecret, now: Timestamp) -> bool {
    secret
        .starts
        .is_some_and(|start| now.duration_since(start) < PROPAGATION)
}

/// A secret that a user has just put into the file is not overwritten before Entra had time to accept it.
fn unclear(secret: &ListedSecret, why: &str) -> Failure {
    let name = secret.name.as_deref().unwrap_or("without a name");
    Failure::new("check whether the client secret in the file works")
        .reason(why)
        .reason(format!(
            "it starts with the same characters as client secret `{name}` (id {}), which is less than 10 minutes old and may not be active everywhere",
            secret.key_id
        ))
        .next("run the same command again in some minutes")
        .next("or remove the file of the client secret: the next run then makes another one")
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
    spec: &Spec,
    application: &Application,
    facts: &Facts,
) -> Result<HeldSecret, Failure> {
    let recorded = recorded_of(facts, application);
    let accepted = AcceptedSecrets::of(spec, facts, recorded.last_kept.is_some());
    let name = recorded
        .requested
        .unwrap_or_else(|| secret_name::new(recorded.place.as_deref()));
    // The file and the name come first: a secret whose answer is lost is found again by its name.
    let place = tools
        .secret_file
        .reserve(application.object_id.as_str(), &name)
        .map_err(|failure| failure.reason("Entra was not asked for a secret"))?;
    // Time has passed since the plan: another run in this folder may have finished in between.
    if let Some(held) = made_meanwhile(tools, application).await? {
        place.release()?;
        return Ok(held);
    }
    if let Some(other) = concurrent_secret::made_before(tools, application, &accepted).await? {
        let later = LaterRun {
            tools,
            application,
            accepted: &accepted,
        };
        return Err(later.leave_to(place, &other));
    }
    let held = add(tools, application, &name, place, &accepted).await?;
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
    accepted: &AcceptedSecrets<'_>,
) -> Result<HeldSecret, Failure> {
    // Without an end date Graph would choose two years. A policy of the tenant can allow less; that is refused, not
    // shortened.
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
            let is_unmade = error.means(RefusalMeaning::NothingMade);
            let failure = Failure::new(doing()).azure(error);
            if is_unmade {
                // Best effort: a name that is recorded for nothing does no harm.
                let _ = place.release();
                return Err(failure);
            }
            return Err(failure.reason(format!(
                "a secret named `{name}` may exist; the next `amw-rw apply` removes it and makes another one"
            )));
        }
    };
    let other = concurrent_secret::made_meanwhile(tools, application, &made, accepted).await;
    if let Some(other) = other {
        let later = LaterRun {
            tools,
            application,
            accepted,
        };
        return Err(later.remove_own_secret(&made, place, &other).await);
    }
    // A secret that is kept nowhere could never be used, and would stay valid for a year.
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
    let listed = observe::client_secrets(tools.azure, application).await?;
    let recognition = recognise(&held, &listed, clock::now());
    Ok(recognition.map(|it| it.accept(&held)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::change::Action;
    use crate::steps::examples;

    fn listed(starts: &str) -> ListedSecret {
        ListedSecret {
            key_id: "k".into(),
            name: Some("by hand".into()),
            hint: Some("abc".into()),
            starts: starts.parse().ok(),
            ends: None,
        }
    }

    #[test]
    fn a_secret_of_the_last_ten_minutes_may_not_be_active_yet() {
        let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();

        assert!(is_new(&listed("2026-11-22T09:55:00Z"), now));
        assert!(!is_new(&listed("2026-11-22T09:45:00Z"), now));
        assert!(!is_new(&listed(""), now));
    }

    #[test]
    fn a_value_that_entra_refuses_is_replaced_and_the_plan_has_the_reason() {
        let facts = Facts {
            refused_secret: Fact::Known("AADSTS7000215".into()),
            ..examples::everything_in_place()
        };

        let change = ClientSecretStep.plan(&examples::spec_with_secret(), &facts);

        assert_eq!(change.action, Action::Create);
        assert!(change.why.contains("AADSTS7000215"), "{}", change.why);
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
