//! Does a token of another issuer convince Entra that its bearer is this application or identity?

use jiff::Timestamp;
use uuid::Uuid;

use super::refusal::AssertionRefusal;
use crate::sandbox::{kubernetes::PresentedToken, state::StoredFederatedCredential};

/// How far clocks may disagree, in seconds.
const SKEW: i64 = 300;
/// The longest life of an assertion, in seconds: 25 hours.
const LONGEST_LIFE: i64 = 25 * 60 * 60;

/// Whether the assertion is valid now.
pub(super) fn check_times(
    presented: &PresentedToken,
    now: Timestamp,
) -> Result<(), AssertionRefusal> {
    let seconds = now.as_second();
    if seconds > presented.expires + SKEW || seconds < presented.not_before - SKEW {
        let time = |seconds| Timestamp::from_second(seconds).unwrap_or_default();
        return Err(AssertionRefusal::OutsideValidity {
            now: time(seconds),
            from: time(presented.not_before),
            until: time(presented.expires),
        });
    }
    // The default token of a pod lives a year: this is what a pod without a projected token runs into (AADSTS70023).
    if presented.expires - presented.not_before > LONGEST_LIFE {
        return Err(AssertionRefusal::LivesTooLong);
    }
    Ok(())
}

/// Whether one of the client's credentials matches what the assertion claims: exactly, and case-sensitively.
///
/// The refusal names the first claim that no credential shares, in the order issuer, subject, audience.
pub(super) fn match_credential(
    presented: &PresentedToken,
    mut credentials: Vec<&StoredFederatedCredential>,
    client: Uuid,
) -> Result<(), AssertionRefusal> {
    if credentials.is_empty() {
        return Err(AssertionRefusal::NoFederatedCredential(client));
    }
    // Byte for byte: Entra does not normalise a trailing slash.
    credentials.retain(|credential| credential.issuer == presented.issuer);
    if credentials.is_empty() {
        return Err(AssertionRefusal::Issuer(presented.issuer.clone()));
    }
    credentials.retain(|credential| credential.subject == presented.subject);
    if credentials.is_empty() {
        return Err(AssertionRefusal::Subject(presented.subject.clone()));
    }
    // A token can have several audiences, a credential has exactly one: one in common is enough.
    credentials.retain(|credential| {
        let presents = |audience| presented.audiences.contains(audience);
        credential.audiences.iter().any(presents)
    });
    if credentials.is_empty() {
        return Err(AssertionRefusal::Audience(presented.audiences.join(" ")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::sandbox::testing::start_time;

    const CLIENT: Uuid = Uuid::nil();
    const ISSUER: &str = "https://issuer.example/tenant/cluster/";
    const SUBJECT: &str = "system:serviceaccount:monitoring:prometheus";

    fn presented(issuer: &str, subject: &str, audience: &str) -> PresentedToken {
        let now = start_time().as_second();
        PresentedToken {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            audiences: vec![audience.to_owned()],
            not_before: now,
            expires: now + 3600,
        }
    }

    fn credential() -> StoredFederatedCredential {
        StoredFederatedCredential {
            description: None,
            name: "prometheus".to_owned(),
            issuer: ISSUER.to_owned(),
            subject: SUBJECT.to_owned(),
            audiences: vec!["api://AzureADTokenExchange".to_owned()],
            changed: start_time(),
        }
    }

    fn verdict(presented: &PresentedToken) -> Result<(), AssertionRefusal> {
        match_credential(presented, vec![&credential()], CLIENT)
    }

    #[test]
    fn issuer_subject_and_audience_must_all_be_the_same_to_the_letter() {
        let audience = "api://AzureADTokenExchange";
        let without_slash = ISSUER.trim_end_matches('/');

        assert_eq!(verdict(&presented(ISSUER, SUBJECT, audience)), Ok(()));
        assert_eq!(
            verdict(&presented(without_slash, SUBJECT, audience)),
            Err(AssertionRefusal::Issuer(without_slash.to_owned()))
        );
        assert_eq!(
            verdict(&presented(
                ISSUER,
                "system:serviceaccount:monitoring:Prometheus",
                audience
            )),
            Err(AssertionRefusal::Subject(
                "system:serviceaccount:monitoring:Prometheus".to_owned()
            ))
        );
        assert_eq!(
            verdict(&presented(ISSUER, SUBJECT, "api://azureadtokenexchange")),
            Err(AssertionRefusal::Audience(
                "api://azureadtokenexchange".to_owned()
            ))
        );
    }

    #[test]
    fn a_client_without_credentials_cannot_be_convinced_of() {
        let presented = presented(ISSUER, SUBJECT, "api://AzureADTokenExchange");

        let verdict = match_credential(&presented, vec![], CLIENT);

        assert_eq!(
            verdict,
            Err(AssertionRefusal::NoFederatedCredential(CLIENT))
        );
    }

    #[test]
    fn an_assertion_is_good_for_its_time_and_no_longer_than_a_day() {
        let hour = presented(ISSUER, SUBJECT, "a");
        let mut week = presented(ISSUER, SUBJECT, "a");
        week.expires = week.not_before + 7 * 24 * 3600;

        let after = |seconds| check_times(&hour, start_time() + SignedDuration::from_secs(seconds));

        assert_eq!(after(3600 + 299), Ok(()));
        assert!(matches!(
            after(3600 + 301),
            Err(AssertionRefusal::OutsideValidity { .. })
        ));
        assert!(matches!(
            after(-301),
            Err(AssertionRefusal::OutsideValidity { .. })
        ));
        assert_eq!(
            check_times(&week, start_time()),
            Err(AssertionRefusal::LivesTooLong)
        );
    }
}
