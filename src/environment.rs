//! What did the environment say? The one place that reads environment variables.

/// The value of a variable, or `None` when it is unset, empty or not UTF-8.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the place that reads the environment"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
