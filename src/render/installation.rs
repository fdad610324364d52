//! What the version of a Prometheus and its target mean for the text of a connection.

use super::Unwritable;
use crate::compat::{Demand, Feature, Installation};
use crate::remote_write::{Authentication, RemoteWrite, Route};
use crate::target::SecretPlace;

/// Where the webhook puts the token: the older place, which Prometheus has built in, and the one since release 1.6.0.
const WEBHOOK_TOKEN_FILES: [&str; 2] = [
    "/var/run/secrets/azure/tokens/azure-identity-token",
    "/var/run/secrets/azure/wi/token/azure-identity-token",
];

impl Installation {
    /// The route that this target can express: what has no field in its configuration comes from the environment.
    pub(crate) fn route(&self, remote_write: &RemoteWrite) -> Result<Route, Unwritable> {
        let feature = remote_write.authentication.feature();
        match remote_write.route {
            Route::Sidecar { .. } if !is_supported_by_sidecar(feature) => {
                Err(Unwritable::NotBySidecar)
            }
            Route::Sidecar { .. } if !self.target.describes_pod() => {
                Err(Unwritable::NoPlaceForSidecar)
            }
            Route::Direct if self.needs_environment(feature) => {
                if remote_write.carries_secret() {
                    return Err(Unwritable::SecretInPlainView);
                }
                Ok(Route::Sdk)
            }
            route => Ok(route),
        }
    }

    /// Whether only the environment of the container can name the identity.
    pub(crate) fn needs_environment(&self, feature: Feature) -> bool {
        let has_no_secret = self.target.secret_place() == SecretPlace::Environment;
        (feature == Feature::ClientSecret && has_no_secret) || self.has_no_field(feature)
    }

    /// What a connection requires of this Prometheus.
    pub(crate) fn demand(&self, remote_write: &RemoteWrite) -> Demand {
        let authentication = &remote_write.authentication;
        let feature = authentication.feature();
        let queue = remote_write.sending.queue.as_ref();
        let sign_in = match remote_write.route {
            Route::Sidecar { .. } => None,
            Route::Direct if !self.needs_environment(feature) => Some(feature),
            Route::Direct | Route::Sdk => Some(in_environment(feature)),
        };
        let names_token_file = matches!(
            authentication,
            Authentication::WorkloadIdentity {
                token_file: Some(_),
                ..
            }
        );
        Demand {
            sign_in,
            limits_age: queue.is_some_and(|queue| queue.sets("sample_age_limit")),
            names_token_file,
        }
    }

    /// The token file to write, if any: Prometheus 3.14 and newer follow the webhook by themselves.
    pub(crate) fn token_file<'a>(&self, authentication: &'a Authentication) -> Option<&'a str> {
        let Authentication::WorkloadIdentity { token_file, .. } = authentication else {
            return None;
        };
        token_file
            .as_deref()
            .filter(|file| !(self.follows_webhook() && WEBHOOK_TOKEN_FILES.contains(file)))
    }

    /// Whether the pod must project the token to the one place where Prometheus looks.
    pub(super) fn projects_token(&self, authentication: &Authentication) -> bool {
        let names_file = !self.target.is_operated() && self.token_file(authentication).is_some();
        self.has_fixed_token_file() && !names_file
    }
}

/// The same sign-in where `azuread.sdk` does it.
fn in_environment(feature: Feature) -> Feature {
    match feature {
        Feature::ClientSecret => Feature::SdkSecret,
        Feature::Certificate => Feature::SdkCertificate,
        _ => Feature::Sdk,
    }
}

/// Microsoft documents these three:
/// <https://learn.microsoft.com/azure/azure-monitor/containers/prometheus-remote-write>.
fn is_supported_by_sidecar(feature: Feature) -> bool {
    matches!(
        feature,
        Feature::UserIdentity | Feature::Certificate | Feature::WorkloadIdentity
    )
}
