//! What does a text of a library mean to a user? Without links to its own manual.

/// How rustls calls a connection that ends without a farewell.
const NO_FAREWELL: &str = "peer closed connection without sending TLS close_notify";

pub(crate) fn plain_words(text: &str) -> String {
    let text = text
        .split_once(": https://docs.rs/")
        .map_or(text, |(before, _)| before);
    text.replace(NO_FAREWELL, "the connection was closed in the middle")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_manual_of_a_library_is_linked() {
        let text =
            format!("it ended early, after 7 bytes: {NO_FAREWELL}: https://docs.rs/rustls/x");

        assert_eq!(
            plain_words(&text),
            "it ended early, after 7 bytes: the connection was closed in the middle"
        );
        assert_eq!(plain_words("connection refused"), "connection refused");
    }
}
