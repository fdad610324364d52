//! A route of Resource Manager: method and path, api-versions, parameters, body fields, the required action and the handler.

use super::{call::ArmCall, refusal::ArmAnswer, verb::Verb};

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
    pub(super) path: &'static str,
    /// Empty where any well-formed version will do.
    pub(super) versions: &'static [&'static str],
    pub(super) handle: fn(&mut ArmCall<'_>) -> ArmAnswer,
    /// The action that a role of the caller must allow; `None` where every signed-in caller may.
    pub(super) action: Option<&'static str>,
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
        self.action = Some(action);
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
