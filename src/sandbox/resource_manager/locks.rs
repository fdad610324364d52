//! Management locks.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    call::{ArmCall, found, stored},
    collection::CollectionHandlers,
    filter::ScopeFilter,
    listing,
    refusal::{ArmAnswer, ArmRefusal},
    route::ArmRoute,
    verb::Verb,
};
use crate::sandbox::{
    response::Response,
    state::{LockLevel, StoredLock},
};

const VERSIONS: &[&str] = &["2016-09-01", "2020-05-01"];

const ALL: &str = "/{scope}/providers/Microsoft.Authorization/locks";
const ONE: &str = "/{scope}/providers/Microsoft.Authorization/locks/{name}";

pub(super) static COLLECTION: CollectionHandlers =
    CollectionHandlers::new(ROUTES).of_type("Microsoft.Authorization/locks", VERSIONS);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::new(Verb::Get, ALL, VERSIONS, list)
        .needing("Microsoft.Authorization/locks/read")
        .with_parameters(&["$filter", listing::SKIP_TOKEN]),
    ArmRoute::new(Verb::Get, ONE, VERSIONS, read).needing("Microsoft.Authorization/locks/read"),
    ArmRoute::new(Verb::Put, ONE, VERSIONS, put)
        .needing("Microsoft.Authorization/locks/write")
        .with_fields(&["properties.level", "properties.notes"]),
    ArmRoute::new(Verb::Delete, ONE, VERSIONS, delete)
        .needing("Microsoft.Authorization/locks/delete"),
];

fn list(call: &mut ArmCall<'_>) -> ArmAnswer {
    let scope = call.scope()?;
    let filter = ScopeFilter::of(call)?;
    let locks = call
        .azure
        .state
        .locks
        .iter()
        .filter(|lock| filter.accepts(&scope, &lock.scope, None));
    listing::page(call, locks, to_json)
}

fn read(call: &mut ArmCall<'_>) -> ArmAnswer {
    match position(call)? {
        Some(at) => found(&to_json(&call.azure.state.locks[at])),
        None => Err(ArmRefusal::not_found(
            "LockNotFound",
            format!("The lock '{}' could not be found.", call.path.get("name")),
        )),
    }
}

fn put(call: &mut ArmCall<'_>) -> ArmAnswer {
    let at = position(call)?;
    let lock = StoredLock {
        name: call.path.get("name").to_owned(),
        scope: call.scope()?,
        level: level(call)?,
        notes: call.text("/properties/notes"),
    };
    let body = to_json(&lock);
    let locks = &mut call.state().locks;
    match at {
        Some(at) => locks[at] = lock,
        None => locks.push(lock),
    }
    stored(at.is_none(), &body)
}

fn level(call: &ArmCall<'_>) -> Result<LockLevel, ArmRefusal> {
    match call.text("/properties/level").as_deref() {
        Some("CanNotDelete") => Ok(LockLevel::CanNotDelete),
        Some("ReadOnly") => Ok(LockLevel::ReadOnly),
        level => Err(ArmRefusal::bad_content(format!(
            "The lock level '{}' is invalid: it is CanNotDelete or ReadOnly.",
            level.unwrap_or_default()
        ))),
    }
}

fn delete(call: &mut ArmCall<'_>) -> ArmAnswer {
    let Some(at) = position(call)? else {
        return Ok(Response::empty(StatusCode::NO_CONTENT));
    };
    call.state().locks.remove(at);
    Ok(Response::empty(StatusCode::OK))
}

fn position(call: &ArmCall<'_>) -> Result<Option<usize>, ArmRefusal> {
    let (scope, name) = (call.scope()?, call.path.get("name"));
    let mut locks = call.azure.state.locks.iter();
    Ok(locks.position(|lock| lock.scope == scope && lock.name.eq_ignore_ascii_case(name)))
}

fn to_json(lock: &StoredLock) -> Value {
    let mut properties = json!({"level": lock.level.name()});
    if let Some(notes) = &lock.notes {
        properties["notes"] = notes.as_str().into();
    }
    json!({
        "properties": properties,
        "id": format!("{}/providers/Microsoft.Authorization/locks/{}", lock.scope, lock.name),
        "type": "Microsoft.Authorization/locks",
        "name": lock.name,
    })
}
