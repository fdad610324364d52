//! What may things be called, and what do we call what we create? Every naming rule, and no other logic.

use uuid::Uuid;

use super::ids::{PrincipalId, ResourceId};

/// The namespace of our UUIDv5 names: computed, not drawn, so that a second run meets what the first one made.
const NAMESPACE: Uuid = Uuid::from_u128(0x6d1e_8f0b_52c3_4a7e_9d3c_1f0a_77b5_e2c4);

/// The longest name that every kind of node accepts for a user-assigned identity.
const IDENTITY_LENGTH: usize = 24;
/// The resource manager's limit for a workspace name is not documented; the portal cuts its own names here.
const WORKSPACE_LENGTH: usize = 43;

/// Checks a workspace name: letters, digits and hyphens, at least two, no hyphen at either end.
pub(crate) fn workspace(name: &str) -> Result<(), String> {
    let allowed = name
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    if allowed && name.len() >= 2 && !name.starts_with('-') && !name.ends_with('-') {
        Ok(())
    } else {
        Err(format!(
            "`{name}` cannot name a workspace: use letters, digits and inner hyphens, at least two characters"
        ))
    }
}

/// Checks a resource group name (Azure Resource Manager naming rules).
pub(crate) fn resource_group(name: &str) -> Result<(), String> {
    let allowed = name
        .chars()
        // Letters of every script: Azure decides by `Char.IsLetterOrDigit` of .NET, for names of groups only.
        .all(|letter| letter.is_alphanumeric() || "_-.()".contains(letter));
    if allowed && !name.is_empty() && name.chars().count() <= 90 && !name.ends_with('.') {
        Ok(())
    } else {
        Err(format!(
            "`{name}` cannot name a resource group: use up to 90 letters, digits and _-.(), not ending in a dot"
        ))
    }
}

/// Checks the name of a user-assigned identity.
pub(crate) fn identity(name: &str) -> Result<(), String> {
    let allowed = name
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter));
    let starts = name
        .chars()
        .next()
        .is_some_and(|letter| letter.is_ascii_alphanumeric());
    if allowed && starts && (3..=128).contains(&name.len()) {
        Ok(())
    } else {
        Err(format!(
            "`{name}` cannot name an identity: use 3 to 128 letters, digits, hyphens and underscores"
        ))
    }
}

/// Checks the name of a tenant, which becomes a part of the path that secrets are sent to: an id or a domain.
pub(crate) fn tenant(name: &str) -> Result<(), String> {
    let is_part = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_alphanumeric())
            && part
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
    };
    match name.split('.').all(is_part) {
        true => Ok(()),
        false => Err(format!(
            "`{name}` cannot name a tenant: use its id or a domain such as contoso.onmicrosoft.com"
        )),
    }
}

/// Whether Kubernetes takes it as the name of a namespace (RFC 1123 label).
pub(crate) fn is_namespace(name: &str) -> bool {
    name.len() <= 63 && is_label(name)
}

/// Whether Kubernetes takes it as the name of an object (RFC 1123 subdomain). Others would change the path of a request.
pub(crate) fn is_object(name: &str) -> bool {
    name.len() <= 253 && name.split('.').all(is_label)
}

fn is_label(name: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_end = |byte: Option<&u8>| byte.is_some_and(|byte| is_inner(*byte));
    let bytes = name.as_bytes();
    is_end(bytes.first())
        && is_end(bytes.last())
        && bytes.iter().all(|byte| is_inner(*byte) || *byte == b'-')
}

fn shortened(text: &str, length: usize) -> String {
    let plain: String = text
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '-'
            }
        })
        .collect();
    plain
        .chars()
        .take(length)
        .collect::<String>()
        // A cut can leave a hyphen at the end, which no name of a workspace may have.
        .trim_matches('-')
        .to_owned()
}

/// The workspace we propose for a cluster.
pub(crate) fn default_workspace(cluster: &str) -> String {
    shortened(&format!("amw-{cluster}"), WORKSPACE_LENGTH)
}

/// The identity or application we propose for a cluster.
pub(crate) fn default_identity(cluster: &str) -> String {
    shortened(&format!("amw-rw-{cluster}"), IDENTITY_LENGTH)
}

/// The `name` of our remote-write entry where the workspace is not known.
pub(crate) const REMOTE_WRITE: &str = "azure-monitor";

/// The `name` of our remote-write entry, which also becomes the `remote_name` label of Prometheus' own metrics.
pub(crate) fn remote_write(workspace: &str) -> String {
    format!("{REMOTE_WRITE}-{workspace}")
}

/// The name of a role assignment. It contains the principal: a name used again for another principal is refused.
pub(crate) fn role_assignment(scope: &ResourceId, role: &str, principal: &PrincipalId) -> String {
    let key = format!(
        "{}|{}|{}",
        // Azure returns ids in changing letter case, and the name has to stay the same.
        scope.as_str().to_lowercase(),
        role.to_lowercase(),
        principal
    );
    Uuid::new_v5(&NAMESPACE, key.as_bytes()).to_string()
}

/// The alternate key of an application that we make, unique in its tenant: two runs at once make one application.
pub(crate) fn application_key(name: &str) -> String {
    format!("amw-rw-{}", Uuid::new_v5(&NAMESPACE, name.as_bytes()))
}

/// The description of a role assignment of ours: for which identity or application it was made.
pub(crate) fn role_assignment_description(identity: &str) -> String {
    format!("amw-rw for {}", identity.to_lowercase())
}

/// The name of a federated credential: one per issuer and subject.
pub(crate) fn federated_credential(issuer: &str, subject: &str) -> String {
    // Not the subject itself: it has colons, and a name has only letters, digits, `-` and `_`, at most 120 of them.
    let digest = Uuid::new_v5(&NAMESPACE, format!("{issuer}|{subject}").as_bytes())
        .simple()
        .to_string();
    format!("amw-rw-{}", &digest[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_is_an_id_or_a_domain() {
        for name in [
            "859bf9f3-eef2-51b4-a464-39865c24031e",
            "contoso.onmicrosoft.com",
            "organizations",
        ] {
            assert_eq!(tenant(name), Ok(()));
        }
        for name in [
            "", ".", "..", "a..b", "../x", "a/b", "a?b", "-x", "a\nb", "é",
        ] {
            assert!(tenant(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_long_cluster_name_still_gives_names_that_azure_accepts() {
        let cluster = "a.very_long-cluster.name-in-a-company-with-many-environments-";

        assert!(workspace(&default_workspace(cluster)).is_ok());
        assert!(identity(&default_identity(cluster)).is_ok());
        assert!(default_identity(cluster).len() <= 24);
    }

    #[test]
    fn a_role_assignment_has_one_name_in_any_casing_and_another_for_another_principal() {
        let scope = ResourceId::parse(
            "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/G",
        )
        .unwrap();
        let same = ResourceId::parse(
            &scope
                .as_str()
                .to_uppercase()
                .replace("SUBSCRIPTIONS", "subscriptions"),
        )
        .unwrap();
        let ada = PrincipalId::parse("aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa").unwrap();
        let bob = PrincipalId::parse("bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb").unwrap();

        assert_eq!(
            role_assignment(&scope, "r", &ada),
            role_assignment(&same, "R", &ada)
        );
        assert_ne!(
            role_assignment(&scope, "r", &ada),
            role_assignment(&scope, "r", &bob)
        );
    }

    #[test]
    fn names_azure_would_refuse_are_refused_before_azure_sees_them() {
        for name in ["-a", "a-", "a", "a_b", ""] {
            assert!(workspace(name).is_err(), "{name}");
        }
        assert!(resource_group("ends.").is_err());
        assert!(identity("_x1").is_err());
    }
}
