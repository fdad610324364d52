//! The variables of the containers that sign in to Azure: the proxies, and Prometheus with Azure's SDK.

use super::input::InputField;

/// Those that Azure's SDK reads its credentials from.
pub(crate) mod sdk {
    pub(crate) const TENANT_ID: &str = "AZURE_TENANT_ID";
    pub(crate) const CLIENT_ID: &str = "AZURE_CLIENT_ID";
    pub(crate) const CLIENT_SECRET: &str = "AZURE_CLIENT_SECRET";
    pub(crate) const CERTIFICATE_PATH: &str = "AZURE_CLIENT_CERTIFICATE_PATH";
    /// Where a pod has the token of its service account.
    pub(crate) const TOKEN_FILE: &str = "AZURE_FEDERATED_TOKEN_FILE";
    /// The only credentials that the SDK tries.
    pub(crate) const TOKEN_CREDENTIALS: &str = "AZURE_TOKEN_CREDENTIALS";
    /// Those that name an identity.
    pub(crate) const ALL: [&str; 4] = [TENANT_ID, CLIENT_ID, CLIENT_SECRET, CERTIFICATE_PATH];
}

/// The settings of one kind of proxy, by the names of their variables.
///
/// <https://learn.microsoft.com/azure/azure-monitor/containers/prometheus-remote-write> and the README of
/// <https://github.com/Azure/aad-auth-proxy>.
pub(crate) struct ProxyVariables {
    /// Where it writes: the whole ingestion URL, or only the host.
    pub(crate) destination: &'static str,
    pub(crate) port: &'static str,
    pub(crate) identity_type: &'static str,
    pub(crate) client_id: &'static str,
    pub(crate) tenant_id: &'static str,
    pub(crate) certificate: &'static str,
    pub(crate) cluster: &'static str,
    pub(crate) cloud: &'static str,
    pub(crate) audience: &'static str,
}

pub(super) const SIDECAR: ProxyVariables = ProxyVariables {
    destination: "INGESTION_URL",
    port: "LISTENING_PORT",
    identity_type: "IDENTITY_TYPE",
    client_id: sdk::CLIENT_ID,
    tenant_id: sdk::TENANT_ID,
    certificate: sdk::CERTIFICATE_PATH,
    cluster: "CLUSTER",
    cloud: "CLOUD",
    audience: "INGESTION_AAD_AUDIENCE",
};

pub(super) const AUTH_PROXY: ProxyVariables = ProxyVariables {
    destination: "TARGET_HOST",
    client_id: "AAD_CLIENT_ID",
    tenant_id: "AAD_TENANT_ID",
    certificate: "AAD_CLIENT_CERTIFICATE_PATH",
    audience: "AUDIENCE",
    ..SIDECAR
};

impl ProxyVariables {
    /// The variable that answers the same as this input of a remote write.
    pub(crate) fn of(&self, field: InputField) -> &'static str {
        match field {
            InputField::Url => self.destination,
            InputField::SignIn | InputField::ClientSecret => self.identity_type,
            InputField::ClientId => self.client_id,
            InputField::TenantId => self.tenant_id,
            InputField::Certificate => self.certificate,
            InputField::ClusterLabel => self.cluster,
        }
    }
}
