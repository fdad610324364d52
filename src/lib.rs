//! amw-rw: connects a self-managed Prometheus to an Azure Monitor workspace, and keeps that connection right.
#![allow(dead_code, reason = "foundation: the commands that use it follow")]

mod checks;
mod clock;
mod environment;
mod error;
mod plan;
mod progress;
mod spec;
