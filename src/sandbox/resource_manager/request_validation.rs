//! Validates the api-version, the parameters and the body of a request against its route.

use http::StatusCode;
use serde_json::Value;

use super::{refusal::ArmRefusal, route::ArmRoute};
use crate::sandbox::{request::ServiceRequest, strict::unknown_field};

/// The body of a valid request; `null` where there is none.
pub(super) fn body_of(request: &ServiceRequest, route: &ArmRoute) -> Result<Value, ArmRefusal> {
    api_version_is_known(request, route)?;
    parameters_are_known(request, route)?;
    let body = request.json().map_err(|error| {
        ArmRefusal::bad_content(format!("The request content is not valid JSON: {error}."))
    })?;
    match route.fields {
        Some(fields) => {
            content_is_json(request)?;
            fields_are_known(&body, fields)?;
        }
        None => there_is_no_content(&body)?,
    }
    Ok(body)
}

fn api_version_is_known(request: &ServiceRequest, route: &ArmRoute) -> Result<(), ArmRefusal> {
    let Some(version) = request.query("api-version").filter(|it| !it.is_empty()) else {
        return Err(ArmRefusal::bad_request(
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        ));
    };
    if !is_well_formed(version) {
        return Err(ArmRefusal::bad_request(
            "InvalidApiVersionParameter",
            format!("The api-version '{version}' is invalid."),
        ));
    }
    if !route.versions.is_empty() && !route.versions.contains(&version) {
        // 400 or 409: the status of this code is not recorded.
        return Err(ArmRefusal::bad_request(
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

fn parameters_are_known(request: &ServiceRequest, route: &ArmRoute) -> Result<(), ArmRefusal> {
    // Azure ignores most unknown parameters, which hides a misspelt filter.
    let unknown = request.query.iter().find(|(name, _)| {
        !name.eq_ignore_ascii_case("api-version")
            && !route
                .parameters
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name))
    });
    match unknown {
        Some((name, _)) => Err(ArmRefusal::bad_request(
            "InvalidQueryParameter",
            format!(
                "The query parameter '{name}' is not understood at '{}'.",
                request.path
            ),
        )
        .about(name)),
        None => Ok(()),
    }
}

fn there_is_no_content(body: &Value) -> Result<(), ArmRefusal> {
    let is_empty = body.as_object().is_some_and(serde_json::Map::is_empty);
    if body.is_null() || is_empty {
        Ok(())
    } else {
        Err(ArmRefusal::bad_content("No content is taken here."))
    }
}

fn content_is_json(request: &ServiceRequest) -> Result<(), ArmRefusal> {
    let content_type = request.header("content-type").unwrap_or_default();
    if content_type.starts_with("application/json") {
        return Ok(());
    }
    Err(ArmRefusal::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "UnsupportedMediaType",
        "The content type must be 'application/json'.",
    ))
}

fn fields_are_known(body: &Value, fields: &[&str]) -> Result<(), ArmRefusal> {
    if !body.is_object() {
        return Err(ArmRefusal::bad_content(
            "The request content must be a JSON object.",
        ));
    }
    // Azure drops many unknown fields in silence; here each one is an error.
    match unknown_field(body, fields) {
        Some(field) => {
            let message = format!("Could not find member '{field}' on this object.");
            Err(ArmRefusal::bad_content(message).about(field))
        }
        None => Ok(()),
    }
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
