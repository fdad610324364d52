//! Client secrets: shown once, at their making.

use aws_lc_rs::rand;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::StatusCode;
use jiff::SignedDuration;
use serde_json::Value;

use super::{
    applications,
    call::{GraphAnswer, GraphCall},
    odata, password_credential,
    refusal::GraphRefusal,
    route::GraphRoute,
    service_principals,
};
use crate::sandbox::{response::Response, state::Password};

const KNOWN: [&str; 3] = [
    "passwordCredential.displayName",
    "passwordCredential.endDateTime",
    "passwordCredential.startDateTime",
];

/// The default lifetime of a secret is two years.
const USUAL_LIFE: SignedDuration = SignedDuration::from_hours(2 * 365 * 24);

pub(super) static ROUTES: &[GraphRoute] = &[
    GraphRoute::new("POST", "/applications/{key}/addPassword", |call| {
        add(call, &APPLICATION)
    }),
    GraphRoute::new("POST", "/applications/{key}/removePassword", |call| {
        remove(call, &APPLICATION)
    }),
    GraphRoute::new("POST", "/servicePrincipals/{key}/addPassword", |call| {
        add(call, &SERVICE_PRINCIPAL)
    }),
    GraphRoute::new("POST", "/servicePrincipals/{key}/removePassword", |call| {
        remove(call, &SERVICE_PRINCIPAL)
    }),
];

/// Who has secrets: how those of the one that the path names are found, and how one is shown.
struct PasswordOwner {
    passwords: PasswordsOf,
    document: fn(&Password) -> Value,
}

static APPLICATION: PasswordOwner = PasswordOwner {
    passwords: of_application,
    document: password_credential::document,
};

static SERVICE_PRINCIPAL: PasswordOwner = PasswordOwner {
    passwords: of_service_principal,
    document: password_credential::without_hint,
};

type PasswordsOf =
    for<'c, 'a> fn(&'c mut GraphCall<'a>) -> Result<&'c mut Vec<Password>, GraphRefusal>;

fn of_application<'c>(call: &'c mut GraphCall<'_>) -> Result<&'c mut Vec<Password>, GraphRefusal> {
    Ok(&mut applications::find_mut(call)?.passwords)
}

fn of_service_principal<'c>(
    call: &'c mut GraphCall<'_>,
) -> Result<&'c mut Vec<Password>, GraphRefusal> {
    Ok(&mut service_principals::find_mut(call)?.passwords)
}

fn add(call: &mut GraphCall<'_>, owner: &PasswordOwner) -> GraphAnswer {
    let body = odata::body(call.request, &KNOWN)?;
    let requested = &body["passwordCredential"];
    let ends = match &requested["endDateTime"] {
        Value::Null => call.request.now + USUAL_LIFE,
        text => text
            .as_str()
            .and_then(|text| text.parse().ok())
            .filter(|ends| *ends > call.request.now)
            .ok_or_else(|| GraphRefusal::Value {
                property: "endDateTime",
                why: format!("{text} is not a date in the future."),
            })?,
    };
    let password = Password {
        key_id: call.azure.fresh_guid(),
        display_name: requested["displayName"].as_str().map(str::to_owned),
        secret: fresh_secret(),
        starts: requested["startDateTime"]
            .as_str()
            .and_then(|text| text.parse().ok())
            .unwrap_or(call.request.now),
        ends,
    };
    let forbidden = call.azure.state.directory.secrets_forbidden;
    let passwords = (owner.passwords)(call)?;
    if forbidden {
        // A policy of the tenant (`passwordAddition`), which a right on the application does not overrule.
        return Err(GraphRefusal::SecretsForbidden);
    }
    let mut made = (owner.document)(&password);
    // The only answer that ever has the value; every later read has null.
    made["secretText"] = password.secret.as_str().into();
    passwords.push(password);
    Ok(odata::made_inside(&made, "passwordCredential"))
}

fn remove(call: &mut GraphCall<'_>, owner: &PasswordOwner) -> GraphAnswer {
    let body = odata::body(call.request, &["keyId"])?;
    let wanted = odata::text(&body, "keyId")?;
    let passwords = (owner.passwords)(call)?;
    let before = passwords.len();
    passwords.retain(|password| wanted.parse() != Ok(password.key_id));
    if passwords.len() == before {
        return Err(GraphRefusal::NoSuchPassword(wanted.to_owned()));
    }
    Ok(Response::empty(StatusCode::NO_CONTENT))
}

fn fresh_secret() -> String {
    let mut bytes = [0; 24];
    rand::fill(&mut bytes).expect("the system has randomness to give");
    format!("Sbx8Q~{}", URL_SAFE_NO_PAD.encode(bytes))
}
