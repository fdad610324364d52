//! Which Prometheus a connection is written for, and what its version means for the text.

use super::{Authentication, Target, Version};

/// Where the webhook puts the token: the older place, which Prometheus has built in, and the one since release 1.6.0.
const WEBHOOK_TOKEN_FILES: [&str; 2] = [
    "/var/run/secrets/azure/tokens/azure-identity-token",
    "/var/run/secrets/azure/wi/token/azure-identity-token",
];

/// One Prometheus as far as its configuration depends on it.
#[derive(Debug, Clone)]
pub(crate) struct Installation {
    pub(crate) target: Target,
    pub(crate) prometheus: Option<Version>,
    /// Of the Prometheus Operator, where one is in charge.
    pub(crate) operator: Option<Version>,
}

impl Installation {
    /// Knows `workload_identity`, but looks for the token in one place only: 3.7 to 3.13.
    pub(crate) fn has_fixed_token_file(&self) -> bool {
        self.prometheus
            .as_ref()
            .is_some_and(|version| version.is_within((3, 7, 0), (3, 14, 0)))
    }

    /// The token file to write down, if any: since 3.14 Prometheus follows the webhook by itself.
    pub(crate) fn token_file<'a>(&self, authentication: &'a Authentication) -> Option<&'a str> {
        let Authentication::WorkloadIdentity { token_file, .. } = authentication else {
            return None;
        };
        let follows_webhook = self
            .prometheus
            .as_ref()
            .is_some_and(|version| version.is_at_least((3, 14, 0)));
        token_file
            .as_deref()
            .filter(|file| !(follows_webhook && WEBHOOK_TOKEN_FILES.contains(file)))
    }

    /// Has to bring the token to that one place itself, since nothing else tells Prometheus where it is.
    pub(super) fn projects_token(&self, authentication: &Authentication) -> bool {
        let names_file =
            self.target.names_token_file() && self.token_file(authentication).is_some();
        self.has_fixed_token_file() && !names_file
    }

    /// Custom resources older than Operator 0.87 require a client id, though it may be empty.
    pub(crate) fn requires_client_id(&self) -> bool {
        self.operator
            .as_ref()
            .is_some_and(|version| version.is_below((0, 87, 0)))
    }
}
