//! What must be written for each way to the workspace, in the words of Prometheus' and the Operator's manuals.

use anyhow::{Context as _, Result};
use serde_yaml::Value;

use crate::sign_in::AuthFlag;
use crate::target::TargetFlag;
use crate::way::{PathAndSignIn, SignInPath};

/// Where samples go, and the identity that sends them.
pub(crate) struct ExpectedEndpoint {
    pub(crate) url: String,
    pub(crate) client_id: String,
    pub(crate) tenant_id: String,
    /// The file of the client certificate, where no volume of ours has it.
    pub(crate) certificate: String,
}

/// Where the sidecar listens.
const LISTENER: &str = "http://localhost:8081/api/v1/write";
/// Where the Secret with the certificate is mounted.
const MOUNTED: &str = "/var/run/secrets/azure/certificate/client-certificate.pem";

impl ExpectedEndpoint {
    /// Where Prometheus itself must send its samples.
    pub(crate) fn address(&self, way: PathAndSignIn) -> &str {
        match way.path {
            SignInPath::Sidecar => LISTENER,
            SignInPath::Native | SignInPath::Sdk => &self.url,
        }
    }

    /// All of `azuread`, or of the Operator's `azureAd`; null where Prometheus does not sign in.
    pub(crate) fn azuread(&self, way: PathAndSignIn, target: TargetFlag) -> Result<Value> {
        self.sign_in(way, target, target.is_operated())
    }

    /// All of `azuread` in the configuration that the Operator generates from the target.
    pub(crate) fn generated_azuread(
        &self,
        way: PathAndSignIn,
        target: TargetFlag,
    ) -> Result<Value> {
        self.sign_in(way, target, false)
    }

    fn sign_in(
        &self,
        way: PathAndSignIn,
        target: TargetFlag,
        spelled_by_operator: bool,
    ) -> Result<Value> {
        let Some(method) = way.method(target) else {
            return Ok(Value::Null);
        };
        let without_id = way.sign_in == AuthFlag::SystemIdentity;
        let generated = target.is_operated() && !spelled_by_operator;
        let block = match (method, spelled_by_operator) {
            // As the Operator 0.93 spells "not given".
            ("sdk", false) if generated => "sdk: {tenant_id: ''}",
            ("managed_identity", false) if generated && without_id => "managed_identity: {}",
            ("sdk", _) => "sdk: {}",
            ("managed_identity", false) if without_id => "managed_identity: {client_id: ''}",
            ("managed_identity", true) if without_id => "managedIdentity: {}",
            ("managed_identity", false) => "managed_identity: {client_id: $CLIENT}",
            ("managed_identity", true) => "managedIdentity: {clientId: $CLIENT}",
            ("oauth", false) => {
                "oauth: {client_id: $CLIENT, tenant_id: $TENANT, client_secret: a-client-secret}"
            }
            ("oauth", true) => {
                "oauth: {clientId: $CLIENT, tenantId: $TENANT, clientSecret: $SECRET}"
            }
            ("certificate", false) => {
                "certificate: {client_id: $CLIENT, tenant_id: $TENANT, certificate_path: $FILE}"
            }
            ("workload_identity", false) => {
                "workload_identity: {client_id: $CLIENT, tenant_id: $TENANT}"
            }
            ("workload_identity", true) => {
                "workloadIdentity: {clientId: $CLIENT, tenantId: $TENANT}"
            }
            other => anyhow::bail!("no words for {other:?}"),
        };
        self.fill(&format!("{{cloud: AzurePublic, {block}}}"), target)
    }

    /// What the environment of Prometheus must contain for Azure's SDK. For a workload identity the webhook sets it.
    pub(crate) fn variables(&self, way: PathAndSignIn, target: TargetFlag) -> Result<Value> {
        let by_sdk = way.method(target) == Some("sdk");
        let variables = match way.sign_in {
            AuthFlag::UserIdentity | AuthFlag::KubeletIdentity if by_sdk => {
                &["AZURE_CLIENT_ID: $CLIENT"][..]
            }
            AuthFlag::EntraSecret if by_sdk => &[
                "AZURE_TENANT_ID: $TENANT",
                "AZURE_CLIENT_ID: $CLIENT",
                "AZURE_CLIENT_SECRET: {secretKeyRef: $SECRET}",
            ],
            AuthFlag::EntraCertificate if by_sdk => &[
                "AZURE_TENANT_ID: $TENANT",
                "AZURE_CLIENT_ID: $CLIENT",
                "AZURE_CLIENT_CERTIFICATE_PATH: $FILE",
            ],
            _ => &[],
        };
        self.fill(&format!("{{{}}}", variables.join(", ")), target)
    }

    /// All of the sidecar's environment.
    pub(crate) fn sidecar_variables(
        &self,
        way: PathAndSignIn,
        target: TargetFlag,
    ) -> Result<Value> {
        let identity = match way.sign_in {
            AuthFlag::WorkloadIdentity => "IDENTITY_TYPE: workloadIdentity",
            AuthFlag::EntraCertificate => {
                "IDENTITY_TYPE: aadApplication, AZURE_CLIENT_ID: $CLIENT, AZURE_TENANT_ID: $TENANT, AZURE_CLIENT_CERTIFICATE_PATH: $FILE"
            }
            _ => "IDENTITY_TYPE: userAssigned, AZURE_CLIENT_ID: $CLIENT",
        };
        let all = format!(
            "{{INGESTION_URL: '$URL', LISTENING_PORT: '8081', {identity}, CLOUD: AZUREPUBLIC}}"
        );
        self.fill(&all, target)
    }

    fn fill(&self, text: &str, target: TargetFlag) -> Result<Value> {
        let file = match target.describes_pod() {
            true => MOUNTED,
            false => &self.certificate,
        };
        let holes = [
            ("$URL", &*self.url),
            ("$CLIENT", &self.client_id),
            ("$TENANT", &self.tenant_id),
            ("$FILE", file),
            (
                "$SECRET",
                "{name: azure-monitor-amw-aks-prod, key: client-secret}",
            ),
        ];
        let text = holes.iter().fold(text.to_owned(), |text, (hole, value)| {
            text.replace(hole, value)
        });
        serde_yaml::from_str(&text).with_context(|| format!("no YAML: {text}"))
    }
}
