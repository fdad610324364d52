//! Which user-assigned identity is this?

use serde::Deserialize;

use super::error::AzureError;
use super::reader::Reader;
use super::resource::{ResourceResponse, new_in};
use super::writer::Writer;
use crate::facts::Principal;
use crate::spec::ids::{ClientId, PrincipalId, Region, ResourceId};

const API_VERSION: &str = "2023-01-31";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IdentityProperties {
    client_id: ClientId,
    principal_id: PrincipalId,
}

impl From<ResourceResponse<IdentityProperties>> for Principal {
    fn from(response: ResourceResponse<IdentityProperties>) -> Self {
        Self {
            client_id: response.properties.client_id,
            principal_id: response.properties.principal_id,
        }
    }
}

pub(crate) async fn get(azure: &Reader, id: &ResourceId) -> Result<Option<Principal>, AzureError> {
    let found: Option<ResourceResponse<IdentityProperties>> =
        azure.find(&azure.resource(id, API_VERSION)).await?;
    Ok(found.map(Principal::from))
}

pub(crate) async fn create(
    azure: &Writer,
    id: &ResourceId,
    region: &Region,
) -> Result<Principal, AzureError> {
    // 201 carries a relative `Location`, which is no operation to follow: the identity is complete in this answer.
    // Entra may still need minutes to know its service principal.
    let address = azure.resource(id, API_VERSION);
    let made: ResourceResponse<IdentityProperties> = azure.put(&address, &new_in(region)).await?;
    Ok(made.into())
}
