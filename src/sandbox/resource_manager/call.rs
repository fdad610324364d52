//! One validated and authorized request to Resource Manager, as its handler gets it.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::{
    arm_path::ArmAction,
    refusal::{ArmAnswer, ArmRefusal},
    verb::Verb,
};
use crate::sandbox::{
    azure::Azure,
    path_template::Captures,
    regions::region,
    request::ServiceRequest,
    response::Response,
    state::{AzureState, Registration, StoredResource, StoredResourceId, Tags},
    tokens::TokenCaller,
};

/// What a handler works with.
pub(super) struct ArmCall<'a> {
    pub(super) request: &'a ServiceRequest,
    pub(super) azure: &'a mut Azure,
    pub(super) verb: Verb,
    /// The action of the route.
    pub(super) action: Option<ArmAction>,
    pub(super) caller: TokenCaller,
    /// What filled the holes of the route's path.
    pub(super) path: Captures,
    /// `null` where there is no body.
    pub(super) body: Value,
}

impl ArmCall<'_> {
    pub(super) fn now(&self) -> Timestamp {
        self.request.now
    }

    pub(super) fn state(&mut self) -> &mut AzureState {
        &mut self.azure.state
    }

    /// What the caller must be allowed to do, if there is anything.
    pub(super) fn action(&self) -> Option<String> {
        let namespace = self.path.find("namespace").unwrap_or_default();
        Some(self.action?.name(namespace))
    }

    /// What the request is about: the path, without the action name of a POST.
    pub(super) fn target(&self) -> StoredResourceId {
        let mut segments = self.request.segments();
        if self.verb == Verb::Post {
            // The last segment of a POST is the action, which is no part of the id.
            segments.pop();
        }
        StoredResourceId::new(format!("/{}", segments.join("/")))
    }

    /// The request's api-version.
    pub(super) fn version(&self) -> &str {
        self.request.query("api-version").unwrap_or_default()
    }

    /// The subscription of the path, as its id is written.
    pub(super) fn subscription_id(&self) -> String {
        self.path.get("subscription").to_ascii_lowercase()
    }

    /// The resource group of the path, which must exist, as it was first written.
    pub(super) fn group(&self) -> Result<StoredResourceId, ArmRefusal> {
        let group = self.path.get("group");
        let id = StoredResourceId::group(self.subscription_id(), group);
        match self.azure.state.resource_groups.get(&id) {
            // A group that is being deleted can be read, and what is in it, but takes nothing new.
            Some(stored) if stored.deletion.is_some() && self.verb == Verb::Put => {
                Err(ArmRefusal::group_is_being_deleted(group))
            }
            Some(stored) => Ok(stored.id.clone()),
            None => Err(ArmRefusal::no_group(group)),
        }
    }

    /// There is no such resource; the refusal writes its type as the request did.
    pub(super) fn no_resource(&self, id: &StoredResourceId) -> ArmRefusal {
        let target = self.target();
        ArmRefusal::no_resource(if target == *id { &target } else { id })
    }

    /// The scope that the path begins with, which must exist.
    pub(super) fn scope(&self) -> Result<StoredResourceId, ArmRefusal> {
        let scope = StoredResourceId::new(self.path.get("scope"));
        if self.azure.state.exists(&scope) {
            return Ok(scope);
        }
        // Azure names the group when that is missing too, and else the resource.
        match scope.group_scope() {
            Some(group) if !self.azure.state.exists(&group) => {
                Err(ArmRefusal::no_group(group.name()))
            }
            _ => Err(ArmRefusal::no_resource(&scope)),
        }
    }

    /// What a list covers: the path's resource group, which must exist, or its whole subscription.
    pub(super) fn listed_scope(&self) -> Result<StoredResourceId, ArmRefusal> {
        match self.path.find("group") {
            Some(_) => self.group(),
            None => Ok(StoredResourceId::subscription_scope(self.subscription_id())),
        }
    }

    pub(super) fn tags(&self) -> Tags {
        self.body["tags"].as_object().cloned().unwrap_or_default()
    }

    /// The body's location as a short name, which must be a region.
    pub(super) fn location(&self) -> Result<&'static str, ArmRefusal> {
        let Some(location) = self.body["location"].as_str() else {
            return Err(ArmRefusal::bad_request(
                "LocationRequired",
                "The location property is required for this definition.",
            ));
        };
        // Resource Manager's own check; each provider has fewer regions than this list.
        let region = region(location).ok_or_else(|| {
            ArmRefusal::bad_request(
                "LocationNotAvailableForResourceType",
                format!("The provided location '{location}' is not available."),
            )
        })?;
        Ok(region.name)
    }

    /// A text in the body, by its JSON pointer.
    pub(super) fn text(&self, pointer: &str) -> Option<String> {
        self.body.pointer(pointer)?.as_str().map(str::to_owned)
    }

    pub(super) fn registration(&self, namespace: &str) -> Registration {
        let target = self.target();
        self.azure
            .state
            .subscription(target.subscription().unwrap_or_default())
            .map_or(Registration::NotRegistered, |subscription| {
                subscription.registration(namespace)
            })
    }

    pub(super) fn fresh_guid(&mut self) -> Uuid {
        self.azure.state.fresh_guid()
    }
}

/// Refuses to recreate a resource in another region than its own.
pub(super) fn stays_in_its_region(
    existing: &impl StoredResource,
    its_location: &str,
    location: &str,
) -> Result<(), ArmRefusal> {
    if its_location == location {
        return Ok(());
    }
    let id = existing.id();
    Err(ArmRefusal::conflict(
        "InvalidResourceLocation",
        format!(
            "The resource '{}' already exists in location '{its_location}' in resource group '{}'. \
             A resource with the same name cannot be created in location '{location}'. Please select a new resource name.",
            id.name(),
            id.resource_group().unwrap_or_default(),
        ),
    ))
}

/// 201 for what is new, 200 for what was there.
pub(super) fn stored(is_new: bool, body: &Value) -> ArmAnswer {
    let status = if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok(Response::json(status, body))
}

/// As `stored`; what is new is named in a relative `Location`, which is no operation to poll.
pub(super) fn stored_with_location(is_new: bool, body: &Value) -> ArmAnswer {
    let response = stored(is_new, body)?;
    match body["id"].as_str() {
        Some(id) if is_new => Ok(response.with_header("location", id)),
        _ => Ok(response),
    }
}

/// 201 with a body.
pub(super) fn created(body: &Value) -> ArmAnswer {
    Ok(Response::json(StatusCode::CREATED, body))
}

/// 200 with a body.
pub(super) fn found(body: &Value) -> ArmAnswer {
    Ok(Response::json(StatusCode::OK, body))
}
