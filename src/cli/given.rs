//! What does Prometheus have to be told when Azure is not asked? The Azure side as facts on the command line.

use std::path::PathBuf;

use clap::Args;
use secrecy::SecretString;

use crate::error::Failure;
use crate::files;
use crate::remote_write;
use crate::remote_write::{Authentication, ClientSecret, ClusterLabel, RemoteWrite};
use crate::sign_in::CredentialKind;
use crate::spec::answers::ConnectionAnswers;
use crate::spec::choices::{AzureAd, ClusterChoice, WorkspaceChoice, WritePath};
use crate::spec::cloud::CloudName;
use crate::spec::names;
use crate::spec::sending::Sending;
use crate::target::{SecretPlace, Target};

/// The Azure side as given facts, so that it works offline.
#[derive(Debug, Args)]
pub(crate) struct Given {
    /// Remote-write URL: with it, Azure is not asked
    #[arg(long, value_name = "URL")]
    pub(crate) write_url: Option<String>,
    /// Client id that Prometheus signs in as
    #[arg(long, value_name = "ID", requires = "write_url")]
    client_id: Option<String>,
    /// Tenant that it signs in to
    #[arg(long, value_name = "ID", requires = "write_url")]
    tenant_id: Option<String>,
    /// File that holds the client secret
    #[arg(long, value_name = "FILE", requires = "write_url")]
    client_secret_file: Option<PathBuf>,
}

/// One connection of which nothing has to be looked up.
pub(crate) struct Known<'a> {
    pub(crate) given: &'a Given,
    pub(crate) answers: &'a ConnectionAnswers,
    pub(crate) target: Target,
    pub(crate) cloud: CloudName,
    pub(crate) url: &'a str,
}

impl Known<'_> {
    /// The remote write, or all that is missing for it at once. `doing` completes "cannot …".
    pub(crate) fn remote_write(&self, doing: &str) -> Result<RemoteWrite, Failure> {
        let answers = self.answers;
        Ok(RemoteWrite {
            name: names::remote_write(&self.workspace()),
            url: self.url.to_owned(),
            cloud: self.cloud,
            authentication: self.authentication(doing)?,
            route: remote_write::route(
                answers.path.unwrap_or(WritePath::Native),
                answers.azuread.unwrap_or(AzureAd::Direct),
                answers.sidecar_port,
            ),
            sending: Sending::of(answers),
            cluster_label: self.label(),
        })
    }

    /// The tenant as given; empty where nothing needs it.
    pub(crate) fn tenant(&self) -> &str {
        self.given.tenant_id.as_deref().unwrap_or_default()
    }

    fn label(&self) -> ClusterLabel {
        match (&self.answers.cluster_label, &self.answers.cluster) {
            (Some(label), _) => ClusterLabel::Explicit(label.clone()),
            (None, Some(ClusterChoice::Id(id))) => ClusterLabel::Default(id.name().to_owned()),
            (None, Some(ClusterChoice::Name(name) | ClusterChoice::Context(name))) => {
                ClusterLabel::Default(name.clone())
            }
            (None, None) => ClusterLabel::Default("prometheus".to_owned()),
        }
    }

    /// The ingestion host starts with the workspace's name and a random suffix.
    pub(crate) fn workspace(&self) -> String {
        match &self.answers.workspace {
            Some(WorkspaceChoice::Name(name)) => name.clone(),
            Some(WorkspaceChoice::Id(id)) => id.name().to_owned(),
            None => {
                let host = url::Url::parse(self.url)
                    .ok()
                    .and_then(|url| url.host_str().map(str::to_owned))
                    .unwrap_or_default();
                let label = host.split('.').next().unwrap_or_default();
                label
                    .rsplit_once('-')
                    .map_or(label, |(name, _)| name)
                    .to_owned()
            }
        }
    }

    fn authentication(&self, doing: &str) -> Result<Authentication, Failure> {
        let missing = self.missing();
        let (true, Some(auth)) = (missing.is_empty(), self.answers.auth) else {
            return Err(Failure::missing(doing, &missing));
        };
        let client_id = self.given.client_id.clone().unwrap_or_default();
        let tenant_id = self.given.tenant_id.clone().unwrap_or_default();
        let needs = auth.needs();
        Ok(match needs.credential {
            CredentialKind::Machine => Authentication::ManagedIdentity {
                client_id: needs.client_id.then_some(client_id),
            },
            CredentialKind::ClientSecret => Authentication::ClientSecret {
                client_id,
                tenant_id,
                secret: self.secret()?,
            },
            CredentialKind::Certificate => Authentication::Certificate {
                client_id,
                tenant_id,
                certificate: remote_write::certificate(
                    self.answers.certificate.as_ref(),
                    &self.workspace(),
                ),
            },
            CredentialKind::PodToken => Authentication::WorkloadIdentity {
                client_id,
                tenant_id,
                token_file: self.answers.token_file.clone(),
            },
        })
    }

    /// Every answer without which there is no remote write: its flag, and what it is.
    fn missing(&self) -> Vec<(&'static str, String)> {
        let (given, auth) = (self.given, self.answers.auth);
        // Of a method that was not chosen yet anything may be needed.
        let has_client = auth.is_none_or(|auth| auth.needs().client_id);
        let has_tenant = auth.is_none_or(|auth| auth.needs().tenant_id);
        let has_certificate = auth.is_some_and(|auth| auth.uses(CredentialKind::Certificate));
        let is_file_by_hand = !self.target.describes_pod();
        let wanted = [
            ("--auth", "how Prometheus signs in", auth.is_none()),
            (
                "--client-id",
                "the client id it signs in as",
                has_client && given.client_id.is_none(),
            ),
            (
                "--tenant-id",
                "the tenant it signs in to",
                has_tenant && given.tenant_id.is_none(),
            ),
            (
                "--client-secret-file",
                "a file with the secret",
                self.writes_secret() && given.client_secret_file.is_none(),
            ),
            (
                "--certificate",
                "where Prometheus finds the certificate with its key",
                has_certificate && is_file_by_hand && self.answers.certificate.is_none(),
            ),
            (
                "--cluster-label",
                "what tells this cluster from others",
                self.answers.cluster_label.is_none() && self.answers.cluster.is_none(),
            ),
        ];
        wanted
            .iter()
            .filter(|(.., open)| *open)
            .map(|(flag, what, _)| (*flag, (*what).to_owned()))
            .collect()
    }

    /// Whether the secret itself ends up in the file.
    fn writes_secret(&self) -> bool {
        self.answers
            .auth
            .is_some_and(|auth| auth.uses(CredentialKind::ClientSecret))
            && self.target.secret_place() == SecretPlace::InFile
            && self.answers.azuread != Some(AzureAd::Sdk)
    }

    fn secret(&self) -> Result<ClientSecret, Failure> {
        match &self.given.client_secret_file {
            Some(path) if self.writes_secret() => {
                let text = files::read(path)
                    .map_err(|error| Failure::usage("read the client secret").because(error))?;
                Ok(ClientSecret::Inline(SecretString::from(text.trim())))
            }
            _ => Ok(ClientSecret::KubernetesSecret {
                name: remote_write::secret_name(&self.workspace()),
                key: remote_write::SECRET_KEY.to_owned(),
            }),
        }
    }
}
