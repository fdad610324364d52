//! The few `$filter` expressions that lists of assignments take.

use uuid::Uuid;

use super::{call::ArmCall, refusal::ArmRefusal};
use crate::sandbox::state::StoredResourceId;

/// Which of the things at, above and below a scope are wanted.
pub(super) enum ScopeFilter {
    /// No filter: all three.
    Everything,
    /// `atScope()`: at and above.
    AtScope,
    /// `principalId eq '…'` and `assignedTo('…')`: at, above and below, of one principal.
    Of(Uuid),
}

impl ScopeFilter {
    /// The request's filter.
    pub(super) fn of(call: &ArmCall<'_>) -> Result<Self, ArmRefusal> {
        let Some(text) = call.request.query("$filter") else {
            return Ok(Self::Everything);
        };
        // Azure does not combine this with `principalId eq`, so clients filter by principal themselves.
        if text == "atScope()" {
            return Ok(Self::AtScope);
        }
        let principal = text
            .strip_prefix("principalId eq '")
            .and_then(|rest| rest.strip_suffix('\''))
            .or_else(|| text.strip_prefix("assignedTo('")?.strip_suffix("')"));
        match principal.and_then(|id| id.parse().ok()) {
            Some(id) => Ok(Self::Of(id)),
            None => Err(ArmRefusal::bad_request(
                "UnsupportedQuery",
                format!(
                    "The filter '{text}' is not supported. Supported filters are atScope(), principalId eq '{{id}}' and assignedTo('{{id}}')."
                ),
            )),
        }
    }

    /// Whether something assigned at `there` is wanted in a list at `here`.
    pub(super) fn accepts(
        &self,
        here: &StoredResourceId,
        there: &StoredResourceId,
        principal: Option<Uuid>,
    ) -> bool {
        // Assignments are inherited downwards, so those above a scope hold at it.
        let at_or_above = here.is_within(there);
        match self {
            Self::Everything => at_or_above || there.is_within(here),
            Self::AtScope => at_or_above,
            Self::Of(wanted) => {
                principal == Some(*wanted) && (at_or_above || there.is_within(here))
            }
        }
    }
}
