//! Who could sign in as an application, or change it? Its owners and its credentials, those of its service principal included.

use futures_util::try_join;
use jiff::Timestamp;
use serde::Deserialize;

use super::error::AzureError;
use super::reader::Reader;
use crate::facts::ListedSecret;
use crate::spec::ids::{ApplicationObjectId, ClientId, PrincipalId};

/// Everybody and everything that controls one application.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ApplicationControl {
    pub(crate) owners: Vec<ApplicationOwner>,
    pub(crate) secrets: Vec<ListedSecret>,
    /// Certificates and federated credentials, as messages name them.
    pub(crate) other_credentials: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApplicationOwner {
    pub(crate) id: PrincipalId,
    #[serde(default)]
    user_principal_name: Option<String>,
    #[serde(default)]
    display_name: Option<String>,
}

impl ApplicationOwner {
    pub(crate) fn label(&self) -> &str {
        let name = self.user_principal_name.as_deref();
        name.or(self.display_name.as_deref())
            .unwrap_or(self.id.as_str())
    }
}

/// What an application and a service principal have in common.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CredentialsResponse {
    #[serde(default)]
    password_credentials: Vec<ListedSecret>,
    #[serde(default)]
    key_credentials: Vec<KeyCredentialResponse>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyCredentialResponse {
    key_id: String,
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    end_date_time: Option<Timestamp>,
}

#[derive(Deserialize)]
struct FederatedCredentialName {
    name: String,
    issuer: String,
}

#[derive(Deserialize)]
struct ServicePrincipalCredentials {
    id: PrincipalId,
    #[serde(flatten)]
    credentials: CredentialsResponse,
}

/// Looks at the application and at its service principal. Credentials that have ended by `now` are left out.
pub(crate) async fn of(
    azure: &Reader,
    application: &ApplicationObjectId,
    client: &ClientId,
    now: Timestamp,
) -> Result<ApplicationControl, AzureError> {
    let below = |path: &str| azure.graph(&format!("applications/{application}{path}"));
    let credentials = below("").with("$select", "passwordCredentials,keyCredentials");
    let (of_application, of_principal) = try_join!(
        async {
            let (credentials, owners, federated) = (
                azure.get::<CredentialsResponse>(&credentials).await?,
                // Who owns an application can add a secret to it at any time.
                azure.list::<ApplicationOwner>(&below("/owners")).await?,
                azure
                    .list::<FederatedCredentialName>(&below("/federatedIdentityCredentials"))
                    .await?,
            );
            Ok((credentials, owners, federated))
        },
        of_service_principals(azure, client),
    )?;
    let mut control = ApplicationControl::default();
    let (credentials, owners, federated) = of_application;
    control.owners = owners;
    control.add(credentials, now);
    // A federated credential has no end date: it counts until somebody removes it.
    control.other_credentials.extend(
        federated
            .iter()
            .map(|one| format!("federated credential `{}` of {}", one.name, one.issuer)),
    );
    for (credentials, owners) in of_principal {
        control.add(credentials, now);
        let known: Vec<PrincipalId> = control.owners.iter().map(|one| one.id.clone()).collect();
        let new = owners.into_iter().filter(|one| !known.contains(&one.id));
        control.owners.extend(new);
    }
    Ok(control)
}

async fn of_service_principals(
    azure: &Reader,
    client: &ClientId,
) -> Result<Vec<(CredentialsResponse, Vec<ApplicationOwner>)>, AzureError> {
    let filter = format!("appId eq '{client}'");
    let principals: Vec<ServicePrincipalCredentials> = azure
        .list(&azure.graph("servicePrincipals").with("$filter", &filter))
        .await?;
    let mut found = Vec::new();
    for principal in principals {
        // A service principal has owners and credentials of its own, which the application does not show.
        let owners = azure.graph(&format!("servicePrincipals/{}/owners", principal.id));
        found.push((principal.credentials, azure.list(&owners).await?));
    }
    Ok(found)
}

impl ApplicationControl {
    fn add(&mut self, credentials: CredentialsResponse, now: Timestamp) {
        // Without an end date it counts as valid: an overlooked credential would let somebody else sign in as
        // Prometheus.
        let is_alive = |ends: Option<Timestamp>| ends.is_none_or(|end| end > now);
        let secrets = credentials.password_credentials.into_iter();
        self.secrets
            .extend(secrets.filter(|secret| is_alive(secret.ends)));
        self.other_credentials.extend(
            credentials
                .key_credentials
                .iter()
                .filter(|key| is_alive(key.end_date_time))
                .map(|key| {
                    let name = key.display_name.as_deref().unwrap_or(&key.key_id);
                    format!("certificate `{name}`")
                }),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::fake::{FakeService, says};
    use serde_json::json;

    const ID: &str = "55555555-5555-5555-5555-555555555555";
    const OTHER: &str = "66666666-6666-6666-6666-666666666666";

    #[tokio::test]
    async fn owners_and_living_credentials_of_both_objects_are_found() {
        let fake = FakeService::new(|seen, _| {
            let secret = |end: &str| json!({ "keyId": "k", "displayName": "s", "hint": "abc", "endDateTime": end });
            let body = if seen.line.contains("owners") {
                let id = if seen.line.contains("servicePrincipals") { OTHER } else { ID };
                json!({ "value": [{ "id": id, "userPrincipalName": "mallory@example.com" }] })
            } else if seen.line.contains("federated") {
                json!({ "value": [{ "name": "trust", "issuer": "https://i/" }] })
            } else if seen.line.contains("servicePrincipals") {
                json!({ "value": [{ "id": ID, "keyCredentials": [{ "keyId": "c", "displayName": "CN=x" }] }] })
            } else {
                json!({ "passwordCredentials": [secret("2020-01-01T00:00:00Z"), secret("2030-01-01T00:00:00Z")] })
            };
            says(200, body.to_string())
        })
        .await;

        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        let control = of(
            &fake.reader(),
            &ID.parse().unwrap(),
            &ID.parse().unwrap(),
            now,
        )
        .await
        .unwrap();

        assert_eq!(control.owners.len(), 2);
        assert_eq!(control.owners[0].label(), "mallory@example.com");
        assert_eq!(control.secrets.len(), 1);
        assert_eq!(
            control.other_credentials,
            [
                "federated credential `trust` of https://i/",
                "certificate `CN=x`"
            ]
        );
    }
}
