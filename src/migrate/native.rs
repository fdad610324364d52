//! The native form of a remote write through a proxy: with the same destination and identity.

use super::detected_setup::DetectedSetup;
use super::input::{self, MigrationAnswers};
use super::{MigrationRefusal, changes};
use crate::compat::{self, Feature, Installation};
use crate::patch::Replacement;
use crate::remote_write::{Authentication, RemoteWrite, Route};
use crate::spec::webhook_keys;

/// The native form, ready to be written.
pub(crate) struct NativeForm {
    pub(crate) installation: Installation,
    pub(crate) remote_write: RemoteWrite,
    pub(crate) replacement: Replacement,
    /// What is no longer in the file, such as `container prom-remotewrite`.
    pub(crate) removed: Vec<String>,
    /// What the user should know of this way.
    pub(crate) remarks: Vec<String>,
}

/// Works out the native form, or lists every answer that is still missing.
pub(crate) fn native(
    found: &DetectedSetup,
    given: &MigrationAnswers,
) -> Result<NativeForm, MigrationRefusal> {
    let installation = Installation {
        target: found.target,
        prometheus: given.prometheus.clone().or_else(|| found.version()),
        operator: given.operator.clone(),
    };
    let url = input::url(found, given)?;
    let remote_write = input::remote_write(found, given, &installation, url.as_ref())?;
    let scope = found
        .sidecar
        .as_ref()
        .and_then(|sidecar| sidecar.unusual_scope(remote_write.cloud));
    if let Some(scope) = &scope {
        check_scope(scope, &installation)?;
    }
    let changes = changes::changes(found, &remote_write, scope.as_deref());
    let mut remarks = remarks(found, &remote_write, &installation);
    remarks.extend(changes.remarks);
    remarks.extend(url.and_then(|url| url.note()));
    Ok(NativeForm {
        installation,
        remote_write,
        replacement: changes.replacement,
        removed: changes.removed,
        remarks,
    })
}

fn check_scope(scope: &str, installation: &Installation) -> Result<(), MigrationRefusal> {
    // An Operator (0.88 to 0.93) leaves `scope` out for an older Prometheus, without an error: the tokens would
    // then be for another audience.
    let Some(missing) = installation.missing(Feature::Scope) else {
        return Ok(());
    };
    let compat::OutdatedProgram {
        program,
        version,
        since,
    } = missing;
    Err(MigrationRefusal::refused(
        format!(
            "the proxy requests tokens for scope {scope}, and {program} {version} does not support `scope` (added in {since})"
        ),
        format!("upgrade {program}, and keep the proxy until then"),
    ))
}

fn remarks(
    found: &DetectedSetup,
    remote_write: &RemoteWrite,
    installation: &Installation,
) -> Vec<String> {
    let mut remarks = Vec::new();
    if remote_write.route == Route::Sdk {
        let what = match remote_write.authentication {
            Authentication::Certificate { .. } => "a client certificate",
            Authentication::WorkloadIdentity { .. } => "workload identity",
            Authentication::ManagedIdentity { .. } => "a managed identity",
            Authentication::ClientSecret { .. } => "a client secret",
        };
        // Of a resource the Operator decides as well: no release of it up to 0.93 has a field for a certificate.
        let who = match (&installation.prometheus, installation.target.is_operated()) {
            (_, true) => "the Operator, or this Prometheus,".to_owned(),
            (Some(version), false) => format!("Prometheus {version}"),
            (None, false) => "Prometheus".to_owned(),
        };
        remarks.push(format!(
            "{who} does not support {what} in its configuration, so Azure's SDK in Prometheus authenticates (`sdk`)"
        ));
    }
    let is_plain = found.target.is_configuration();
    match &remote_write.authentication {
        Authentication::Certificate { certificate, .. }
            if is_plain && remote_write.route == Route::Sdk =>
        {
            remarks.push(format!(
                "set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_CERTIFICATE_PATH={} in the environment of Prometheus",
                certificate.path()
            ));
        }
        Authentication::Certificate { certificate, .. } if is_plain => {
            remarks.push(format!(
                "Prometheus itself must be able to read the file {}",
                certificate.path()
            ));
        }
        // The webhook looks at the label when a pod is created, and the one of the proxy may be another pod.
        Authentication::WorkloadIdentity { .. } if is_plain => {
            remarks.push(format!(
                "the pod of Prometheus itself needs the label {} and the service account",
                webhook_keys::USE
            ));
        }
        _ => {}
    }
    remarks
}
