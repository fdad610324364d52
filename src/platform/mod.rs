//! Where Prometheus runs: one file per platform, with how it is found, its warnings, and how its API server is recognised. The
//! steps ask the `Platform` of a spec what it has; a platform without a file here is refused by the support table.

mod source;

use crate::azure::Reader;
use crate::error::Failure;
use crate::spec::choices::{ClusterChoice, PlatformKind};
use crate::spec::ids::SubscriptionId;
use crate::spec::support;
use source::PlatformSource;
pub(crate) use source::{ApiServerIdentity, FoundPlatform, ListedPlatform};

macro_rules! platforms {
    ($($file:ident),+ $(,)?) => {
        $(mod $file;)+

        /// The platforms that can be found.
        const SOURCES: &[&dyn PlatformSource] = &[$(&$file::SOURCE),+];
    };
}

platforms! {
    aks,
}

/// Finds the one platform of this kind that the answer means. `only` limits the search to these subscriptions.
pub(crate) async fn find(
    azure: &Reader,
    kind: PlatformKind,
    choice: Option<&ClusterChoice>,
    only: Option<&[SubscriptionId]>,
) -> Result<FoundPlatform, Failure> {
    source(kind)?.find(azure, choice, only).await
}

/// Finds the one cluster that the answer means, for a command that needs its API server and no platform. It asks for no kind:
/// Azure gives credentials of clusters of AKS only.
pub(crate) async fn find_cluster(
    azure: &Reader,
    choice: Option<&ClusterChoice>,
    only: Option<&[SubscriptionId]>,
) -> Result<FoundPlatform, Failure> {
    aks::SOURCE.find(azure, choice, only).await
}

/// Everything of this kind that can be chosen.
pub(crate) async fn list(
    azure: &Reader,
    kind: PlatformKind,
    only: Option<&[SubscriptionId]>,
) -> Result<Vec<ListedPlatform>, Failure> {
    source(kind)?.list(azure, only).await
}

fn source(kind: PlatformKind) -> Result<&'static dyn PlatformSource, Failure> {
    let found = SOURCES.iter().find(|source| source.kind() == kind);
    found.copied().ok_or_else(|| {
        Failure::usage("find the platform of Prometheus").problem(support::no_platform(kind))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::choices::WritePath;
    use crate::spec::platform::samples;

    #[test]
    fn a_platform_can_be_found_when_the_support_table_has_a_row_for_it() {
        for platform in samples::each() {
            let kind = platform.kind();

            let sources = SOURCES.iter().filter(|source| source.kind() == kind);

            let has_row = support::sign_ins(kind, WritePath::Native).next().is_some();
            assert_eq!(sources.count(), usize::from(has_row), "{kind}");
        }
    }
}
