//! How long is something that Azure does not show yet waited for?

use std::future::Future;

use super::error::AzureError;
use crate::network::retry_policy::RunningWait;

/// Tries until it works, for as long as the error is the one that means "not yet".
pub(super) async fn while_not_yet<T, F, Attempt>(
    mut waiting: RunningWait,
    not_yet: fn(&AzureError) -> bool,
    attempt: F,
) -> Result<T, AzureError>
where
    F: Fn() -> Attempt,
    Attempt: Future<Output = Result<T, AzureError>>,
{
    loop {
        match attempt().await {
            Err(error) if not_yet(&error) => {
                if !waiting.pause(None).await {
                    return Err(error);
                }
            }
            done => return done,
        }
    }
}

/// Looks until there is something to show; `None` when the deadline came first.
pub(super) async fn until<T, F, Look>(
    mut waiting: RunningWait,
    look: F,
) -> Result<Option<T>, AzureError>
where
    F: Fn() -> Look,
    Look: Future<Output = Result<Option<T>, AzureError>>,
{
    loop {
        if let Some(found) = look().await? {
            return Ok(Some(found));
        }
        if !waiting.pause(None).await {
            return Ok(None);
        }
    }
}
