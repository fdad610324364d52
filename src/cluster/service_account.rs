//! Which service account does Prometheus have? Service accounts, their tokens and the issuer of those.

use std::collections::BTreeMap;

use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1;
use kube::Api;
use kube::api::{GetParams, PostParams};
use kube::core::Request;
use secrecy::SecretString;
use serde_json::Value;

use super::client::{Kubernetes, or_absent};
use super::error::ClusterError;
use crate::spec::ServiceAccount;
use crate::spec::webhook_keys;

/// The shortest life that the API server grants a token, in seconds: we use it at once.
const TOKEN_LIFE: i64 = 600;

/// A service account as it is in the cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LiveServiceAccount {
    pub(crate) annotations: BTreeMap<String, String>,
    /// All of it: labels, annotations and managers show who keeps the account.
    pub(crate) metadata: Value,
}

impl LiveServiceAccount {
    /// The client id that the workload identity webhook hands to pods.
    pub(crate) fn client_id(&self) -> Option<&str> {
        // The webhook reads it when a pod is created: a pod that is older than the annotation does not get the id.
        self.annotations
            .get(webhook_keys::CLIENT_ID)
            .map(String::as_str)
    }

    /// Whether the annotations are those of this client in this tenant.
    pub(crate) fn is_annotated(&self, client: Option<&str>, tenant: &str) -> bool {
        let is = |written: Option<&str>, value: &str| {
            written.is_some_and(|written| written.eq_ignore_ascii_case(value))
        };
        let of_tenant = self.annotations.get(webhook_keys::TENANT_ID);
        client.is_some_and(|client| is(self.client_id(), client))
            && is(of_tenant.map(String::as_str), tenant)
    }
}

impl Kubernetes {
    /// The service account, or `None` where there is none of that name.
    pub(crate) async fn service_account(
        &self,
        account: &ServiceAccount,
    ) -> Result<Option<LiveServiceAccount>, ClusterError> {
        let doing = format!("read service account {account}");
        let found = or_absent(
            self.ask(&doing, self.accounts(account).get(&account.name))
                .await,
        )?;
        Ok(found.map(|found| LiveServiceAccount {
            metadata: serde_json::to_value(&found.metadata).unwrap_or_default(),
            annotations: found.metadata.annotations.unwrap_or_default(),
        }))
    }

    /// A short-lived token of the service account for `audience`, such as its pods are given.
    pub(crate) async fn request_token(
        &self,
        account: &ServiceAccount,
        audience: &str,
    ) -> Result<SecretString, ClusterError> {
        let doing = format!("create a token for service account {account}");
        let request = TokenRequest {
            spec: TokenRequestSpec {
                // The default token of a pod would not do: it usually lives longer than Entra allows (AADSTS70023).
                audiences: vec![audience.to_owned()],
                expiration_seconds: Some(TOKEN_LIFE),
                // A token that is bound to a pod ends with the pod; this one has no pod. Entra looks at issuer, subject
                // and audience only.
                bound_object_ref: None,
            },
            ..TokenRequest::default()
        };
        let (accounts, parameters) = (self.accounts(account), PostParams::default());
        // Needs `create` on `serviceaccounts/token`, which a right to read service accounts does not include.
        let question = accounts.create_token_request(&account.name, &parameters, &request);
        let answer = self.ask(&doing, question).await?;
        let status = answer.status.ok_or_else(|| ClusterError::NotFound {
            doing,
            message: "the answer holds no token".to_owned(),
        })?;
        Ok(SecretString::from(status.token))
    }

    /// The issuer that the cluster's tokens name, byte for byte.
    pub(crate) async fn issuer(&self) -> Result<Option<String>, ClusterError> {
        // By default only service accounts may read this (ClusterRole system:service-account-issuer-discovery): a user
        // without more rights gets 403.
        let request = Request::new("/.well-known")
            .get("openid-configuration", &GetParams::default())
            .expect("a constant path makes a request");
        let question = self.client.request::<Value>(request);
        let document = or_absent(self.ask("read the token issuer", question).await)?;
        // On AKS it ends in a slash, which belongs to it: the federated credential has to have it as well.
        Ok(document.and_then(|document| Some(document.get("issuer")?.as_str()?.to_owned())))
    }

    fn accounts(&self, account: &ServiceAccount) -> Api<v1::ServiceAccount> {
        Api::namespaced(self.client.clone(), &account.namespace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_annotated_with_client_and_tenant() {
        let account = |annotations: &[(&str, &str)]| {
            let named = |(name, value): &(&str, &str)| {
                let name = format!("{}{name}", webhook_keys::DOMAIN);
                (name, (*value).to_owned())
            };
            LiveServiceAccount {
                annotations: annotations.iter().map(named).collect(),
                metadata: Value::Null,
            }
        };
        let both = account(&[("client-id", "AA"), ("tenant-id", "bb")]);

        assert!(both.is_annotated(Some("aa"), "bb"));
        assert!(!both.is_annotated(Some("aa"), "cc"));
        assert!(!both.is_annotated(None, "bb"));
        assert!(!account(&[("client-id", "aa")]).is_annotated(Some("aa"), "bb"));
    }
}
