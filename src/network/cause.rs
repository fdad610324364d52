//! Why did a request get no answer? Read from the chain of a client's errors.

use std::error::Error;
use std::io;

use serde_json::error::Category;

use crate::plain_words::plain_words;

/// The error and all causes of it, outermost first.
pub(crate) fn causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| inner(*error))
}

/// An io::Error names as its source the cause of what it holds, and leaves that itself out: reqwest and hyper hide
/// rustls' error there.
fn inner<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(held) => Some(held),
        None => error.source(),
    }
}

/// A certificate that is not trusted is no matter of the network, although clients report both as a failed connection.
pub(crate) fn is_untrusted_certificate(error: &(dyn Error + 'static)) -> bool {
    causes(error).any(|cause| {
        let tls = cause.downcast_ref::<rustls::Error>();
        matches!(tls, Some(rustls::Error::InvalidCertificate(_)))
    })
}

/// Whether a deadline passed, such as that for a connection.
pub(crate) fn is_timeout(error: &(dyn Error + 'static)) -> bool {
    causes(error).any(|cause| {
        let io = cause.downcast_ref::<io::Error>();
        io.is_some_and(|io| io.kind() == io::ErrorKind::TimedOut)
    })
}

/// The text of a cause for a user.
pub(crate) fn in_plain_words(cause: &(dyn Error + 'static)) -> String {
    match cause.downcast_ref::<serde_json::Error>() {
        Some(json) => json_fault(json),
        None => plain_words(&cause.to_string()),
    }
}

/// Why an answer is not what is expected, without the words of the reader for Rust types.
pub(crate) fn json_fault(error: &serde_json::Error) -> String {
    let place = format!("line {}, column {}", error.line(), error.column());
    match error.classify() {
        Category::Eof => format!("it ends in the middle, at {place}"),
        Category::Syntax | Category::Io => format!("it is not JSON at {place}"),
        Category::Data => format!("a value is missing or of another type before {place}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_json_is_reported_without_rust_types() {
        let fault = |text: &str| json_fault(&serde_json::from_str::<[i64; 1]>(text).unwrap_err());

        assert_eq!(
            fault(r#"["abc"]"#),
            "a value is missing or of another type before line 1, column 6"
        );
        assert_eq!(fault("[1"), "it ends in the middle, at line 1, column 2");
        assert_eq!(fault("<html>"), "it is not JSON at line 1, column 1");
    }

    #[test]
    fn a_certificate_is_found_inside_two_io_errors() {
        let tls = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let error = io::Error::other(io::Error::other(tls));

        assert!(is_untrusted_certificate(&error));
        assert!(!is_timeout(&error));
    }

    #[test]
    fn a_refused_connection_is_neither() {
        let error = io::Error::other(io::Error::from(io::ErrorKind::ConnectionRefused));

        assert!(!is_untrusted_certificate(&error));
        assert!(!is_timeout(&error));
    }
}
