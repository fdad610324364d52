//! As whom do we try? Where a token of Prometheus' own identity can be had from outside, with that; else not at all.

use std::fmt;

use secrecy::SecretString;

use super::setback::Setback;
use crate::azure::entra::Entra;
use crate::cluster::Kubernetes;
use crate::plan::facts::HeldSecret;
use crate::spec::ids::ClientId;
use crate::spec::{Credential, ServiceAccount, Spec};

/// The identity that Prometheus uses, as far as we can be it.
pub(crate) enum ActAs {
    Secret {
        client: ClientId,
        secret: SecretString,
    },
    /// A token of the cluster for the service account, exchanged at Entra: just what Prometheus does.
    ServiceAccount {
        client: ClientId,
        account: ServiceAccount,
        audience: &'static str,
        kubernetes: Kubernetes,
    },
    Nobody {
        why: String,
        next: Option<String>,
    },
}

impl ActAs {
    /// `kubernetes` is the connection, or why there is none.
    pub(crate) fn choose(
        spec: &Spec,
        client: &ClientId,
        secret: Option<&HeldSecret>,
        kubernetes: Result<&Kubernetes, String>,
    ) -> Self {
        let client = client.clone();
        match (&spec.credential, secret, kubernetes) {
            (Credential::EntraSecret { .. }, Some(held), _) => Self::Secret {
                client,
                secret: held.value.clone(),
            },
            (Credential::EntraSecret { .. }, None, _) => Self::nobody(
                "the client secret is not known here",
                "give it with `--client-secret-file FILE`",
            ),
            (
                Credential::WorkloadIdentity {
                    service_account, ..
                },
                _,
                Ok(kubernetes),
            ) => Self::ServiceAccount {
                client,
                account: service_account.clone(),
                audience: spec.exchange_audience,
                kubernetes: kubernetes.clone(),
            },
            (Credential::WorkloadIdentity { .. }, _, Err(why)) => Self::Nobody { why, next: None },
            (Credential::UserIdentity { .. }, ..) => Self::nobody(
                "only the cluster's nodes are given tokens of a managed identity",
                "watch prometheus_remote_storage_samples_failed_total in Prometheus: it stays 0 once the role counts, which can take 30 minutes",
            ),
        }
    }

    fn nobody(why: &str, next: &str) -> Self {
        Self::Nobody {
            why: why.to_owned(),
            next: Some(next.to_owned()),
        }
    }

    pub(super) async fn token(&self, entra: &Entra, scope: &str) -> Result<SecretString, Setback> {
        let token = match self {
            Self::Secret { client, secret } => {
                entra.token_for_secret(client, secret, scope).await?
            }
            Self::ServiceAccount {
                client,
                account,
                audience,
                kubernetes,
            } => {
                let assertion = kubernetes.request_token(account, audience).await?;
                entra.token_for_assertion(client, &assertion, scope).await?
            }
            Self::Nobody { why, next } => {
                return Err(Setback::NotFromHere {
                    why: why.clone(),
                    next: next.clone(),
                });
            }
        };
        Ok(token.secret)
    }
}

impl fmt::Display for ActAs {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret { client, .. } => write!(out, "application {client}"),
            Self::ServiceAccount { account, .. } => write!(out, "service account {account}"),
            Self::Nobody { .. } => out.write_str("nobody"),
        }
    }
}
