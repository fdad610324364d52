//! A value that Azure gives when the plan is applied, and what is shown in its place until then.

use std::fmt;

/// What a preview of a file shows for a value that is not known yet.
const AFTER_APPLY: &str = "(known after apply)";

/// Known, or given by Azure when the plan is applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pending<T> {
    Known(T),
    AfterApply,
}

impl<T> Pending<T> {
    pub(crate) fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::AfterApply => None,
        }
    }

    pub(crate) fn is_known(&self) -> bool {
        self.known().is_some()
    }
}

impl<T> From<Option<T>> for Pending<T> {
    fn from(known: Option<T>) -> Self {
        known.map_or(Self::AfterApply, Self::Known)
    }
}

impl<'a, T: From<&'a str>> From<&'a str> for Pending<T> {
    fn from(known: &'a str) -> Self {
        Self::Known(known.into())
    }
}

/// For previews only: what is written to a file comes from a [`super::CompleteRemoteWrite`].
impl<T: fmt::Display> fmt::Display for Pending<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(value) => value.fmt(out),
            Self::AfterApply => out.write_str(AFTER_APPLY),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pending_value_is_shown_and_never_compared() {
        let pending: Pending<String> = None.into();

        assert_eq!(pending.to_string(), "(known after apply)");
        assert_eq!(pending.known(), None);
        assert_eq!(Pending::<String>::from("id").to_string(), "id");
    }
}
