//! What may the caller do at a scope, and what forbids it?

use serde::{Deserialize, Deserializer};

use crate::spec::ids::PrincipalId;

/// One role's part of what the caller may do: allowed by some element of a list, by the rules of that element alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Permission {
    #[serde(deserialize_with = "none_is_empty")]
    pub(crate) actions: Vec<String>,
    #[serde(deserialize_with = "none_is_empty")]
    pub(crate) not_actions: Vec<String>,
    /// With a condition, which only Azure can evaluate, "allowed" means "perhaps".
    pub(crate) condition: Option<String>,
}

/// Azure writes `null` for an empty list.
fn none_is_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A refusal that no role can lift.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DenyAssignment {
    #[serde(rename = "denyAssignmentName")]
    pub(crate) name: String,
    pub(crate) scope: String,
    pub(crate) permissions: Vec<Permission>,
    pub(crate) do_not_apply_to_child_scopes: bool,
    pub(crate) principals: Vec<DeniedPrincipal>,
    pub(crate) exclude_principals: Vec<DeniedPrincipal>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct DeniedPrincipal {
    pub(crate) id: String,
}

impl DenyAssignment {
    /// The principal id by which a deny assignment means everybody.
    const EVERYBODY: &str = "00000000-0000-0000-0000-000000000000";

    /// Whether it is about this principal.
    pub(crate) fn concerns(&self, principal: Option<&PrincipalId>) -> bool {
        let names = |list: &[DeniedPrincipal], id: &str| {
            list.iter().any(|one| one.id.eq_ignore_ascii_case(id))
        };
        let names_it =
            |list: &[DeniedPrincipal]| principal.is_some_and(|id| names(list, id.as_str()));
        // Azure gives this id the type `SystemDefined`; no object of the directory has it, so the type is not needed.
        let denied = names(&self.principals, Self::EVERYBODY) || names_it(&self.principals);
        denied && !names_it(&self.exclude_principals)
    }
}

/// A management lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lock {
    pub(crate) name: String,
    /// `ReadOnly` stops every write and POST, `CanNotDelete` only deletion.
    pub(crate) level: String,
    /// What carries the lock.
    pub(crate) scope: String,
}

impl Lock {
    pub(crate) fn is_read_only(&self) -> bool {
        // It refuses the kubeconfig too, which Azure gives in the answer to a POST.
        self.level.eq_ignore_ascii_case("ReadOnly")
    }
}

/// What the caller may do at one scope, with what forbids it there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ScopeAccess {
    pub(crate) permissions: Vec<Permission>,
    /// Those that concern the caller.
    pub(crate) denials: Vec<DenyAssignment>,
    pub(crate) locks: Vec<Lock>,
}
