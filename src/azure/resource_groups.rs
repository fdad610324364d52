//! Where do resources live? A group's region is that of its metadata only.

use serde::Deserialize;

use super::error::AzureError;
use super::reader::Reader;
use super::resource::new_in;
use super::writer::Writer;
use crate::spec::ids::{Region, ResourceId};

const API_VERSION: &str = "2022-09-01";

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResourceGroup {
    pub(crate) id: ResourceId,
    #[serde(rename = "location")]
    pub(crate) region: Region,
    /// The resource that owns the group, such as the cluster of a node resource group.
    pub(crate) managed_by: Option<String>,
}

pub(crate) async fn get(
    azure: &Reader,
    id: &ResourceId,
) -> Result<Option<ResourceGroup>, AzureError> {
    azure.find(&azure.resource(id, API_VERSION)).await
}

/// Look first: on an existing group this replaces its tags.
pub(crate) async fn create(
    azure: &Writer,
    id: &ResourceId,
    region: &Region,
) -> Result<ResourceGroup, AzureError> {
    azure
        .put(&azure.resource(id, API_VERSION), &new_in(region))
        .await
}
