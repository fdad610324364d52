//! The habits of providers when they write an id back: same id, other case.

use crate::sandbox::state::StoredResourceId;

/// Azure Monitor writes the whole id of a workspace in lower case, its own name included (recorded in 30 of 30 answers).
/// Only `name` keeps its case.
pub(super) fn monitor(id: &StoredResourceId) -> &str {
    id.folded()
}

/// Compute writes the resource group's name in upper case, in ids of identities too.
pub(super) fn compute(id: &StoredResourceId) -> String {
    with_group(id, str::to_ascii_uppercase)
}

/// The container service and managed identities write `resourcegroups`.
pub(super) fn lower_case_segment(id: &StoredResourceId) -> String {
    id.as_str()
        // Only this segment changes; the names keep their letter case (recorded).
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
    fn the_same_id_comes_back_in_another_case() {
        let id = StoredResourceId::group("s", "RG-Prod").resource("Microsoft.Insights/x", "Name");

        assert!(
            monitor(&id).ends_with("/resourcegroups/rg-prod/providers/microsoft.insights/x/name")
        );
        assert!(compute(&id).contains("/resourceGroups/RG-PROD/"));
        assert!(lower_case_segment(&id).contains("/resourcegroups/RG-Prod/"));
        assert_eq!(StoredResourceId::new(compute(&id)), id);
    }
}
