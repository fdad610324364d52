//! Where do resources live? A group's region is that of its metadata only.

use serde::Deserialize;

use super::error::AzureError;
use super::reader::Reader;
use super::resource::new_in;
use super::writer::Writer;
use crate::spec::ids::{Region, ResourceId};

const API_VERSION: &str = "2022-09-01";

#[derive(Deserialize)]
struct ResourceGroupResponse {
    location: Region,
}

pub(crate) async fn get(azure: &Reader, id: &ResourceId) -> Result<Option<Region>, AzureError> {
    let found: Option<ResourceGroupResponse> = azure.find(&azure.resource(id, API_VERSION)).await?;
    // A group that is being deleted is still answered with 200, and so are the resources in it (recorded).
    Ok(found.map(|group| group.location))
}

/// Look first: on an existing group this replaces its tags.
pub(crate) async fn create(
    azure: &Writer,
    id: &ResourceId,
    region: &Region,
) -> Result<(), AzureError> {
    let address = azure.resource(id, API_VERSION);
    // The tag of `new_in` would replace the tags of an existing group, because PUT replaces them as a whole.
    // A PUT with another region than that of an existing group is refused (409 `InvalidResourceGroupLocation`).
    let body = new_in(region);
    let made = azure.put::<ResourceGroupResponse>(&address, &body);
    made.await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::fake::{FakeService, says};

    const ID: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g";

    #[tokio::test]
    async fn a_group_that_is_not_there_is_none() {
        let fake =
            FakeService::in_turn([says(404, r#"{"error":{"code":"ResourceGroupNotFound"}}"#)])
                .await;

        assert!(
            get(&fake.reader(), &ID.parse().unwrap())
                .await
                .unwrap()
                .is_none()
        );
    }

    #[tokio::test]
    async fn a_resource_that_we_make_has_our_tag() {
        let fake = FakeService::in_turn([says(
            201,
            format!(r#"{{"id":"{ID}","location":"westeurope"}}"#),
        )])
        .await;
        let region = Region::parse("westeurope").unwrap();

        create(
            &Writer::for_test(fake.reader()),
            &ID.parse().unwrap(),
            &region,
        )
        .await
        .unwrap();

        assert_eq!(
            fake.seen()[0].body,
            r#"{"location":"westeurope","tags":{"created-by":"amw-rw"}}"#
        );
    }
}
