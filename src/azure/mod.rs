//! The edge to Azure: signed-in handles that read and write, one file per REST collection, and typed refusals.

mod address;
mod call;
mod challenge;
pub(crate) mod cli_profile;
pub(crate) mod clock_skew;
pub(crate) mod entra;
mod envelope;
pub(crate) mod error;
#[cfg(test)]
pub(crate) mod fake;
pub(crate) mod long_running;
mod meaning;
mod not_yet;
mod paging;
mod plain_text;
pub(crate) mod reader;
pub(crate) mod sign_in;
pub(crate) mod token;
pub(crate) mod token_refusal;
pub(crate) mod transport;
pub(crate) mod trusted_certificates;
pub(crate) mod writer;

pub(crate) mod application_control;
pub(crate) mod applications;
pub(crate) mod data_collection;
pub(crate) mod directory_objects;
pub(crate) mod federated_credentials;
pub(crate) mod identities;
pub(crate) mod managed_clusters;
pub(crate) mod permissions;
pub(crate) mod providers;
mod resource;
pub(crate) mod resource_graph;
pub(crate) mod resource_groups;
pub(crate) mod role_assignments;
pub(crate) mod roles;
pub(crate) mod scale_sets;
pub(crate) mod subscriptions;
pub(crate) mod workload_identity;
pub(crate) mod workspaces;

pub(crate) mod ingestion;
pub(crate) mod query;
mod remote_write;

pub(crate) use error::AzureError;
pub(crate) use meaning::refusal_meaning::RefusalMeaning;
pub(crate) use reader::Reader;
pub(crate) use sign_in::SignInOptions;
pub(crate) use writer::Writer;
