//! Everything a request may look at or change.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{
    addresses::Addresses,
    ingestion::Samples,
    kubernetes::{PresentedToken, SigningKey},
    options::Options,
    state::{AzureState, StoredCluster, StoredResourceId},
    tokens::Tokens,
};

/// The embedded Azure behind the dispatcher.
#[derive(Debug)]
pub(crate) struct Azure {
    pub(crate) state: AzureState,
    pub(crate) tokens: Tokens,
    pub(crate) addresses: Addresses,
    pub(crate) options: Options,
    /// What came in, by workspace.
    pub(crate) samples: BTreeMap<StoredResourceId, Samples>,
    /// Signs the tokens of all clusters' service accounts.
    pub(crate) signing_key: SigningKey,
    /// The certificate that clients have to trust, in PEM; only a sandbox without a listener has none.
    pub(crate) certificate_authority: Option<String>,
}

impl Azure {
    pub(crate) fn new(state: AzureState, addresses: Addresses, options: Options) -> Self {
        Self {
            state,
            tokens: Tokens::new(),
            addresses,
            options,
            samples: BTreeMap::new(),
            signing_key: SigningKey::default(),
            certificate_authority: None,
        }
    }

    /// A new GUID; the same requests in the same order get the same GUIDs.
    pub(crate) fn fresh_guid(&mut self) -> Uuid {
        self.state.fresh_guid()
    }

    /// Whether lists of the directory show it: their index needs twice as long as what is read by its id.
    pub(crate) fn is_listed(&self, since: Timestamp, now: Timestamp) -> bool {
        let half_of_its_age = now.duration_since(since) / 2;
        self.has_replicated(since, since + half_of_its_age)
    }

    /// Whether a change of the directory has reached all of its replicas.
    pub(crate) fn has_replicated(&self, since: Timestamp, now: Timestamp) -> bool {
        let lag = SignedDuration::try_from(self.options.replication_lag);
        now.duration_since(since) >= lag.unwrap_or(SignedDuration::MAX)
    }

    /// The issuer of a cluster's service account tokens: its public issuer, or else its API server.
    pub(crate) fn issuer_of(&self, cluster: &StoredCluster) -> String {
        if cluster.has_issuer() {
            self.public_issuer_of(cluster)
        } else {
            // An API server shows its keys to authenticated callers only, so Entra can never verify such a token.
            self.addresses.kubernetes(&cluster.label())
        }
    }

    /// The public issuer that a cluster has, or gets once it is switched on: its URL never changes.
    pub(crate) fn public_issuer_of(&self, cluster: &StoredCluster) -> String {
        match &self.options.external_issuer {
            Some(issuer) if self.is_first(cluster) => issuer.url.clone(),
            _ => self.served_issuer_of(cluster),
        }
    }

    fn is_first(&self, cluster: &StoredCluster) -> bool {
        // An external issuer is that of one real cluster, and two clusters never share an issuer.
        let first = self.state.managed_clusters.iter().next();
        first.is_some_and(|first| first.id == cluster.id)
    }

    /// What a service account token claims, if its issuer signed it. Its times have not been verified.
    pub(crate) fn read_assertion(&self, token: &str) -> Option<PresentedToken> {
        match &self.options.external_issuer {
            Some(issuer) if issuer.is_named_by(token) => issuer.read(token),
            _ => self.signing_key.read(token),
        }
    }

    /// Where the sandbox itself serves the documents of a cluster's issuer.
    fn served_issuer_of(&self, cluster: &StoredCluster) -> String {
        let tenant = self.state.directory.tenant_id.to_string();
        let id = cluster.issuer_id().to_string();
        self.addresses.issuer(&cluster.location, &tenant, &id)
    }

    /// Whether the keys of an issuer can be read on the public network.
    pub(crate) fn publishes_keys(&self, issuer: &str) -> bool {
        // Entra fetches the keys from the public network: an issuer that only the cluster reaches
        // is of no use.
        self.state
            .managed_clusters
            .iter()
            .any(|cluster| cluster.has_issuer() && self.issuer_of(cluster) == issuer)
    }

    /// Every host name at which a client may look for a part of this Azure, except the metadata service.
    pub(crate) fn host_names(&self) -> Vec<String> {
        let AzureState {
            managed_clusters,
            data_collection_endpoints,
            workspaces,
            ..
        } = &self.state;
        let addresses = &self.addresses;
        let mut urls = vec![
            addresses.resource_manager(),
            addresses.entra(),
            addresses.graph(),
        ];
        for cluster in managed_clusters.iter() {
            urls.push(addresses.kubernetes(&cluster.label()));
            // The host names only the region; the path tells the issuers of its clusters apart.
            urls.push(self.served_issuer_of(cluster));
        }
        let endpoints = data_collection_endpoints.iter();
        urls.extend(endpoints.map(|it| addresses.ingestion(&it.ingestion_label)));
        urls.extend(workspaces.iter().map(|it| addresses.query(&it.query_label)));
        urls.iter().filter_map(|url| host_of(url)).collect()
    }
}

fn host_of(url: &str) -> Option<String> {
    url::Url::parse(url).ok()?.host_str().map(str::to_owned)
}
