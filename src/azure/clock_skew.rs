//! Does this machine agree with Azure about the time?

use jiff::{SignedDuration, Timestamp};

use super::call::Call;
use super::error::AzureError;
use super::reader::Reader;
use super::subscriptions::API_VERSION;
use crate::clock;
use crate::spec::ids::SubscriptionId;

/// How far this machine's clock is ahead of Resource Manager's, by the `Date` of a reply; `None` without one.
/// Exact to a second, and to half the time that the reply took.
pub(crate) async fn clock_ahead(
    azure: &Reader,
    subscription: &SubscriptionId,
) -> Result<Option<SignedDuration>, AzureError> {
    let address = azure.resource_manager(&format!("subscriptions/{subscription}"), API_VERSION);
    let asked = clock::now();
    let reply = azure
        .send(Call::get(address.url()?.clone()), address.audience)
        .await?;
    let halfway = asked + clock::now().duration_since(asked) / 2;
    Ok(reply.header("date").and_then(|date| ahead(date, halfway)))
}

fn ahead(date: &str, local: Timestamp) -> Option<SignedDuration> {
    let theirs = httpdate::parse_http_date(date).ok()?;
    let theirs = Timestamp::try_from(theirs).ok()?;
    Some(local.duration_since(theirs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_ten_minutes_slow_is_behind_by_that() {
        let local: Timestamp = "2026-11-22T09:50:00Z".parse().unwrap();

        let ahead = ahead("Sun, 22 Nov 2026 10:00:00 GMT", local);

        assert_eq!(ahead, Some(SignedDuration::from_mins(-10)));
    }
}
