//! Client secrets: shown once, at their making.

use aws_lc_rs::rand;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    applications,
    odata::{self, Key},
    refusal::Refusal,
};
use crate::sandbox::{azure::Azure, request::Request, response::Response, state::Password};

const KNOWN: [&str; 2] = [
    "passwordCredential.displayName",
    "passwordCredential.endDateTime",
];

/// The default lifetime of a secret is two years.
const USUAL_LIFE: SignedDuration = SignedDuration::from_hours(2 * 365 * 24);

pub(super) fn add(
    key: &Key<'_>,
    request: &Request,
    azure: &mut Azure,
) -> Result<Response, Refusal> {
    let body = odata::body(request, &KNOWN)?;
    let wish = &body["passwordCredential"];
    let ends = match &wish["endDateTime"] {
        Value::Null => request.now + USUAL_LIFE,
        text => text
            .as_str()
            .and_then(|text| text.parse().ok())
            .filter(|ends| *ends > request.now)
            .ok_or_else(|| Refusal::Value {
                property: "endDateTime",
                why: format!("{text} is not a date in the future."),
            })?,
    };
    let password = Password {
        key_id: azure.fresh_guid(),
        display_name: wish["displayName"].as_str().map(str::to_owned),
        secret: fresh_secret(),
        starts: request.now,
        ends,
    };
    let forbidden = azure.state.directory.secrets_forbidden;
    let application = applications::find_mut(key, request, azure)?;
    if forbidden {
        return Err(Refusal::SecretsForbidden);
    }
    let mut made = document(&password);
    made["secretText"] = password.secret.as_str().into();
    application.passwords.push(password);
    Ok(Response::json(StatusCode::OK, &made))
}

pub(super) fn remove(
    key: &Key<'_>,
    request: &Request,
    azure: &mut Azure,
) -> Result<Response, Refusal> {
    let body = odata::body(request, &["keyId"])?;
    let wanted = odata::text(&body, "keyId")?;
    let application = applications::find_mut(key, request, azure)?;
    let before = application.passwords.len();
    application
        .passwords
        .retain(|password| wanted.parse() != Ok(password.key_id));
    if application.passwords.len() == before {
        return Err(Refusal::NoSuchPassword(wanted.to_owned()));
    }
    Ok(Response::empty(StatusCode::NO_CONTENT))
}

/// A secret as everyone may see it: without itself.
pub(super) fn document(password: &Password) -> Value {
    let hint: String = password.secret.chars().take(3).collect();
    json!({
        "customKeyIdentifier": null,
        "displayName": password.display_name,
        "endDateTime": date(password.ends),
        "hint": hint,
        "keyId": password.key_id,
        "secretText": null,
        "startDateTime": date(password.starts),
    })
}

/// A time as Graph writes it, to the second.
pub(super) fn date(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn fresh_secret() -> String {
    let mut bytes = [0; 24];
    rand::fill(&mut bytes).expect("the system has randomness to give");
    format!("Sbx8Q~{}", URL_SAFE_NO_PAD.encode(bytes))
}
