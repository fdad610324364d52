//! Which Prometheus a connection is written for, and what its version means for the text.

use super::{Authentication, AuthenticationKind, RemoteWrite, Route, Unwritable, Version};
use crate::target::{SecretPlace, Target};

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
    /// The route that this target has words for: what it cannot say in its configuration comes from the environment.
    pub(crate) fn route(&self, remote_write: &RemoteWrite) -> Result<Route, Unwritable> {
        match (remote_write.route, remote_write.authentication.kind()) {
            (Route::Sidecar { .. }, kind) if !sidecar_signs_in_by(kind) => {
                Err(Unwritable::NotBySidecar)
            }
            (Route::Sidecar { .. }, _) if !self.target.describes_pod() => {
                Err(Unwritable::NoPlaceForSidecar)
            }
            (Route::Direct, kind) if self.cannot_say(kind) => {
                if remote_write.carries_secret() {
                    return Err(Unwritable::SecretInPlainView);
                }
                Ok(Route::Sdk)
            }
            (route, _) => Ok(route),
        }
    }

    /// Whether only the environment can tell as whom is signed in.
    pub(crate) fn cannot_say(&self, kind: AuthenticationKind) -> bool {
        match kind {
            AuthenticationKind::ClientSecret => {
                self.target.secret_place() == SecretPlace::Environment
            }
            AuthenticationKind::Certificate => self.target.is_operated(),
            _ => false,
        }
    }

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
        let names_file = !self.target.is_operated() && self.token_file(authentication).is_some();
        self.has_fixed_token_file() && !names_file
    }

    /// Whether no client id at all has to be written as an empty one: in Prometheus' own files, and in custom resources
    /// older than Operator 0.87.
    pub(super) fn spells_out_no_client_id(&self) -> bool {
        let is_old = |version: &Version| version.is_below((0, 87, 0));
        !self.target.is_operated() || self.operator.as_ref().is_some_and(is_old)
    }

    /// Whether `sample_age_limit` does what it says: in Prometheus since 2.54.0, and the Operator hands it on since 0.78.0
    /// (<https://github.com/prometheus-operator/prometheus-operator/issues/6988>).
    pub(super) fn limits_age_well(&self) -> bool {
        let is_new = |version: &Option<Version>, since| {
            version
                .as_ref()
                .is_some_and(|version| version.is_at_least(since))
        };
        is_new(&self.prometheus, (2, 54, 0))
            && (!self.target.is_operated() || is_new(&self.operator, (0, 78, 0)))
    }
}

/// Microsoft documents these three.
pub(super) fn sidecar_signs_in_by(kind: AuthenticationKind) -> bool {
    matches!(
        kind,
        AuthenticationKind::UserIdentity
            | AuthenticationKind::Certificate
            | AuthenticationKind::WorkloadIdentity
    )
}
