//! Which user-assigned identity is this?

use serde::Deserialize;

use super::error::AzureError;
use super::reader::Reader;
use super::resource::{Resource, new_in};
use super::writer::Writer;
use crate::spec::ids::{ClientId, PrincipalId, Region, ResourceId, TenantId};

const API_VERSION: &str = "2023-01-31";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) id: ResourceId,
    pub(crate) region: Region,
    /// What Prometheus is configured with.
    pub(crate) client_id: ClientId,
    /// What a role is assigned to.
    pub(crate) principal_id: PrincipalId,
    pub(crate) tenant: TenantId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    client_id: ClientId,
    principal_id: PrincipalId,
    tenant_id: TenantId,
}

impl From<Resource<Properties>> for Identity {
    fn from(told: Resource<Properties>) -> Self {
        Self {
            id: told.id,
            region: told.location,
            client_id: told.properties.client_id,
            principal_id: told.properties.principal_id,
            tenant: told.properties.tenant_id,
        }
    }
}

pub(crate) async fn get(azure: &Reader, id: &ResourceId) -> Result<Option<Identity>, AzureError> {
    let found: Option<Resource<Properties>> = azure.find(&azure.resource(id, API_VERSION)).await?;
    Ok(found.map(Identity::from))
}

pub(crate) async fn create(
    azure: &Writer,
    id: &ResourceId,
    region: &Region,
) -> Result<Identity, AzureError> {
    let address = azure.resource(id, API_VERSION);
    let made: Resource<Properties> = azure.put(&address, &new_in(region)).await?;
    Ok(made.into())
}
