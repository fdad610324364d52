//! Does the Entra application exist, with the service principal that a role can be granted to?

use async_trait::async_trait;

use super::{Requirement, Step, Tools, application_trust, client_secret};
use crate::azure::{Reader, application_control, applications};
use crate::clock;
use crate::error::Failure;
use crate::facts::{self, Fact, Facts, HeldSecret, Principal, RecordedSecret};
use crate::observe;
use crate::plan::change::Change;
use crate::spec::{ApplicationChoice, Spec};

pub(super) struct Application;

fn choice(spec: &Spec) -> &ApplicationChoice {
    spec.credential.application().expect("`applies` holds")
}

fn label(choice: &ApplicationChoice) -> &str {
    match choice {
        ApplicationChoice::ClientId(id) => id.as_str(),
        ApplicationChoice::Name(name) => name,
    }
}

/// Finds the one that was named, or the one of that name that is ours.
async fn find(
    azure: &Reader,
    choice: &ApplicationChoice,
    held: &Held<'_>,
) -> Result<Option<applications::Application>, Failure> {
    let doing = || format!("find Entra application `{}`", label(choice));
    match choice {
        ApplicationChoice::ClientId(id) => {
            let found = applications::find_by_client_id(azure, id)
                .await
                .map_err(|error| Failure::new(doing()).azure(error))?;
            found.map(Some).ok_or_else(|| {
                Failure::new(doing())
                    .reason("no application in this tenant has that client id")
                    .next("check --tenant, or give a name to create one: --identity NAME")
            })
        }
        ApplicationChoice::Name(name) => {
            let found = applications::find_by_name(azure, name)
                .await
                .map_err(|error| Failure::new(doing()).azure(error))?;
            ours(azure, found, held, doing()).await
        }
    }
}

/// How many applications of one name are looked at: a directory can hold any number of them.
const LOOKED_AT: usize = 5;

/// The oldest that is ours: two runs at once may have made two. Names are not unique, and everybody who may register
/// applications can take ours, so that one that is not ours is an error and never used.
async fn ours(
    azure: &Reader,
    mut found: Vec<applications::Application>,
    held: &Held<'_>,
    doing: String,
) -> Result<Option<applications::Application>, Failure> {
    // The one whose secret was asked for here stays the one; then those with our mark, by age.
    found.sort_by_key(|one| {
        let is_recorded = held.has_record_of(one);
        (
            !is_recorded,
            !one.is_marked(),
            one.created,
            one.object_id.clone(),
        )
    });
    let mut doubted = Vec::new();
    for application in found.into_iter().take(LOOKED_AT) {
        let doubts = held.doubts(azure, &application).await?;
        if doubts.is_empty() {
            return Ok(Some(application));
        }
        doubted.push((application, doubts));
    }
    if doubted.is_empty() {
        return Ok(None);
    }
    Err(application_trust::refusal(doing, &doubted))
}

/// What we hold of an application, so that our own credentials are recognised.
struct Held<'a> {
    secret: Option<&'a HeldSecret>,
    /// A secret is asked for only after an application was found to be ours.
    recorded: Option<&'a RecordedSecret>,
}

impl<'a> Held<'a> {
    fn of(facts: &'a Facts) -> Self {
        Self {
            secret: facts.client_secret.known(),
            recorded: facts.recorded_secret.known(),
        }
    }
}

impl Held<'_> {
    fn has_record_of(&self, application: &applications::Application) -> bool {
        let recorded = self.recorded.and_then(|one| one.application.as_deref());
        recorded == Some(application.object_id.as_str())
    }

    async fn doubts(
        &self,
        azure: &Reader,
        application: &applications::Application,
    ) -> Result<Vec<String>, Failure> {
        if self.has_record_of(application) {
            return Ok(Vec::new());
        }
        let control = application_control::of(
            azure,
            &application.object_id,
            &application.client_id,
            clock::now(),
        )
        .await
        .map_err(|error| {
            Failure::new(format!(
                "find out who controls Entra application `{}` (client id {})",
                application.name, application.client_id
            ))
            .azure(error)
        })?;
        let caller = azure.caller().principal.as_ref();
        // What was made for our file and is not in it is removed by this very run.
        let is_held = |note: &applications::SecretNote| {
            let place = self.recorded.and_then(|one| one.place.as_deref());
            self.secret
                .is_some_and(|held| client_secret::is_held(held, note))
                || place.is_some_and(|place| client_secret::is_made_for(note, place))
        };
        Ok(application_trust::doubts(
            application,
            &control,
            caller,
            is_held,
        ))
    }
}

/// Makes it, and looks again: another run may have made one at the same time, or somebody may hold the key.
async fn create(
    tools: &Tools<'_>,
    name: &str,
    held: &Held<'_>,
) -> Result<applications::Application, Failure> {
    let azure = tools.azure;
    let doing = || format!("create Entra application `{name}`");
    let made = applications::create(azure, name)
        .await
        .map_err(|error| Failure::new(doing()).azure(error))?;
    let doubts = held.doubts(azure, &made).await?;
    // A run at the same time in this folder may have recorded it meanwhile.
    let is_recorded = || -> Result<bool, Failure> {
        let record = tools.secret_file.record()?;
        Ok(record.is_some_and(|record| record.application == made.object_id.as_str()))
    };
    if !doubts.is_empty() && !is_recorded()? {
        return Err(application_trust::refusal(doing(), &[(made, doubts)]));
    }
    if made.has_key() {
        return Ok(made);
    }
    let found = applications::find_beside(azure, &made)
        .await
        .map_err(|error| Failure::new(doing()).azure(error))?;
    // An application of a stranger is no reason to give up the one that was just made.
    let Ok(Some(oldest)) = ours(azure, found, held, doing()).await else {
        return Ok(made);
    };
    if oldest.object_id != made.object_id {
        applications::delete(azure, &made)
            .await
            .map_err(|error| Failure::new(doing()).azure(error))?;
    }
    Ok(oldest)
}

fn as_fact(found: &applications::Application) -> facts::Application {
    facts::Application {
        object_id: found.object_id.clone(),
        client_id: found.client_id.clone(),
        name: found.name.clone(),
    }
}

#[async_trait]
impl Step for Application {
    fn id(&self) -> &'static str {
        "application"
    }

    fn applies(&self, spec: &Spec) -> bool {
        spec.credential.application().is_some()
    }

    async fn observe(&self, azure: &Reader, spec: &Spec, facts: &Facts) -> Result<Facts, Failure> {
        let held = Held::of(facts);
        let Some(found) = find(azure, choice(spec), &held).await? else {
            return Ok(Facts {
                application: Fact::Absent,
                principal: Fact::Absent,
                ..Facts::default()
            });
        };
        let principal = observe::service_principal(azure, &found.client_id, &found.name).await?;
        Ok(Facts {
            application: Fact::Known(as_fact(&found)),
            principal: Fact::from(principal),
            ..Facts::default()
        })
    }

    fn plan(&self, spec: &Spec, facts: &Facts) -> Change {
        match (facts.application.known(), facts.principal.known()) {
            (Some(application), Some(_)) => Change::keep(
                &application.name,
                format!("exists, client id {}", application.client_id),
            ),
            (Some(application), None) => Change::update(
                &application.name,
                "it has no service principal in this tenant",
            ),
            (None, _) => Change::create(label(choice(spec)), "for Prometheus to sign in as"),
        }
    }

    /// Directory rights are not part of Resource Manager; Microsoft Graph has no call that tells them.
    fn requires(&self, _: &Spec, _: &Facts) -> Vec<Requirement> {
        Vec::new()
    }

    async fn apply(&self, tools: &Tools<'_>, spec: &Spec, facts: &Facts) -> Result<Facts, Failure> {
        let name = label(choice(spec));
        let application = match facts.application.known() {
            Some(application) => application.clone(),
            None => as_fact(&create(tools, name, &Held::of(facts)).await?),
        };
        let principal_id =
            applications::create_service_principal(tools.azure, &application.client_id)
                .await
                .map_err(|error| {
                    Failure::new(format!("create the service principal of `{name}`")).azure(error)
                })?;
        let principal = Principal {
            client_id: application.client_id.clone(),
            principal_id,
        };
        Ok(Facts {
            application: Fact::Known(application),
            principal: Fact::Known(principal),
            ..Facts::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::change::Action;
    use crate::steps::examples;

    #[test]
    fn an_application_without_a_service_principal_is_completed_and_not_made_again() {
        let facts = Facts {
            application: Fact::Known(examples::application()),
            principal: Fact::Absent,
            ..Facts::default()
        };

        assert_eq!(
            Application
                .plan(&examples::spec_with_secret(), &facts)
                .action,
            Action::Update
        );
    }
}
