//! The remote write of `render` without Azure: flags give what Azure would return.

use secrecy::SecretString;

use super::builder::build;
use super::input::{InputField, RemoteWriteInput, RouteChoice};
use super::model::{ClusterLabel, CompleteRemoteWrite};
use super::pending::Pending;
use crate::spec::answers::ConnectionAnswers;
use crate::spec::choices::{AzureAd, ClusterChoice, WorkspaceChoice, WritePath};
use crate::spec::cloud::CloudName;
use crate::spec::ids::{ClientId, TenantId};
use crate::spec::ingestion_url::IngestionUrl;
use crate::target::Target;

/// The values of the flags, and the answers about the connection.
#[derive(Debug, Clone)]
pub(crate) struct OfflineInput<'a> {
    pub(crate) answers: &'a ConnectionAnswers,
    pub(crate) target: Target,
    pub(crate) cloud: CloudName,
    pub(crate) url: IngestionUrl,
    pub(crate) client_id: Option<ClientId>,
    pub(crate) tenant_id: Option<TenantId>,
    pub(crate) client_secret: Option<SecretString>,
}

impl OfflineInput<'_> {
    /// The remote write, or every missing flag with what it is about.
    pub(crate) fn remote_write(&self) -> Result<CompleteRemoteWrite, Vec<(&'static str, String)>> {
        let built = build(self.input()).map_err(|fields| {
            let flags = fields.into_iter().map(flag);
            let missing = flags.map(|(flag, what)| (flag, what.to_owned()));
            missing.collect::<Vec<_>>()
        })?;
        Ok(built.complete().expect("flags give values that are known"))
    }

    /// Whether the secret itself ends up in the file.
    pub(crate) fn writes_secret(&self) -> bool {
        self.input().writes_secret()
    }

    fn input(&self) -> RemoteWriteInput {
        let answers = self.answers;
        RemoteWriteInput {
            target: self.target,
            url: Some(Pending::Known(self.url.as_str().to_owned())),
            cloud: Some(self.cloud),
            entry_name: None,
            workspace: answers.workspace.as_ref().map(|choice| match choice {
                WorkspaceChoice::Name(name) => name.clone(),
                WorkspaceChoice::Id(id) => id.name().to_owned(),
            }),
            sign_in: answers.auth,
            client_id: self.client_id.clone().map(|id| Pending::Known(id.into())),
            tenant_id: self.tenant_id.clone().map(|id| Pending::Known(id.into())),
            client_secret: self.client_secret.clone().map(Pending::Known),
            certificate: answers.certificate.clone().map(Pending::Known),
            may_name_new_secret: true,
            token_file: answers.token_file.clone(),
            route: RouteChoice::Chosen {
                path: answers.path.unwrap_or(WritePath::Native),
                azuread: answers.azuread.unwrap_or(AzureAd::Direct),
                port: answers.sidecar_port,
            },
            sending: answers.sending(),
            cluster_label: self.cluster_label(),
        }
    }

    fn cluster_label(&self) -> Option<ClusterLabel> {
        if let Some(label) = &self.answers.cluster_label {
            return Some(ClusterLabel::Explicit(label.clone()));
        }
        let name = match self.answers.cluster.as_ref()? {
            ClusterChoice::Id(id) => id.name().to_owned(),
            ClusterChoice::Name(name) | ClusterChoice::Context(name) => name.clone(),
        };
        Some(ClusterLabel::Default(name))
    }
}

fn flag(field: InputField) -> (&'static str, &'static str) {
    match field {
        InputField::Url => ("--write-url", "where samples are written to"),
        InputField::SignIn => ("--auth", "how Prometheus signs in"),
        InputField::ClientId => ("--client-id", "the client id it signs in as"),
        InputField::TenantId => ("--tenant-id", "the tenant it signs in to"),
        InputField::ClientSecret => ("--client-secret-file", "a file with the secret"),
        InputField::Certificate => (
            "--certificate",
            "where Prometheus finds the certificate with its key",
        ),
        InputField::ClusterLabel => ("--cluster-label", "the label that identifies this cluster"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote_write::samples;
    use crate::spec::choices::SignIn;

    fn offline(answers: &ConnectionAnswers, target: Target) -> OfflineInput<'_> {
        OfflineInput {
            answers,
            target,
            cloud: CloudName::Public,
            url: IngestionUrl::parse(samples::URL, None).unwrap(),
            client_id: Some(samples::CLIENT.parse().unwrap()),
            tenant_id: None,
            client_secret: None,
        }
    }

    #[test]
    fn every_missing_flag_is_named_at_once() {
        let answers = ConnectionAnswers {
            auth: Some(SignIn::EntraSecret),
            ..ConnectionAnswers::default()
        };

        let missing = offline(&answers, Target::PrometheusYml).remote_write();

        let flags: Vec<_> = missing.unwrap_err().iter().map(|(flag, _)| *flag).collect();
        assert_eq!(
            flags,
            ["--tenant-id", "--client-secret-file", "--cluster-label"]
        );
    }

    #[test]
    fn the_name_of_the_cluster_is_a_label_that_an_existing_one_outranks() {
        let answers = ConnectionAnswers {
            auth: Some(SignIn::UserIdentity),
            cluster: Some(ClusterChoice::Name("aks-prod".into())),
            ..ConnectionAnswers::default()
        };

        let built = offline(&answers, Target::PrometheusYml).remote_write();

        let label = &built.unwrap().cluster_label;
        assert_eq!(*label, ClusterLabel::Default("aks-prod".into()));
    }
}
