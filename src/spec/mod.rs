//! What the user wants: from answers and what was discovered to a complete, valid `Spec`. No I/O.

pub(crate) mod answers;
pub(crate) mod choices;
pub(crate) mod cloud;
pub(crate) mod command_line;
mod complete;
pub(crate) mod credential;
mod discovered;
pub(crate) mod explained;
pub(crate) mod file;
pub(crate) mod file_error;
pub(crate) mod help;
pub(crate) mod ids;
mod incomplete;
pub(crate) mod ingestion_url;
pub(crate) mod interview;
pub(crate) mod loopback;
pub(crate) mod method_on_platform;
pub(crate) mod names;
mod placement;
pub(crate) mod platform;
pub(crate) mod prometheus_duration;
pub(crate) mod rules;
pub(crate) mod schema;
pub(crate) mod sending;
mod service_account;
pub(crate) mod support;
pub(crate) mod token_scope;
pub(crate) mod webhook_keys;
mod yaml_fault;

pub(crate) use complete::{Spec, default_target};
pub(crate) use credential::{ApplicationChoice, CredentialSource, Purpose};
pub(crate) use discovered::DiscoveredInputs;
pub(crate) use incomplete::Incomplete;
pub(crate) use service_account::ServiceAccount;
