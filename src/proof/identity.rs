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
                "run this where `amw-rw apply` keeps it, or make a new one: amw-rw apply --only client-secret",
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
                audience: spec.exchange_audience(),
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::fake::FakeApiServer;
    use crate::network::retry_policy::RetryPolicy;
    use crate::progress::Silent;
    use crate::proof::fake::DataPath;
    use crate::proof::hop::{Outcome, Proof, Verdict};
    use crate::proof::journey::prove;

    const TOKEN: &str = "POST /api/v1/namespaces/monitoring/serviceaccounts/prometheus/token";

    async fn proof_with(server: &FakeApiServer, path: &DataPath) -> Proof {
        let act_as = ActAs::ServiceAccount {
            client: ClientId::parse("33333333-3333-3333-3333-333333333333").unwrap(),
            account: ServiceAccount::parse("monitoring/prometheus").unwrap(),
            audience: "api://AzureADTokenExchange",
            kubernetes: server.connected().await,
        };
        prove(
            &path.world().await.route(act_as),
            RetryPolicy::VISIBILITY,
            &Silent,
        )
        .await
    }

    #[tokio::test]
    async fn a_token_of_the_cluster_is_exchanged_for_one_of_entra() {
        let answer = json!({
            "kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "metadata": {},
            "spec": {"audiences": ["api://AzureADTokenExchange"]},
            "status": {"token": "of-the-service-account", "expirationTimestamp": "2030-01-01T00:00:00Z"},
        });
        let server = FakeApiServer::default().answering(TOKEN, 201, answer);
        let path = DataPath::open();

        let proof = proof_with(&server, &path).await;

        assert_eq!(proof.verdict(), Verdict::Proven);
        assert_eq!(server.asked(), [TOKEN]);
        assert_eq!(path.times("token"), 1);
    }

    #[tokio::test]
    async fn no_right_to_create_tokens_says_nothing_about_prometheus() {
        let server = FakeApiServer::default().answering(TOKEN, 403, json!("no"));
        let path = DataPath {
            query: vec![crate::proof::fake::series(0)],
            ..DataPath::open()
        };

        let proof = proof_with(&server, &path).await;

        assert_eq!(proof.verdict(), Verdict::Unprovable);
        assert!(matches!(proof.token.outcome, Outcome::NotTried { .. }));
        assert!(proof.token.outcome.found().contains("create a token"));
    }
}
