//! The label and annotations that the workload identity webhook of Azure reads.
//!
//! <https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html>

/// All of them start so.
pub(crate) const DOMAIN: &str = "azure.workload.identity/";
/// The label of a pod that wants a token.
pub(crate) const USE: &str = "azure.workload.identity/use";
/// The annotation of a service account: the identity that its pods sign in as.
pub(crate) const CLIENT_ID: &str = "azure.workload.identity/client-id";
/// The annotation of a service account: the tenant of that identity.
pub(crate) const TENANT_ID: &str = "azure.workload.identity/tenant-id";
