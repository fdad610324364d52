//! Turns a connection into the text that a Prometheus reads: what to write, for which target, and what to warn of.

mod companions;
mod content;
mod desired;
mod diff;
mod entry;
mod environment;
mod installation;
mod kubernetes_secret;
mod pod;
mod refusal;
mod replica_labels;
pub(crate) mod sandbox_mark;
mod sidecar;
mod template;
mod template_budget;
mod template_engine;
mod yaml;

pub(crate) use companions::{
    Companion, PodEnvironment, PodWorkload, changes_pod, companion_text, companions,
};
pub(crate) use desired::Desired;
pub(crate) use diff::{changed_without_secrets, unified_diff};
pub(crate) use kubernetes_secret::{MANAGED_BY, secret_manifest};
pub(crate) use pod::is_item_of_connection;
pub(crate) use template::{ManifestResource, NewFileSource, new_values, render};
pub(crate) use yaml::{
    BlockStyle, FlowStyle, Quote, Quoting, block_lines, flow_lines, flow_text, quoted_text,
    scalar_text,
};
