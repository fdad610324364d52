//! What a remote write is built from, whichever source knows it: a spec with its facts, the offline flags, or a migration.

use secrecy::SecretString;

use super::model::ClusterLabel;
use super::pending::Pending;
use crate::compat::Installation;
use crate::sign_in::SignIn;
use crate::spec::choices::{AzureAd, CertificateChoice, Port, WritePath};
use crate::spec::cloud::CloudName;
use crate::spec::sending::SendSettings;
use crate::target::Target;

/// Everything that the builder decides from. `None` means that the source does not know it.
#[derive(Debug, Clone)]
pub(crate) struct RemoteWriteInput {
    pub(crate) target: Target,
    /// The ingestion URL of the workspace.
    pub(crate) url: Option<Pending<String>>,
    /// Without it, the cloud of the URL.
    pub(crate) cloud: Option<CloudName>,
    /// The name that the entry has in the file already.
    pub(crate) entry_name: Option<String>,
    /// The name of the workspace; without it, that in the URL.
    pub(crate) workspace: Option<String>,
    pub(crate) sign_in: Option<SignIn>,
    pub(crate) client_id: Option<Pending<String>>,
    pub(crate) tenant_id: Option<Pending<String>>,
    pub(crate) client_secret: Option<Pending<SecretString>>,
    pub(crate) certificate: Option<Pending<CertificateChoice>>,
    /// Whether the entry may refer to a Kubernetes Secret that the user creates afterwards.
    pub(crate) may_name_new_secret: bool,
    /// Where the pod has the token of workload identity, where that is not the usual place.
    pub(crate) token_file: Option<String>,
    pub(crate) route: RouteChoice,
    pub(crate) sending: SendSettings,
    pub(crate) cluster_label: Option<ClusterLabel>,
}

/// How it is decided who authenticates.
#[derive(Debug, Clone)]
pub(crate) enum RouteChoice {
    /// The user decides.
    Chosen {
        path: WritePath,
        azuread: AzureAd,
        port: Option<Port>,
    },
    /// Prometheus itself, in the way that these versions support.
    Supported(Installation),
}

/// A part of the input without which there is no remote write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InputField {
    Url,
    SignIn,
    ClientId,
    TenantId,
    ClientSecret,
    Certificate,
    ClusterLabel,
}
