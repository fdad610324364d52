//! What a connection asks of Prometheus: where to write, under which name, and as whom.

use std::borrow::Cow;

use secrecy::SecretString;

use crate::sign_in::SignIn;
use crate::spec::cloud::CloudName;
use crate::spec::sending::Sending;

/// One remote write to a workspace, whatever file it ends up in.
#[derive(Debug, Clone)]
pub(crate) struct RemoteWrite {
    /// Unique among the remote writes of one Prometheus; becomes its `remote_name` label.
    pub(crate) name: String,
    /// The ingestion URL as Azure gave it, with the data collection rule in its path.
    pub(crate) url: String,
    pub(crate) cloud: CloudName,
    pub(crate) authentication: Authentication,
    pub(crate) route: Route,
    pub(crate) sending: Sending,
    pub(crate) cluster_label: ClusterLabel,
}

/// Who signs in to Entra, and how it knows as whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    /// Prometheus, as its configuration says.
    Direct,
    /// Prometheus, by Azure's SDK within it, which looks into the environment of the process.
    Sdk,
    /// A container beside Prometheus, which listens on this port of the pod.
    Sidecar { port: u16 },
}

/// Where the sidecar listens when nobody says otherwise, as in Microsoft's examples.
pub(crate) const SIDECAR_PORT: u16 = 8081;

/// As whom is signed in.
#[derive(Debug, Clone)]
pub(crate) enum Authentication {
    /// Without a client id: the machine's own, system-assigned identity.
    ManagedIdentity { client_id: Option<String> },
    ClientSecret {
        client_id: String,
        tenant_id: String,
        secret: ClientSecret,
    },
    Certificate {
        client_id: String,
        tenant_id: String,
        certificate: Certificate,
    },
    /// The token file is named only where Prometheus would look in the wrong place.
    WorkloadIdentity {
        client_id: String,
        tenant_id: String,
        token_file: Option<String>,
    },
}

/// Where the client secret is when Prometheus reads its configuration.
#[derive(Debug, Clone)]
pub(crate) enum ClientSecret {
    /// In the file itself, the only way of a plain prometheus.yml.
    Inline(SecretString),
    /// In a Secret that the Operator reads.
    KubernetesSecret { name: String, key: String },
}

/// Where the client certificate is, with its private key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Certificate {
    /// A file that is there already, by its absolute path.
    File(String),
    /// In a Secret, which becomes a file.
    KubernetesSecret { name: String, key: String },
    /// In a key vault, from which the Secrets Store CSI driver makes a file, as this SecretProviderClass says.
    KeyVault {
        class: String,
        vault: String,
        certificate: String,
    },
}

/// Where a certificate that is mounted by us appears.
pub(crate) const CERTIFICATE_FOLDER: &str = "/var/run/secrets/azure/certificate";

/// The external label `cluster`, by which Azure's dashboards tell clusters apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ClusterLabel {
    /// The user asked for this value: it replaces another.
    Explicit(String),
    /// Our proposal: a value that is there already stays.
    Default(String),
}

impl Authentication {
    /// The method, as far as it can be told: the kubelet's identity is a user-assigned one.
    pub(crate) fn sign_in(&self) -> SignIn {
        match self {
            Self::ManagedIdentity { client_id: None } => SignIn::SystemIdentity,
            Self::ManagedIdentity { .. } => SignIn::UserIdentity,
            Self::ClientSecret { .. } => SignIn::EntraSecret,
            Self::Certificate { .. } => SignIn::EntraCertificate,
            Self::WorkloadIdentity { .. } => SignIn::WorkloadIdentity,
        }
    }
}

impl RemoteWrite {
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

    /// Where Prometheus itself sends its samples to.
    pub(crate) fn address(&self) -> Cow<'_, str> {
        match self.route {
            Route::Sidecar { port } => Cow::Owned(format!("http://localhost:{port}/api/v1/write")),
            Route::Direct | Route::Sdk => Cow::Borrowed(&self.url),
        }
    }
}

impl Certificate {
    /// Its file, as Prometheus sees it: PEM, or PKCS#12 without a password.
    pub(crate) fn path(&self) -> String {
        match self {
            Self::File(path) => path.clone(),
            Self::KubernetesSecret { key: file, .. }
            | Self::KeyVault {
                certificate: file, ..
            } => {
                format!("{CERTIFICATE_FOLDER}/{file}")
            }
        }
    }
}

impl ClusterLabel {
    pub(crate) fn value(&self) -> &str {
        match self {
            Self::Explicit(value) | Self::Default(value) => value,
        }
    }
}

/// The immutable id of the data collection rule that an ingestion URL writes through, whatever its host.
pub(crate) fn rule_of(url: &str) -> Option<&str> {
    let (_, path) = url.split_once("/dataCollectionRules/")?;
    let rule = path.split(['/', '?', '#']).next()?;
    rule.starts_with("dcr-").then_some(rule)
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
            sending: Sending::default(),
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
    }

    #[test]
    fn a_secret_is_not_shown_by_debug() {
        let authentication = Authentication::ClientSecret {
            client_id: "c".into(),
            tenant_id: "t".into(),
            secret: ClientSecret::Inline("hunter2".into()),
        };

        assert!(!format!("{authentication:?}").contains("hunter2"));
    }
}
