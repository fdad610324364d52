//! Does data really arrive? Sends one sample the whole way, as the identity that Prometheus uses, and times each hop.

pub(crate) mod hop;
pub(crate) mod identity;
pub(crate) mod journey;
pub(crate) mod permission;

mod duration;
mod probe;
mod read_back;
mod setback;

#[cfg(test)]
mod fake;

use secrecy::SecretString;

use crate::azure::Reader;
use crate::plan::facts::Workspace;
use crate::spec::ids::TenantId;
use identity::ActAs;
use setback::Setback;

/// The way that samples take, with whom to act as on it.
pub(crate) struct Route<'a> {
    pub(crate) azure: &'a Reader,
    pub(crate) tenant: &'a TenantId,
    pub(crate) workspace: &'a Workspace,
    /// Value of the external label `cluster`, which the sample carries too.
    pub(crate) cluster_label: &'a str,
    pub(crate) act_as: ActAs,
}

impl Route<'_> {
    async fn token(&self) -> Result<SecretString, Setback> {
        let entra = self.azure.entra(self.tenant.as_str());
        let scope = &self.azure.cloud().ingestion_scope;
        self.act_as.token(&entra, scope).await
    }
}
