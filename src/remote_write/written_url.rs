//! The URL of a remote write in a file: read as it is, printed without what is secret in it.

use std::fmt;
use std::ops::Deref;

use crate::redact::without_secret_forms;

/// A URL as a file has it. It can contain a password (`http://user:password@proxy`) or a key in its query, so that
/// `Display` and `Debug` hide these.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct WrittenUrl(String);

impl From<String> for WrittenUrl {
    fn from(url: String) -> Self {
        Self(url)
    }
}

impl From<&str> for WrittenUrl {
    fn from(url: &str) -> Self {
        Self(url.to_owned())
    }
}

impl WrittenUrl {
    /// With its secrets, to compare and to write it.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for WrittenUrl {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WrittenUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&without_secret_forms(&self.0))
    }
}

impl fmt::Debug for WrittenUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}", self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_and_a_key_are_read_and_never_printed() {
        for text in [
            "http://ada:pa55word@localhost:8081/api/v1/write",
            "http://localhost:8081/api/v1/write?key=pa55word",
        ] {
            let url = WrittenUrl::from(text);

            assert_eq!(&*url, text);
            assert!(!format!("{url} {url:?}").contains("pa55word"), "{url}");
            assert!(url.to_string().contains("localhost:8081"), "{url}");
        }
    }
}
