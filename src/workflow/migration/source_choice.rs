//! Where a migration reads the Prometheus: in the file that the user named, or in the cluster.

use super::source::{self, MigrationSource};
use super::{DOING, MigrationRequest, running};
use crate::error::Failure;
use crate::network::wait_notices::WaitNotices;
use crate::spec::choices::ClusterChoice;
use crate::workflow::session::Session;

/// `open_session` signs in to Azure, where that is needed.
pub(crate) async fn read(
    request: &MigrationRequest,
    is_trial: bool,
    notices: WaitNotices,
    open_session: impl AsyncFnOnce() -> Result<Session, Failure>,
) -> Result<MigrationSource, Failure> {
    if let Some(input) = &request.input {
        return source::from_file(request, input);
    }
    // The sandbox has clusters of its own, and a trial does not touch real ones.
    if is_trial && matches!(request.cluster, Some(ClusterChoice::Context(_))) {
        return Err(Failure::usage(DOING)
            .reason("a context of your kubeconfig leads to no cluster of the sandbox")
            .next("leave out --context, or name the sandbox's own: --cluster aks-prod"));
    }
    running::read(request, notices, open_session).await
}
