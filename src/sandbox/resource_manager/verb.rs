//! The HTTP methods of Resource Manager.

use http::Method;

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

impl Verb {
    /// Whether it asks for no change.
    pub(super) fn reads(self) -> bool {
        matches!(self, Self::Get | Self::Head)
    }

    pub(super) fn is(self, method: &Method) -> bool {
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
