//! Which outside tokens does a user-assigned identity trust?

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error::AzureError;
use super::meaning::refusal_meaning::RefusalMeaning;
use super::not_yet::while_not_yet;
use super::reader::Reader;
use super::writer::Writer;
use crate::facts::FederatedCredential;
use crate::network::retry_policy::RetryPolicy;
use crate::spec::ids::ResourceId;

const API_VERSION: &str = "2023-01-31";
/// Writes on one identity must follow each other; another writer is done long before this.
const OTHER_WRITER: Duration = Duration::from_secs(120);

#[derive(Serialize, Deserialize)]
struct FederatedCredentialProperties {
    issuer: String,
    subject: String,
    audiences: Vec<String>,
}

#[derive(Deserialize)]
struct FederatedCredentialResponse {
    name: String,
    properties: FederatedCredentialProperties,
}

pub(crate) async fn list(
    azure: &Reader,
    identity: &ResourceId,
) -> Result<Vec<FederatedCredential>, AzureError> {
    // An identity can have 20 of them at most; the list was recorded without `nextLink`.
    let path = format!("{identity}/federatedIdentityCredentials");
    let response: Vec<FederatedCredentialResponse> = azure
        .list(&azure.resource_manager(&path, API_VERSION))
        .await?;
    let credential = |response: FederatedCredentialResponse| FederatedCredential {
        name: response.name,
        issuer: response.properties.issuer,
        subject: response.properties.subject,
        audiences: response.properties.audiences,
    };
    Ok(response.into_iter().map(credential).collect())
}

/// Makes it, or updates the one of that name.
pub(crate) async fn create(
    azure: &Writer,
    identity: &ResourceId,
    credential: &FederatedCredential,
) -> Result<(), AzureError> {
    let path = format!("{identity}/federatedIdentityCredentials");
    // The name of one that exists comes from an answer.
    let address = azure
        .resource_manager(&path, API_VERSION)
        .item(&credential.name);
    // Azure does not check that the issuer exists or that the subject is one (recorded: it took a placeholder); a wrong
    // one shows only when Entra refuses the token.
    let body = json!({ "properties": {
        "issuer": credential.issuer,
        "subject": credential.subject,
        "audiences": credential.audiences,
    }});
    // The quota is one write in four seconds for an identity, but three within two seconds succeeded (recorded 2023):
    // nothing waits before Azure refuses.
    let waiting = azure.http().waiting(RetryPolicy::replication(OTHER_WRITER));
    while_not_yet(
        waiting,
        |error| error.means(RefusalMeaning::CredentialsBusy),
        || azure.put::<Value>(&address, &body),
    )
    .await
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::fake::{FakeService, says};

    const IDENTITY: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/p";

    fn named(name: &str) -> FederatedCredential {
        FederatedCredential {
            name: name.into(),
            issuer: "https://issuer.example/1/".into(),
            subject: "system:serviceaccount:monitoring:prometheus".into(),
            audiences: vec!["api://AzureADTokenExchange".into()],
        }
    }

    #[tokio::test]
    async fn a_name_of_an_answer_does_not_lead_to_another_resource() {
        let fake = FakeService::in_turn([says(201, "{}")]).await;
        let azure = Writer::for_test(fake.reader());

        for name in ["../../evil", "..", "a/b", "%2e%2e"] {
            let created = create(&azure, &IDENTITY.parse().unwrap(), &named(name)).await;

            assert!(
                matches!(created, Err(AzureError::OddName(odd)) if odd == name),
                "{name}"
            );
        }
        assert_eq!(fake.lines().len(), 0);
    }

    #[tokio::test]
    async fn another_writer_is_waited_for() {
        let busy = r#"{"error":{"code":"ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity"}}"#;
        let fake = FakeService::in_turn([says(409, busy), says(201, "{}")]).await;
        let azure = Writer::for_test(fake.reader());

        create(&azure, &IDENTITY.parse().unwrap(), &named("prometheus"))
            .await
            .unwrap();

        assert_eq!(fake.lines().len(), 2);
        assert!(
            fake.seen()[1]
                .body
                .contains(r#""issuer":"https://issuer.example/1/""#)
        );
    }
}
