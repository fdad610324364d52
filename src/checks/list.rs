//! Which checks are there, and what do they look at?

use std::collections::BTreeSet;

use super::check::Check;
use crate::facts::Observation;

/// Every check; the order is the order on screen, and follows a sample on its way.
pub(crate) static CHECKS: &[&dyn Check] = &[
    &super::connection::ConnectionCheck,
    &super::sign_in::SignInCheck,
    &super::clock::ClockCheck,
    &super::cluster_readable::ClusterReadableCheck,
    &super::prometheus_version::PrometheusVersionCheck,
    &super::token_issuer::TokenIssuerCheck,
    &super::service_account::ServiceAccountCheck,
    &super::workspace_exists::WorkspaceExistsCheck,
    &super::ingestion_endpoint::IngestionEndpointCheck,
    &super::identity_exists::IdentityExistsCheck,
    &super::client_secret::ClientSecretCheck,
    &super::node_identity::NodeIdentityCheck,
    &super::federated_credential::FederatedCredentialCheck,
    &super::role_assignment::RoleAssignmentCheck,
    &super::configuration::ConfigurationCheck,
    &super::running_configuration::RunningConfigurationCheck,
    &super::single_writer::SingleWriterCheck,
    &super::token::TokenCheck,
    &super::write::WriteCheck,
    &super::read_back::ReadBackCheck,
];

/// The names of all checks, for `--only`.
pub(crate) fn ids() -> impl Iterator<Item = &'static str> {
    CHECKS.iter().map(|check| check.about().id)
}

/// What has to be looked at for the checks named in `only`; naming none means all.
pub(crate) fn needed(only: &[String]) -> BTreeSet<Observation> {
    let abouts = CHECKS.iter().map(|check| check.about());
    let named = abouts.filter(|about| only.is_empty() || only.iter().any(|id| id == about.id));
    let mut open: Vec<Observation> = named.flat_map(|about| about.needs).copied().collect();
    let mut needed = BTreeSet::new();
    while let Some(observation) = open.pop() {
        if needed.insert(observation) {
            // A look can need what another one finds, such as the rule that is named by the workspace.
            open.extend(observation.follows());
        }
    }
    needed
}

/// Whether one of these checks looks at this.
pub(crate) fn looks_at(only: &[String], observation: Observation) -> bool {
    needed(only).contains(&observation)
}
