//! Where the files of a connection are kept: in the folder of its spec file. The names are computed, so that a second run
//! finds the files of the first one.

use std::path::PathBuf;

use crate::secret_file::SecretFile;
use crate::spec::Spec;
use crate::spec::answers::{Answers, Source};

/// The folder of the spec file.
#[derive(Debug, Clone)]
pub(crate) struct ConnectionFolder {
    pub(crate) path: PathBuf,
    /// The connection is made in a sandbox that ends with this command.
    pub(crate) in_sandbox: bool,
    /// The user named the spec file in it, so that it is not a file that only happens to be there.
    pub(crate) is_named: bool,
}

impl ConnectionFolder {
    /// Where the client secret is kept. A secret of a sandbox is worthless after this command, so it stays in memory.
    pub(crate) fn secret_file(&self, spec: &Spec) -> SecretFile {
        if self.in_sandbox {
            return SecretFile::in_memory();
        }
        SecretFile::in_folder(&self.path, &secret_name(spec))
    }

    /// Whether this answer comes from a spec file that the user did not name. Such a file has what its author wants.
    pub(crate) fn is_of_spec_file_alone(&self, answers: &Answers, field: &str) -> bool {
        answers.source(field) == Some(Source::SpecFile) && !self.is_named
    }

    /// The manifest of the Kubernetes Secret `name`. A sandbox never replaces the manifest of a real connection.
    pub(crate) fn secret_manifest(&self, name: &str) -> PathBuf {
        let ending = match self.in_sandbox {
            true => "sandbox.secret.yaml",
            false => "secret.yaml",
        };
        self.path.join(format!("{name}.{ending}"))
    }
}

fn secret_name(spec: &Spec) -> String {
    match spec.credential.application() {
        // Connections of one application share its secret in this folder: Entra shows its value
        // once.
        Some(application) => application.to_string(),
        None => spec.platform.name().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::examples;

    fn folder(in_sandbox: bool) -> ConnectionFolder {
        ConnectionFolder {
            path: "prod".into(),
            in_sandbox,
            is_named: false,
        }
    }

    #[test]
    fn a_sandbox_writes_another_manifest_than_a_real_connection() {
        let path = |in_sandbox| folder(in_sandbox).secret_manifest("amw-prod");

        assert_eq!(path(false), PathBuf::from("prod/amw-prod.secret.yaml"));
        assert_eq!(
            path(true),
            PathBuf::from("prod/amw-prod.sandbox.secret.yaml")
        );
    }

    #[test]
    fn a_secret_of_a_sandbox_is_not_written() {
        assert_eq!(folder(true).secret_file(&examples::spec()).path(), None);
        assert!(
            folder(false)
                .secret_file(&examples::spec())
                .path()
                .is_some()
        );
    }
}
