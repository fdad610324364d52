//! Which object ids still exist in the directory? Microsoft Graph.

use serde::Deserialize;
use serde_json::json;

use super::error::AzureError;
use super::reader::Reader;
use crate::spec::ids::PrincipalId;

#[derive(Deserialize)]
struct DirectoryObjectsResponse {
    value: Vec<DirectoryObjectResponse>,
}

#[derive(Deserialize)]
struct DirectoryObjectResponse {
    id: PrincipalId,
}

/// The ids among these that the directory does not know. An object that was just made can be among them.
pub(crate) async fn unknown(
    azure: &Reader,
    ids: Vec<PrincipalId>,
) -> Result<Vec<PrincipalId>, AzureError> {
    if ids.is_empty() {
        return Ok(ids);
    }
    let body = json!({ "ids": ids, "types": ["servicePrincipal"] });
    let known: DirectoryObjectsResponse = azure
        .ask(&azure.graph("directoryObjects/getByIds"), &body)
        .await?;
    let is_unknown = |id: &PrincipalId| !known.value.iter().any(|object| object.id == *id);
    Ok(ids.into_iter().filter(is_unknown).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::fake::{FakeService, says};

    #[tokio::test]
    async fn ids_that_the_directory_does_not_answer_for_are_unknown() {
        let (there, gone) = (
            "33333333-3333-3333-3333-333333333333",
            "99999999-9999-9999-9999-999999999999",
        );
        let answer = json!({ "value": [{ "id": there }] });
        let fake = FakeService::in_turn([says(200, answer.to_string())]).await;

        let ids = vec![there.parse().unwrap(), gone.parse().unwrap()];
        let unknown = unknown(&fake.reader(), ids).await.unwrap();

        assert_eq!(unknown, [gone.parse().unwrap()]);
        assert_eq!(fake.lines(), ["POST /v1.0/directoryObjects/getByIds"]);
    }
}
