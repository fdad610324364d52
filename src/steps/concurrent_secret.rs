//! Has a run for another folder or machine made a client secret for this application at the same time? Entra has no way to
//! make only the first one, so each run looks before and after it makes its own, and gives way to another one.
//!
//! A run that lists the secrets after its own is among them misses only those that are made later, and the run that makes those
//! finds this one. So of all runs at once every one but the first sees another, and a run that sees another that stays removes
//! its own. Times are no order: they are in seconds, and clocks of the directory differ. They only decide who waits.

use super::{Tools, secret_name};
use crate::azure::applications::{self, NewSecret};
use crate::error::Failure;
use crate::facts::{Application, Facts, ListedSecret, UnheldSecret};
use crate::secret_file::Reservation;
use crate::spec::command_line::option;
use crate::spec::{ApplicationChoice, Spec};

/// Which secrets of other places are no reason to give way.
pub(super) enum AcceptedSecrets<'a> {
    /// Those that the plan showed: the user named this application, or this folder had a secret of it before.
    Planned(&'a [UnheldSecret]),
    /// None: the application was found by its name, when it had no secret.
    None,
}

impl<'a> AcceptedSecrets<'a> {
    pub(super) fn of(spec: &Spec, facts: &'a Facts, had_secret: bool) -> Self {
        let choice = spec.credential.application();
        let is_named = matches!(choice, Some(ApplicationChoice::ClientId(_)));
        match facts.unheld_secrets.known() {
            Some(known) if is_named || had_secret => Self::Planned(known),
            _ if is_named || had_secret => Self::Planned(&[]),
            _ => Self::None,
        }
    }

    fn covers(&self, key_id: &str) -> bool {
        match self {
            Self::Planned(known) => known.iter().any(|one| one.key_id == key_id),
            Self::None => false,
        }
    }
}

/// The secrets of other runs; `own` is the key id of ours, where there is one already.
fn of_others<'a>(
    listed: &'a [ListedSecret],
    own: Option<&str>,
    place: Option<&str>,
    accepted: &AcceptedSecrets<'_>,
) -> Vec<&'a ListedSecret> {
    let ours = listed.iter().find(|one| Some(&*one.key_id) == own);
    let is_other = |one: &&ListedSecret| {
        let name = one.name.as_deref().unwrap_or_default();
        let is_for_this_file = place.is_some_and(|place| secret_name::is_of(name, place));
        let is_ours = ours.is_some_and(|ours| ours.key_id == one.key_id || ours.name == one.name);
        secret_name::is_ours(name) && !is_ours && !is_for_this_file && !accepted.covers(&one.key_id)
    };
    listed.iter().filter(is_other).collect()
}

/// Whether our secret comes before all the others, in an order that is the same for all runs.
fn is_first(listed: &[ListedSecret], own: &str, others: &[&ListedSecret]) -> bool {
    let order = |one: &ListedSecret| (one.starts, one.key_id.clone());
    let ours = listed.iter().find(|one| one.key_id == own).map(order);
    ours.is_some_and(|ours| others.iter().all(|other| ours < order(other)))
}

/// A secret of another run that was made after the plan. Looked for before ours is made.
pub(super) async fn made_before(
    tools: &Tools<'_>,
    application: &Application,
    accepted: &AcceptedSecrets<'_>,
) -> Result<Option<ListedSecret>, Failure> {
    let listed = applications::secrets(tools.azure, &application.object_id).await;
    let listed = listed.map_err(|error| Failure::new(doing(application)).azure(error))?;
    let now = crate::clock::now();
    // Graph lists expired secrets too, until they are removed.
    let alive: Vec<_> = listed.into_iter().filter(|one| one.is_alive(now)).collect();
    let place = tools.secret_file.place();
    let others = of_others(&alive, None, place.as_deref(), accepted);
    Ok(others.first().map(|other| (*other).clone()))
}

/// A secret of another run that stays. The first of several runs waits until the others have given way; where they do not,
/// they did not see this one.
pub(super) async fn made_meanwhile(
    tools: &Tools<'_>,
    application: &Application,
    made: &NewSecret,
    accepted: &AcceptedSecrets<'_>,
) -> Option<ListedSecret> {
    let id = &application.object_id;
    // A secret that works is kept where this cannot be found out; the next plan names both.
    let listed = applications::secrets_with(tools.azure, id, &made.key_id).await;
    let listed = listed.ok()?;
    let place = tools.secret_file.place();
    let others = of_others(&listed, Some(&made.key_id), place.as_deref(), accepted);
    let other = others.first().copied().cloned()?;
    if is_first(&listed, &made.key_id, &others) {
        let key_ids: Vec<String> = others.iter().map(|one| one.key_id.clone()).collect();
        // The directory is replicated: a list can show a removed secret for some seconds, so this waits for a steady
        // answer.
        if let Ok(true) = applications::are_removed(tools.azure, id, &key_ids).await {
            return None;
        }
    }
    Some(other)
}

fn doing(application: &Application) -> String {
    format!(
        "make a client secret for application `{}`",
        application.name
    )
}

/// A run that leaves the secret to another one.
pub(super) struct LaterRun<'a> {
    pub(super) tools: &'a Tools<'a>,
    pub(super) application: &'a Application,
    pub(super) accepted: &'a AcceptedSecrets<'a>,
}

impl LaterRun<'_> {
    /// Before ours was made.
    pub(super) fn leave_to(&self, place: Reservation, other: &ListedSecret) -> Failure {
        let failure = self.conflict(other);
        self.withdrawn(failure.reason("no secret was made for this folder"), place)
    }

    /// Removes our own secret again.
    pub(super) async fn remove_own_secret(
        &self,
        made: &NewSecret,
        place: Reservation,
        other: &ListedSecret,
    ) -> Failure {
        let failure = self.conflict(other);
        let id = &self.application.object_id;
        match applications::remove_secret(self.tools.azure, id, &made.key_id).await {
            Ok(()) => {
                let failure = failure.reason("the secret of this run was removed again");
                self.withdrawn(failure, place)
            }
            Err(error) => {
                let failure = failure.reason(
                    "the secret of this run could not be removed; the next run for this folder removes it",
                );
                self.with_next(failure.azure(error))
            }
        }
    }

    fn conflict(&self, other: &ListedSecret) -> Failure {
        Failure::new(doing(self.application)).reason(format!(
            "a run for another folder or machine made client secret `{}` at the same time, and keeps it there",
            other.name.as_deref().unwrap_or_default()
        ))
    }

    fn withdrawn(&self, failure: Failure, place: Reservation) -> Failure {
        self.with_next(match place.withdraw() {
            Ok(()) => failure,
            Err(why) => failure.reason(why.to_string()),
        })
    }

    fn with_next(&self, failure: Failure) -> Failure {
        let path = self.tools.secret_file.path();
        let name = path.and_then(|path| path.file_name()).unwrap_or_default();
        let failure = failure.not_continued().next(format!(
            "use the folder of the other run, or copy its file `{}` into this one: the same command then uses that secret",
            name.to_string_lossy()
        ));
        failure.next(match self.accepted {
            AcceptedSecrets::Planned(_) => {
                "or run the same command again to make a second secret for this folder".to_owned()
            }
            AcceptedSecrets::None => format!(
                "or make a second secret for this folder: run the same command with {}",
                option("--identity", &self.application.client_id)
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "0123456789ab";
    const THERE: &str = "ffffffffffff";

    fn listed(key_id: &str, place: &str, starts: &str) -> ListedSecret {
        ListedSecret {
            key_id: key_id.into(),
            name: Some(format!("amw-rw {place}-0000{key_id:0>8}")),
            hint: None,
            starts: starts.parse().ok(),
            ends: None,
        }
    }

    fn own() -> ListedSecret {
        listed("b1", HERE, "2026-11-27T10:00:05Z")
    }

    fn found(other: &ListedSecret, accepted: &AcceptedSecrets<'_>) -> bool {
        let all = [own(), other.clone()];
        !of_others(&all, Some("b1"), Some(HERE), accepted).is_empty()
    }

    #[test]
    fn of_two_runs_one_waits_and_the_other_gives_way_also_within_one_second() {
        for (key_id, second, is_first_here) in [
            ("c2", 6, true),
            ("c2", 5, true),
            ("a2", 5, false),
            ("c2", 4, false),
        ] {
            let other = listed(key_id, THERE, &format!("2026-11-27T10:00:0{second}Z"));
            let all = [own(), other.clone()];

            assert_eq!(
                is_first(&all, "b1", &[&other]),
                is_first_here,
                "{key_id} {second}"
            );
            assert_eq!(
                is_first(&all, key_id, &[&own()]),
                !is_first_here,
                "{key_id} {second}"
            );
        }
    }

    #[test]
    fn a_secret_of_another_run_counts_whenever_it_was_made_unless_the_user_knows_it() {
        let known = [UnheldSecret {
            key_id: "c2".into(),
            name: String::new(),
            made_here: false,
        }];
        for starts in ["2026-11-27T10:00:00Z", "2026-11-27T10:00:09Z"] {
            let other = listed("c2", THERE, starts);

            assert!(found(&other, &AcceptedSecrets::None));
            assert!(found(&other, &AcceptedSecrets::Planned(&[])));
            assert!(!found(&other, &AcceptedSecrets::Planned(&known)));
        }
    }

    #[test]
    fn a_secret_for_this_file_or_by_hand_is_no_reason() {
        let earlier = "2026-11-27T10:00:00Z";
        let mut typed = listed("c2", THERE, earlier);
        typed.name = Some("by hand".into());

        assert!(!found(&listed("c2", HERE, earlier), &AcceptedSecrets::None));
        assert!(!found(&typed, &AcceptedSecrets::None));
    }
}
