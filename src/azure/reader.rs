//! The handle that reads. It has no method that changes anything, so code that holds only a `Reader` cannot write.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::address::{Address, Audience, host_of};
use super::call::{Call, HttpReply};
use super::challenge;
use super::entra::Entra;
use super::error::AzureError;
use super::meaning::refusal_meaning::RefusalMeaning;
use super::paging::{Page, RequestedPages};
use super::sign_in::caller::Caller;
use super::sign_in::{LimitedExecutor, SignInContext, SignInOptions, candidates, first_that_works};
use super::token::TokenCache;
use super::transport::Http;
use crate::environment;
use crate::network::wait_notices::WaitNotices;
use crate::spec::cloud::{Cloud, NotForMetrics};
use crate::spec::ids::ResourceId;

/// Signed in and able to look. Cheap to clone; calls run side by side.
#[derive(Clone)]
pub(crate) struct Reader {
    session: Arc<SignedInSession>,
}

struct SignedInSession {
    http: Http,
    cloud: Cloud,
    tokens: TokenCache,
    signed_in_with: &'static str,
    caller: Caller,
}

impl Reader {
    /// Signs in with the first candidate of the chain that works.
    pub(crate) async fn connect(
        cloud: Cloud,
        options: &SignInOptions,
        notes: WaitNotices,
    ) -> Result<Self, AzureError> {
        let context = SignInContext {
            http: Http::default().with_notices(notes),
            cloud,
            executor: Arc::new(LimitedExecutor),
        };
        Self::sign_in(context, options, environment::variable).await
    }

    /// Signs in, and never waits between tries.
    #[cfg(test)]
    pub(crate) async fn connect_without_waits(
        cloud: Cloud,
        options: &SignInOptions,
    ) -> Result<Self, AzureError> {
        let context = SignInContext {
            http: Http::without_waits(),
            cloud,
            executor: Arc::new(LimitedExecutor),
        };
        Self::sign_in(context, options, |_| None).await
    }

    pub(super) async fn sign_in(
        context: SignInContext,
        options: &SignInOptions,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, AzureError> {
        let candidates = candidates(options, variable);
        let scope = context.cloud.resource_manager_scope.clone();
        let (credential, token) =
            // A credential counts as working once it gave a token: most find out about a wrong secret or a missing program only then.
            first_that_works(candidates, &context, &scope, options.tenant.as_deref()).await?;
        let signed_in_with = credential.name();
        let caller = Caller::of(&token);
        tracing::debug!(with = signed_in_with, %caller, "signed in");
        let tokens = TokenCache::new(Arc::new(credential));
        // The first request of the command uses this token, so that signing in costs one.
        tokens.remember(&scope, token);
        let SignInContext { http, cloud, .. } = context;
        Ok(Self {
            session: Arc::new(SignedInSession {
                http,
                cloud,
                tokens,
                signed_in_with,
                caller,
            }),
        })
    }

    #[cfg(test)]
    pub(super) fn with_tokens(
        http: Http,
        cloud: Cloud,
        source: Arc<dyn super::token::TokenSource>,
    ) -> Self {
        Self {
            session: Arc::new(SignedInSession {
                http,
                cloud,
                tokens: TokenCache::new(source),
                signed_in_with: "a test",
                caller: Caller::default(),
            }),
        }
    }

    /// Which sign-in of the chain is in use.
    pub(crate) fn signed_in_with(&self) -> &'static str {
        self.session.signed_in_with
    }

    /// The account that is signed in.
    pub(crate) fn caller(&self) -> &Caller {
        &self.session.caller
    }

    pub(crate) fn cloud(&self) -> &Cloud {
        &self.session.cloud
    }

    /// Refuses a host that takes or answers metrics and is none of this cloud.
    pub(crate) fn metrics_host(&self, url: &Url) -> Result<(), AzureError> {
        let cloud = &self.session.cloud;
        let host = host_of(url);
        Err(match cloud.not_for_metrics(url) {
            None => return Ok(()),
            Some(NotForMetrics::OtherDomain) => AzureError::ForeignHost {
                host,
                suffix: cloud.monitor_suffix.clone(),
            },
            Some(NotForMetrics::NotEncrypted) => AzureError::UnsafeAddress(host),
            Some(NotForMetrics::Port) => AzureError::OtherPort(host),
        })
    }

    /// The clients, for services that take another token than the caller's.
    pub(crate) fn http(&self) -> &Http {
        &self.session.http
    }

    /// Shows the user once what is done on their behalf and must not be missed.
    pub(crate) fn warn(&self, note: &str) {
        self.session.http.warn(note);
    }

    /// Requests made so far, tokens included.
    pub(crate) fn requests(&self) -> u64 {
        self.session.http.requests()
    }

    /// The token endpoint of a tenant, for proving as another identity.
    pub(crate) fn entra(&self, tenant: &str) -> Entra {
        Entra::new(self.session.http.clone(), &self.session.cloud, tenant)
    }

    /// Gets the token for querying ahead of its first use; an error is reported at that use.
    pub(crate) async fn warm_up_for_query(&self) {
        let scope = self.scope(Audience::Query);
        if let Err(error) = self.session.tokens.get(scope).await {
            tracing::debug!(%error, "no token for querying yet");
        }
    }

    fn scope(&self, audience: Audience) -> &str {
        let cloud = &self.session.cloud;
        // Each service has an audience of its own, and refuses a token for another one with 401.
        match audience {
            Audience::ResourceManager => &cloud.resource_manager_scope,
            Audience::Graph => &cloud.graph_scope,
            Audience::Query => &cloud.query_scope,
        }
    }

    pub(super) fn resource_manager(&self, path: &str, api_version: &str) -> Address {
        let base = &self.session.cloud.resource_manager;
        Address::below(base, Audience::ResourceManager, path).with("api-version", api_version)
    }

    pub(super) fn resource(&self, id: &ResourceId, api_version: &str) -> Address {
        self.resource_manager(id.as_str(), api_version)
    }

    pub(super) fn graph(&self, path: &str) -> Address {
        let base = &self.session.cloud.graph;
        Address::below(base, Audience::Graph, &format!("v1.0/{path}"))
    }

    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        address: &Address,
    ) -> Result<T, AzureError> {
        self.send(Call::get(address.url()?.clone()), address.audience)
            .await?
            .json()
    }

    /// `None` when it does not exist, or may not be seen.
    pub(super) async fn find<T: DeserializeOwned>(
        &self,
        address: &Address,
    ) -> Result<Option<T>, AzureError> {
        match self.get(address).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Every page.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        address: &Address,
    ) -> Result<Vec<T>, AzureError> {
        self.watched(address.url()?, self.pages(address)).await
    }

    /// Awaits a list, with a line when its pages take long together.
    pub(super) async fn watched<T>(&self, url: &Url, list: impl Future<Output = T>) -> T {
        let notices = self.session.http.notes();
        notices.while_listing(&host_of(url), list).await
    }

    async fn pages<T: DeserializeOwned>(&self, address: &Address) -> Result<Vec<T>, AzureError> {
        let mut page: Page<T> = self.get(address).await?;
        let mut all = std::mem::take(&mut page.value);
        let mut trail = RequestedPages::from(address.url()?);
        while let Some(link) = page.next_page() {
            // The link is from outside, and the next request carries the token: `follow` refuses other hosts.
            let next = address.follow(link)?;
            trail.step(next.url()?.as_str())?;
            page = self.get(&next).await?;
            all.append(&mut page.value);
        }
        Ok(all)
    }

    /// A POST that only asks.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        address: &Address,
        body: &Value,
    ) -> Result<T, AzureError> {
        let call = Call::ask(address.url()?.clone()).json(body);
        self.send(call, address.audience).await?.json()
    }

    /// Sends with the caller's token; a 401 is answered once, with the claims that it asks for.
    pub(super) async fn send(
        &self,
        call: Call,
        audience: Audience,
    ) -> Result<HttpReply, AzureError> {
        let SignedInSession { http, tokens, .. } = &*self.session;
        let scope = self.scope(audience);
        let token = tokens.get(scope).await?;
        let reply = http.send(&call, Some(&token.secret)).await?;
        // Only a 401 is about the token. A 403 is about rights, and a new token has the same ones.
        let refusal = match reply.status.as_u16() {
            401 => reply.refusal(),
            _ => return reply.success(),
        };
        // Another token would be of the same tenant.
        if refusal.means(RefusalMeaning::OtherTenant) {
            return Err(refusal.into());
        }
        // Without claims the token has merely ended, and any new one is accepted.
        let claims = refusal.challenge.as_deref().and_then(challenge::claims);
        let token = tokens
            .replace(scope, &token.secret, claims.as_deref())
            .await?;
        http.send(&call, Some(&token.secret)).await?.success()
    }

    /// Sends without a token and hands back whatever comes: for the challenge of a 401.
    pub(super) async fn send_unsigned(&self, url: Url) -> Result<HttpReply, AzureError> {
        self.session.http.send(&Call::get(url), None).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::fake::{FakeService, NumberedTokens, says};
    use serde_json::json;

    #[tokio::test]
    async fn a_list_is_read_to_its_last_page() {
        let fake = FakeService::new(|seen, _| match seen.line.contains("page=2") {
            false => says(200, r#"{"value":[1,2],"nextLink":"/list?page=2"}"#),
            true => says(200, r#"{"value":[3],"nextLink":""}"#),
        })
        .await;
        let azure = fake.reader();

        let all: Vec<u32> = azure
            .list(&azure.resource_manager("list", "1"))
            .await
            .unwrap();

        assert_eq!(all, [1, 2, 3]);
        assert_eq!(azure.requests(), 2);
    }

    #[tokio::test]
    async fn a_list_that_leads_back_to_itself_is_an_error() {
        let fake =
            FakeService::in_turn([says(200, r#"{"value":[1],"nextLink":"/list?page=2"}"#)]).await;
        let azure = fake.reader();

        let outcome = azure
            .list::<u32>(&azure.resource_manager("list", "1"))
            .await;

        assert!(matches!(outcome, Err(AzureError::EndlessList { .. })));
        assert_eq!(fake.lines().len(), 2);
    }

    #[tokio::test]
    async fn a_list_with_ever_new_links_is_an_error() {
        let fake = FakeService::new(|_, number| {
            says(
                200,
                format!(r#"{{"value":[],"nextLink":"/list?page={number}"}}"#),
            )
        })
        .await;
        let azure = fake.reader();

        let outcome = azure
            .list::<u32>(&azure.resource_manager("list", "1"))
            .await;

        assert!(matches!(outcome, Err(AzureError::EndlessList { .. })));
        assert_eq!(fake.lines().len(), 1000);
    }

    #[tokio::test]
    async fn an_answer_that_is_no_list_is_no_empty_list() {
        let fake = FakeService::in_turn([says(200, "{}")]).await;
        let azure = fake.reader();

        let outcome = azure.list::<u32>(&azure.graph("applications")).await;

        assert!(matches!(outcome, Err(AzureError::Unreadable { .. })));
    }

    #[tokio::test]
    async fn a_page_elsewhere_is_not_asked_for() {
        let fake = FakeService::in_turn([says(
            200,
            r#"{"value":[],"@odata.nextLink":"http://127.0.0.1:9/x"}"#,
        )])
        .await;
        let azure = fake.reader();

        let outcome = azure.list::<u32>(&azure.graph("applications")).await;

        assert!(matches!(outcome, Err(AzureError::ForeignLink(host)) if host == "127.0.0.1:9"));
        assert_eq!(fake.lines().len(), 1);
    }

    #[tokio::test]
    async fn the_claims_of_a_challenge_are_presented_once() {
        let fake = FakeService::new(|_, _| {
            says(401, r#"{"error":{"code":"InvalidAuthenticationToken"}}"#).with(
                "www-authenticate",
                r#"Bearer error="insufficient_claims", claims="eyJhIjoxfQ==""#,
            )
        })
        .await;
        let tokens = Arc::new(NumberedTokens::default());
        let source = Arc::clone(&tokens);
        let azure = Reader::with_tokens(Http::without_waits(), fake.cloud(), source);

        let outcome = azure.get::<Value>(&azure.resource_manager("x", "1")).await;

        let bearers: Vec<String> = fake
            .seen()
            .iter()
            .map(|seen| seen.header("authorization").to_owned())
            .collect();
        assert_eq!(outcome.unwrap_err().status(), Some(401));
        assert_eq!(bearers, ["Bearer token-1", "Bearer token-2"]);
        assert_eq!(
            *tokens.claims.lock().unwrap(),
            [None, Some(r#"{"a":1}"#.to_owned())]
        );
    }

    #[tokio::test]
    async fn an_expired_token_is_replaced() {
        let fake = FakeService::new(|seen, _| match seen.header("authorization") {
            "Bearer token-1" => says(401, r#"{"error":{"code":"ExpiredAuthenticationToken"}}"#),
            _ => says(200, "7"),
        })
        .await;
        let azure = fake.reader();

        let number: u32 = azure.get(&azure.resource_manager("x", "1")).await.unwrap();

        assert_eq!(number, 7);
    }

    #[tokio::test]
    async fn a_token_of_another_tenant_is_not_asked_for_again() {
        let refusal = json!({ "error": { "code": "InvalidAuthenticationTokenTenant", "message": "wrong issuer" } });
        let fake = FakeService::in_turn([says(401, refusal.to_string())]).await;
        let azure = fake.reader();

        let outcome = azure.get::<Value>(&azure.resource_manager("x", "1")).await;

        assert!(
            outcome
                .unwrap_err()
                .has_code(&["InvalidAuthenticationTokenTenant"])
        );
        assert_eq!(fake.lines().len(), 1);
    }

    #[tokio::test]
    async fn what_is_not_there_is_none_and_an_unknown_version_is_an_error() {
        let fake = FakeService::in_turn([
            says(404, r#"{"error":{"code":"ResourceNotFound"}}"#),
            says(404, r#"{"error":{"code":"InvalidResourceType"}}"#),
        ])
        .await;
        let azure = fake.reader();
        let address = azure.resource_manager("x", "1");

        let absent = azure.find::<Value>(&address).await;
        let unknown = azure.find::<Value>(&address).await;

        assert!(absent.unwrap().is_none());
        assert!(unknown.unwrap_err().means(RefusalMeaning::UnknownVersion));
    }

    #[tokio::test]
    async fn an_answer_that_is_no_json_names_the_host() {
        let fake = FakeService::in_turn([says(200, "<html>")]).await;
        let azure = fake.reader();

        let outcome = azure.get::<Value>(&azure.resource_manager("x", "1")).await;

        assert!(
            matches!(outcome, Err(AzureError::Unreadable { host, .. }) if host.starts_with("127.0.0.1:"))
        );
    }

    #[tokio::test]
    async fn calls_run_side_by_side() {
        let fake = FakeService::in_turn([says(200, "1")]).await;
        let azure = fake.reader();
        let address = azure.resource_manager("x", "1");

        let answers =
            futures_util::future::join_all((0..20).map(|_| azure.get::<u32>(&address))).await;

        assert!(answers.iter().all(Result::is_ok));
    }
}
