//! Does the Entra application exist, with the service principal that a role can be granted to?

use async_trait::async_trait;

use super::{Requirement, Step, Tools};
use crate::azure::{Reader, applications};
use crate::error::Failure;
use crate::plan::change::Change;
use crate::plan::facts::{self, Fact, Facts, Principal};
use crate::spec::{ApplicationChoice, Credential, Spec};

pub(super) struct Application;

fn choice(spec: &Spec) -> &ApplicationChoice {
    match &spec.credential {
        Credential::EntraSecret { application } => application,
        _ => unreachable!("this step is listed only for sign-ins by application"),
    }
}

fn label(choice: &ApplicationChoice) -> &str {
    match choice {
        ApplicationChoice::ClientId(id) => id.as_str(),
        ApplicationChoice::Name(name) => name,
    }
}

/// Finds exactly one: display names are not unique, and a stranger's application must not be taken by mistake.
async fn find(
    azure: &Reader,
    choice: &ApplicationChoice,
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
            let mut found = applications::find_by_name(azure, name)
                .await
                .map_err(|error| Failure::new(doing()).azure(error))?;
            if found.len() > 1 {
                let ids: Vec<&str> = found.iter().map(|one| one.client_id.as_str()).collect();
                return Err(Failure::usage(doing())
                    .reason(format!(
                        "{} applications have that name: client ids {}",
                        ids.len(),
                        ids.join(", ")
                    ))
                    .next(format!("name one by its client id: --identity {}", ids[0])));
            }
            Ok(found.pop())
        }
    }
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

    async fn observe(&self, azure: &Reader, spec: &Spec, _: &Facts) -> Result<Facts, Failure> {
        let Some(found) = find(azure, choice(spec)).await? else {
            return Ok(Facts {
                application: Fact::Absent,
                principal: Fact::Absent,
                ..Facts::default()
            });
        };
        let service_principal = applications::service_principal_of(azure, &found.client_id)
            .await
            .map_err(|error| {
                Failure::new(format!("find the service principal of `{}`", found.name)).azure(error)
            })?;
        let principal = service_principal.map(|principal_id| Principal {
            client_id: found.client_id.clone(),
            principal_id,
        });
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
        let doing = || format!("create Entra application `{name}`");
        let application = match facts.application.known() {
            Some(application) => application.clone(),
            None => as_fact(
                &applications::create(tools.azure, name)
                    .await
                    .map_err(|error| Failure::new(doing()).azure(error))?,
            ),
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
