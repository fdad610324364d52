//! Reads the files of users, and replaces each as a whole or leaves it: with a backup, and with the permissions that it had.

mod attributes;
mod error;
mod exchange;
mod folder_lock;
mod group;
mod links;
mod place;
mod private;
mod read;
mod stream;
mod system;
mod temporary;
mod wait;
mod write;

pub(crate) use error::FileError;
pub(crate) use group::{NAME as PROMETHEUS_GROUP, of_prometheus as prometheus_group};
pub(crate) use links::{is_in_current_folder, is_same_place, other_links};
pub(crate) use place::{LENGTH as PLACE_LENGTH, digest as place_digest};
pub(crate) use private::{Placeholder, check_folder, read_private, remove_private, write_private};
pub(crate) use read::{is_missing, is_stream, read, read_bytes};
pub(crate) use temporary::sweep;
pub(crate) use wait::{watch_waits, with_progress};
pub(crate) use write::{
    Access, Secrecy, access, check_appendable, check_regular, check_writable, close_to_others,
    replace,
};
