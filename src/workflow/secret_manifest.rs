//! How does the client secret reach the cluster? As a manifest in a private file, for `kubectl apply`.

use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;
use serde_yaml::Value;

use crate::error::Failure;
use crate::files::{self, FileError, Secrecy};
use crate::next_step::NextStep;
use crate::remote_write::{self, CLIENT_ID_ANNOTATION, SECRET_KEY};
use crate::render::{self, MANAGED_BY};
use crate::spec::choices::PrometheusChoice;
use crate::spec::command_line::{option, system};
use crate::spec::support;
use crate::target::SecretPlace;
use crate::text::path_text;
use crate::workflow::live_secret::{LiveSecretState, OtherMethods, OwnSecret, SecretName};
use crate::workflow::planned_connection::PlannedConnection;

/// Where the Prometheus is expected when the cluster is not read.
const USUAL_NAMESPACE: &str = "monitoring";

/// A manifest that is in place.
pub(crate) struct SecretManifest {
    pub(crate) path: PathBuf,
    /// Whether this run wrote it.
    pub(crate) is_new: bool,
    /// The next steps with it; none where the Secret holds the value already.
    pub(crate) next: Vec<NextStep>,
}

/// Writes the manifest if the target refers to a Kubernetes Secret.
pub(crate) async fn deliver(
    planned: &PlannedConnection,
) -> Result<Option<SecretManifest>, Failure> {
    let Some(held) = planned.facts.client_secret.known() else {
        return Ok(None);
    };
    if !is_wanted(planned) {
        return Ok(None);
    }
    let (namespace, name) = (namespace(planned), name(planned));
    let secret = SecretName {
        namespace: &namespace,
        name: &name,
    };
    let context = planned.kube_context();
    let kubernetes = &planned.resolved.found.kubernetes;
    // Once more: since the check before the plan, minutes may have passed.
    let state = LiveSecretState::look(kubernetes, secret, own(planned)).await;
    let manifest = render::secret_manifest(&namespace, &name, own(planned).client_id, &held.value);
    let path = path(planned);
    let is_new = put(&path, manifest.expose_secret()).map_err(|error| unwritable(&path, error))?;
    let file = path_text::encode(&path);
    Ok(Some(SecretManifest {
        path,
        is_new,
        next: state
            .next(secret, &file, context)
            .into_iter()
            .chain(state.otherwise(secret, &file, context))
            .collect(),
    }))
}

/// Finds out whether it can be written and may be applied, before Azure is changed.
pub(crate) async fn check(planned: &PlannedConnection) -> Result<(), Failure> {
    if !is_wanted(planned) {
        return Ok(());
    }
    let path = path(planned);
    let written = present(&path)?;
    files::check_writable(&path).map_err(|error| unwritable(&path, error))?;
    let (namespace, name) = (namespace(planned), name(planned));
    let secret = SecretName {
        namespace: &namespace,
        name: &name,
    };
    let state =
        LiveSecretState::look(&planned.resolved.found.kubernetes, secret, own(planned)).await;
    let spec = &planned.resolved.spec;
    let others = support::without_secret(support::sign_ins(spec.platform.kind(), spec.path));
    state
        .refusal(secret, planned.kube_context(), &OtherMethods(others))
        .map_or(Ok(()), Err)?;
    check_present(planned, &path, &written)
}

/// Finds out whether the file that is in its place may be replaced, before another one is written.
pub(crate) fn check_file(planned: &PlannedConnection) -> Result<(), Failure> {
    if !is_wanted(planned) {
        return Ok(());
    }
    let path = path(planned);
    check_present(planned, &path, &present(&path)?)
}

fn check_present(planned: &PlannedConnection, path: &Path, written: &str) -> Result<(), Failure> {
    check_application(planned, path, written)?;
    // A user may have added labels or a second key; writing over the file would lose them.
    let added = added(written);
    if added.is_empty() {
        return Ok(());
    }
    let doing = format!("write the secret's manifest to {}", path.display());
    Err(Failure::new(doing)
        .reason(format!(
            "it contains keys that this manifest would remove: {}",
            added.join(", ")
        ))
        .next("move that to a manifest of its own, and run the command again"))
}

/// What a user wrote into a manifest of ours, as paths without values.
fn added(manifest: &str) -> Vec<String> {
    let ours: [(&[&str], &[&str]); 5] = [
        (
            &[],
            &["apiVersion", "kind", "metadata", "type", "stringData"],
        ),
        (
            &["metadata"],
            &["name", "namespace", "labels", "annotations"],
        ),
        (&["metadata", "labels"], &[MANAGED_BY.0]),
        (&["metadata", "annotations"], &[CLIENT_ID_ANNOTATION]),
        (&["stringData"], &[SECRET_KEY]),
    ];
    if manifest.trim().is_empty() {
        return Vec::new();
    }
    let Ok(manifest) = serde_yaml::from_str::<Value>(manifest) else {
        return vec!["a text that is not one Secret".to_owned()];
    };
    let others = ours.iter().flat_map(|(path, known)| {
        let at = path.iter().try_fold(&manifest, |at, key| at.get(*key));
        let keys = at.and_then(Value::as_mapping).into_iter().flatten();
        let names = keys.filter_map(|(key, _)| key.as_str());
        let others = names.filter(|name| !known.contains(name));
        others.map(|name| {
            let path: Vec<&str> = path.iter().copied().chain([name]).collect();
            format!("`{}`", path.join("."))
        })
    });
    others.collect()
}

/// A secret of a sandbox ends with it, and would only look like a real one.
fn is_wanted(planned: &PlannedConnection) -> bool {
    if planned.resolved.folder.in_sandbox {
        return false;
    }
    let spec = &planned.resolved.spec;
    spec.credential.application().is_some() && spec.target.secret_place() != SecretPlace::InFile
}

/// What the file holds, empty where there is none. Anything but a private file of ours is refused.
fn present(path: &Path) -> Result<String, Failure> {
    match files::read_private(path) {
        Ok(text) => Ok(text),
        Err(FileError::Missing(_)) => Ok(String::new()),
        Err(refusal) => Err(unwritable(path, refusal)),
    }
}

/// The name comes from the workspace, to which a second application can write too. A sandbox ends with its applications.
fn check_application(
    planned: &PlannedConnection,
    path: &Path,
    written: &str,
) -> Result<(), Failure> {
    match other_application(written, own(planned).client_id) {
        Some(client) if !planned.resolved.folder.in_sandbox => {
            Err(of_other_application(path, &client))
        }
        _ => Ok(()),
    }
}

/// The application that this manifest is of, where it is another one.
fn other_application(manifest: &str, own: Option<&str>) -> Option<String> {
    let manifest: Value = serde_yaml::from_str(manifest).ok()?;
    let marked = manifest
        .get("metadata")?
        .get("annotations")?
        .get(CLIENT_ID_ANNOTATION)?
        .as_str()?;
    let is_own = own.is_some_and(|own| own.eq_ignore_ascii_case(marked));
    (!is_own).then(|| marked.to_owned())
}

fn of_other_application(path: &Path, client: &str) -> Failure {
    let doing = format!("write the secret's manifest to {}", path.display());
    Failure::new(doing)
        .reason(format!(
            "it exists and holds the client secret of another application, client id {client}"
        ))
        .next(format!(
            "to connect with that application: {}",
            option("--identity", client)
        ))
        .next(
            NextStep::from(system::remove(&path_text::encode(path)))
                .only_if("that manifest was applied, or its application is gone"),
        )
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
    let doing = format!("write the secret's manifest to {}", path.display());
    Failure::new(doing).problem(error.into())
}

/// Whether it was written: not where the file has it already. Anything but a private file of ours is refused.
fn put(path: &Path, manifest: &str) -> Result<bool, FileError> {
    match files::read_private(path) {
        Ok(held) if held == manifest => return Ok(false),
        Ok(held) => files::replace(path, &held, manifest, Secrecy::Secret).map(drop)?,
        Err(FileError::Missing(_)) => files::write_private(path, manifest)?,
        Err(refusal) => return Err(refusal),
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_of_another_application_is_known_by_its_annotation() {
        let manifest = render::secret_manifest("monitoring", "amw", Some("AB-1"), &"secret".into());
        let other = |own| other_application(manifest.expose_secret(), own);

        assert_eq!(other(Some("ab-1")), None);
        assert_eq!(other(Some("cd-2")).as_deref(), Some("AB-1"));
        assert_eq!(other(None).as_deref(), Some("AB-1"));
        assert_eq!(other_application("", Some("cd-2")), None);
    }

    #[test]
    fn what_was_added_to_a_manifest_is_named_without_its_value() {
        let manifest = render::secret_manifest("monitoring", "amw", Some("AB-1"), &"secret".into());
        let manifest = manifest.expose_secret();

        assert_eq!(added(manifest), [""; 0]);
        assert_eq!(added(""), [""; 0]);
        assert_eq!(
            added(&format!("{manifest}  more: x\ndata: {{a: Yg==}}\n")),
            ["`data`", "`stringData.more`"]
        );
        assert_eq!(
            added("a: b\n---\nc: d\n"),
            ["a text that is not one Secret"]
        );
    }
}
