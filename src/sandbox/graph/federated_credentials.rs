//! The trust of an application in tokens of another issuer.

use http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    applications,
    call::{GraphAnswer, GraphCall},
    odata,
    refusal::GraphRefusal,
    route::GraphRoute,
};
use crate::sandbox::{
    response::Response,
    state::{StoredApplication, StoredFederatedCredential, guid_for},
};

/// How many an application may have.
const MOST: usize = 20;
const LONGEST_VALUE: usize = 600;

const KNOWN: [&str; 5] = ["name", "issuer", "subject", "audiences", "description"];

const ALL: &str = "/applications/{key}/federatedIdentityCredentials";
const ONE: &str = "/applications/{key}/federatedIdentityCredentials/{credential}";

pub(super) static ROUTES: &[GraphRoute] = &[
    GraphRoute::get(ALL, list),
    GraphRoute::new("POST", ALL, create),
    GraphRoute::get(ONE, get),
    GraphRoute::new("PATCH", ONE, update),
    GraphRoute::new("DELETE", ONE, delete),
];

/// All trusts of an application.
pub(super) fn documents(application: &StoredApplication) -> Vec<Value> {
    let shown = |it| document(application.object_id, it);
    application.credentials.iter().map(shown).collect()
}

fn list(call: &mut GraphCall<'_>) -> GraphAnswer {
    let application = applications::find(call)?;
    // The only property that Graph filters by here.
    if let Some(filter) = odata::filter(call.request)?
        && filter.property != "subject"
    {
        return Err(GraphRefusal::Filter(filter.property));
    }
    let all = documents(application);
    let found = odata::filtered(all.into_iter(), call.request)?;
    odata::page(&found, call.request, call.azure)
}

fn create(call: &mut GraphCall<'_>) -> GraphAnswer {
    let body = odata::body(call.request, &KNOWN)?;
    let name = odata::text(&body, "name")?;
    check_name(name)?;
    let made = StoredFederatedCredential {
        name: name.to_owned(),
        issuer: claim(&body, "issuer")?,
        subject: claim(&body, "subject")?,
        audiences: audiences(&body)?,
        description: body["description"].as_str().map(str::to_owned),
        changed: call.request.now,
    };
    let application = applications::find_mut(call)?;
    // Issuer and subject together have to be unique; the audience does not count.
    check_unique(&application.credentials, &made)?;
    // The same limit as for a managed identity: one principal serves at most 20 clusters.
    if application.credentials.len() == MOST {
        return Err(GraphRefusal::TooManyCredentials);
    }
    let answer = document(application.object_id, &made);
    application.credentials.push(made);
    let id = answer["id"].as_str().unwrap_or_default();
    let tenant = call.azure.state.directory.tenant_id;
    let location = format!("{tenant}/federatedIdentityCredentials/{id}");
    Ok(odata::created(&answer, call.request, &location))
}

fn get(call: &mut GraphCall<'_>) -> GraphAnswer {
    let application = applications::find(call)?;
    let credential = call.path.get("credential");
    let at = position(application.object_id, &application.credentials, credential)?;
    let found = document(application.object_id, &application.credentials[at]);
    odata::single(&found, call.request)
}

fn update(call: &mut GraphCall<'_>) -> GraphAnswer {
    let body = odata::body(call.request, &KNOWN)?;
    let (credential, now) = (call.path.get("credential").to_owned(), call.request.now);
    let application = applications::find_mut(call)?;
    let at = position(application.object_id, &application.credentials, &credential)?;
    // Taken out, so that it is not compared with itself, and put back whatever comes of it.
    let mut changed = application.credentials.remove(at);
    let keeps_name = body["name"].is_null() || body["name"] == changed.name.as_str();
    let outcome = if keeps_name {
        apply(&body, &mut changed)
    } else {
        Err(GraphRefusal::Value {
            property: "name",
            why: "it cannot be changed.".to_owned(),
        })
    };
    let outcome = outcome.and_then(|()| check_unique(&application.credentials, &changed));
    // A changed credential is replicated again; until then the token exchange uses the old one.
    changed.changed = now;
    application.credentials.insert(at, changed);
    outcome.map(|()| Response::empty(StatusCode::NO_CONTENT))
}

fn delete(call: &mut GraphCall<'_>) -> GraphAnswer {
    let credential = call.path.get("credential").to_owned();
    let application = applications::find_mut(call)?;
    let at = position(application.object_id, &application.credentials, &credential)?;
    application.credentials.remove(at);
    Ok(Response::empty(StatusCode::NO_CONTENT))
}

fn apply(body: &Value, credential: &mut StoredFederatedCredential) -> Result<(), GraphRefusal> {
    if !body["issuer"].is_null() {
        credential.issuer = claim(body, "issuer")?;
    }
    if !body["subject"].is_null() {
        credential.subject = claim(body, "subject")?;
    }
    if let Some(description) = body["description"].as_str() {
        credential.description = Some(description.to_owned());
    }
    if !body["audiences"].is_null() {
        credential.audiences = audiences(body)?;
    }
    Ok(())
}

/// A credential is named in a path by its id or by its name.
fn position(
    application: Uuid,
    credentials: &[StoredFederatedCredential],
    key: &str,
) -> Result<usize, GraphRefusal> {
    credentials
        .iter()
        .position(|it| it.name == key || key.parse() == Ok(id(application, it)))
        .ok_or_else(|| GraphRefusal::NotFound(key.to_owned()))
}

fn check_name(name: &str) -> Result<(), GraphRefusal> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let well_formed = (3..=120).contains(&name.len())
        && name.chars().all(allowed)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if well_formed {
        return Ok(());
    }
    Err(GraphRefusal::Value {
        property: "name",
        why: "it must have 3 to 120 letters, digits, dashes or underscores.".to_owned(),
    })
}

fn check_unique(
    others: &[StoredFederatedCredential],
    one: &StoredFederatedCredential,
) -> Result<(), GraphRefusal> {
    if others.iter().any(|it| it.name == one.name) {
        return Err(GraphRefusal::AlreadyExists("name"));
    }
    let same_trust =
        |it: &StoredFederatedCredential| (&it.issuer, &it.subject) == (&one.issuer, &one.subject);
    if others.iter().any(same_trust) {
        return Err(GraphRefusal::AlreadyExists("issuer and subject"));
    }
    Ok(())
}

fn claim(body: &Value, property: &'static str) -> Result<String, GraphRefusal> {
    let text = odata::text(body, property)?;
    if text.len() > LONGEST_VALUE {
        return Err(GraphRefusal::Value {
            property,
            why: format!("it must not be longer than {LONGEST_VALUE} characters."),
        });
    }
    Ok(text.to_owned())
}

fn audiences(body: &Value) -> Result<Vec<String>, GraphRefusal> {
    match body["audiences"].as_array().map(Vec::as_slice) {
        // The property is a list, but exactly one audience is accepted.
        Some([Value::String(only)]) if !only.is_empty() && only.len() <= LONGEST_VALUE => {
            Ok(vec![only.clone()])
        }
        _ => Err(GraphRefusal::Value {
            property: "audiences",
            why: "exactly one audience is required.".to_owned(),
        }),
    }
}

fn id(application: Uuid, credential: &StoredFederatedCredential) -> Uuid {
    guid_for(&format!(
        "federated credential {} of {application}",
        credential.name
    ))
}

fn document(application: Uuid, credential: &StoredFederatedCredential) -> Value {
    json!({
        "id": id(application, credential),
        "name": credential.name,
        "issuer": credential.issuer,
        "subject": credential.subject,
        "description": credential.description,
        "audiences": credential.audiences,
    })
}
