//! The handle that reads. It has no method that changes anything, so whoever holds only this cannot write.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::address::{Address, Audience};
use super::call::{Call, Reply};
use super::caller::Caller;
use super::challenge;
use super::credentials::{Surroundings, first_that_works};
use super::entra::Entra;
use super::error::AzureError;
use super::paging::Page;
use super::sign_in::{SignInOptions, candidates};
use super::token::{Token, TokenCache};
use super::transport::Http;
use crate::environment;
use crate::spec::cloud::Cloud;
use crate::spec::ids::ResourceId;

/// Signed in and able to look. Cheap to clone; calls run side by side.
#[derive(Clone)]
pub(crate) struct Reader {
    session: Arc<Session>,
}

struct Session {
    http: Http,
    cloud: Cloud,
    tokens: TokenCache,
    signed_in_with: &'static str,
    caller: Caller,
}

impl Reader {
    /// Signs in with the first candidate of the chain that works.
    pub(crate) async fn connect(cloud: Cloud, options: &SignInOptions) -> Result<Self, AzureError> {
        let surroundings = Surroundings {
            http: Http::default(),
            cloud,
            executor: azure_identity::new_executor(),
        };
        Self::sign_in(surroundings, options, environment::variable).await
    }

    pub(super) async fn sign_in(
        surroundings: Surroundings,
        options: &SignInOptions,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, AzureError> {
        let candidates = candidates(options, variable);
        let scope = surroundings.cloud.resource_manager_scope.clone();
        let (credential, token) =
            first_that_works(candidates, &surroundings, &scope, options.tenant.as_ref()).await?;
        let signed_in_with = credential.name();
        let caller = Caller::of(&token);
        tracing::debug!(with = signed_in_with, as_whom = %caller, "signed in");
        let tokens = TokenCache::new(Arc::new(credential));
        tokens.remember(&scope, token);
        let Surroundings { http, cloud, .. } = surroundings;
        Ok(Self {
            session: Arc::new(Session {
                http,
                cloud,
                tokens,
                signed_in_with,
                caller,
            }),
        })
    }

    /// Which sign-in of the chain is in use.
    pub(crate) fn signed_in_with(&self) -> &'static str {
        self.session.signed_in_with
    }

    /// Whom the token is for.
    pub(crate) fn caller(&self) -> &Caller {
        &self.session.caller
    }

    pub(crate) fn cloud(&self) -> &Cloud {
        &self.session.cloud
    }

    /// The clients, for services that take another token than the caller's.
    pub(crate) fn http(&self) -> &Http {
        &self.session.http
    }

    /// Requests made so far, tokens included.
    pub(crate) fn requests(&self) -> u64 {
        self.session.http.requests()
    }

    /// The token endpoint of a tenant, for proving as another identity.
    pub(crate) fn entra(&self, tenant: &str) -> Entra {
        Entra::new(self.session.http.clone(), &self.session.cloud, tenant)
    }

    /// The caller's own token for an audience.
    pub(crate) async fn token(&self, audience: Audience) -> Result<Token, AzureError> {
        self.session.tokens.get(self.scope(audience)).await
    }

    fn scope(&self, audience: Audience) -> &str {
        let cloud = &self.session.cloud;
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
        self.send(Call::get(address.url.clone()), address.audience)
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
        let mut page: Page<T> = self.get(address).await?;
        let mut all = std::mem::take(&mut page.value);
        while let Some(link) = page.next() {
            page = self.get(&address.follow(link)?).await?;
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
        let call = Call::ask(address.url.clone()).json(body);
        self.send(call, address.audience).await?.json()
    }

    /// Sends with the caller's token; a 401 is answered once, with the claims that it asks for.
    pub(super) async fn send(&self, call: Call, audience: Audience) -> Result<Reply, AzureError> {
        let Session { http, tokens, .. } = &*self.session;
        let scope = self.scope(audience);
        let token = tokens.get(scope).await?;
        let reply = http.send(&call, Some(&token.secret)).await?;
        let refusal = match reply.status.as_u16() {
            401 => reply.refusal(),
            _ => return reply.success(),
        };
        if refusal.has_code(&["InvalidAuthenticationTokenTenant"]) {
            return Err(refusal.into());
        }
        let claims = refusal.challenge.as_deref().and_then(challenge::claims);
        let token = tokens
            .replace(scope, &token.secret, claims.as_deref())
            .await?;
        http.send(&call, Some(&token.secret)).await?.success()
    }

    /// Sends without a token and hands back whatever comes: for the challenge of a 401.
    pub(super) async fn send_unsigned(&self, url: Url) -> Result<Reply, AzureError> {
        self.session.http.send(&Call::get(url), None).await
    }
}
