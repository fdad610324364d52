//! Is there another page? Lists of Resource Manager and Graph, followed link by link within the service.

use serde::Deserialize;

/// One page of a list.
#[derive(Deserialize)]
pub(super) struct Page<T> {
    #[serde(default = "Vec::new")]
    pub(super) value: Vec<T>,
    #[serde(rename = "nextLink", alias = "@odata.nextLink")]
    next: Option<String>,
}

impl<T> Page<T> {
    /// The next page; some services send an empty link instead of none.
    pub(super) fn next(&self) -> Option<&str> {
        self.next.as_deref().filter(|link| !link.is_empty())
    }
}
