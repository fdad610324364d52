//! What can be looked at? By these names steps and checks declare what they decide from.

/// One thing that is looked at once in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Observation {
    SignIn,
    Clock,
    Providers,
    ResourceGroup,
    Workspace,
    /// The data collection rule and endpoint themselves.
    Ingestion,
    Cluster,
    /// The server in the cluster.
    Prometheus,
    ServiceAccount,
    /// The issuer that the API server announces.
    AnnouncedIssuer,
    /// The managed identity, or the service principal of the application.
    Principal,
    Application,
    ClientSecrets,
    FederatedCredentials,
    ScaleSets,
    Roles,
    /// Our entry in the user's file.
    ConfiguredEntry,
    /// The remote writes of the server that runs.
    RunningEntries,
    /// A sample that is sent with the identity of Prometheus.
    Sample,
}

impl Observation {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 19] = [
        Self::SignIn,
        Self::Clock,
        Self::Providers,
        Self::ResourceGroup,
        Self::Workspace,
        Self::Ingestion,
        Self::Cluster,
        Self::Prometheus,
        Self::ServiceAccount,
        Self::AnnouncedIssuer,
        Self::Principal,
        Self::Application,
        Self::ClientSecrets,
        Self::FederatedCredentials,
        Self::ScaleSets,
        Self::Roles,
        Self::ConfiguredEntry,
        Self::RunningEntries,
        Self::Sample,
    ];

    /// What has to be looked at before this can be looked at.
    pub(crate) fn follows(self) -> &'static [Self] {
        match self {
            Self::Ingestion => &[Self::Workspace],
            Self::ClientSecrets => &[Self::Principal],
            // A role is assigned on the rule, and only the workspace knows its id.
            Self::Roles | Self::Sample => &[Self::Workspace, Self::Principal],
            _ => &[],
        }
    }
}
