//! Does the Entra application exist, with the service principal that a role can be granted to?

use async_trait::async_trait;

use super::application_choice::{HeldCredentials, Selection, Trust, find, is_gone, select};
use super::{Requirement, Step, Tools, application_trust};
use crate::azure::{Reader, applications};
use crate::error::Failure;
use crate::facts::{self, ExtraApplication, Fact, Facts, Observation, Principal};
use crate::observe;
use crate::plan::change::{Change, GrantedAccess};
use crate::spec::ids::ClientId;
use crate::spec::method_on_platform::MethodOnPlatform;
use crate::spec::{ApplicationChoice, Spec};

pub(super) struct ApplicationStep;

fn choice(spec: &Spec) -> &ApplicationChoice {
    spec.credential.application().expect("`applies` holds")
}

fn label(choice: &ApplicationChoice) -> &str {
    match choice {
        ApplicationChoice::ClientId(id) => id.as_str(),
        ApplicationChoice::Name(name) => name,
    }
}

fn not_there(id: &ClientId) -> Failure {
    Failure::new(format!("find Entra application `{id}`"))
        .reason("no application in this tenant has that client id")
        .next("check --tenant, or give a name to create one: --identity NAME")
}

/// Makes it, and looks again: another run may have made one at the same time, or another user may hold the key.
async fn create(
    tools: &Tools<'_>,
    name: &str,
    held: &HeldCredentials<'_>,
) -> Result<facts::Application, Failure> {
    let azure = tools.azure;
    let doing = || format!("create Entra application `{name}`");
    let made = applications::create(azure, name)
        .await
        .map_err(|error| Failure::new(doing()).azure(error))?;
    // The key (`uniqueName`) makes creation idempotent: a second creation with it returns the same application.
    if made.has_key() {
        return owned(tools, made, held, doing()).await;
    }
    let found = applications::all_of_the_name(azure, &made)
        .await
        .map_err(|error| Failure::new(doing()).azure(error))?;
    // An application of another owner is no reason to give up the one that was just made.
    let Selection {
        used: Some(used),
        extra,
        ..
    } = select(azure, found, held).await?
    else {
        return Ok(made);
    };
    // All runs choose the same one. A run whose answer was lost is over and deletes nothing, so that this one does.
    for one in extra {
        delete(tools, &one).await?;
    }
    if used.object_id != made.object_id {
        delete(tools, &made).await?;
    }
    Ok(used)
}

/// Another user may have taken the key before.
async fn owned(
    tools: &Tools<'_>,
    made: facts::Application,
    held: &HeldCredentials<'_>,
    doing: String,
) -> Result<facts::Application, Failure> {
    // A run at the same time in this folder may have recorded it meanwhile.
    let is_recorded = || -> Result<bool, Failure> {
        let record = tools.secret_file.record_of_this_place()?;
        Ok(record.is_some_and(|record| record.application == made.object_id.as_str()))
    };
    match held.trust(tools.azure, &made).await? {
        Trust::Doubted(doubts) if !is_recorded()? => {
            let refusal = application_trust::refusal(&[(made, doubts)]);
            Err(Failure::usage(doing).problem(refusal))
        }
        _ => Ok(made),
    }
}

async fn delete(tools: &Tools<'_>, application: &facts::Application) -> Result<(), Failure> {
    applications::delete(tools.azure, &application.object_id)
        .await
        .map_err(|error| {
            let doing = format!(
                "remove the extra Entra application {}",
                application.client_id
            );
            Failure::new(doing).azure(error)
        })
}

/// Deletes those that nothing can sign in as, looked at again: a run that is at work may have given one a credential.
async fn delete_extra(tools: &Tools<'_>, facts: &Facts) -> Result<(), Failure> {
    let held = HeldCredentials::of_facts(facts);
    for ExtraApplication { application, .. } in extra(facts) {
        match held.trust(tools.azure, application).await {
            Ok(Trust::Unused) => delete(tools, application).await?,
            Ok(_) => {}
            // Another run was faster.
            Err(_) if is_gone(tools.azure, application).await? => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(())
}

fn extra(facts: &Facts) -> &[ExtraApplication] {
    facts
        .extra_applications
        .known()
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// Completes the reason of a change; empty when nothing is removed.
fn removal(facts: &Facts) -> Option<String> {
    let ids: Vec<&str> = extra(facts)
        .iter()
        .map(|one| one.application.client_id.as_str())
        .collect();
    (!ids.is_empty()).then(|| {
        format!(
            "remove the extra application {} of that name, which an interrupted run left and nothing can sign in as",
            ids.join(", ")
        )
    })
}

#[async_trait]
impl Step for ApplicationStep {
    fn id(&self) -> &'static str {
        "application"
    }

    fn grants(&self) -> GrantedAccess {
        GrantedAccess::Right
    }

    fn applies(&self, connection: MethodOnPlatform) -> bool {
        connection.sign_in.has_application()
    }

    fn observes(&self) -> &'static [Observation] {
        &[Observation::Application, Observation::Principal]
    }

    fn needs(&self) -> &'static [Observation] {
        &[Observation::Application, Observation::Principal]
    }

    async fn observe(&self, azure: &Reader, spec: &Spec, facts: &Facts) -> Result<Facts, Failure> {
        let choice = choice(spec);
        let selection = find(azure, choice, &HeldCredentials::of_facts(facts)).await?;
        if let Some(refusal) = selection.refusal {
            let doing = format!("use Entra application `{choice}`");
            return Err(Failure::usage(doing).problem(refusal));
        }
        let Some(used) = selection.used else {
            if let ApplicationChoice::ClientId(id) = choice {
                return Err(not_there(id));
            }
            return Ok(Facts {
                application: Fact::Absent,
                principal: Fact::Absent,
                extra_applications: Fact::Known(Vec::new()),
                ..Facts::default()
            });
        };
        let principal = observe::service_principal(azure, &used.client_id, &used.name).await?;
        let mut extra = Vec::new();
        for application in selection.extra {
            let found =
                observe::service_principal(azure, &application.client_id, &application.name);
            // Its role assignments name the principal, and are removed together with it.
            extra.push(ExtraApplication {
                principal: found.await?.map(|principal| principal.principal_id),
                application,
            });
        }
        Ok(Facts {
            application: Fact::Known(used),
            principal: Fact::from(principal),
            extra_applications: Fact::Known(extra),
            application_doubts: Fact::Known(selection.doubts),
            ..Facts::default()
        })
    }

    fn plan(&self, spec: &Spec, facts: &Facts) -> Change {
        let removal = removal(facts);
        match (facts.application.known(), facts.principal.known()) {
            (Some(application), Some(_)) => match removal {
                Some(removal) => Change::update(&application.name, removal),
                None => Change::keep(
                    &application.name,
                    format!("exists, client id {}", application.client_id),
                ),
            },
            (Some(application), None) => {
                let also = removal.map(|it| format!("; {it}")).unwrap_or_default();
                Change::update(
                    &application.name,
                    format!("it has no service principal in this tenant{also}"),
                )
            }
            (None, _) => Change::create(label(choice(spec)), "for Prometheus to sign in as"),
        }
    }

    /// Directory rights are not part of Resource Manager; Microsoft Graph has no call that lists them.
    fn requires(&self, _: &Spec, _: &Facts) -> Vec<Requirement> {
        Vec::new()
    }

    async fn apply(&self, tools: &Tools<'_>, spec: &Spec, facts: &Facts) -> Result<Facts, Failure> {
        let name = label(choice(spec));
        let application = match facts.application.known() {
            Some(application) => application.clone(),
            None => create(tools, name, &HeldCredentials::of_facts(facts)).await?,
        };
        let principal = match facts.principal.known() {
            Some(principal) => principal.clone(),
            None => create_principal(tools, &application).await?,
        };
        // Last, so that a run that is interrupted before keeps what works.
        delete_extra(tools, facts).await?;
        Ok(Facts {
            application: Fact::Known(application),
            principal: Fact::Known(principal),
            extra_applications: Fact::Known(Vec::new()),
            ..Facts::default()
        })
    }
}

async fn create_principal(
    tools: &Tools<'_>,
    application: &facts::Application,
) -> Result<Principal, Failure> {
    let (id, client) = (&application.object_id, &application.client_id);
    let made = applications::create_service_principal(tools.azure, id, client).await;
    let principal_id = made.map_err(|error| {
        let doing = format!("create the service principal of `{}`", application.name);
        Failure::new(doing).azure(error)
    })?;
    Ok(Principal {
        client_id: client.clone(),
        principal_id,
    })
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
            ApplicationStep
                .plan(&examples::spec_with_secret(), &facts)
                .action,
            Action::Update
        );
    }

    #[test]
    fn an_extra_application_is_removed_by_a_change_that_names_it() {
        let extra = facts::Application {
            client_id: "eeeeeeee-eeee-eeee-eeee-eeeeeeeeeeee".parse().unwrap(),
            ..examples::application()
        };
        let facts = Facts {
            extra_applications: Fact::Known(vec![ExtraApplication {
                application: extra,
                principal: None,
            }]),
            ..examples::everything_in_place()
        };

        let change = ApplicationStep.plan(&examples::spec_with_secret(), &facts);

        assert_eq!(change.action, Action::Update);
        assert!(change.why.contains("eeeeeeee-"), "{}", change.why);
    }
}
