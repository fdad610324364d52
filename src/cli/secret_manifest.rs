//! How does the client secret reach the cluster? As a manifest in a private file, for `kubectl apply`.

use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;

use crate::cli::case::Case;
use crate::cli::{Context, spec_file};
use crate::connection;
use crate::delivery;
use crate::error::Failure;
use crate::files::{self, FileError, Secrecy};
use crate::render;
use crate::spec::choices::PrometheusChoice;
use crate::spec::path_text;
use crate::target::SecretPlace;

/// Where the Prometheus is expected when the cluster cannot tell.
const USUAL_NAMESPACE: &str = "monitoring";

/// Writes it where the target refers to one, and says what is left to do with it.
pub(crate) fn deliver(context: &Context, case: &Case) -> Result<Option<String>, Failure> {
    let Some(held) = case.facts.client_secret.known() else {
        return Ok(None);
    };
    if case.settled.spec.target.secret_place() == SecretPlace::InFile {
        return Ok(None);
    }
    let answers = case.settled.answers.given();
    let namespace = match (&case.settled.found.prometheus, &answers.prometheus) {
        (Ok(server), _) => server.namespace.as_str(),
        (Err(_), Some(PrometheusChoice::Workload { namespace, .. })) => namespace,
        _ => USUAL_NAMESPACE,
    };
    let name = name(case);
    let manifest = render::secret_manifest(namespace, &name, connection::SECRET_KEY, &held.value);
    let path = path(context, &name);
    let is_new = put(&path, manifest.expose_secret()).map_err(|error| unwritable(&path, error))?;
    if is_new {
        context.say(&format!(
            "Wrote {}, which only you can read.",
            path.display()
        ));
    }
    let file = path_text::encode(&path);
    Ok(Some(delivery::apply_line(&file, case.local_context())))
}

/// Finds out whether it can be written, before Azure is changed.
pub(crate) fn check(context: &Context, case: &Case) -> Result<(), Failure> {
    let is_wanted = case.settled.spec.credential.application().is_some();
    if !is_wanted || case.settled.spec.target.secret_place() == SecretPlace::InFile {
        return Ok(());
    }
    let path = path(context, &name(case));
    match files::read_private(&path) {
        Ok(_) | Err(FileError::Missing(_)) => files::check_writable(&path),
        Err(refusal) => Err(refusal),
    }
    .map_err(|error| unwritable(&path, error))
}

fn name(case: &Case) -> String {
    connection::secret_name(case.settled.spec.workspace.name())
}

fn path(context: &Context, name: &str) -> PathBuf {
    // The manifest of a real connection is never replaced by one for a sandbox that ends with this command.
    let ending = if context.globals.azure.sandbox {
        "sandbox.secret.yaml"
    } else {
        "secret.yaml"
    };
    spec_file::folder(context).join(format!("{name}.{ending}"))
}

fn unwritable(path: &Path, error: FileError) -> Failure {
    let next = error.next();
    Failure::new(format!("write the secret's manifest to {}", path.display()))
        .because(error)
        .next(next)
}

/// Whether it was written: not where the file says so already. Anything but a private file of ours is refused.
fn put(path: &Path, manifest: &str) -> Result<bool, FileError> {
    match files::read_private(path) {
        Ok(held) if held == manifest => return Ok(false),
        Ok(_) => files::write(path, manifest, Secrecy::Secret).map(drop)?,
        Err(FileError::Missing(_)) => files::write_private(path, manifest)?,
        Err(refusal) => return Err(refusal),
    }
    Ok(true)
}
