//! Which of Azure's services a request is for, by the name the journal gives it.

/// A service that the embedded Azure answers for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    ResourceManager,
    Entra,
    Graph,
    /// The instance metadata service of a virtual machine.
    InstanceMetadata,
    /// The managed-identity endpoint of App Service and Container Apps.
    IdentityEndpoint,
    Ingestion,
    Query,
    /// The API server of a cluster.
    Kubernetes,
    /// The public issuer documents of a cluster; the journal counts them as Kubernetes.
    Issuer,
}

impl Service {
    /// The name in the journal and in the text of a fault.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ResourceManager => "resource-manager",
            Self::Entra => "entra",
            Self::Graph => "graph",
            Self::InstanceMetadata => "imds",
            Self::IdentityEndpoint => "identity-endpoint",
            Self::Ingestion => "ingestion",
            Self::Query => "query",
            Self::Kubernetes | Self::Issuer => "kubernetes",
        }
    }
}
