//! What the long lists of a cluster showed.

use super::error::ClusterError;
use super::operator::Operator;
use super::server::PrometheusServer;

/// What was found, and what could not be looked at: not seen is not absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Servers {
    pub(crate) found: Vec<PrometheusServer>,
    pub(crate) unseen: Vec<ClusterError>,
}

impl Servers {
    pub(super) fn of<const N: usize>(
        looks: [Result<Vec<PrometheusServer>, ClusterError>; N],
    ) -> Self {
        let mut servers = Self::default();
        for seen in looks {
            match seen {
                Ok(found) => servers.found.extend(found),
                Err(error) => servers.unseen.push(error),
            }
        }
        servers
    }
}

/// What the Deployments of the cluster show. Thousands are read to find it, so it is kept.
#[derive(Debug, Clone, Default)]
pub(super) struct FoundDeployments {
    pub(super) servers: Vec<PrometheusServer>,
    pub(super) operators: Vec<Operator>,
}

impl FoundDeployments {
    /// Of the first Operator whose image names it.
    pub(super) fn operator_version(&self) -> Option<String> {
        self.operators.iter().find_map(|one| one.version.clone())
    }
}
