//! A value that Azure or the user gives later, and what is shown in its place until then.

use std::fmt;

/// What a preview of a file shows for a value that is not known yet.
pub(crate) const AFTER_APPLY: &str = "(known after apply)";

/// Known, or given later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pending<T> {
    Known(T),
    /// Azure gives it when the plan is applied.
    AfterApply,
    /// The user replaces this placeholder in the text that is printed.
    ByUser(&'static str),
}

impl<T> Pending<T> {
    pub(crate) fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::AfterApply | Self::ByUser(_) => None,
        }
    }

    pub(crate) fn is_known(&self) -> bool {
        self.known().is_some()
    }

    /// The value of a source, or a placeholder that the user replaces.
    pub(crate) fn or_by_user(known: Option<T>, placeholder: &'static str) -> Self {
        known.map_or(Self::ByUser(placeholder), Self::Known)
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

/// For previews and for text to paste: what is written to a file comes from a [`super::CompleteRemoteWrite`].
impl<T: fmt::Display> fmt::Display for Pending<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(value) => value.fmt(out),
            Self::AfterApply => out.write_str(AFTER_APPLY),
            Self::ByUser(placeholder) => out.write_str(placeholder),
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
        let by_user = Pending::<String>::or_by_user(None, "CLIENT_ID");
        assert_eq!(
            (by_user.to_string().as_str(), by_user.known()),
            ("CLIENT_ID", None)
        );
    }
}
