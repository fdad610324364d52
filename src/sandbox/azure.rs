//! Everything a request may look at or change.

use std::collections::BTreeMap;

use aws_lc_rs::rand;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use uuid::Uuid;

use super::{
    addresses::Addresses,
    ingestion::Samples,
    kubernetes::SigningKey,
    options::Options,
    state::{ManagedCluster, ResourceId, State},
    tokens::Tokens,
};

/// The embedded Azure behind its front door.
#[derive(Debug)]
pub(crate) struct Azure {
    pub(crate) state: State,
    pub(crate) tokens: Tokens,
    pub(crate) addresses: Addresses,
    pub(crate) options: Options,
    /// What came in, by workspace.
    pub(crate) samples: BTreeMap<ResourceId, Samples>,
    /// Signs the tokens of all clusters' service accounts.
    pub(crate) signing_key: SigningKey,
    /// Opens the API servers of all clusters; it stands in the kubeconfig.
    pub(crate) kubernetes_token: SecretString,
    /// The certificate that TLS clients have to trust, when the sandbox speaks TLS.
    pub(crate) authority_pem: Option<String>,
}

impl Azure {
    pub(crate) fn new(state: State, addresses: Addresses, options: Options) -> Self {
        let mut token = [0; 24];
        rand::fill(&mut token).expect("the system has randomness to give");
        Self {
            state,
            tokens: Tokens::new(),
            addresses,
            options,
            samples: BTreeMap::new(),
            signing_key: SigningKey::default(),
            kubernetes_token: URL_SAFE_NO_PAD.encode(token).into(),
            authority_pem: None,
        }
    }

    /// A GUID never given before; the same requests in the same order draw the same ones.
    pub(crate) fn fresh_guid(&mut self) -> Uuid {
        self.state.fresh_guid()
    }

    /// Whether a change of the directory has reached all of its replicas.
    pub(crate) fn has_replicated(&self, since: Timestamp, now: Timestamp) -> bool {
        let lag = SignedDuration::try_from(self.options.replication_lag);
        now.duration_since(since) >= lag.unwrap_or(SignedDuration::MAX)
    }

    /// Who a cluster's service account tokens come from: its public issuer, or else its API server.
    pub(crate) fn issuer_of(&self, cluster: &ManagedCluster) -> String {
        if cluster.has_issuer() {
            let tenant = self.state.directory.tenant_id.to_string();
            let id = cluster.issuer_id().to_string();
            self.addresses.issuer(&cluster.location, &tenant, &id)
        } else {
            self.addresses.kubernetes(&cluster.label())
        }
    }

    /// Whether the keys of an issuer can be read on the public network.
    pub(crate) fn publishes_keys(&self, issuer: &str) -> bool {
        self.state
            .managed_clusters
            .iter()
            .any(|cluster| cluster.has_issuer() && self.issuer_of(cluster) == issuer)
    }
}
