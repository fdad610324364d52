//! What does every sign-in need other than its own credentials? Our HTTP client, the cloud, and the way to run programs.

use std::sync::Arc;

use azure_identity::Executor;

use crate::azure::transport::Http;
use crate::spec::cloud::Cloud;

/// What the candidates of the sign-in chain share.
#[derive(Clone)]
pub(in crate::azure) struct SignInContext {
    pub(in crate::azure) http: Http,
    pub(in crate::azure) cloud: Cloud,
    /// Runs `az` and `azd`.
    pub(in crate::azure) executor: Arc<dyn Executor>,
}
