//! The options of a sandbox: where it listens, its scenario and its faults.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use jiff::SignedDuration;

use super::{faults::Fault, kubernetes::ExternalIssuer};

/// The options of a sandbox.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// A loopback or link-local address; port 0 picks a free one.
    pub(crate) listen: SocketAddr,
    /// Takes one JSON line per request.
    pub(crate) journal: Option<PathBuf>,
    /// Is kept complete with every host name that leads to this sandbox.
    pub(crate) hosts_file: Option<PathBuf>,
    /// The name of one of the scenarios.
    pub(crate) scenario: String,
    /// Issues the service account tokens of the first cluster instead of the sandbox.
    pub(crate) external_issuer: Option<ExternalIssuer>,
    /// Added to every request.
    pub(crate) latency: Duration,
    /// How long after its creation a role assignment starts to count for the data plane.
    pub(crate) role_propagation: Duration,
    /// How long new resources stay invisible to Resource Graph, new principals to role assignments, and new directory objects to Graph
    /// (to its lists of applications for twice as long).
    pub(crate) replication_lag: Duration,
    /// How long samples stay invisible to queries.
    pub(crate) query_delay: Duration,
    /// How many polls find a long-running operation still in progress.
    pub(crate) slow_operations: u32,
    /// The `Retry-After` of operations that are still in progress, in seconds.
    pub(crate) retry_after: u32,
    /// How many reads of a new workspace find it still without its default rule and endpoint.
    pub(crate) slow_workspaces: u32,
    /// How far the sandbox's clock is ahead of the machine's (behind, when negative).
    pub(crate) clock_ahead: SignedDuration,
    /// Whether one identity's federated credentials take only one write in four seconds, as in Azure.
    pub(crate) throttle_credentials: bool,
    pub(crate) faults: Vec<Fault>,
    /// Whether to answer to the host names of the public cloud instead of path prefixes.
    pub(crate) as_azure: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            journal: None,
            hosts_file: None,
            scenario: "example".to_owned(),
            external_issuer: None,
            latency: Duration::ZERO,
            role_propagation: Duration::ZERO,
            replication_lag: Duration::ZERO,
            query_delay: Duration::ZERO,
            slow_operations: 1,
            retry_after: 0,
            slow_workspaces: 0,
            clock_ahead: SignedDuration::ZERO,
            throttle_credentials: false,
            faults: Vec::new(),
            as_azure: false,
        }
    }
}

/// Whether only this machine can reach the address.
pub(crate) fn stays_on_this_machine(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_loopback() || address.is_link_local(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_and_link_local_addresses_are_acceptable() {
        let acceptable = |text: &str| stays_on_this_machine(text.parse().unwrap());

        assert!(acceptable("127.0.0.1"));
        assert!(acceptable("127.9.8.7"));
        assert!(acceptable("169.254.169.254"));
        assert!(acceptable("::1"));
        assert!(acceptable("fe80::1"));
        assert!(!acceptable("0.0.0.0"));
        assert!(!acceptable("192.168.1.5"));
        assert!(!acceptable("10.0.0.1"));
        assert!(!acceptable("::"));
    }
}
