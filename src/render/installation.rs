//! What the version of a Prometheus and its target mean for the text of a connection.

use super::refusal;
use crate::compat::{Installation, Requirements};
use crate::problem::Problem;
use crate::remote_write::{Authentication, RemoteWrite, Route};
use crate::spec::support;

/// Where the webhook puts the token: the older place, which Prometheus has built in, and the one since release 1.6.0.
pub(super) const WEBHOOK_TOKEN_FILES: [&str; 2] = [
    "/var/run/secrets/azure/tokens/azure-identity-token",
    "/var/run/secrets/azure/wi/token/azure-identity-token",
];

impl Installation {
    /// The route that this target can express: what has no field in its configuration comes from the environment.
    pub(crate) fn route(&self, remote_write: &RemoteWrite) -> Result<Route, Problem> {
        let sign_in = remote_write.authentication.sign_in();
        match remote_write.route {
            Route::Sidecar { .. } if !sign_in.method().by_sidecar => {
                Err(support::not_by_sidecar(sign_in))
            }
            Route::Sidecar { .. } if !self.target.describes_pod() => {
                Err(refusal::no_place_for_sidecar())
            }
            Route::Direct if self.needs_environment(sign_in.feature()) => {
                // The environment of a container is part of its manifest, so a secret would be as readable there.
                if remote_write.carries_secret() {
                    return Err(refusal::secret_in_plain_view());
                }
                Ok(Route::Sdk)
            }
            route => Ok(route),
        }
    }

    /// What a connection requires of this Prometheus.
    pub(crate) fn requirements(&self, remote_write: &RemoteWrite) -> Requirements {
        let authentication = &remote_write.authentication;
        let method = authentication.sign_in();
        let queue = remote_write.sending.queue.as_ref();
        let sign_in = match remote_write.route {
            Route::Sidecar { .. } => None,
            Route::Direct if !self.needs_environment(method.feature()) => Some(method.feature()),
            Route::Direct | Route::Sdk => Some(method.sdk_feature()),
        };
        let names_token_file = matches!(
            authentication,
            Authentication::WorkloadIdentity {
                token_file: Some(_),
                ..
            }
        );
        Requirements {
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
            // A path that is written out would break when the webhook moves the file again, as its release 1.6.0 did.
            .filter(|file| !(self.follows_webhook() && WEBHOOK_TOKEN_FILES.contains(file)))
    }

    /// Whether the pod must project the token to the one place where Prometheus looks.
    pub(super) fn projects_token(&self, authentication: &Authentication) -> bool {
        let names_file = !self.target.is_operated() && self.token_file(authentication).is_some();
        self.has_fixed_token_file() && !names_file
    }
}
