//! What a command does, without printing: each part can be tested without a process.

pub(crate) mod repeat;
pub(crate) mod session;
pub(crate) mod wizard_choices;
