//! What may the caller do at a scope, and what forbids it?

use serde::Deserialize;

use super::error::AzureError;
use super::reader::Reader;
use crate::facts::{DenyAssignment, Lock, Permission};
use crate::spec::ids::ResourceId;

const API_VERSION: &str = "2022-04-01";
const LOCKS_API_VERSION: &str = "2016-09-01";

#[derive(Deserialize)]
struct NamedResponse<Properties> {
    #[serde(default)]
    id: String,
    #[serde(default)]
    name: String,
    properties: Properties,
}

#[derive(Deserialize)]
struct LockProperties {
    level: String,
}

/// What the roles of the caller allow; deny assignments, locks and policies are not in it.
pub(crate) async fn at(azure: &Reader, scope: &ResourceId) -> Result<Vec<Permission>, AzureError> {
    let path = format!("{scope}/providers/Microsoft.Authorization/permissions");
    azure
        .list(&azure.resource_manager(&path, API_VERSION))
        .await
}

pub(crate) async fn deny_assignments(
    azure: &Reader,
    scope: &ResourceId,
) -> Result<Vec<DenyAssignment>, AzureError> {
    // The managed group of a workspace has one, which does not cover role assignments on the rule in that group.
    let path = format!("{scope}/providers/Microsoft.Authorization/denyAssignments");
    let all: Vec<NamedResponse<DenyAssignment>> = azure
        .list(&azure.resource_manager(&path, API_VERSION))
        .await?;
    Ok(all.into_iter().map(|one| one.properties).collect())
}

/// Locks on the scope and above it.
pub(crate) async fn locks(azure: &Reader, scope: &ResourceId) -> Result<Vec<Lock>, AzureError> {
    let path = format!("{scope}/providers/Microsoft.Authorization/locks");
    let all: Vec<NamedResponse<LockProperties>> = azure
        .list(&azure.resource_manager(&path, LOCKS_API_VERSION))
        .await?;
    Ok(all
        .into_iter()
        .map(|lock| Lock {
            scope: scope_of(&lock.id),
            name: lock.name,
            level: lock.properties.level,
        })
        .collect())
}

/// A lock's id without the lock itself.
fn scope_of(id: &str) -> String {
    let end = id
        .to_lowercase()
        .rfind("/providers/microsoft.authorization/locks/");
    end.map_or(id, |end| &id[..end]).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::fake::{FakeService, says};

    const GROUP: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g";

    #[tokio::test]
    async fn lists_that_are_null_are_empty() {
        let body =
            r#"{"value":[{"actions":["*"],"notActions":null,"condition":null}],"nextLink":null}"#;
        let fake = FakeService::in_turn([says(200, body)]).await;

        let held = at(&fake.reader(), &GROUP.parse().unwrap()).await.unwrap();

        assert_eq!(held[0].actions, ["*"]);
        assert!(held[0].not_actions.is_empty());
    }

    #[tokio::test]
    async fn a_lock_names_what_carries_it() {
        let body = format!(
            r#"{{"value":[{{"id":"{GROUP}/providers/Microsoft.Authorization/locks/keep","name":"keep","properties":{{"level":"ReadOnly"}}}}]}}"#
        );
        let fake = FakeService::in_turn([says(200, body)]).await;

        let locks = locks(&fake.reader(), &GROUP.parse().unwrap())
            .await
            .unwrap();

        assert_eq!(
            (locks[0].scope.as_str(), locks[0].level.as_str()),
            (GROUP, "ReadOnly")
        );
    }

    #[tokio::test]
    async fn a_deny_assignment_has_its_excluded_principals() {
        let body = r#"{"value":[{"properties":{"denyAssignmentName":"locked down","scope":"/x","permissions":[{"actions":["*/write"]}],
            "principals":[{"id":"00000000-0000-0000-0000-000000000000","type":"SystemDefined"}],"excludePrincipals":[{"id":"p"}]}}]}"#;
        let fake = FakeService::in_turn([says(200, body)]).await;

        let denials = deny_assignments(&fake.reader(), &GROUP.parse().unwrap())
            .await
            .unwrap();

        assert_eq!(denials[0].name, "locked down");
        assert_eq!(denials[0].exclude_principals[0].id, "p");
        assert_eq!(denials[0].permissions[0].actions, ["*/write"]);
    }
}
