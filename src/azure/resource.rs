//! What every resource of Resource Manager looks like.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::spec::ids::{Region, ResourceId};

/// The envelope of a resource around the properties of its kind.
#[derive(Deserialize)]
pub(super) struct ResourceResponse<Properties> {
    pub(super) id: ResourceId,
    pub(super) location: Region,
    pub(super) properties: Properties,
}

/// The body that makes a resource which needs nothing but a place. The tag shows later that we made it.
pub(super) fn new_in(region: &Region) -> Value {
    json!({ "location": region, "tags": { CREATED_BY.0: CREATED_BY.1 } })
}

/// The tag on everything that this program makes and that can carry one.
const CREATED_BY: (&str, &str) = ("created-by", "amw-rw");
