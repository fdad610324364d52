//! Whether a request's `api-version` is there, well formed, and one that the route has.

use super::{refusal::Refusal, route::Route};
use crate::sandbox::request::Request;

pub(super) fn check(request: &Request, route: &Route) -> Result<(), Refusal> {
    let Some(version) = request.query("api-version").filter(|it| !it.is_empty()) else {
        return Err(Refusal::bad_request(
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        ));
    };
    if !is_well_formed(version) {
        return Err(Refusal::bad_request(
            "InvalidApiVersionParameter",
            format!("The api-version '{version}' is invalid."),
        ));
    }
    if !route.versions.is_empty() && !route.versions.contains(&version) {
        return Err(Refusal::bad_request(
            "NoRegisteredProviderFound",
            format!(
                "No registered resource provider found for API version '{version}'. \
                 The supported api-versions are '{}'.",
                route.versions.join(", ")
            ),
        ));
    }
    Ok(())
}

/// `2023-04-03` or `2025-05-03-preview`.
fn is_well_formed(version: &str) -> bool {
    let date = version.strip_suffix("-preview").unwrap_or(version);
    date.len() == 10
        && date
            .bytes()
            .enumerate()
            .all(|(position, byte)| match position {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_day_and_perhaps_a_preview() {
        assert!(is_well_formed("2023-04-03"));
        assert!(is_well_formed("2025-05-03-preview"));
        assert!(!is_well_formed("2023-4-3"));
        assert!(!is_well_formed("latest"));
        assert!(!is_well_formed("2023-04-03-beta"));
    }
}
