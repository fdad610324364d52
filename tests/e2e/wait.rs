//! Waiting for what another process will do soon, with a deadline and a reason.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

const PAUSE: Duration = Duration::from_millis(100);

/// Looks again and again until `look` finds something; after `limit` the error names what was awaited.
pub(crate) fn until<T>(
    awaited: &str,
    limit: Duration,
    mut look: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if Instant::now() >= deadline {
            bail!("waited {limit:?} without success for {awaited}");
        }
        std::thread::sleep(PAUSE);
    }
}
