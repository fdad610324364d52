//! The habits of providers when they write an id back: same id, other case.

use crate::sandbox::state::StoredResourceId;

/// Insights writes the resource group's name in lower case.
pub(super) fn insights(id: &StoredResourceId) -> String {
    with_group(id, str::to_ascii_lowercase)
}

/// Compute writes the resource group's name in upper case, in ids of identities too.
pub(super) fn compute(id: &StoredResourceId) -> String {
    with_group(id, str::to_ascii_uppercase)
}

/// The container service and managed identities write `resourcegroups`.
pub(super) fn lower_case_segment(id: &StoredResourceId) -> String {
    id.as_str()
        .replacen("/resourceGroups/", "/resourcegroups/", 1)
}

fn with_group(id: &StoredResourceId, recase: fn(&str) -> String) -> String {
    match id.resource_group() {
        Some(group) => {
            let recased = format!("/{}/", recase(group));
            id.as_str().replacen(&format!("/{group}/"), &recased, 1)
        }
        None => id.as_str().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_id_comes_back_in_another_dress() {
        let id = StoredResourceId::group("s", "RG-Prod").resource("Microsoft.Insights/x", "Name");

        assert!(insights(&id).contains("/resourceGroups/rg-prod/"));
        assert!(compute(&id).contains("/resourceGroups/RG-PROD/"));
        assert!(lower_case_segment(&id).contains("/resourcegroups/RG-Prod/"));
        assert_eq!(StoredResourceId::new(compute(&id)), id);
    }
}
