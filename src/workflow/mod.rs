//! What a command does, without printing: each part can be tested without a process.

pub(crate) mod configured;
pub(crate) mod connection_folder;
pub(crate) mod definitions;
pub(crate) mod installation;
pub(crate) mod live_resource;
pub(crate) mod migration;
pub(crate) mod named_release;
pub(crate) mod occupied_file;
pub(crate) mod planned_connection;
pub(crate) mod proposal;
pub(crate) mod release_values;
pub(crate) mod repeat;
pub(crate) mod resolve;
pub(crate) mod resource_patch;
pub(crate) mod running_release;
pub(crate) mod secret_manifest;
pub(crate) mod session;
pub(crate) mod shared_account;
pub(crate) mod target_file;
pub(crate) mod wizard_choices;
