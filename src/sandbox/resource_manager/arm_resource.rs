//! What every resource type of Resource Manager has in common, written once: a collection defines what differs.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::{
    arm_path::Parent,
    call::{ArmCall, found},
    listing,
    refusal::{ArmAnswer, ArmRefusal},
};
use crate::sandbox::{
    azure::Azure,
    response::Response,
    state::{KeptResource, StoredResource as _, StoredResourceId, TaggedResource},
};

/// A resource type: its constants and, where a provider differs from the others, a function of its own.
pub(super) trait ArmResource {
    type Stored: KeptResource;

    /// Such as `Microsoft.Monitor/accounts`.
    const KIND: &'static str;
    const VERSIONS: &'static [&'static str];
    const PARENT: Parent = Parent::ResourceGroup;
    /// Whether the last page of a list has `"nextLink": null`.
    const NULL_LINK: bool = false;

    /// The resource as an api-version shows it.
    fn to_json(azure: &Azure, stored: &Self::Stored, version: &str) -> Value;

    /// The parent that the path names, which must exist.
    fn parent(call: &ArmCall<'_>) -> Result<StoredResourceId, ArmRefusal> {
        match Self::PARENT {
            Parent::ResourceGroup => call.group(),
            Parent::AnyScope => call.scope(),
        }
    }

    /// The id that the path names, below a parent that exists.
    fn id(call: &ArmCall<'_>) -> Result<StoredResourceId, ArmRefusal> {
        Ok(Self::parent(call)?.resource(Self::KIND, call.path.get("name")))
    }

    /// The answer for a resource that does not exist.
    fn missing(call: &ArmCall<'_>, id: &StoredResourceId) -> ArmRefusal {
        call.no_resource(id)
    }

    /// A change that is still in progress. Reading the resource moves it on, as asking for its operation does.
    fn pending(_: &Self::Stored) -> Option<Uuid> {
        None
    }

    /// Adds what only the answer of a GET has, such as headers.
    fn read_answer(body: &Value) -> ArmAnswer {
        found(body)
    }

    fn list(call: &mut ArmCall<'_>) -> ArmAnswer {
        let scope = match Self::PARENT {
            Parent::ResourceGroup => call.listed_scope()?,
            Parent::AnyScope => Self::parent(call)?,
        };
        let resources = Self::Stored::kept_in(&call.azure.state).within(&scope);
        let of_type = resources.filter(|it| it.is_of_type(Self::KIND));
        let to_json = |it: &Self::Stored| Self::to_json(call.azure, it, call.version());
        match Self::NULL_LINK {
            true => listing::page_with_null_link(call, of_type, to_json),
            false => listing::page(call, of_type, to_json),
        }
    }

    fn read(call: &mut ArmCall<'_>) -> ArmAnswer {
        if let Some(operation) = Self::pending(existing::<Self>(call)?) {
            call.state().look_at(operation);
        }
        let stored = existing::<Self>(call)?;
        Self::read_answer(&Self::to_json(call.azure, stored, call.version()))
    }
}

/// A type whose resources are created by PUT.
pub(super) trait CreatedByPut: ArmResource {
    /// What the body asks for, if Azure accepts it, in place of the resource that exists.
    fn requested(
        call: &mut ArmCall<'_>,
        id: StoredResourceId,
        old: Option<Self::Stored>,
    ) -> Result<Self::Stored, ArmRefusal>;

    /// The answer to a PUT. Azure Monitor answers 200 for a new resource too.
    fn put_answer(_: &ArmCall<'_>, _: &Self::Stored, _is_new: bool, body: &Value) -> ArmAnswer {
        found(body)
    }

    fn put(call: &mut ArmCall<'_>) -> ArmAnswer {
        let id = Self::id(call)?;
        let old = at::<Self>(call, &id).cloned();
        let is_new = old.is_none();
        let stored = Self::requested(call, id, old)?;
        let body = Self::to_json(call.azure, &stored, call.version());
        // PUT replaces the whole resource: what the body leaves out is gone, tags included.
        Self::Stored::kept_in_mut(call.state()).insert(stored.clone());
        Self::put_answer(call, &stored, is_new, &body)
    }
}

/// A type whose resources are removed by DELETE.
pub(super) trait RemovedByDelete: ArmResource {
    /// Removes what goes with the resource and answers.
    fn removed(_: &mut ArmCall<'_>, _: &Self::Stored) -> ArmAnswer {
        Ok(Response::empty(StatusCode::OK))
    }

    fn delete(call: &mut ArmCall<'_>) -> ArmAnswer {
        // A parent that is gone is 404; a resource that is gone is 204.
        let id = Self::id(call)?;
        let Some(stored) = at::<Self>(call, &id).cloned() else {
            return Ok(Response::empty(StatusCode::NO_CONTENT));
        };
        // With everything below it, such as locks and role assignments at the resource.
        call.state().remove_within(&id);
        Self::removed(call, &stored)
    }
}

/// Replaces the tags, which is the only change that PATCH makes here.
pub(super) fn patch_tags<R>(call: &mut ArmCall<'_>) -> ArmAnswer
where
    R: ArmResource<Stored: TaggedResource> + ?Sized,
{
    let mut stored = existing::<R>(call)?.clone();
    *stored.tags_mut() = call.tags();
    let body = R::to_json(call.azure, &stored, call.version());
    R::Stored::kept_in_mut(call.state()).insert(stored);
    found(&body)
}

/// The resource that the path names.
pub(super) fn existing<'c, R: ArmResource + ?Sized>(
    call: &'c ArmCall<'_>,
) -> Result<&'c R::Stored, ArmRefusal> {
    let id = R::id(call)?;
    at::<R>(call, &id).ok_or_else(|| R::missing(call, &id))
}

/// What Resource Graph knows of the type: those that existed at that time, since it is behind the truth.
pub(super) fn rows<R: ArmResource>(
    azure: &Azure,
    seen_at: Timestamp,
) -> Vec<(StoredResourceId, Value)> {
    // Rows have the properties of the latest stable api-version.
    let latest = R::VERSIONS.last().copied().unwrap_or_default();
    R::Stored::kept_in(&azure.state)
        .iter()
        .filter(|it| it.is_of_type(R::KIND) && it.created() <= seen_at)
        .map(|it| (it.id().clone(), R::to_json(azure, it, latest)))
        .collect()
}

fn at<'c, R: ArmResource + ?Sized>(
    call: &'c ArmCall<'_>,
    id: &StoredResourceId,
) -> Option<&'c R::Stored> {
    let stored = R::Stored::kept_in(&call.azure.state).get(id)?;
    stored.is_of_type(R::KIND).then_some(stored)
}
