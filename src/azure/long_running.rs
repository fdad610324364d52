//! Is the operation done? Follows an operation that a service started, by any of the three styles that Resource Manager has.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use super::address::Address;
use super::call::{Call, HttpReply};
use super::envelope;
use super::error::{AzureError, Refusal};
use super::reader::Reader;
use crate::clock;
use crate::network::retry::asked_wait;
use crate::network::retry_policy::RetryPolicy;

/// Called with the state of an operation at each look.
pub(crate) type StateListener<'a> = &'a (dyn Fn(&str) + Send + Sync);

/// A status that is not found right after its creation may not be everywhere yet.
const NOT_FOUND_AT_FIRST: u32 = 3;

/// How the end of an operation can be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
enum PollingStyle {
    /// A status resource, from the header `Azure-AsyncOperation`.
    Status(String),
    /// An address that answers 202 until it is done, from the header `Location`.
    Location(String),
    /// The resource itself, by its `provisioningState`.
    Resource,
    Done,
}

#[derive(Deserialize)]
struct StatusResponse {
    status: String,
}

/// What a look at an operation showed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum OperationState {
    Going(String),
    Succeeded,
    Failed(String),
}

impl OperationState {
    fn read(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            // Services differ in the case of these words, and in one `l` or two.
            "succeeded" => Self::Succeeded,
            "failed" | "canceled" | "cancelled" => Self::Failed(word.to_owned()),
            _ => Self::Going(word.to_owned()),
        }
    }
}

/// The reply that holds the result, once the operation that `reply` started has ended.
pub(super) async fn follow(
    reader: &Reader,
    method: &Method,
    address: &Address,
    reply: HttpReply,
    watch: StateListener<'_>,
) -> Result<HttpReply, AzureError> {
    match style(method, &reply) {
        PollingStyle::Done => Ok(or_null(reply)),
        PollingStyle::Status(link) => {
            // Deletions of workspaces and clusters answer with both headers (recorded); only the first is polled.
            let location = reply.header("location").map(str::to_owned);
            let status = by_status(reader, &address.follow(&link)?, reply, watch).await?;
            match (method, location) {
                // The status has no body of the resource, so that its final state is read from the resource itself.
                (&Method::PUT | &Method::PATCH, _) => look(reader, address).await,
                (&Method::POST, Some(link)) => look(reader, &address.follow(&link)?).await,
                _ => Ok(HttpReply {
                    body: NOTHING,
                    ..status
                }),
            }
        }
        PollingStyle::Location(link) => {
            let reply = by_location(reader, address.follow(&link)?, reply, watch).await?;
            match method {
                &Method::PUT | &Method::PATCH => look(reader, address).await,
                _ => Ok(or_null(reply)),
            }
        }
        PollingStyle::Resource => by_resource(reader, address, reply, watch).await,
    }
}

/// The status header wins over `Location`, which many synchronous replies carry too.
fn style(method: &Method, reply: &HttpReply) -> PollingStyle {
    if let Some(link) = reply.header("azure-asyncoperation") {
        return PollingStyle::Status(link.to_owned());
    }
    let accepted = reply.status.as_u16() == 202;
    if let (true, Some(link)) = (accepted, reply.header("location")) {
        return PollingStyle::Location(link.to_owned());
    }
    // A reply to DELETE or POST describes the resource as it was, so its provisioningState is not that of the
    // operation.
    let has_body = *method == Method::PUT || *method == Method::PATCH;
    match provisioning_state(reply) {
        Some(state) if has_body && OperationState::read(&state) != OperationState::Succeeded => {
            PollingStyle::Resource
        }
        None if has_body && accepted => PollingStyle::Resource,
        _ => PollingStyle::Done,
    }
}

fn provisioning_state(reply: &HttpReply) -> Option<String> {
    let body: Value = serde_json::from_slice(&reply.body).ok()?;
    let state = &body["properties"]["provisioningState"];
    Some(state.as_str()?.to_owned())
}

async fn look(reader: &Reader, address: &Address) -> Result<HttpReply, AzureError> {
    let reply = reader
        .send(Call::get(address.url()?.clone()), address.audience)
        .await?;
    Ok(or_null(reply))
}

/// The body of a result that has none.
const NOTHING: Bytes = Bytes::from_static(b"null");

fn or_null(mut reply: HttpReply) -> HttpReply {
    if reply.body.is_empty() {
        reply.body = NOTHING;
    }
    reply
}

fn asked(reply: &HttpReply) -> Option<Duration> {
    asked_wait(&reply.headers, clock::now())
}

fn timed_out(address: &Address) -> AzureError {
    match address.url() {
        Ok(url) => AzureError::TimedOut {
            what: format!("the operation at {}", url.path()),
            after: RetryPolicy::OPERATION.total,
        },
        Err(odd) => odd,
    }
}

async fn by_status(
    reader: &Reader,
    status: &Address,
    mut last: HttpReply,
    watch: StateListener<'_>,
) -> Result<HttpReply, AzureError> {
    let mut waiting = reader.http().waiting(RetryPolicy::OPERATION);
    let mut not_found = 0;
    loop {
        // AKS sends no `Retry-After`; workspaces send one even with the last status.
        if !waiting.pause(asked(&last)).await {
            return Err(timed_out(status));
        }
        // A poll in the middle of an operation of AKS was recorded to fail with 502: it is sent again like every read.
        last = match look(reader, status).await {
            Err(error) if error.is_not_found() && not_found < NOT_FOUND_AT_FIRST => {
                not_found += 1;
                continue;
            }
            looked => looked?,
        };
        // The status of a workspace's deletion has this one key and no other (recorded).
        match OperationState::read(&last.json::<StatusResponse>()?.status) {
            // AKS has words of its own here, such as `CreatingAgentPool: 0/1 nodes completed`: all but the end states
            // mean "not yet".
            OperationState::Going(word) => watch(&word),
            OperationState::Succeeded => return Ok(last),
            OperationState::Failed(word) => return Err(failed(&last, &word)),
        }
    }
}

async fn by_location(
    reader: &Reader,
    mut location: Address,
    mut last: HttpReply,
    watch: StateListener<'_>,
) -> Result<HttpReply, AzureError> {
    let mut waiting = reader.http().waiting(RetryPolicy::OPERATION);
    loop {
        if !waiting.pause(asked(&last)).await {
            return Err(timed_out(&location));
        }
        last = look(reader, &location).await?;
        // The end is 200 with or without a body, or 204; the deletion of a resource group ends with an empty 200.
        if last.status.as_u16() != 202 {
            return Ok(last);
        }
        watch("InProgress");
        // Some polls bring a new address, most none. The addresses hold a certificate, about 3 KiB, and are followed
        // byte for byte.
        if let Some(link) = last.header("location") {
            location = location.follow(link)?;
        }
    }
}

async fn by_resource(
    reader: &Reader,
    address: &Address,
    mut last: HttpReply,
    watch: StateListener<'_>,
) -> Result<HttpReply, AzureError> {
    let mut waiting = reader.http().waiting(RetryPolicy::OPERATION);
    loop {
        match provisioning_state(&last).map(|word| OperationState::read(&word)) {
            Some(OperationState::Going(word)) => watch(&word),
            Some(OperationState::Failed(word)) => return Err(failed(&last, &word)),
            None if last.status.as_u16() == 202 => watch("Accepted"),
            Some(OperationState::Succeeded) | None => return Ok(or_null(last)),
        }
        if !waiting.pause(asked(&last)).await {
            return Err(timed_out(address));
        }
        last = look(reader, address).await?;
    }
}

/// The error in the status, or its end state when there is none.
fn failed(reply: &HttpReply, word: &str) -> AzureError {
    let body: Value = reply.json().unwrap_or_default();
    let refusal = match body.get("error") {
        Some(error) if !error.is_null() => envelope::from_json(&body),
        _ => Refusal::of_operation(word),
    };
    Refusal {
        ids: reply.ids(),
        ..refusal
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::fake::{FakeService, says};
    use crate::azure::writer::Writer;
    use serde_json::json;
    use std::sync::Mutex;

    async fn put(fake: &FakeService) -> Result<Value, AzureError> {
        let azure = Writer::for_test(fake.reader());
        azure
            .put(&azure.resource_manager("thing", "1"), &json!({}))
            .await
    }

    fn status(word: &str) -> String {
        json!({ "status": word }).to_string()
    }

    #[tokio::test]
    async fn a_status_is_followed_to_its_end_and_the_result_read() {
        let fake = FakeService::in_turn([
            says(201, "{}")
                .with("azure-asyncoperation", "/status/1")
                .with("retry-after", "0"),
            says(200, status("InProgress")).with("retry-after", "0"),
            says(200, status("succeeded")),
            says(200, r#"{"made":true}"#),
        ])
        .await;

        let made = put(&fake).await.unwrap();

        assert_eq!(made, json!({ "made": true }));
        assert_eq!(
            fake.lines(),
            [
                "PUT /thing?api-version=1",
                "GET /status/1",
                "GET /status/1",
                "GET /thing?api-version=1"
            ]
        );
    }

    #[tokio::test]
    async fn the_watcher_is_called_with_each_state() {
        let fake = FakeService::in_turn([
            says(202, "").with("azure-asyncoperation", "/status/1"),
            says(200, status("Updating")),
            says(200, status("Succeeded")),
            says(200, "{}"),
        ])
        .await;
        let azure = Writer::for_test(fake.reader());
        let heard = Mutex::new(Vec::new());

        azure
            .patch::<Value>(
                &azure.resource_manager("thing", "1"),
                &json!({}),
                &|state| {
                    heard.lock().unwrap().push(state.to_owned());
                },
            )
            .await
            .unwrap();

        assert_eq!(*heard.lock().unwrap(), ["Updating"]);
    }

    #[tokio::test]
    async fn a_failed_status_has_its_error() {
        let failed = json!({ "status": "Failed", "error": { "code": "QuotaExceeded", "message": "no cores left" } });
        let fake = FakeService::in_turn([
            says(200, "{}").with("azure-asyncoperation", "/status/1"),
            says(200, failed.to_string()).with("x-ms-correlation-request-id", "c0ffee"),
        ])
        .await;

        let error = put(&fake).await.unwrap_err();

        assert!(error.has_code(&["QuotaExceeded"]));
        assert!(error.to_string().starts_with(
            "the operation failed QuotaExceeded: no cores left (correlation id c0ffee"
        ));
    }

    #[tokio::test]
    async fn a_status_may_be_late_in_appearing() {
        let fake = FakeService::in_turn([
            says(202, "").with("azure-asyncoperation", "/status/1"),
            says(404, ""),
            says(404, ""),
            says(200, status("Succeeded")),
            says(200, "7"),
        ])
        .await;

        assert_eq!(put(&fake).await.unwrap(), json!(7));
    }

    #[tokio::test]
    async fn a_location_is_followed_where_it_moves() {
        let fake = FakeService::in_turn([
            says(202, "").with("location", "/result/1"),
            says(202, "").with("location", "/result/2"),
            says(204, ""),
        ])
        .await;
        let azure = Writer::for_test(fake.reader());
        let address = azure.resource_manager("ask", "1");

        azure.post::<Value>(&address, &json!({})).await.unwrap();

        assert_eq!(fake.lines()[1..], ["GET /result/1", "GET /result/2"]);
    }

    #[tokio::test]
    async fn a_post_ends_with_the_body_at_its_location() {
        let fake = FakeService::in_turn([
            says(202, "")
                .with("azure-asyncoperation", "/status/1")
                .with("location", "/result/1"),
            says(200, status("Succeeded")),
            says(200, r#"{"answer":42}"#),
        ])
        .await;
        let azure = Writer::for_test(fake.reader());

        let answer: Value = azure
            .post(&azure.resource_manager("ask", "1"), &json!({}))
            .await
            .unwrap();

        assert_eq!(answer, json!({ "answer": 42 }));
    }

    #[tokio::test]
    async fn a_resource_reports_its_own_provisioning_state() {
        let state = |word: &str| json!({ "properties": { "provisioningState": word } }).to_string();
        let fake = FakeService::in_turn([
            says(201, state("Creating")),
            says(200, state("Creating")),
            says(200, state("Succeeded")),
        ])
        .await;

        put(&fake).await.unwrap();

        assert_eq!(fake.lines().len(), 3);
    }

    #[tokio::test]
    async fn a_resource_that_ends_badly_is_an_error() {
        let state = |word: &str| json!({ "properties": { "provisioningState": word } }).to_string();
        let fake =
            FakeService::in_turn([says(201, state("Creating")), says(200, state("Failed"))]).await;

        assert!(
            put(&fake)
                .await
                .unwrap_err()
                .to_string()
                .contains("final state is Failed")
        );
    }

    #[tokio::test]
    async fn what_was_made_at_once_is_not_waited_for() {
        let fake = FakeService::in_turn([says(201, r#"{"properties":{}}"#)]).await;

        put(&fake).await.unwrap();

        assert_eq!(fake.lines().len(), 1);
    }

    #[tokio::test]
    async fn a_status_elsewhere_is_not_asked() {
        let fake = FakeService::in_turn([
            says(202, "").with("azure-asyncoperation", "https://evil.example/1")
        ])
        .await;

        assert!(matches!(put(&fake).await, Err(AzureError::ForeignLink(_))));
    }
}
