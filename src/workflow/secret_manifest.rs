//! How does the client secret reach the cluster? As a manifest in a private file, for `kubectl apply`.

use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;

use crate::error::Failure;
use crate::files::{self, FileError, Secrecy};
use crate::remote_write;
use crate::render;
use crate::spec::choices::PrometheusChoice;
use crate::spec::path_text;
use crate::target::SecretPlace;
use crate::workflow::live_secret::{OwnSecret, SecretName, SecretState};
use crate::workflow::planned_connection::PlannedConnection;

/// Where the Prometheus is expected when the cluster cannot tell.
const USUAL_NAMESPACE: &str = "monitoring";

/// A manifest that is in place.
pub(crate) struct SecretManifest {
    pub(crate) path: PathBuf,
    /// Whether this run wrote it.
    pub(crate) is_new: bool,
    /// The next step with it; `None` where the Secret holds the value already.
    pub(crate) apply: Option<String>,
    /// What to know before the command is run.
    pub(crate) note: Option<String>,
}

/// Writes the manifest if the target refers to a Kubernetes Secret.
pub(crate) async fn deliver(
    planned: &PlannedConnection,
) -> Result<Option<SecretManifest>, Failure> {
    let Some(held) = planned.facts.client_secret.known() else {
        return Ok(None);
    };
    if planned.resolved.spec.target.secret_place() == SecretPlace::InFile {
        return Ok(None);
    }
    let (namespace, name) = (namespace(planned), name(planned));
    let secret = SecretName {
        namespace: &namespace,
        name: &name,
    };
    let context = planned.kube_context();
    let kubernetes = &planned.resolved.found.kubernetes;
    let state = SecretState::look(kubernetes, secret, own(planned)).await;
    let manifest = render::secret_manifest(&namespace, &name, own(planned).client_id, &held.value);
    let path = path(planned);
    let is_new = put(&path, manifest.expose_secret()).map_err(|error| unwritable(&path, error))?;
    let file = path_text::encode(&path);
    Ok(Some(SecretManifest {
        path,
        is_new,
        apply: state.next(secret, &file, context),
        note: state.note(secret, &file, context),
    }))
}

/// Finds out whether it can be written and may be applied, before Azure is changed.
pub(crate) async fn check(planned: &PlannedConnection) -> Result<(), Failure> {
    let is_wanted = planned.resolved.spec.credential.application().is_some();
    if !is_wanted || planned.resolved.spec.target.secret_place() == SecretPlace::InFile {
        return Ok(());
    }
    let path = path(planned);
    match files::read_private(&path) {
        Ok(_) | Err(FileError::Missing(_)) => files::check_writable(&path),
        Err(refusal) => Err(refusal),
    }
    .map_err(|error| unwritable(&path, error))?;
    let (namespace, name) = (namespace(planned), name(planned));
    let secret = SecretName {
        namespace: &namespace,
        name: &name,
    };
    let state = SecretState::look(&planned.resolved.found.kubernetes, secret, own(planned)).await;
    state
        .refusal(secret, planned.kube_context())
        .map_or(Ok(()), Err)
}

/// The namespace of Prometheus, whose pods can read no Secret of another.
fn namespace(planned: &PlannedConnection) -> String {
    let answers = planned.resolved.answers.given();
    match (&planned.resolved.found.prometheus, answers.prometheus) {
        (Ok(server), _) => server.namespace.clone(),
        (Err(_), Some(PrometheusChoice::Workload { namespace, .. })) => namespace,
        _ => USUAL_NAMESPACE.to_owned(),
    }
}

fn own(planned: &PlannedConnection) -> OwnSecret<'_> {
    let principal = planned.facts.principal.known();
    OwnSecret {
        value: planned.facts.client_secret.known().map(|held| &held.value),
        client_id: principal.map(|principal| principal.client_id.as_str()),
    }
}

fn name(planned: &PlannedConnection) -> String {
    remote_write::secret_name(planned.resolved.spec.workspace.name())
}

fn path(planned: &PlannedConnection) -> PathBuf {
    planned.resolved.folder.secret_manifest(&name(planned))
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
