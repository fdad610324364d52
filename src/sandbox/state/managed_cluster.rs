//! AKS clusters.

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{StoredResourceId, Tags, guid_for};

/// An AKS cluster: a document, since a client has to send back whole what it read.
#[derive(Clone, Debug)]
pub(crate) struct StoredCluster {
    pub(crate) id: StoredResourceId,
    pub(crate) location: String,
    pub(crate) tags: Tags,
    /// Top-level fields other than `properties`, such as `sku` and `identity`.
    pub(crate) attributes: Map<String, Value>,
    /// Without what is computed: provisioning state, issuer URL, host names.
    pub(crate) properties: Map<String, Value>,
    /// Moves with every write.
    pub(crate) revision: u32,
    /// Whether the latest write ended badly.
    pub(crate) failed: bool,
    /// A write that is still under way.
    pub(crate) pending: Option<PendingWrite>,
    pub(crate) created: Timestamp,
}

/// A write whose operation has not ended yet.
#[derive(Clone, Debug)]
pub(crate) struct PendingWrite {
    pub(crate) operation: Uuid,
    pub(crate) kind: ClusterWrite,
    pub(crate) properties: Map<String, Value>,
}

/// What a write does to a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClusterWrite {
    Creation,
    Change,
    Deletion,
}

impl StoredCluster {
    /// Tells this cluster's API server from others, such as `prod-dns-1a2b3c4d.hcp.westeurope`.
    pub(crate) fn label(&self) -> String {
        self.label_with("hcp")
    }

    /// The label with another word in the middle: `portal.hcp` is where the Azure portal asks.
    pub(crate) fn label_with(&self, word: &str) -> String {
        let hash = guid_for(self.id.folded()).simple().to_string();
        let prefix = self.properties.get("dnsPrefix").and_then(Value::as_str);
        // As AKS composes it: the DNS prefix, eight characters, the word and the region.
        format!(
            "{}-{}.{word}.{}",
            prefix.unwrap_or_default(),
            &hash[..8],
            self.location
        )
    }

    /// The object id of the system-assigned identity.
    pub(crate) fn principal(&self) -> Option<&str> {
        self.attributes.get("identity")?["principalId"].as_str()
    }

    /// The part of the issuer URL that is this cluster's alone in the tenant.
    pub(crate) fn issuer_id(&self) -> Uuid {
        guid_for(&format!("issuer of {}", self.id.folded()))
    }

    /// Tells this revision from others.
    pub(crate) fn entity_tag(&self) -> String {
        guid_for(&format!("{} at {}", self.id.folded(), self.revision)).to_string()
    }

    /// Whether tokens of this cluster can be verified by others.
    pub(crate) fn has_issuer(&self) -> bool {
        switches_issuer_on(&self.properties)
    }

    /// The properties as readers see them: those of a write that is under way, although they do not hold yet.
    pub(crate) fn shown_properties(&self) -> &Map<String, Value> {
        match &self.pending {
            Some(pending) => &pending.properties,
            None => &self.properties,
        }
    }

    /// The group that AKS made for the nodes.
    pub(crate) fn node_resource_group(&self) -> &str {
        self.properties
            .get("nodeResourceGroup")
            .and_then(Value::as_str)
            .expect("every cluster has its node resource group")
    }
}

/// Whether a cluster with these properties has a public issuer.
pub(crate) fn switches_issuer_on(properties: &Map<String, Value>) -> bool {
    properties
        .get("oidcIssuerProfile")
        // `{"enabled": false}` is an answer too: the key alone says nothing (recorded).
        .is_some_and(|profile| profile["enabled"] == true)
}
