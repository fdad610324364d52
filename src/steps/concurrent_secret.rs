//! Has a run for another folder or machine made a client secret for this application at the same time? Entra has no way to
//! make only the first one, so each run looks again after it made its own, and the later one removes its own.

use super::{Tools, secret_name};
use crate::azure::applications::{self, NewSecret};
use crate::error::Failure;
use crate::facts::{Application, ListedSecret, UnheldSecret};
use crate::secret_file::Reservation;

/// A secret of another run that is not later than ours and was not known when the plan was made.
///
/// A change that was written before ours is seen where ours is seen, so that of two runs at least the later one sees both.
pub(super) async fn of_another_run(
    tools: &Tools<'_>,
    application: &Application,
    made: &NewSecret,
    known: &[UnheldSecret],
) -> Option<ListedSecret> {
    let listed = applications::secrets_with(tools.azure, &application.object_id, &made.key_id);
    // A secret that works is kept where this cannot be found out; the next plan names both.
    let listed = listed.await.ok()?;
    let is_known = |key_id: &str| known.iter().any(|one| one.key_id == key_id);
    let place = tools.secret_file.place();
    not_later(&listed, &made.key_id, place.as_deref(), is_known).cloned()
}

/// Times are in seconds: of two in one second both give way, because neither run can know what the other one has seen.
fn not_later<'a>(
    listed: &'a [ListedSecret],
    own: &str,
    place: Option<&str>,
    is_known: impl Fn(&str) -> bool,
) -> Option<&'a ListedSecret> {
    let own = listed.iter().find(|one| one.key_id == own)?;
    listed.iter().find(|one| {
        let name = one.name.as_deref().unwrap_or_default();
        let is_for_this_file = place.is_some_and(|place| secret_name::is_of(name, place));
        one.key_id != own.key_id
            && one.name != own.name
            && secret_name::is_ours(name)
            && !is_for_this_file
            && !is_known(&one.key_id)
            && one.starts <= own.starts
    })
}

/// Removes our own secret again.
pub(super) async fn give_way(
    tools: &Tools<'_>,
    application: &Application,
    made: &NewSecret,
    place: Reservation,
    other: &ListedSecret,
) -> Failure {
    let failure = Failure::new(format!(
        "make a client secret for application `{}`",
        application.name
    ))
    .reason(format!(
        "a run for another folder or machine made client secret `{}` at the same time",
        other.name.as_deref().unwrap_or_default()
    ));
    let removed = applications::remove_secret(tools.azure, &application.object_id, &made.key_id);
    let failure = match removed.await {
        Ok(()) => {
            let failure = failure.reason("the secret of this run was removed again");
            match place.withdraw() {
                Ok(()) => failure,
                Err(why) => failure.reason(why.to_string()),
            }
        }
        Err(error) => failure
            .reason("the secret of this run could not be removed; the next run for this folder removes it")
            .azure(error),
    };
    failure
        .next("use the folder of the other run")
        .next(format!(
            "or make a second client secret for this one: --identity {}",
            application.client_id
        ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "0123456789ab";

    fn listed(key_id: &str, place: &str, starts: &str) -> ListedSecret {
        ListedSecret {
            key_id: key_id.into(),
            name: Some(format!("amw-rw {place}-0000{key_id:0>8}")),
            hint: None,
            starts: starts.parse().ok(),
            ends: None,
        }
    }

    fn found(other: &ListedSecret, known: &str) -> bool {
        let own = listed("a1", HERE, "2026-11-27T10:00:05Z");
        let all = [own, other.clone()];
        not_later(&all, "a1", Some(HERE), |key_id| key_id == known).is_some()
    }

    #[test]
    fn of_two_runs_the_later_one_gives_way_and_in_one_second_both_do() {
        let other = |starts| listed("b2", "ffffffffffff", starts);

        assert!(found(&other("2026-11-27T10:00:04Z"), ""));
        assert!(found(&other("2026-11-27T10:00:05Z"), ""));
        assert!(!found(&other("2026-11-27T10:00:06Z"), ""));
    }

    #[test]
    fn a_secret_that_the_plan_showed_or_that_is_not_of_another_run_is_no_reason() {
        let earlier = "2026-11-27T10:00:00Z";
        let mut typed = listed("b2", "ffffffffffff", earlier);
        typed.name = Some("by hand".into());

        assert!(!found(&listed("b2", "ffffffffffff", earlier), "b2"));
        assert!(!found(&listed("b2", HERE, earlier), ""));
        assert!(!found(&typed, ""));
    }
}
