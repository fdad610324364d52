//! One authorized request to Graph, as its handler gets it.

use super::{odata::ObjectKey, refusal::GraphRefusal};
use crate::sandbox::{
    azure::Azure, path_template::Captures, request::ServiceRequest, response::Response,
    tokens::TokenCaller,
};

pub(super) type GraphAnswer = Result<Response, GraphRefusal>;

/// What a handler works with.
pub(super) struct GraphCall<'a> {
    pub(super) request: &'a ServiceRequest,
    pub(super) azure: &'a mut Azure,
    pub(super) caller: TokenCaller,
    pub(super) key: Option<ObjectKey<'a>>,
    /// What filled the holes of the route's path.
    pub(super) path: Captures,
}

impl<'a> GraphCall<'a> {
    /// The key of the object that the path names.
    pub(super) fn key(&self) -> ObjectKey<'a> {
        self.key
            .expect("a handler asks for a key only where its own route has one")
    }
}
