//! One authorized request to Graph, as its handler gets it.

use super::{odata::Key, refusal::Refusal};
use crate::sandbox::{
    azure::Azure, path_template::Captures, request::Request, response::Response, tokens::Caller,
};

pub(super) type Answer = Result<Response, Refusal>;

/// What a handler works with.
pub(super) struct Call<'a> {
    pub(super) request: &'a Request,
    pub(super) azure: &'a mut Azure,
    pub(super) caller: Caller,
    pub(super) key: Option<Key<'a>>,
    /// What filled the holes of the route's path.
    pub(super) path: Captures,
}

impl<'a> Call<'a> {
    /// The key of the object that the path names.
    pub(super) fn key(&self) -> Key<'a> {
        self.key
            .expect("a handler asks for a key only where its own route has one")
    }
}
