//! What Prometheus must be configured with to write to one workspace: the model, how it is built, and how the entries of a
//! file are read.

mod builder;
mod model;
mod reader;

pub(crate) use builder::{SECRET_KEY, certificate, is_complete, remote_write, route, secret_name};
#[cfg(test)]
pub(crate) use model::samples;
pub(crate) use model::{
    Authentication, CERTIFICATE_FOLDER, Certificate, ClientSecret, ClusterLabel, RemoteWrite,
    Route, rule_of,
};
pub(crate) use reader::{WrittenEntry, WrittenSignIn, cluster_label, entries};
