//! Management locks.

use serde_json::{Value, json};

use super::{
    arm_path::Parent,
    arm_resource::{ArmResource, CreatedByPut, RemovedByDelete},
    call::{ArmCall, stored},
    collection::CollectionHandlers,
    filter::ScopeFilter,
    listing,
    refusal::{ArmAnswer, ArmRefusal},
    route::ArmRoute,
};
use crate::sandbox::{
    azure::Azure,
    state::{LockLevel, StoredLock, StoredResourceId},
};

pub(super) static COLLECTION: CollectionHandlers = CollectionHandlers::of::<Locks>(ROUTES)
    .with_others(|azure| {
        let locks = azure.state.locks.iter();
        locks.map(to_json).collect()
    });

const ROUTES: &[ArmRoute] = &[
    ArmRoute::list::<Locks>().with_parameters(&["$filter", listing::SKIP_TOKEN]),
    ArmRoute::read::<Locks>(),
    ArmRoute::put::<Locks>(&["properties.level", "properties.notes"]),
    ArmRoute::delete::<Locks>(),
];

struct Locks;

impl ArmResource for Locks {
    type Stored = StoredLock;
    const KIND: &'static str = "Microsoft.Authorization/locks";
    const VERSIONS: &'static [&'static str] = &["2016-09-01", "2020-05-01"];
    const PARENT: Parent = Parent::AnyScope;

    /// The locks that hold at the scope, those above it included.
    fn list(call: &mut ArmCall<'_>) -> ArmAnswer {
        let scope = call.scope()?;
        let filter = ScopeFilter::of(call)?;
        let locks = call.azure.state.locks.iter();
        // A lock is inherited: one on the subscription holds for each resource in it.
        let shown = locks.filter(|lock| filter.accepts(&scope, &lock.scope, None));
        listing::page(call, shown, to_json)
    }

    fn missing(call: &ArmCall<'_>, _: &StoredResourceId) -> ArmRefusal {
        ArmRefusal::not_found(
            "LockNotFound",
            format!("The lock '{}' could not be found.", call.path.get("name")),
        )
    }

    fn to_json(_: &Azure, lock: &StoredLock, _: &str) -> Value {
        to_json(lock)
    }
}

impl CreatedByPut for Locks {
    fn requested(
        call: &mut ArmCall<'_>,
        _: StoredResourceId,
        old: Option<StoredLock>,
    ) -> Result<StoredLock, ArmRefusal> {
        let created = old.map_or(call.now(), |old| old.created);
        let lock = StoredLock::new(call.scope()?, call.path.get("name"), level(call)?, created);
        Ok(StoredLock {
            notes: call.text("/properties/notes"),
            ..lock
        })
    }

    fn put_answer(_: &ArmCall<'_>, _: &StoredLock, is_new: bool, body: &Value) -> ArmAnswer {
        stored(is_new, body)
    }
}

impl RemovedByDelete for Locks {}

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

fn to_json(lock: &StoredLock) -> Value {
    let mut properties = json!({"level": lock.level.name()});
    // Without notes the key is missing (recorded).
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
