//! The model of a remote write: where Prometheus writes to, under which name, and how it authenticates.

use std::ops::Deref;

use secrecy::SecretString;

use super::pending::Pending;
use crate::sign_in::{CredentialKind, SignIn};
use crate::spec::cloud::CloudName;
use crate::spec::ingestion_url::RULES_FOLDER;
use crate::spec::sending::SendSettings;

/// One remote write to a workspace, whatever file it ends up in.
#[derive(Debug, Clone)]
pub(crate) struct RemoteWrite {
    /// Unique among the remote writes of one Prometheus; becomes its `remote_name` label.
    pub(crate) name: String,
    /// The ingestion URL as Azure gave it, with the data collection rule in its path.
    pub(crate) url: Pending<String>,
    pub(crate) cloud: CloudName,
    pub(crate) authentication: Authentication,
    pub(crate) route: Route,
    pub(crate) sending: SendSettings,
    pub(crate) cluster_label: ClusterLabel,
}

/// Which program authenticates, and where its credentials are configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    /// Prometheus, with the credentials in its configuration.
    Direct,
    /// Azure's SDK in Prometheus, with the credentials in the environment of the process.
    Sdk,
    /// The sidecar container, which listens on this port of the pod.
    Sidecar { port: u16 },
}

/// The default port of the sidecar, as in Microsoft's examples.
pub(crate) const SIDECAR_PORT: u16 = 8081;

/// The credentials used to authenticate.
#[derive(Debug, Clone)]
pub(crate) enum Authentication {
    /// Without a client id: the machine's own, system-assigned identity.
    ManagedIdentity { client_id: Option<Pending<String>> },
    ClientSecret {
        client_id: Pending<String>,
        tenant_id: Pending<String>,
        secret: ClientSecret,
    },
    Certificate {
        client_id: Pending<String>,
        tenant_id: Pending<String>,
        certificate: Certificate,
    },
    /// The token file is named only where Prometheus would look for it in another place.
    WorkloadIdentity {
        client_id: Pending<String>,
        tenant_id: Pending<String>,
        token_file: Option<String>,
    },
}

/// Where the client secret is when Prometheus reads its configuration.
#[derive(Debug, Clone)]
pub(crate) enum ClientSecret {
    /// In the file itself, as a plain prometheus.yml needs it.
    Inline(Pending<SecretString>),
    /// In a Kubernetes Secret that the Operator reads.
    KubernetesSecret { name: String, key: String },
}

/// Where the client certificate is, with its private key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Certificate {
    /// An existing file, by its absolute path.
    File(Pending<String>),
    /// In a Kubernetes Secret, which is mounted as a file.
    KubernetesSecret { name: String, key: String },
    /// In a key vault; the Secrets Store CSI driver mounts it as a file through this SecretProviderClass.
    KeyVault {
        class: String,
        vault: String,
        certificate: String,
    },
}

/// The folder in which the container sees a mounted certificate.
pub(crate) const CERTIFICATE_FOLDER: &str = "/var/run/secrets/azure/certificate";

/// The external label `cluster`, by which Azure's dashboards distinguish clusters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ClusterLabel {
    /// The user asked for this value: it replaces another one.
    Explicit(String),
    /// A proposal: an existing value is kept.
    Default(String),
    /// The user replaces this placeholder in the text that is printed.
    ByUser(&'static str),
}

impl Authentication {
    /// The method of `--auth`; the identity of the kubelet is written like any other user-assigned one.
    pub(crate) fn sign_in(&self) -> SignIn {
        SignIn::of_credential(self.credential(), self.client_id().is_some())
            .expect("every block of azuread has a method in the table")
    }

    fn credential(&self) -> CredentialKind {
        match self {
            Self::ManagedIdentity { .. } => CredentialKind::Machine,
            Self::ClientSecret { .. } => CredentialKind::ClientSecret,
            Self::Certificate { .. } => CredentialKind::Certificate,
            Self::WorkloadIdentity { .. } => CredentialKind::PodToken,
        }
    }

    /// None for a system-assigned identity.
    pub(crate) fn client_id(&self) -> Option<&Pending<String>> {
        match self {
            Self::ManagedIdentity { client_id } => client_id.as_ref(),
            Self::ClientSecret { client_id, .. }
            | Self::Certificate { client_id, .. }
            | Self::WorkloadIdentity { client_id, .. } => Some(client_id),
        }
    }

    /// None for a managed identity, whose tenant is that of its machine.
    pub(crate) fn tenant_id(&self) -> Option<&Pending<String>> {
        match self {
            Self::ManagedIdentity { .. } => None,
            Self::ClientSecret { tenant_id, .. }
            | Self::Certificate { tenant_id, .. }
            | Self::WorkloadIdentity { tenant_id, .. } => Some(tenant_id),
        }
    }

    fn is_known(&self) -> bool {
        let proof = match self {
            Self::ClientSecret {
                secret: ClientSecret::Inline(secret),
                ..
            } => secret.is_known(),
            Self::Certificate {
                certificate: Certificate::File(path),
                ..
            } => path.is_known(),
            _ => true,
        };
        let ids = [self.client_id(), self.tenant_id()];
        proof && ids.into_iter().flatten().all(Pending::is_known)
    }
}

/// A remote write without pending values: the only one that is written to a file.
#[derive(Debug, Clone)]
pub(crate) struct CompleteRemoteWrite(RemoteWrite);

impl Deref for CompleteRemoteWrite {
    type Target = RemoteWrite;

    fn deref(&self) -> &RemoteWrite {
        &self.0
    }
}

impl RemoteWrite {
    /// The same, if nothing in it is pending.
    pub(crate) fn complete(self) -> Option<CompleteRemoteWrite> {
        let is_complete = self.url.is_known()
            && self.authentication.is_known()
            && !matches!(self.cluster_label, ClusterLabel::ByUser(_));
        is_complete.then_some(CompleteRemoteWrite(self))
    }

    /// Whether the written file itself will hold a secret.
    pub(crate) fn carries_secret(&self) -> bool {
        self.route == Route::Direct
            && matches!(
                &self.authentication,
                Authentication::ClientSecret {
                    secret: ClientSecret::Inline(_),
                    ..
                }
            )
    }

    /// The URL to which Prometheus itself sends its samples.
    pub(crate) fn address(&self) -> Pending<String> {
        match self.route {
            Route::Sidecar { port } => {
                // The path that Microsoft documents for the sidecar, which sends to its own INGESTION_URL in any case.
                Pending::Known(format!("http://localhost:{port}/api/v1/write"))
            }
            Route::Direct | Route::Sdk => self.url.clone(),
        }
    }
}

impl Certificate {
    /// Its file, as Prometheus sees it: PEM, or PKCS#12 without a password.
    pub(crate) fn path(&self) -> Pending<String> {
        match self {
            Self::File(path) => path.clone(),
            Self::KubernetesSecret { key: file, .. }
            | Self::KeyVault {
                certificate: file, ..
            } => Pending::Known(format!("{CERTIFICATE_FOLDER}/{file}")),
        }
    }
}

impl ClusterLabel {
    /// Its value, or the placeholder for it.
    pub(crate) fn value(&self) -> &str {
        match self {
            Self::Explicit(value) | Self::Default(value) => value,
            Self::ByUser(placeholder) => placeholder,
        }
    }
}

/// The immutable id of the data collection rule that an ingestion URL writes through, whatever its host.
pub(crate) fn rule_of(url: &str) -> Option<&str> {
    let folder = format!("/{RULES_FOLDER}/").to_ascii_lowercase();
    let start = url.to_ascii_lowercase().find(&folder)? + folder.len();
    // The lower-case copy has the same byte offsets: only ASCII letters change.
    let rule = url[start..].split(['/', '?', '#']).next()?;
    let is_rule = rule
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("dcr-"));
    is_rule.then_some(rule)
}

/// Whether both URLs write through one rule. Neither the host nor the path is case-sensitive.
pub(crate) fn is_same_rule(one: &str, other: &str) -> bool {
    let rules = rule_of(one).zip(rule_of(other));
    rules.is_some_and(|(one, other)| one.eq_ignore_ascii_case(other))
}

/// Whether both are ingestion URLs of one data collection endpoint, which each workspace has of its own.
pub(crate) fn is_same_endpoint(one: &str, other: &str) -> bool {
    let endpoint = |url: &str| {
        let (before, _) = url.split_once(rule_of(url)?)?;
        // URLs of Azure can name the default port (recorded), which makes no other endpoint of them.
        Some(before.to_ascii_lowercase().replacen(":443/", "/", 1))
    };
    endpoint(one).is_some_and(|one| endpoint(other) == Some(one))
}

/// The name of the workspace: the ingestion host starts with it and a random suffix. `None` for any other host.
pub(crate) fn workspace_in(url: &str) -> Option<String> {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    let label = authority.split(['.', '/', ':']).next().unwrap_or_default();
    // `<workspace>-<4 letters>.<region>-1.metrics.ingest…`: the name itself can have hyphens.
    let (name, _) = label.rsplit_once('-')?;
    Some(name.to_ascii_lowercase())
}

/// Connections for the tests of this folder and of `patch`.
#[cfg(test)]
pub(crate) mod samples {
    use super::*;

    pub(crate) const URL: &str = "https://monitor-abcd.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24";
    pub(crate) const CLIENT: &str = "11111111-2222-3333-4444-555555555555";
    pub(crate) const TENANT: &str = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";

    pub(crate) fn remote_write(authentication: Authentication) -> RemoteWrite {
        RemoteWrite {
            name: "amw-monitor".into(),
            url: URL.into(),
            cloud: CloudName::Public,
            authentication,
            route: Route::Direct,
            sending: SendSettings::default(),
            cluster_label: ClusterLabel::Default("prod".into()),
        }
    }

    pub(crate) fn user_identity() -> Authentication {
        Authentication::ManagedIdentity {
            client_id: Some(CLIENT.into()),
        }
    }

    pub(crate) fn secret(secret: ClientSecret) -> Authentication {
        Authentication::ClientSecret {
            client_id: CLIENT.into(),
            tenant_id: TENANT.into(),
            secret,
        }
    }

    pub(crate) fn certificate(certificate: Certificate) -> Authentication {
        Authentication::Certificate {
            client_id: CLIENT.into(),
            tenant_id: TENANT.into(),
            certificate,
        }
    }

    pub(crate) fn workload_identity() -> Authentication {
        Authentication::WorkloadIdentity {
            client_id: CLIENT.into(),
            tenant_id: TENANT.into(),
            token_file: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_recognised_in_the_url_of_any_cloud_and_api_version() {
        let rule = "dcr-0123456789abcdef0123456789abcdef";
        for url in [
            "https://w-abcd.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/RULE/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24",
            "https://w.usgovvirginia-1.metrics.ingest.monitor.azure.us/dataCollectionRules/RULE/streams/x/api/v1/write?api-version=2021-11-01-preview",
            "http://127.0.0.1:8081/dataCollectionRules/RULE/streams/x/api/v1/write",
        ] {
            assert_eq!(rule_of(&url.replace("RULE", rule)), Some(rule));
        }
        assert_eq!(rule_of("http://mimir/api/v1/push"), None);
        let upper = samples::URL.to_uppercase();
        assert!(is_same_rule(&upper, samples::URL), "{upper}");
        let other = samples::URL.replace("dcr-0", "dcr-1");
        assert!(!is_same_rule(&upper, &other), "{other}");
    }

    #[test]
    fn a_placeholder_of_the_user_is_never_complete() {
        let by_user = || Pending::ByUser("VALUE");
        let whole = samples::remote_write(samples::certificate(Certificate::File("/pem".into())));
        assert!(whole.clone().complete().is_some());
        let authentication = |client_id, tenant_id, file| Authentication::Certificate {
            client_id,
            tenant_id,
            certificate: Certificate::File(file),
        };
        let known = || Pending::from("known");
        for unfinished in [
            authentication(by_user(), known(), known()),
            authentication(known(), by_user(), known()),
            authentication(known(), known(), by_user()),
        ] {
            let written = samples::remote_write(unfinished);
            assert!(written.clone().complete().is_none(), "{written:?}");
        }
        let without_url = RemoteWrite {
            url: by_user(),
            ..whole.clone()
        };
        assert!(without_url.complete().is_none());
        let without_label = RemoteWrite {
            cluster_label: ClusterLabel::ByUser("CLUSTER_LABEL"),
            ..whole
        };
        assert!(without_label.complete().is_none());
    }

    #[test]
    fn only_a_host_of_azure_has_the_name_of_a_workspace() {
        assert_eq!(workspace_in(samples::URL).as_deref(), Some("monitor"));
        assert_eq!(workspace_in("http://localhost:8081/api/v1/write"), None);
    }

    #[test]
    fn a_secret_is_not_shown_by_debug() {
        let authentication = Authentication::ClientSecret {
            client_id: "c".into(),
            tenant_id: "t".into(),
            secret: ClientSecret::Inline(Pending::Known("hunter2".into())),
        };

        assert!(!format!("{authentication:?}").contains("hunter2"));
    }
}
