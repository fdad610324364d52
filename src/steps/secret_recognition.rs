//! Which of an application's client secrets is the one in our file, and which others did amw-rw make? Pure.

use jiff::Timestamp;
use secrecy::ExposeSecret;

use super::secret_name;
use crate::facts::{HeldSecret, ListedSecret, RecordedSecret, UnheldSecret};

/// How the value in the file was recognised among the secrets that the application lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Recognition {
    /// By the id that was recorded for this very value.
    ById(ListedSecret),
    /// Only by its first three characters, which many secrets can share.
    ByHint(ListedSecret),
}

impl Recognition {
    /// The held secret with what Entra lists about it.
    pub(super) fn accept(&self, held: &HeldSecret) -> HeldSecret {
        let (Self::ById(secret) | Self::ByHint(secret)) = self;
        HeldSecret {
            expires: secret.ends,
            ..held.clone()
        }
    }
}

/// The live secret that the value in the file is, or may be.
pub(super) fn recognise(
    held: &HeldSecret,
    listed: &[ListedSecret],
    now: Timestamp,
) -> Option<Recognition> {
    let found = listed
        .iter()
        .filter(|secret| secret.is_alive(now))
        .find(|secret| is_held(held, secret))?
        .clone();
    Some(match held.key_id {
        Some(_) => Recognition::ById(found),
        None => Recognition::ByHint(found),
    })
}

/// Whether the secret that we hold is this one: by its id, and only where none was recorded by the first characters
/// that Entra shows of each.
pub(crate) fn is_held(held: &HeldSecret, secret: &ListedSecret) -> bool {
    if let Some(key_id) = &held.key_id {
        return secret.key_id.eq_ignore_ascii_case(key_id);
    }
    let is = |key_id: &String| secret.key_id.eq_ignore_ascii_case(key_id);
    // The value in the file was changed after this id was recorded, so it is not the secret of that id, whatever it
    // starts with.
    if held.replaced_key_id.as_ref().is_some_and(is) {
        return false;
    }
    let value = held.value.expose_secret();
    let hint = secret.hint.as_deref();
    hint.is_some_and(|hint| !hint.is_empty() && value.starts_with(hint))
}

/// Whether it was made for the file at this place.
pub(super) fn is_made_for(secret: &ListedSecret, place: &str) -> bool {
    let name = secret.name.as_deref();
    name.is_some_and(|name| secret_name::is_of(name, place))
}

/// Live secrets of ours that are not the one in the file. Each request has a name of its own, which is recorded before
/// it is sent; together with the place in the name this shows which of them were made for this very file.
pub(crate) fn unheld(
    listed: &[ListedSecret],
    recorded: &RecordedSecret,
    held: Option<&HeldSecret>,
    now: Timestamp,
) -> Vec<UnheldSecret> {
    let is_held = |secret: &&ListedSecret| held.is_some_and(|held| is_held(held, secret));
    // A request that was sent twice made two secrets of one name.
    let twin = listed.iter().find(is_held).and_then(|secret| {
        let name = secret.name.as_deref()?;
        secret_name::is_ours(name).then_some(name)
    });
    let made_here = |secret: &ListedSecret| {
        let name = secret.name.as_deref();
        let place = recorded.place.as_deref();
        place.is_some_and(|place| is_made_for(secret, place))
            || recorded.last_kept.as_deref() == Some(&secret.key_id)
            || (name.is_some() && (name == recorded.requested.as_deref() || name == twin))
    };
    listed
        .iter()
        .filter(|secret| secret.is_alive(now) && !is_held(secret))
        .map(|secret| UnheldSecret {
            key_id: secret.key_id.clone(),
            name: secret.name.clone().unwrap_or_default(),
            made_here: made_here(secret),
        })
        .filter(|one| one.made_here || secret_name::is_ours(&one.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(hint: &str, ends: &str) -> Vec<ListedSecret> {
        let note = ListedSecret {
            key_id: "k".into(),
            name: None,
            hint: Some(hint.into()),
            starts: None,
            ends: Some(ends.parse().unwrap()),
        };
        vec![note]
    }

    fn held(value: &str) -> HeldSecret {
        HeldSecret {
            value: value.into(),
            key_id: None,
            replaced_key_id: None,
            expires: None,
        }
    }

    fn today() -> Timestamp {
        "2026-11-22T00:00:00Z".parse().unwrap()
    }

    #[test]
    fn without_a_recorded_id_a_secret_is_recognised_by_its_hint_only() {
        let by_hint = recognise(
            &held("abcXYZ"),
            &listed("abc", "2027-01-01T00:00:00Z"),
            today(),
        );

        assert!(matches!(by_hint, Some(Recognition::ByHint(_))));
    }

    #[test]
    fn an_expired_or_foreign_secret_is_not() {
        assert!(
            recognise(
                &held("abcXYZ"),
                &listed("abc", "2026-01-01T00:00:00Z"),
                today()
            )
            .is_none()
        );
        assert!(
            recognise(
                &held("abcXYZ"),
                &listed("xyz", "2027-01-01T00:00:00Z"),
                today()
            )
            .is_none()
        );
    }

    fn note(key_id: &str, name: &str) -> ListedSecret {
        ListedSecret {
            key_id: key_id.into(),
            name: Some(name.into()),
            hint: Some("abc".into()),
            starts: None,
            ends: None,
        }
    }

    #[test]
    fn a_secret_of_another_id_is_not_ours_however_it_begins() {
        let held = HeldSecret {
            key_id: Some("ours".into()),
            ..held("abcXYZ")
        };

        assert!(recognise(&held, &[note("other", "x")], today()).is_none());
        assert!(recognise(&held, &[note("ours", "x")], today()).is_some());
    }

    const HERE: &str = "0123456789ab";

    fn recorded() -> RecordedSecret {
        RecordedSecret {
            place: Some(HERE.into()),
            ..RecordedSecret::default()
        }
    }

    fn ids(found: &[UnheldSecret], made_here: bool) -> Vec<&str> {
        let chosen = found.iter().filter(|one| one.made_here == made_here);
        chosen.map(|one| one.key_id.as_str()).collect()
    }

    #[test]
    fn only_secrets_that_were_made_for_this_file_are_removed() {
        let (lost, kept) = ("amw-rw 0123456789ab", "amw-rw ba9876543210");
        let held = HeldSecret {
            key_id: Some("held".into()),
            ..held("abcXYZ")
        };
        let mut ended = note("ended", "amw-rw 0123456789ab-00000000aaaa");
        ended.ends = Some("2026-11-21T00:00:00Z".parse().unwrap());
        let listed = [
            note("held", kept),
            note("twin", kept),
            note("lost", lost),
            note("users", "amw-rw"),
            note("other", "amw-rw 00000000aaaa"),
            note("elsewhere", "amw-rw ffffffffffff-00000000aaaa"),
            note("here", "amw-rw 0123456789ab-00000000aaaa"),
            note("former", "typed"),
            ended,
        ];
        let recorded = RecordedSecret {
            requested: Some(lost.into()),
            last_kept: Some("former".into()),
            ..recorded()
        };

        let found = unheld(&listed, &recorded, Some(&held), today());

        assert_eq!(ids(&found, true), ["twin", "lost", "here", "former"]);
        assert_eq!(ids(&found, false), ["other", "elsewhere"]);
    }

    #[test]
    fn a_file_that_was_replaced_by_hand_does_not_hold_what_was_kept_before() {
        let listed = [note("before", "amw-rw 0123456789ab-00000000aaaa")];
        let held = HeldSecret {
            replaced_key_id: Some("before".into()),
            ..held("abcXYZ")
        };

        assert!(recognise(&held, &listed, today()).is_none());
        assert_eq!(
            ids(&unheld(&listed, &recorded(), Some(&held), today()), true),
            ["before"]
        );
    }

    #[test]
    fn a_typed_name_is_no_proof_of_our_request() {
        let held = held("abcXYZ");
        let mut typed = note("users", "amw-rw");
        typed.hint = Some("xyz".into());

        let listed = [note("held", "amw-rw"), typed];
        assert!(unheld(&listed, &recorded(), Some(&held), today()).is_empty());
    }
}
