//! The paths of routes and the actions that they need, both composed of a resource type and what surrounds it.

use std::fmt::{self, Display, Formatter};

/// What resources of a type are created in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parent {
    ResourceGroup,
    /// Anything that has an id, for the types that extend other resources.
    AnyScope,
}

/// The path of a route. A resource type is a part of its own, so that its collection writes it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ArmPath([&'static str; 3]);

impl ArmPath {
    pub(super) const fn literal(path: &'static str) -> Self {
        Self([path, "", ""])
    }

    pub(super) const fn in_subscription(kind: &'static str) -> Self {
        Self(["/subscriptions/{subscription}/providers/", kind, ""])
    }

    pub(super) const fn below(parent: Parent, kind: &'static str, name: &'static str) -> Self {
        match parent {
            Parent::ResourceGroup => Self([
                "/subscriptions/{subscription}/resourceGroups/{group}/providers/",
                kind,
                name,
            ]),
            Parent::AnyScope => Self(["/{scope}/providers/", kind, name]),
        }
    }

    /// The segments, fixed ones and holes.
    pub(super) fn segments(&self) -> impl Iterator<Item = &'static str> {
        let parts = self.0.into_iter().flat_map(|part| part.split('/'));
        parts.filter(|segment| !segment.is_empty())
    }
}

impl Display for ArmPath {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.concat())
    }
}

/// What a role of the caller must allow: a resource type and the operation on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct ArmAction(&'static str, &'static str);

impl ArmAction {
    pub(super) const fn literal(name: &'static str) -> Self {
        Self(name, "")
    }

    /// An operation such as `/read` on a resource type.
    pub(super) const fn on(kind: &'static str, operation: &'static str) -> Self {
        Self(kind, operation)
    }

    /// The whole name, with the provider of the path in place of `{namespace}`.
    pub(super) fn name(self, namespace: &str) -> String {
        format!("{}{}", self.0, self.1).replace("{namespace}", namespace)
    }
}
