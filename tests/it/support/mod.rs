//! The world that a story runs in.

pub(crate) mod program;
