//! The file of `SSL_CERT_FILE`. The TLS libraries read it themselves (rustls-native-certs 0.8): without a limit, waiting for
//! ever where it is a pipe, and passing over one that cannot be read, after which no certificate is trusted.

use std::path::Path;

use crate::environment;
use crate::error::Failure;
use crate::files::{self, FileError};

const VARIABLE: &str = "SSL_CERT_FILE";

/// Refuses a file that no certificate can be read from, before anything is sent.
pub(crate) fn check() -> Result<(), Failure> {
    let Some(name) = environment::variable(VARIABLE) else {
        return Ok(());
    };
    let has_folder = environment::variable("SSL_CERT_DIR").is_some();
    check_file(Path::new(&name), has_folder).map_err(|why| {
        Failure::usage("read the certificate authorities to trust")
            .reason(format!("{VARIABLE} names a file that cannot be used: {why}"))
            .next(format!(
                "set {VARIABLE} to a file of certificates (PEM), or unset it to use those of your system"
            ))
    })
}

fn check_file(path: &Path, has_folder: bool) -> Result<(), String> {
    if files::is_stream(path) {
        return Err(FileError::NotRegular(path.to_owned()).to_string());
    }
    match files::read_bytes(path) {
        Ok(bytes) if has_certificate(&bytes) => Ok(()),
        Ok(_) => Err(format!("{} has no certificate", path.display())),
        Err(FileError::Missing(_)) if has_folder => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

fn has_certificate(bytes: &[u8]) -> bool {
    let begin = b"-----BEGIN CERTIFICATE-----";
    bytes.windows(begin.len()).any(|window| window == begin)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::check_file;

    #[test]
    fn only_a_file_with_a_certificate_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let refusal = |text: &str| {
            fs::write(&path, text).unwrap();
            check_file(&path, false).err()
        };

        assert_eq!(
            refusal("# roots\n-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"),
            None
        );
        for text in ["", "-----BEGIN PRIVATE KEY-----\n"] {
            assert!(refusal(text).unwrap().ends_with("has no certificate"));
        }
    }

    #[test]
    fn what_is_no_file_is_refused_without_reading_it() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("none");

        for (path, why) in [
            (std::path::Path::new("/dev/zero"), "is a pipe or a device"),
            (folder.path(), "is a directory"),
            (&missing, "does not exist"),
        ] {
            let refusal = check_file(path, false).unwrap_err();
            assert!(refusal.contains(why), "{refusal}");
        }
        assert_eq!(check_file(&missing, true), Ok(()));
    }
}
