//! What Resource Manager understands: each route with its api-versions, parameters, body fields and the action it takes.

use http::Method;

use super::{call::Call, refusal::Answer};
use crate::sandbox::path_template::{Captures, capture};

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

/// The HTTP methods that Resource Manager uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    Head,
    Put,
    Patch,
    Post,
    Delete,
}

/// One thing that can be asked.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) verb: Verb,
    path: &'static str,
    /// Empty where any well-formed version will do.
    pub(super) versions: &'static [&'static str],
    pub(super) handle: fn(&mut Call<'_>) -> Answer,
    /// What the caller must be allowed to do; nothing for what everyone may.
    pub(super) action: Option<&'static str>,
    /// Query parameters other than `api-version`.
    pub(super) parameters: &'static [&'static str],
    /// Dotted paths of the body's fields; nothing where no body is taken.
    pub(super) fields: Option<&'static [&'static str]>,
}

impl Route {
    pub(super) const fn new(
        verb: Verb,
        path: &'static str,
        versions: &'static [&'static str],
        handle: fn(&mut Call<'_>) -> Answer,
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

impl Verb {
    /// Whether it asks for no change.
    pub(super) fn reads(self) -> bool {
        matches!(self, Self::Get | Self::Head)
    }

    fn is(self, method: &Method) -> bool {
        match self {
            Self::Get => method == Method::GET,
            Self::Head => method == Method::HEAD,
            Self::Put => method == Method::PUT,
            Self::Patch => method == Method::PATCH,
            Self::Post => method == Method::POST,
            Self::Delete => method == Method::DELETE,
        }
    }
}

/// What a method and a path lead to.
pub(super) enum Found {
    Route(&'static Route, Captures),
    /// The path is known, but not with this method.
    OtherMethodsOnly,
    Nothing,
}

/// Finds the route for a request among all collections' routes.
pub(super) fn find(
    collections: &[&'static [Route]],
    method: &Method,
    segments: &[String],
) -> Found {
    let mut path_is_known = false;
    for route in collections.iter().copied().flatten() {
        let Some(captures) = capture(route.path, segments) else {
            continue;
        };
        if route.verb.is(method) {
            return Found::Route(route, captures);
        }
        path_is_known = true;
    }
    if path_is_known {
        Found::OtherMethodsOnly
    } else {
        Found::Nothing
    }
}
