//! The certificates of `SSL_CERT_FILE` and `SSL_CERT_DIR`. The TLS libraries read them themselves (rustls-native-certs 0.8): without
//! a limit, waiting for ever where a file is a pipe, and passing over what cannot be read, after which no certificate is trusted.

use std::fs;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::environment;
use crate::error::Failure;
use crate::files::{self, FileError};

const FILE: &str = "SSL_CERT_FILE";
const FOLDERS: &str = "SSL_CERT_DIR";

/// Refuses what no certificate can be read from, before anything is sent. Where one of the variables is set, the certificates
/// of the system are not used.
pub(crate) fn check() -> Result<(), Failure> {
    if let Some(name) = environment::paths(FILE) {
        check_file(Path::new(&name)).map_err(|why| {
            refusal(format!("{FILE} names a file that cannot be used: {why}")).next(format!(
                "set {FILE} to a file of certificates (PEM), or unset it to use those of your system"
            ))
        })?;
    }
    let folders = environment::paths(FOLDERS).filter(|_| environment::paths(FILE).is_none());
    let Some(folders) = folders else {
        return Ok(());
    };
    let folders: Vec<PathBuf> = std::env::split_paths(&folders).collect();
    check_folders(&folders).map_err(|why| {
        refusal(format!("{FOLDERS} cannot be used: {why}")).next(format!(
            "set {FOLDERS} to a folder with certificates (PEM), or unset it to use those of your system"
        ))
    })
}

fn refusal(why: String) -> Failure {
    Failure::usage("read the certificate authorities to trust").reason(why)
}

fn check_file(path: &Path) -> Result<(), String> {
    if files::is_stream(path) {
        return Err(FileError::NotRegular(path.to_owned()).to_string());
    }
    match files::read_bytes(path) {
        Ok(bytes) if has_certificate(&bytes) => Ok(()),
        Ok(_) => Err(format!("{} has no certificate", path.display())),
        Err(error) => Err(error.to_string()),
    }
}

/// One of them must have a certificate; others may be missing, as in the lists of some distributions.
fn check_folders(folders: &[PathBuf]) -> Result<(), String> {
    let mut why = "it names no folder".to_owned();
    for folder in folders.iter().filter(|path| !path.as_os_str().is_empty()) {
        match fs::read_dir(folder) {
            Err(error) => why = format!("{}: {error}", folder.display()),
            Ok(entries) => {
                let mut paths = entries.flatten().map(|entry| entry.path());
                if paths.any(|path| path.is_file() && check_file(&path).is_ok()) {
                    return Ok(());
                }
                why = format!("no file in {} has a certificate", folder.display());
            }
        }
    }
    Err(why)
}

/// Whether one can be read, as the TLS libraries do: they pass over the others.
fn has_certificate(bytes: &[u8]) -> bool {
    CertificateDer::pem_slice_iter(bytes)
        .flatten()
        .any(|one| RootCertStore::empty().add(one).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate() -> String {
        let made = rcgen::generate_simple_self_signed(["ca.example".to_owned()]);
        made.unwrap().cert.pem()
    }

    #[test]
    fn only_a_file_with_a_certificate_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let refusal = |text: &str| {
            fs::write(&path, text).unwrap();
            check_file(&path).err()
        };

        let good = certificate();
        let unreadable = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
        assert_eq!(refusal(&format!("# roots\n{unreadable}{good}")), None);
        for text in [
            "",
            "-----BEGIN PRIVATE KEY-----\n",
            "-----BEGIN CERTIFICATE-----\n",
            unreadable,
        ] {
            assert!(refusal(text).unwrap().ends_with("has no certificate"));
        }
    }

    #[test]
    fn what_is_no_file_is_refused_without_reading_it() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("none");

        for (path, why) in [
            (Path::new("/dev/zero"), "is a pipe or a device"),
            (folder.path(), "is a directory"),
            (&missing, "does not exist"),
        ] {
            let refusal = check_file(path).unwrap_err();
            assert!(refusal.contains(why), "{refusal}");
        }
    }

    #[test]
    fn one_of_the_folders_has_a_certificate() {
        let (empty, full) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(full.path().join("README"), "none").unwrap();
        fs::write(full.path().join("4a6481c9.0"), certificate()).unwrap();
        let [empty, full] = [empty.path(), full.path()].map(Path::to_owned);
        let missing = empty.join("none");

        assert_eq!(check_folders(&[missing.clone(), full]), Ok(()));
        assert!(
            check_folders(&[empty])
                .unwrap_err()
                .contains("has a certificate")
        );
        assert!(check_folders(&[missing]).unwrap_err().contains("none"));
    }
}
