//! A route of Resource Manager: method and path, api-versions, parameters, body fields, the required action and the handler.

use super::{
    arm_path::{ArmAction, ArmPath},
    arm_resource::{ArmResource, CreatedByPut, RemovedByDelete, patch_tags},
    call::ArmCall,
    listing,
    refusal::ArmAnswer,
    verb::Verb,
};
use crate::sandbox::state::TaggedResource;

/// A path below a resource group.
macro_rules! in_group {
    ($rest:literal) => {
        concat!(
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/",
            $rest
        )
    };
}

/// A path below a subscription.
macro_rules! in_subscription {
    ($rest:literal) => {
        concat!("/subscriptions/{subscription}/", $rest)
    };
}

pub(super) use {in_group, in_subscription};

/// One operation on a collection or on one of its resources.
#[derive(Debug)]
pub(super) struct ArmRoute {
    pub(super) verb: Verb,
    /// With holes, such as `/subscriptions/{subscription}`.
    pub(super) path: ArmPath,
    /// Empty where any well-formed version will do.
    pub(super) versions: &'static [&'static str],
    pub(super) handle: fn(&mut ArmCall<'_>) -> ArmAnswer,
    /// The action that a role of the caller must allow; `None` where every signed-in caller may.
    pub(super) action: Option<ArmAction>,
    /// Query parameters other than `api-version`.
    pub(super) parameters: &'static [&'static str],
    /// Dotted paths of the body's fields; `None` where no body is accepted.
    pub(super) fields: Option<&'static [&'static str]>,
}

impl ArmRoute {
    pub(super) const fn new(
        verb: Verb,
        path: &'static str,
        versions: &'static [&'static str],
        handle: fn(&mut ArmCall<'_>) -> ArmAnswer,
    ) -> Self {
        Self::at(verb, ArmPath::literal(path), versions, handle)
    }

    const fn at(
        verb: Verb,
        path: ArmPath,
        versions: &'static [&'static str],
        handle: fn(&mut ArmCall<'_>) -> ArmAnswer,
    ) -> Self {
        Self {
            verb,
            path,
            versions,
            handle,
            action: None,
            parameters: &[],
            fields: None,
        }
    }

    /// Names the action, in which `{namespace}` is replaced by that of the path.
    pub(super) const fn needing(mut self, action: &'static str) -> Self {
        self.action = Some(ArmAction::literal(action));
        self
    }

    const fn needing_on(mut self, kind: &'static str, operation: &'static str) -> Self {
        self.action = Some(ArmAction::on(kind, operation));
        self
    }

    pub(super) const fn with_parameters(mut self, parameters: &'static [&'static str]) -> Self {
        self.parameters = parameters;
        self
    }

    pub(super) const fn with_fields(mut self, fields: &'static [&'static str]) -> Self {
        self.fields = Some(fields);
        self
    }
}

/// The routes of a resource type, each with the path, the api-versions and the action that follow from the type.
impl ArmRoute {
    pub(super) const fn list_in_subscription<R: ArmResource>() -> Self {
        Self::at(
            Verb::Get,
            ArmPath::in_subscription(R::KIND),
            R::VERSIONS,
            R::list,
        )
        .needing_on(R::KIND, "/read")
        // The token comes back to the server inside `nextLink`; clients do not compose it.
        .with_parameters(&[listing::SKIP_TOKEN])
    }

    /// The list in a resource group or, for a type that extends others, at a scope.
    pub(super) const fn list<R: ArmResource>() -> Self {
        Self::at(
            Verb::Get,
            ArmPath::below(R::PARENT, R::KIND, ""),
            R::VERSIONS,
            R::list,
        )
        .needing_on(R::KIND, "/read")
        .with_parameters(&[listing::SKIP_TOKEN])
    }

    pub(super) const fn read<R: ArmResource>() -> Self {
        Self::read_with::<R>(R::read)
    }

    pub(super) const fn read_with<R: ArmResource>(
        handle: fn(&mut ArmCall<'_>) -> ArmAnswer,
    ) -> Self {
        Self::one::<R>(Verb::Get, handle).needing_on(R::KIND, "/read")
    }

    pub(super) const fn put<R: CreatedByPut>(fields: &'static [&'static str]) -> Self {
        Self::put_with::<R>(fields, R::put)
    }

    pub(super) const fn put_with<R: ArmResource>(
        fields: &'static [&'static str],
        handle: fn(&mut ArmCall<'_>) -> ArmAnswer,
    ) -> Self {
        Self::one::<R>(Verb::Put, handle)
            .needing_on(R::KIND, "/write")
            .with_fields(fields)
    }

    /// The change of tags, for a type in which PATCH changes nothing else.
    pub(super) const fn patch_tags<R: ArmResource<Stored: TaggedResource>>() -> Self {
        Self::patch::<R>(&["tags"], patch_tags::<R>)
    }

    pub(super) const fn patch<R: ArmResource>(
        fields: &'static [&'static str],
        handle: fn(&mut ArmCall<'_>) -> ArmAnswer,
    ) -> Self {
        Self::one::<R>(Verb::Patch, handle)
            .needing_on(R::KIND, "/write")
            .with_fields(fields)
    }

    pub(super) const fn delete<R: RemovedByDelete>() -> Self {
        Self::one::<R>(Verb::Delete, R::delete).needing_on(R::KIND, "/delete")
    }

    const fn one<R: ArmResource>(verb: Verb, handle: fn(&mut ArmCall<'_>) -> ArmAnswer) -> Self {
        let path = ArmPath::below(R::PARENT, R::KIND, "/{name}");
        Self::at(verb, path, R::VERSIONS, handle)
    }
}
