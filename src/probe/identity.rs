//! Which identity sends the probe? Prometheus' own, if we can get a token for it; otherwise none.

use std::fmt;

use secrecy::SecretString;

use super::attempt_error::AttemptError;
use crate::azure::entra::Entra;
use crate::cluster::Kubernetes;
use crate::facts::HeldSecret;
use crate::problem::Problem;
use crate::spec::command_line::own;
use crate::spec::ids::ClientId;
use crate::spec::{CredentialSource, ServiceAccount, Spec};

/// The identity that Prometheus uses, as far as we can get its tokens.
pub(crate) enum ProbeIdentity {
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
    /// No token of this identity can be had from here.
    Unavailable(Problem),
}

impl ProbeIdentity {
    /// `kubernetes` is the connection, or why there is none.
    pub(crate) fn choose(
        spec: &Spec,
        client: &ClientId,
        secret: Option<&HeldSecret>,
        kubernetes: Result<&Kubernetes, Problem>,
    ) -> Self {
        let client = client.clone();
        match (&spec.credential.source, secret, kubernetes) {
            (CredentialSource::ClientSecret, Some(held), _) => Self::Secret {
                client,
                secret: held.value.clone(),
            },
            (CredentialSource::ClientSecret, None, _) => Self::Unavailable(
                Problem::new("the client secret is not on this machine")
                    .next("run this command where `apply` stored the client secret")
                    .next(own::apply_only("client-secret")),
            ),
            (CredentialSource::PodToken(service_account), _, Ok(kubernetes)) => Self::ServiceAccount {
                client,
                account: service_account.clone(),
                audience: spec.exchange_audience(),
                kubernetes: kubernetes.clone(),
            },
            (CredentialSource::PodToken(_), _, Err(problem)) => Self::Unavailable(problem),
            (CredentialSource::UnreadPodToken, ..) => Self::Unavailable(
                Problem::new("the service account of Prometheus is not known: see `cluster-readable`")
                    .next("name it: --service-account NAMESPACE/NAME"),
            ),
            // A managed identity gets its tokens from an address that only its own machine can reach (169.254.169.254).
            (CredentialSource::Machine, ..) => Self::Unavailable(
                Problem::new("only the cluster's nodes can get tokens for a managed identity")
                    .next("watch prometheus_remote_storage_samples_failed_total in Prometheus: it stays 0 once the role is active, which can take 30 minutes"),
            ),
        }
    }

    pub(super) async fn token(
        &self,
        entra: &Entra,
        scope: &str,
    ) -> Result<SecretString, AttemptError> {
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
                // TokenRequest of the API server, with the audience of the federated credential: what the kubelet does
                // for a projected volume.
                let assertion = kubernetes.request_token(account, audience).await?;
                entra.token_for_assertion(client, &assertion, scope).await?
            }
            Self::Unavailable(problem) => return Err(AttemptError::NotFromHere(problem.clone())),
        };
        Ok(token.secret)
    }
}

impl fmt::Display for ProbeIdentity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret { client, .. } => write!(out, "application {client}"),
            Self::ServiceAccount { account, .. } => write!(out, "service account {account}"),
            Self::Unavailable(_) => out.write_str("no identity"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::fake::FakeApiServer;
    use crate::network::retry_policy::RetryPolicy;
    use crate::probe::fake::FakeServices;
    use crate::probe::run::send;
    use crate::probe::stage::{ProbeReport, ProbeVerdict, StageOutcome};
    use crate::progress::SilentProgress;

    const TOKEN: &str = "POST /api/v1/namespaces/monitoring/serviceaccounts/prometheus/token";

    async fn report_with(server: &FakeApiServer, path: &FakeServices) -> ProbeReport {
        let identity = ProbeIdentity::ServiceAccount {
            client: ClientId::parse("33333333-3333-3333-3333-333333333333").unwrap(),
            account: ServiceAccount::parse("monitoring/prometheus").unwrap(),
            audience: "api://AzureADTokenExchange",
            kubernetes: server.connected().await,
        };
        send(
            &path.world().await.route(identity),
            RetryPolicy::VISIBILITY,
            &SilentProgress,
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
        let path = FakeServices::open();

        let report = report_with(&server, &path).await;

        assert_eq!(report.verdict(), ProbeVerdict::Proven);
        assert_eq!(server.asked(), [TOKEN]);
        assert_eq!(path.times("token"), 1);
    }

    #[tokio::test]
    async fn no_right_to_create_tokens_proves_nothing_about_prometheus() {
        let server = FakeApiServer::default().answering(TOKEN, 403, json!("no"));
        let path = FakeServices {
            query: vec![crate::probe::fake::series(0)],
            ..FakeServices::open()
        };

        let report = report_with(&server, &path).await;

        assert_eq!(report.verdict(), ProbeVerdict::Unprovable);
        assert!(matches!(report.token.outcome, StageOutcome::NotTried(_)));
        assert!(report.token.outcome.found().contains("create a token"));
    }
}
