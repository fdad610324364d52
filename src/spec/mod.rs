//! What is wanted? From what the user said and what was found to a complete, valid `Spec`. No I/O.

pub(crate) mod answers;
pub(crate) mod choices;
pub(crate) mod cloud;
pub(crate) mod command_line;
pub(crate) mod complete;
pub(crate) mod explained;
pub(crate) mod file;
pub(crate) mod file_error;
pub(crate) mod ids;
pub(crate) mod interview;
pub(crate) mod loopback;
pub(crate) mod names;
pub(crate) mod path_text;
pub(crate) mod platform;
pub(crate) mod resource_kind;
pub(crate) mod sending;
pub(crate) mod support;
pub(crate) mod visible;

pub(crate) use complete::{ApplicationChoice, Credential, ServiceAccount, Spec};
