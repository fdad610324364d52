//! What is to be migrated, and what the user knows of it?

use std::path::PathBuf;

use crate::spec::choices::{CertificateChoice, ClusterChoice, PrometheusChoice, SignIn};
use crate::spec::ids::{ClientId, TenantId};
use crate::spec::ingestion_url::IngestionUrl;
use crate::target::Target;

/// Completes "cannot …".
pub(crate) const DOING: &str = "migrate off the sidecar";

/// What is migrated, where the result is written, and what the user knows of the sidecar.
#[derive(Debug, Clone, Default)]
pub(crate) struct MigrationRequest {
    /// The file with the remote write; without it, the running Prometheus is read.
    pub(crate) input: Option<PathBuf>,
    /// The file that describes the pod with the sidecar, where that is another one.
    pub(crate) sidecar: Option<PathBuf>,
    pub(crate) out: Option<PathBuf>,
    /// The input is overwritten, unless `out` names another file.
    pub(crate) in_place: bool,
    /// Known issues of the version of Prometheus are accepted.
    pub(crate) force: bool,
    pub(crate) cluster: Option<ClusterChoice>,
    pub(crate) prometheus: Option<PrometheusChoice>,
    pub(crate) prometheus_version: Option<String>,
    pub(crate) target: Option<Target>,
    pub(crate) write_url: Option<IngestionUrl>,
    pub(crate) sign_in: Option<SignIn>,
    pub(crate) client_id: Option<ClientId>,
    pub(crate) tenant_id: Option<TenantId>,
    pub(crate) certificate: Option<CertificateChoice>,
    pub(crate) cluster_label: Option<String>,
}
