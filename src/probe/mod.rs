//! Does data arrive? Sends one sample with the identity that Prometheus uses, and times each stage.

pub(crate) mod identity;
pub(crate) mod permission;
pub(crate) mod read_back;
pub(crate) mod run;
pub(crate) mod stage;

mod attempt_error;
mod series;

#[cfg(test)]
mod fake;

use secrecy::SecretString;

use crate::azure::Reader;
use crate::facts::Workspace;
use crate::spec::ids::TenantId;
use attempt_error::AttemptError;
use identity::ProbeIdentity;

/// The data path of one connection, and the identity that sends.
pub(crate) struct ProbeRoute<'a> {
    pub(crate) azure: &'a Reader,
    pub(crate) tenant: &'a TenantId,
    pub(crate) workspace: &'a Workspace,
    /// Value of the external label `cluster`, which the sample carries too.
    pub(crate) cluster_label: &'a str,
    pub(crate) identity: ProbeIdentity,
}

impl ProbeRoute<'_> {
    async fn token(&self) -> Result<SecretString, AttemptError> {
        let entra = self.azure.entra(self.tenant.as_str());
        let scope = &self.azure.cloud().ingestion_scope;
        self.identity.token(&entra, scope).await
    }
}
