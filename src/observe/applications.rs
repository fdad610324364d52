//! Which Entra applications are there, who controls them, and which secrets do they accept?

use jiff::Timestamp;
use secrecy::SecretString;

use super::Unobserved;
use crate::azure::application_control::{self, ApplicationControl};
use crate::azure::{AzureError, Reader, applications};
use crate::facts::{Application, ListedSecret, SecretAnswer};
use crate::spec::ApplicationChoice;
use crate::spec::ids::{ClientId, TenantId};

/// The one with that client id, or all of that name: names are not unique.
pub(crate) async fn applications(
    azure: &Reader,
    choice: &ApplicationChoice,
) -> Result<Vec<Application>, Unobserved> {
    let found = match choice {
        ApplicationChoice::ClientId(id) => applications::find_by_client_id(azure, id)
            .await
            .map(|found| found.into_iter().collect()),
        ApplicationChoice::Name(name) => applications::find_by_name(azure, name).await,
    };
    found.map_err(|error| Unobserved::new(format!("find Entra application `{choice}`"), error))
}

/// Owners and credentials that have not ended by `now`.
pub(crate) async fn application_control(
    azure: &Reader,
    application: &Application,
    now: Timestamp,
) -> Result<ApplicationControl, Unobserved> {
    let Application {
        object_id,
        client_id,
        name,
        ..
    } = application;
    let found = application_control::of(azure, object_id, client_id, now).await;
    found.map_err(|error| {
        let doing =
            format!("find out who controls Entra application `{name}` (client id {client_id})");
        Unobserved::new(doing, error)
    })
}

pub(crate) async fn client_secrets(
    azure: &Reader,
    application: &Application,
) -> Result<Vec<ListedSecret>, Unobserved> {
    let found = applications::secrets(azure, &application.object_id).await;
    found.map_err(|error| {
        let doing = format!("list the secrets of application `{}`", application.name);
        Unobserved::new(doing, error)
    })
}

/// Signs in with a client secret, for the scope that Prometheus uses.
pub(crate) async fn secret_answer(
    azure: &Reader,
    tenant: &TenantId,
    client: &ClientId,
    secret: &SecretString,
) -> Result<SecretAnswer, Unobserved> {
    let entra = azure.entra(tenant.as_str());
    // Any scope would prove the secret. This one also finds a tenant in which Azure Monitor has no service principal.
    let scope = &azure.cloud().ingestion_scope;
    match entra.token_for_secret(client, secret, scope).await {
        Ok(_) => Ok(SecretAnswer::Accepted),
        // Only a wrong or expired secret is an answer about the secret. A disabled application or a blocked sign-in
        // proves nothing about it, and must not lead to a second secret.
        Err(AzureError::TokenRefused(refusal)) if refusal.is_wrong_secret() => Ok(
            SecretAnswer::Refused(format!("{}: {refusal}", refusal.problem().why())),
        ),
        Err(error) => {
            let doing = "find out whether Entra accepts the client secret in the file";
            Err(Unobserved::new(doing, error))
        }
    }
}
