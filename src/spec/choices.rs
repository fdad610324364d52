//! The values of answers, including those that no command supports yet.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::builder::{OsStringValueParser, TypedValueParser};
use serde::{Deserialize, Serialize};

use super::ids::{ClientId, ResourceId};
use super::ingestion_url::is_placeholder;
use super::names;
use crate::text::path_text;

pub(crate) use crate::sign_in::SignIn;

macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$note:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum)]
        pub(crate) enum $name {
            $($(#[$note])* #[serde(rename = $word)] #[value(name = $word)] $variant),+
        }

        impl $name {
            pub(crate) fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(self.as_str())
            }
        }
    };
}

words!(
    /// Where Prometheus runs.
    #[derive(Default)]
    PlatformKind {
        #[default]
        Aks = "aks",
        Arc = "arc",
        Kubernetes = "kubernetes",
        AzureVm = "azure-vm",
        AzureVmss = "azure-vmss",
        Host = "host",
    }
);

words!(
    /// Which data collection rule takes the data.
    IngestionPath {
        /// The workspace's own.
        Default = "default",
        Dedicated = "dedicated",
    }
);

words!(
    /// How samples get from Prometheus to Azure.
    WritePath {
        Native = "native",
        Sidecar = "sidecar",
        Proxy = "proxy",
    }
);

words!(
    /// Whether something is sent.
    Switch {
        On = "on",
        Off = "off",
    }
);

words!(
    /// How labels are changed on the way to the workspace.
    Relabeling {
        /// Unchanged.
        None = "none",
        /// Jobs get the names that Azure's dashboards query.
        AzureDashboards = "azure-dashboards",
    }
);

words!(
    /// Whether the label that distinguishes the replicas of one Prometheus is sent.
    ReplicaLabels {
        Keep = "keep",
        Drop = "drop",
    }
);

words!(
    /// Where the credentials of Prometheus are configured.
    AzureAd {
        /// In the configuration.
        Direct = "direct",
        /// In the environment of the process, where Azure's SDK in Prometheus reads them.
        Sdk = "sdk",
    }
);

macro_rules! spelled {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(choice: $name) -> String {
                choice.to_string()
            }
        }
    };
}

pub(super) use spelled;

/// Where the client certificate is, with its private key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) enum CertificateChoice {
    /// A PEM file where Prometheus can read it.
    File(String),
    /// A key of a Kubernetes Secret.
    Secret { name: String, key: String },
    /// A certificate of a key vault, brought by the Secrets Store CSI driver.
    KeyVault { vault: String, certificate: String },
}

impl FromStr for CertificateChoice {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        // Prometheus resolves no path within `azuread` against the folder of its configuration, so it has to be
        // absolute.
        if let Some(path) = text.strip_prefix("file:")
            && path.starts_with('/')
        {
            return Ok(Self::File(path.to_owned()));
        }
        let pair = |rest: &str| {
            let (first, second) = rest.split_once('/')?;
            (!first.is_empty() && !second.is_empty() && !second.contains('/'))
                .then(|| (first.to_owned(), second.to_owned()))
        };
        if let Some((name, key)) = text.strip_prefix("secret:").and_then(pair) {
            return Ok(Self::Secret { name, key });
        }
        if let Some((vault, certificate)) = text.strip_prefix("key-vault:").and_then(pair) {
            return Ok(Self::KeyVault { vault, certificate });
        }
        Err(format!(
            "`{text}` is not a certificate: use secret:NAME/KEY, key-vault:VAULT/CERTIFICATE or file:/ABSOLUTE/PATH"
        ))
    }
}

impl fmt::Display for CertificateChoice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(out, "file:{path}"),
            Self::Secret { name, key } => write!(out, "secret:{name}/{key}"),
            Self::KeyVault { vault, certificate } => write!(out, "key-vault:{vault}/{certificate}"),
        }
    }
}

spelled!(CertificateChoice);

/// A TCP port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Port(pub(crate) u16);

impl FromStr for Port {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(number) if number > 0 => Ok(Self(number)),
            _ => Err(format!("`{text}` is not a port: use 1 to 65535")),
        }
    }
}

impl fmt::Display for Port {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.0)
    }
}

spelled!(Port);

/// A cluster as the user names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) enum ClusterChoice {
    Name(String),
    Id(ResourceId),
    /// A context of the kubeconfig.
    Context(String),
}

impl FromStr for ClusterChoice {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("context:") {
            _ if text.is_empty() => Err("a cluster needs a name".to_owned()),
            Some(context) => Ok(Self::Context(context.to_owned())),
            None if text.starts_with('/') => ResourceId::parse(text)
                .map(Self::Id)
                .map_err(|error| error.to_string()),
            None => Ok(Self::Name(text.to_owned())),
        }
    }
}

impl fmt::Display for ClusterChoice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => out.write_str(name),
            Self::Id(id) => write!(out, "{id}"),
            Self::Context(name) => write!(out, "context:{name}"),
        }
    }
}

spelled!(ClusterChoice);

/// A Prometheus as the user names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) enum PrometheusChoice {
    /// A Prometheus custom resource, StatefulSet or Deployment.
    Workload { namespace: String, name: String },
    /// A Helm release. Two namespaces can have one of the same name.
    Release {
        namespace: Option<String>,
        name: String,
    },
    /// A prometheus.yml.
    File(PathBuf),
}

impl FromStr for PrometheusChoice {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("file:") {
            return Ok(Self::File(path_text::decode(path)));
        }
        if let Some(release) = text.strip_prefix("release:") {
            let (namespace, name) = match release.split_once('/') {
                Some((namespace, name)) => (Some(namespace), name),
                None => (None, release),
            };
            if !names::is_object(name) || !namespace.is_none_or(names::is_namespace) {
                return Err(format!(
                    "`{text}` is not a Helm release: use release:NAME or release:NAMESPACE/NAME"
                ));
            }
            return Ok(Self::Release {
                namespace: namespace.map(str::to_owned),
                name: name.to_owned(),
            });
        }
        match text.split_once('/') {
            Some((namespace, name)) if names::is_namespace(namespace) && names::is_object(name) => {
                Ok(Self::Workload {
                    namespace: namespace.to_owned(),
                    name: name.to_owned(),
                })
            }
            _ => Err(format!(
                "`{text}` is not a Prometheus: use namespace/name, release:NAME or file:PATH"
            )),
        }
    }
}

impl PrometheusChoice {
    /// For the flag: the name of a file need not be UTF-8.
    pub(crate) fn flag_parser() -> impl TypedValueParser<Value = Self> {
        OsStringValueParser::new()
            .try_map(|text: OsString| path_text::encode(Path::new(&text)).parse::<Self>())
    }
}

impl fmt::Display for PrometheusChoice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workload { namespace, name } => write!(out, "{namespace}/{name}"),
            Self::Release {
                namespace: Some(namespace),
                name,
            } => write!(out, "release:{namespace}/{name}"),
            Self::Release {
                namespace: None,
                name,
            } => write!(out, "release:{name}"),
            Self::File(path) => write!(out, "file:{}", path_text::encode(path)),
        }
    }
}

spelled!(PrometheusChoice);

/// A workspace as the user names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) enum WorkspaceChoice {
    Name(String),
    Id(ResourceId),
}

impl FromStr for WorkspaceChoice {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with('/') {
            let id = ResourceId::parse(text).map_err(|error| error.to_string())?;
            return if id.is_kind("Microsoft.Monitor/accounts") {
                Ok(Self::Id(id))
            } else {
                Err(format!(
                    "`{text}` is not an Azure Monitor workspace (Microsoft.Monitor/accounts)"
                ))
            };
        }
        // The portal shows the endpoint next to the name, and it is often copied in its place.
        if text.contains("://") || text.contains(super::cloud::MONITOR_HOST) {
            return Err(format!(
                "`{text}` is an endpoint of a workspace: give the name or the resource id of the workspace"
            ));
        }
        names::workspace(text).map(|()| Self::Name(text.to_owned()))
    }
}

impl fmt::Display for WorkspaceChoice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => out.write_str(name),
            Self::Id(id) => write!(out, "{id}"),
        }
    }
}

spelled!(WorkspaceChoice);

/// An identity or application as the user names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) enum IdentityChoice {
    Name(String),
    Id(ResourceId),
    ClientId(ClientId),
}

impl FromStr for IdentityChoice {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("an identity needs a name".to_owned());
        }
        if text.starts_with('/') {
            let id = ResourceId::parse(text).map_err(|error| error.to_string())?;
            return if id.is_kind("Microsoft.ManagedIdentity/userAssignedIdentities") {
                Ok(Self::Id(id))
            } else {
                Err(format!(
                    "`{text}` is not a user-assigned managed identity \
                     (Microsoft.ManagedIdentity/userAssignedIdentities)"
                ))
            };
        }
        if is_placeholder(text) {
            return Err(format!("`{text}` is a placeholder: name an identity"));
        }
        Ok(ClientId::parse(text).map_or_else(|_| Self::Name(text.to_owned()), Self::ClientId))
    }
}

impl fmt::Display for IdentityChoice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => out.write_str(name),
            Self::Id(id) => write!(out, "{id}"),
            Self::ClientId(id) => write!(out, "{id}"),
        }
    }
}

spelled!(IdentityChoice);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prometheus_is_spelled_in_three_ways() {
        for text in [
            "monitoring/main",
            "release:kps",
            "release:monitoring/kps",
            "file:/etc/prometheus/prometheus.yml",
        ] {
            assert_eq!(text.parse::<PrometheusChoice>().unwrap().to_string(), text);
        }
        for text in ["main", "release:", "release:a/b/c", "release:/kps"] {
            assert!(text.parse::<PrometheusChoice>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_guid_names_an_application_by_its_client_id() {
        let choice: IdentityChoice = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635".parse().unwrap();

        assert!(matches!(choice, IdentityChoice::ClientId(_)));
    }

    #[test]
    fn a_resource_id_of_something_else_is_no_workspace() {
        let vault = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v";

        assert!(
            vault
                .parse::<WorkspaceChoice>()
                .unwrap_err()
                .contains("Microsoft.Monitor/accounts")
        );
    }
}
