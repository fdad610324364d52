//! The errors of an expression.

/// Why an expression is not evaluated.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ExpressionError {
    #[error("parse error: {0}")]
    Malformed(String),
    #[error("the sandbox does not evaluate {0}")]
    Unsupported(String),
    #[error("each selector must name a metric: {0}")]
    Nameless(String),
    /// It could be read, and the series have no answer to it.
    #[error("{0}")]
    Execution(String),
}
