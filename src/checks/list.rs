//! Which checks are there, and what do they look at?

use std::collections::BTreeSet;

use super::check::Check;
use super::{
    client_secret, clock, cluster_readable, configuration, connection, federated_credential,
    identity_exists, ingestion_endpoint, node_identity, prometheus_version, read_back,
    role_assignment, running_configuration, service_account, sign_in, single_writer, token,
    token_issuer, workspace_exists, write,
};
use crate::facts::Observation;

/// Every check; the order is the order on screen, and follows a sample on its way.
pub(crate) static CHECKS: &[&dyn Check] = &[
    &connection::ConnectionCheck,
    &sign_in::SignInCheck,
    &clock::ClockCheck,
    &cluster_readable::ClusterReadableCheck,
    &prometheus_version::PrometheusVersionCheck,
    &token_issuer::TokenIssuerCheck,
    &service_account::ServiceAccountCheck,
    &workspace_exists::WorkspaceExistsCheck,
    &ingestion_endpoint::IngestionEndpointCheck,
    &identity_exists::IdentityExistsCheck,
    &client_secret::ClientSecretCheck,
    &node_identity::NodeIdentityCheck,
    &federated_credential::FederatedCredentialCheck,
    &role_assignment::RoleAssignmentCheck,
    &configuration::ConfigurationCheck,
    &running_configuration::RunningConfigurationCheck,
    &single_writer::SingleWriterCheck,
    &token::TokenCheck,
    &write::WriteCheck,
    &read_back::ReadBackCheck,
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
