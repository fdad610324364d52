//! Which Entra application is this, and which secrets does it accept? Microsoft Graph.
//!
//! Three ids that get mixed up: the application's object id addresses it in Graph, its client id goes into a token
//! request, and the object id of its service principal takes a role.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use super::address::Address;
use super::error::AzureError;
use super::meaning::refusal_meaning::RefusalMeaning;
use super::not_yet::{until, while_not_yet};
use super::reader::Reader;
use super::writer::Writer;
use crate::facts::{Application, ListedSecret};
use crate::network::retry_policy::RetryPolicy;
use crate::spec::ids::{ApplicationObjectId, ClientId, PrincipalId};
use crate::spec::names;

/// How long a new application may stay unknown to other parts of the directory.
const REPLICATION: Duration = Duration::from_secs(180);

/// A new secret with its value, which Entra shows only once.
#[derive(Debug, Clone)]
pub(crate) struct NewSecret {
    pub(crate) key_id: String,
    pub(crate) value: SecretString,
    pub(crate) ends: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AddedPassword {
    key_id: String,
    secret_text: String,
    end_date_time: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Secrets {
    #[serde(default)]
    password_credentials: Vec<ListedSecret>,
}

#[derive(Deserialize)]
struct ServicePrincipalResponse {
    id: PrincipalId,
}

/// Text as OData quotes it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn by(azure: &Reader, collection: &str, field: &str, value: &str) -> Address {
    azure
        .graph(collection)
        .with("$filter", &format!("{field} eq {}", quoted(value)))
}

/// All of that name: names are not unique.
pub(crate) async fn find_by_name(
    azure: &Reader,
    name: &str,
) -> Result<Vec<Application>, AzureError> {
    azure
        .list(&by(azure, "applications", "displayName", name))
        .await
}

pub(crate) async fn find_by_client_id(
    azure: &Reader,
    client: &ClientId,
) -> Result<Option<Application>, AzureError> {
    let found: Vec<Application> = azure
        .list(&by(azure, "applications", "appId", client.as_str()))
        .await?;
    Ok(found.into_iter().next())
}

/// For this directory only. Two calls with the same name, at once or after a lost answer, make one application.
pub(crate) async fn create(azure: &Writer, name: &str) -> Result<Application, AzureError> {
    let key = names::application_key(name);
    let address = azure.graph(&format!("applications(uniqueName='{key}')"));
    // Without the audience Graph makes an application that accounts of every directory and personal accounts can use
    // (recorded).
    let body = json!({ "displayName": name, "signInAudience": "AzureADMyOrg" });
    match azure.create_if_missing(&address, &body).await {
        Ok(()) => when_replicated(azure, None, || azure.get(&address)).await,
        Err(error) if error.means(RefusalMeaning::NoApplicationByKey) => {
            create_without_key(azure, name).await
        }
        Err(error) => Err(error),
    }
}

async fn create_without_key(azure: &Writer, name: &str) -> Result<Application, AzureError> {
    let body = json!({ "displayName": name, "signInAudience": "AzureADMyOrg", "tags": [Application::TAG] });
    // No key makes this call repeatable: after a lost answer a second application of the name can exist. The tag is how
    // it is recognised.
    let made: Application = azure.post(&azure.graph("applications"), &body).await?;
    let address = azure.graph(&format!("applications/{}", made.object_id));
    match when_replicated(azure, Some(&made.object_id), || azure.get(&address)).await {
        // A run at the same time has chosen another one, which the caller finds.
        Err(AzureError::Removed(_)) => Ok(made),
        done => done,
    }
}

/// Times of creation are in seconds, so that the age does not distinguish two applications of one second.
const SAME_TIME: Duration = Duration::from_secs(2);

/// All of that name, once this new one is among them, or one that is used instead of it, and no other can be as old: lists
/// follow later than an application is found by its id, and another run may have made one at the same time.
pub(crate) async fn all_of_the_name(
    azure: &Writer,
    made: &Application,
) -> Result<Vec<Application>, AzureError> {
    let tries = AtomicU32::new(0);
    let look = || async {
        let found = find_by_name(azure, &made.name).await?;
        // The run that made the preferred one may have deleted ours already.
        let shows_it = found
            .iter()
            .any(|one| one.object_id == made.object_id || one.precedence() < made.precedence());
        let is_over = shows_it
            || (tries.fetch_add(1, Ordering::Relaxed) >= LAGGING
                && is_deleted(azure, &made.object_id).await);
        Ok(is_over.then_some(found))
    };
    let waiting = || azure.http().waiting(RetryPolicy::replication(REPLICATION));
    until(waiting(), look).await?;
    waiting().sleep(SAME_TIME).await;
    Ok(until(waiting(), look).await?.unwrap_or_default())
}

/// Fine when it is gone already. Its service principal, secrets and federated credentials go with it.
pub(crate) async fn delete(
    azure: &Writer,
    application: &ApplicationObjectId,
) -> Result<(), AzureError> {
    azure
        // A soft deletion (recorded): the application stays below `directory/deletedItems` for 30 days, unless it is
        // purged there.
        .delete(&azure.graph(&format!("applications/{application}")))
        .await
}

/// Its principal in this directory.
pub(crate) async fn service_principal_of(
    azure: &Reader,
    client: &ClientId,
) -> Result<Option<PrincipalId>, AzureError> {
    let found: Vec<ServicePrincipalResponse> = azure
        .list(&by(azure, "servicePrincipals", "appId", client.as_str()))
        .await?;
    Ok(found.into_iter().next().map(|principal| principal.id))
}

/// Waits for the application to be known where principals are made. One that exists already, because another run was
/// faster or an answer was lost, is as good.
pub(crate) async fn create_service_principal(
    azure: &Writer,
    application: &ApplicationObjectId,
    client: &ClientId,
) -> Result<PrincipalId, AzureError> {
    let address = azure.graph("servicePrincipals");
    let body = json!({ "appId": client, "accountEnabled": true });
    // An application has no service principal by itself, and roles are given to service principals only.
    // No refusal of this call after a new application is recorded, but az repeats it up to 36 times, five seconds
    // apart: the client id may not be known yet.
    let made: Result<ServicePrincipalResponse, _> =
        when_replicated(azure, Some(application), || azure.post(&address, &body)).await;
    let error = match made {
        Ok(made) => return Ok(made.id),
        Err(error @ AzureError::Removed(_)) => return Err(error),
        Err(error) if error.refusal().is_some() && !error.means(RefusalMeaning::ObjectExists) => {
            return Err(error);
        }
        Err(error) => error,
    };
    let waiting = azure.http().waiting(RetryPolicy::replication(REPLICATION));
    let found = if error.means(RefusalMeaning::ObjectExists) {
        until(waiting, || service_principal_of(azure, client)).await?
    } else {
        service_principal_of(azure, client).await?
    };
    found.ok_or(error)
}

/// `name` is shown in the portal; a directory may allow shorter lives only.
pub(crate) async fn add_secret(
    azure: &Writer,
    application: &ApplicationObjectId,
    name: &str,
    ends: Timestamp,
) -> Result<NewSecret, AzureError> {
    // Not repeatable: each call makes one more secret, and its value is in this answer only.
    let address = azure.graph(&format!("applications/{application}/addPassword"));
    // Without `endDateTime` Graph makes a secret that lives two years.
    let body = json!({ "passwordCredential": { "displayName": name, "endDateTime": format!("{ends:.0}") } });
    let asked = || azure.post(&address, &body);
    let added: AddedPassword = when_replicated(azure, Some(application), asked).await?;
    Ok(NewSecret {
        key_id: added.key_id,
        value: added.secret_text.into(),
        ends: added.end_date_time,
    })
}

/// Takes a secret away; fine when it is gone already.
pub(crate) async fn remove_secret(
    azure: &Writer,
    application: &ApplicationObjectId,
    key_id: &str,
) -> Result<(), AzureError> {
    let address = azure.graph(&format!("applications/{application}/removePassword"));
    match azure.order(&address, &json!({ "keyId": key_id })).await {
        // Graph has no code of its own for it.
        Err(error) if is_gone(&error) => Ok(()),
        done => done,
    }
}

fn is_gone(error: &AzureError) -> bool {
    error.refusal().is_some_and(|refusal| {
        refusal
            .message
            .to_lowercase()
            .contains("no password credential found")
    })
}

pub(crate) async fn secrets(
    azure: &Reader,
    application: &ApplicationObjectId,
) -> Result<Vec<ListedSecret>, AzureError> {
    let address = azure.graph(&format!("applications/{application}"));
    let answer: Secrets = azure
        .get(&address.with("$select", "passwordCredentials"))
        .await?;
    Ok(answer.password_credentials)
}

/// All secrets of the application, once this new one is among them; empty when it never is.
pub(crate) async fn secrets_with(
    azure: &Writer,
    application: &ApplicationObjectId,
    key_id: &str,
) -> Result<Vec<ListedSecret>, AzureError> {
    let look = || async {
        let found = secrets(azure, application).await?;
        let shows_it = found.iter().any(|one| one.key_id == key_id);
        Ok(shows_it.then_some(found))
    };
    let waiting = azure.http().waiting(RetryPolicy::replication(REPLICATION));
    Ok(until(waiting, look).await?.unwrap_or_default())
}

/// How long a run waits for another one that gives way.
const GIVING_WAY: Duration = Duration::from_secs(20);

/// Whether none of these secrets is listed any more, after a wait for it.
pub(crate) async fn are_removed(
    azure: &Writer,
    application: &ApplicationObjectId,
    key_ids: &[String],
) -> Result<bool, AzureError> {
    let look = || async {
        let found = secrets(azure, application).await?;
        let is_there = found.iter().any(|one| key_ids.contains(&one.key_id));
        Ok((!is_there).then_some(()))
    };
    let waiting = azure.http().waiting(RetryPolicy::replication(GIVING_WAY));
    Ok(until(waiting, look).await?.is_some())
}

/// So many tries that fail are a directory that lags; after them it is found out whether the application was removed.
const LAGGING: u32 = 3;

/// Tries until the directory knows what was just made; ends early where `application` was removed meanwhile.
async fn when_replicated<T, F, Attempt>(
    azure: &Writer,
    application: Option<&ApplicationObjectId>,
    attempt: F,
) -> Result<T, AzureError>
where
    F: Fn() -> Attempt,
    Attempt: Future<Output = Result<T, AzureError>>,
{
    let tries = AtomicU32::new(0);
    let attempt = || async {
        let outcome = attempt().await;
        let is_unknown = matches!(&outcome, Err(error) if is_not_replicated(error));
        if let Some(application) = application
            && is_unknown
            && tries.fetch_add(1, Ordering::Relaxed) >= LAGGING
            && is_deleted(azure, application).await
        {
            let what = format!("the application with object id {application}");
            return Err(AzureError::Removed(what));
        }
        outcome
    };
    let waiting = azure.http().waiting(RetryPolicy::replication(REPLICATION));
    while_not_yet(waiting, is_not_replicated, attempt).await
}

/// Entra keeps what was deleted for 30 days. Who may not look there waits as long as for a directory that lags.
async fn is_deleted(azure: &Reader, application: &ApplicationObjectId) -> bool {
    let address = azure.graph(&format!("directory/deletedItems/{application}"));
    azure.get::<IgnoredAny>(&address).await.is_ok()
}

fn is_not_replicated(error: &AzureError) -> bool {
    error.means(RefusalMeaning::ObjectUnknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::fake::{FakeService, says};
    use secrecy::ExposeSecret;
    use serde_json::Value;

    const ID: &str = "55555555-5555-5555-5555-555555555555";

    #[tokio::test]
    async fn every_application_of_a_name_is_found() {
        let one = json!({ "id": ID, "appId": ID, "displayName": "O'Brien" });
        let fake =
            FakeService::in_turn([says(200, json!({ "value": [one, one] }).to_string())]).await;

        let found = find_by_name(&fake.reader(), "O'Brien").await.unwrap();

        assert_eq!(found.len(), 2);
        assert_eq!(
            fake.lines()[0],
            "GET /v1.0/applications?%24filter=displayName+eq+%27O%27%27Brien%27"
        );
    }

    async fn created_principal(fake: &FakeService) -> PrincipalId {
        let (writer, id) = (Writer::for_test(fake.reader()), ID.parse().unwrap());
        create_service_principal(&writer, &id, &ID.parse().unwrap())
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_principal_waits_for_its_application_to_be_known() {
        let unknown = json!({ "error": { "code": "Request_BadRequest", "message": "The appId 'x' does not reference a valid application object." } });
        let fake = FakeService::in_turn([
            says(400, unknown.to_string()),
            says(201, json!({ "id": ID }).to_string()),
        ])
        .await;

        let principal = created_principal(&fake).await;

        assert_eq!(principal.as_str(), ID);
    }

    #[tokio::test]
    async fn a_principal_of_an_application_that_was_removed_is_not_waited_for() {
        let fake = FakeService::new(|seen, _| match seen.line.contains("/deletedItems/") {
            true => says(200, "{}"),
            false => says(404, r#"{"error":{"code":"Request_ResourceNotFound"}}"#),
        })
        .await;
        let (writer, id) = (Writer::for_test(fake.reader()), ID.parse().unwrap());

        let outcome = create_service_principal(&writer, &id, &ID.parse().unwrap()).await;

        assert!(
            matches!(outcome, Err(AzureError::Removed(_))),
            "{outcome:?}"
        );
        assert!(fake.lines().len() < 10, "{:?}", fake.lines());
    }

    #[tokio::test]
    async fn a_forbidden_application_is_tried_in_both_ways_and_not_waited_for() {
        let fake = FakeService::in_turn([says(
            403,
            r#"{"error":{"code":"Authorization_RequestDenied","message":"no"}}"#,
        )])
        .await;

        let outcome = create(&Writer::for_test(fake.reader()), "amw-rw").await;

        assert!(
            outcome
                .unwrap_err()
                .has_code(&["Authorization_RequestDenied"])
        );
        assert_eq!(fake.lines().len(), 2);
    }

    #[tokio::test]
    async fn an_application_is_made_under_its_key_and_read_once_it_has_replicated() {
        let made = json!({ "id": ID, "appId": ID, "displayName": "amw-rw", "uniqueName": names::application_key("amw-rw") });
        let fake = FakeService::in_turn([
            says(502, ""),
            says(204, ""),
            says(404, r#"{"error":{"code":"Request_ResourceNotFound"}}"#),
            says(200, made.to_string()),
        ])
        .await;

        let application = create(&Writer::for_test(fake.reader()), "amw-rw")
            .await
            .unwrap();

        assert!(application.is_marked());
        assert_eq!(fake.seen()[0].header("prefer"), "create-if-missing");
        assert!(fake.lines().iter().all(|line| !line.starts_with("POST")));
    }

    #[tokio::test]
    async fn a_key_that_a_deleted_application_keeps_is_done_without() {
        let taken = json!({ "error": { "code": "Request_BadRequest", "message": "Another object with the same value for property uniqueName already exists." } });
        let made = json!({ "id": ID, "appId": ID, "displayName": "amw-rw", "tags": ["amw-rw"] });
        let fake = FakeService::in_turn([
            says(400, taken.to_string()),
            says(201, made.to_string()),
            says(200, made.to_string()),
        ])
        .await;

        let application = create(&Writer::for_test(fake.reader()), "amw-rw")
            .await
            .unwrap();

        assert!(application.is_marked());
    }

    #[tokio::test]
    async fn others_of_the_name_are_looked_for_once_the_list_shows_the_new_one() {
        let one = |id: &str| json!({ "id": id, "appId": ID, "displayName": "amw-rw" });
        let other = "66666666-6666-6666-6666-666666666666";
        let list = |all: &[Value]| says(200, json!({ "value": all }).to_string());
        let fake =
            FakeService::in_turn([list(&[]), list(&[one(ID)]), list(&[one(ID), one(other)])]).await;
        let made = serde_json::from_value(one(ID)).unwrap();

        let found = all_of_the_name(&Writer::for_test(fake.reader()), &made)
            .await
            .unwrap();

        assert_eq!(found.len(), 2);
    }

    #[tokio::test]
    async fn a_service_principal_that_exists_already_is_used() {
        let exists = json!({ "error": { "code": "Request_MultipleObjectsWithSameKeyValue", "message": "x" } });
        let fake = FakeService::in_turn([
            says(409, exists.to_string()),
            says(200, json!({ "value": [] }).to_string()),
            says(200, json!({ "value": [{ "id": ID }] }).to_string()),
        ])
        .await;

        let principal = created_principal(&fake).await;

        assert_eq!(principal.as_str(), ID);
    }

    #[tokio::test]
    async fn a_new_secret_is_returned_once_and_never_printed() {
        let ends: Timestamp = "2027-01-01T00:00:00.123Z".parse().unwrap();
        let reported = json!({ "keyId": "k", "secretText": "hush-hush", "endDateTime": "2027-01-01T00:00:00Z" });
        let fake = FakeService::in_turn([says(200, reported.to_string())]).await;

        let secret = add_secret(
            &Writer::for_test(fake.reader()),
            &ID.parse().unwrap(),
            "amw-rw",
            ends,
        )
        .await
        .unwrap();

        assert_eq!(secret.value.expose_secret(), "hush-hush");
        assert!(!format!("{secret:?}").contains("hush"));
        assert!(
            fake.seen()[0]
                .body
                .contains(r#""endDateTime":"2027-01-01T00:00:00Z""#)
        );
    }

    #[tokio::test]
    async fn secrets_are_listed_by_hint() {
        let note = json!({ "keyId": "k", "displayName": null, "hint": "abc", "endDateTime": "2027-01-01T00:00:00Z" });
        let fake = FakeService::in_turn([says(
            200,
            json!({ "passwordCredentials": [note] }).to_string(),
        )])
        .await;

        let notes = secrets(&fake.reader(), &ID.parse().unwrap()).await.unwrap();

        assert_eq!(notes[0].hint.as_deref(), Some("abc"));
    }
}
