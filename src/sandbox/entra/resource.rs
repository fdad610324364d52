//! Which resource does a scope ask for?

/// The resource that a v2 scope asks for: the part before `/.default`, kept to the letter,
/// so that `https://monitor.azure.com//.default` gives an audience that ends in a slash.
///
/// MSAL adds the scopes of a sign-in page to every request; Entra passes over them, and so do we.
/// `None` when what is left is not exactly one `/.default` scope.
pub(super) fn of_scope(scope: &str) -> Option<&str> {
    let mut asked = scope
        .split_whitespace()
        .filter(|scope| !["openid", "offline_access", "profile"].contains(scope));
    let only = asked.next()?;
    match asked.next() {
        None => only
            .strip_suffix("/.default")
            .filter(|resource| !resource.is_empty()),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_with_a_double_slash_keeps_the_slash_in_the_audience() {
        let single = of_scope("https://monitor.azure.com/.default");
        let double = of_scope("https://monitor.azure.com//.default");

        assert_eq!(single, Some("https://monitor.azure.com"));
        assert_eq!(double, Some("https://monitor.azure.com/"));
    }

    #[test]
    fn the_scopes_that_msal_adds_are_passed_over() {
        let scope = "https://monitor.azure.com//.default openid offline_access profile";

        assert_eq!(of_scope(scope), Some("https://monitor.azure.com/"));
    }

    #[test]
    fn a_scope_that_asks_for_no_resource_or_for_two_is_malformed() {
        for scope in [
            "",
            "/.default",
            "https://monitor.azure.com",
            "https://monitor.azure.com/.default https://graph.microsoft.com/.default",
        ] {
            assert_eq!(of_scope(scope), None, "{scope:?}");
        }
    }
}
