//! `--cluster-issuer` and `--cluster-keys`: a real cluster in the place of the sandbox's first one.

use std::path::PathBuf;

use clap::Args;

use crate::error::Failure;
use crate::sandbox::ExternalIssuer;
use crate::workflow::sandbox_server::external_issuer;

/// What the sandbox must know of the real cluster.
#[derive(Debug, Args)]
#[command(next_help_heading = "With a real cluster")]
pub(super) struct RealCluster {
    /// OIDC issuer that the first AKS cluster reports, as in the tokens of a real API server
    #[arg(long, value_name = "URL", requires = "cluster_keys")]
    cluster_issuer: Option<String>,

    /// Keys that Entra accepts from that issuer: the output of `kubectl get --raw /openid/v1/jwks`
    #[arg(long, value_name = "FILE", requires = "cluster_issuer")]
    cluster_keys: Option<PathBuf>,
}

impl RealCluster {
    pub(super) fn external_issuer(&self) -> Result<Option<ExternalIssuer>, Failure> {
        let (Some(url), Some(file)) = (&self.cluster_issuer, &self.cluster_keys) else {
            return Ok(None);
        };
        external_issuer::read(url, file).map(Some)
    }
}
