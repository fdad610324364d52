//! What is there in Azure? One look per thing, used by the steps, by preflight and by doctor, so that they cannot disagree.

mod access;
mod applications;
mod federated_credentials;
mod identity;
mod managed_cluster;
mod role_assignments;
mod scale_sets;
mod subscription;
mod unobserved;
mod workspace;

pub(crate) use access::access;
pub(crate) use applications::{application_control, applications, client_secrets, secret_answer};
pub(crate) use federated_credentials::federated_credentials;
pub(crate) use identity::{identity, service_principal};
pub(crate) use managed_cluster::managed_cluster;
pub(crate) use role_assignments::{roles_of, roles_on_rule};
pub(crate) use scale_sets::scale_sets;
pub(crate) use subscription::{provider, resource_group};
pub(crate) use unobserved::Unobserved;
pub(crate) use workspace::{ingestion, workspace};
