//! A route of Graph: method and path, what it needs, and its handler.

use super::call::{GraphAnswer, GraphCall};
use crate::sandbox::path_template::{Captures, capture_exactly};

/// One operation on a collection or on one of its objects.
#[derive(Debug)]
pub(super) struct GraphRoute {
    method: &'static str,
    /// Below `/v1.0`. `{key}` is an id or an alternate key, in either form that a request may use.
    path: &'static str,
    /// Whether every user of the directory may do it; changes take a right of their own.
    pub(super) reads: bool,
    pub(super) handle: fn(&mut GraphCall<'_>) -> GraphAnswer,
}

impl GraphRoute {
    pub(super) const fn get(
        path: &'static str,
        handle: fn(&mut GraphCall<'_>) -> GraphAnswer,
    ) -> Self {
        let route = Self::new("GET", path, handle);
        route.reading()
    }

    pub(super) const fn new(
        method: &'static str,
        path: &'static str,
        handle: fn(&mut GraphCall<'_>) -> GraphAnswer,
    ) -> Self {
        Self {
            method,
            path,
            reads: false,
            handle,
        }
    }

    /// Method and path, for the documentation.
    #[cfg(test)]
    pub(super) fn name(&self) -> (&'static str, &'static str) {
        (self.method, self.path)
    }

    /// For a method other than GET that changes nothing.
    pub(super) const fn reading(mut self) -> Self {
        self.reads = true;
        self
    }

    /// What fills the holes of this route's path, where it is the one for the request.
    pub(super) fn matches(&self, method: &str, segments: &[String]) -> Option<Captures> {
        if self.method != method {
            return None;
        }
        capture_exactly(self.path, segments)
    }
}
