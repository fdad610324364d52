//! What Prometheus must be configured with to write to one workspace: the model, the one builder with its three inputs (a spec
//! with facts, the offline flags, a migration), and the one reader of the entries of a file.

mod builder;
mod cluster_relabeling;
mod container;
mod input;
mod lost_samples;
mod model;
mod offline;
mod own_mark;
mod pending;
mod planned;
mod pod_containers;
mod reader;
mod sidecar;
mod variables;
mod written_url;

pub(crate) use builder::{CLIENT_ID_ANNOTATION, SECRET_KEY, build, secret_name};
pub(crate) use cluster_relabeling::{described_jobs, jobs_with_cluster, relabeled_cluster};
pub(crate) use container::{ProxyKind, may_hold_proxy};
pub(crate) use input::{InputField, RemoteWriteInput, RouteChoice};
pub(crate) use lost_samples::{LostSamples, dropping_rule, is_second_version};
#[cfg(test)]
pub(crate) use model::samples;
pub(crate) use model::{
    Authentication, CERTIFICATE_FOLDER, Certificate, ClientSecret, ClusterLabel,
    CompleteRemoteWrite, RemoteWrite, Route, SIDECAR_PORT, is_same_endpoint, is_same_rule, rule_of,
};
pub(crate) use offline::OfflineInput;
pub(crate) use own_mark::OwnMark;
pub(crate) use pending::{AFTER_APPLY, Pending};
pub(crate) use planned::planned;
pub(crate) use pod_containers::{
    ContainerPosition, MisplacedProxy, images_of_prometheus, is_init_containers, proxies_in,
    walk_containers,
};
#[cfg(test)]
pub(crate) use reader::WrittenIds;
pub(crate) use reader::{
    WrittenEntry, WrittenForm, cluster_label, entries, is_named_as_proxy, leads_to,
};
pub(crate) use sidecar::{Destination, OtherCloud, Sidecar};
pub(crate) use variables::sdk;
