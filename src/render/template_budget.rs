//! How much a template may make: each value, and all values together.

use std::sync::atomic::{AtomicUsize, Ordering};

use minijinja::value::{Value, ValueKind};
use minijinja::{Error, ErrorKind};

/// Of one value, in bytes, with everything that it holds.
const LARGEST_VALUE: usize = 1024 * 1024;
/// Of all values that a template makes, whether it keeps them or not.
const LARGEST_SUM: usize = 128 * 1024 * 1024;
/// What any value takes, whatever it holds.
const NODE: usize = 32;
const DEEPEST: usize = 100;

/// What a template has made so far, in bytes.
#[derive(Debug, Default)]
pub(super) struct Budget(AtomicUsize);

impl Budget {
    /// Counts bytes that the template made.
    pub(super) fn charge(&self, bytes: usize) -> Result<(), Error> {
        let before = self.0.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) > LARGEST_SUM {
            return Err(refused("its values take more than 128 MiB together"));
        }
        Ok(())
    }

    /// Counts a value with everything in it. What is in it twice counts twice, as it does in text.
    pub(super) fn weigh(&self, value: &Value) -> Result<(), Error> {
        let mut weight = 0;
        add(value, &mut weight, 0)?;
        self.charge(weight)
    }
}

/// Refuses a text of this length as a value.
pub(super) fn check_text(bytes: usize) -> Result<(), Error> {
    match bytes > LARGEST_VALUE {
        true => Err(refused("one value takes more than 1 MiB")),
        false => Ok(()),
    }
}

fn add(value: &Value, weight: &mut usize, depth: usize) -> Result<(), Error> {
    if depth > DEEPEST {
        return Err(refused("one value has more than 100 levels"));
    }
    *weight += NODE + value.as_bytes().map_or(0, <[u8]>::len);
    check_text(*weight)?;
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => {
            for item in value.try_iter()? {
                add(&item, weight, depth + 1)?;
            }
        }
        ValueKind::Map => {
            for key in value.try_iter()? {
                add(&key, weight, depth + 1)?;
                add(&value.get_item(&key)?, weight, depth + 1)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn refused(reason: &'static str) -> Error {
    Error::new(ErrorKind::InvalidOperation, reason)
}
