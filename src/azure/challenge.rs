//! What does a 401 ask for? Reads the `WWW-Authenticate` challenge: claims to present, or the tenant to come from.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::spec::ids::TenantId;

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// The claims of a continuous-access challenge, as the JSON to present to the token endpoint.
pub(super) fn claims(challenge: &str) -> Option<String> {
    let encoded = parameter(challenge, "claims")?;
    // Services differ in the alphabet and the padding of this base64.
    let standard = encoded.replace('-', "+").replace('_', "/");
    let decoded = GeneralPurpose::new(&alphabet::STANDARD, LENIENT)
        .decode(standard)
        .ok()?;
    let text = String::from_utf8(decoded).ok()?;
    serde_json::from_str::<serde_json::Value>(&text).ok()?;
    Some(text)
}

/// The tenant that `authorization_uri` ends in.
pub(super) fn tenant(challenge: &str) -> Option<TenantId> {
    let authority = parameter(challenge, "authorization_uri")
        .or_else(|| parameter(challenge, "authorization"))?;
    // The recorded challenge names the legacy host `login.windows.net`: the tenant is taken from it, and the host is
    // not used.
    authority
        .split('/')
        .find_map(|segment| TenantId::parse(segment).ok())
}

/// The quoted value of a parameter.
fn parameter<'a>(challenge: &'a str, name: &str) -> Option<&'a str> {
    let start = format!("{name}=\"");
    let at = challenge
        .match_indices(&start)
        .find(|(at, _)| {
            // `claims=` must not be found within another parameter's name.
            !challenge[..*at].ends_with(|letter: char| letter.is_alphanumeric() || letter == '_')
        })?
        .0;
    challenge[at + start.len()..].split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_home_tenant_is_in_the_challenge() {
        let challenge = r#"Bearer authorization_uri="https://login.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47", error="invalid_token", error_description="none""#;

        assert_eq!(
            tenant(challenge).unwrap().as_str(),
            "72f988bf-86f1-41af-91ab-2d7cd011db47"
        );
        assert_eq!(claims(challenge), None);
    }

    #[test]
    fn claims_are_decoded_in_either_alphabet_and_without_padding() {
        for encoded in [
            "eyJhY2Nlc3NfdG9rZW4iOnsiYSI6Ij8/PiJ9fQ==",
            "eyJhY2Nlc3NfdG9rZW4iOnsiYSI6Ij8_PiJ9fQ",
        ] {
            let challenge =
                format!(r#"Bearer realm="", error="insufficient_claims", claims="{encoded}""#);

            assert_eq!(
                claims(&challenge).as_deref(),
                Some(r#"{"access_token":{"a":"??>"}}"#)
            );
        }
    }

    #[test]
    fn claims_that_are_not_json_are_no_claims() {
        assert_eq!(claims(r#"Bearer claims="!!!""#), None);
        assert_eq!(claims(r#"Bearer claims="aGk=""#), None);
        assert_eq!(claims(r#"Bearer other_claims="e30=""#), None);
    }
}
