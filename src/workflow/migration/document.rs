//! The JSON document of `migrate`: `amw-rw/migrate/v1`.

use serde::Serialize;

use super::source::MigrationSource;
use super::{Migration, MigrationRequest};
use crate::next_step::PrintedStep;
use crate::redact::without_secrets;
use crate::remote_write::{RemoteWrite, Route, Sidecar};
use crate::render::changed_without_secrets;
use crate::spec::choices::SignIn;
use crate::workflow::proposal_document::TargetDocument;

#[derive(Debug, Serialize)]
pub(crate) struct MigrateDocument {
    schema: &'static str,
    /// `null` where no container describes it.
    sidecar: Option<SidecarDocument>,
    /// `null` where there is nothing to migrate.
    native: Option<NativeDocument>,
    removed: Vec<String>,
    target: TargetDocument,
    up_to_date: bool,
    /// What is written, without the secrets in it.
    text: String,
    notes: Vec<String>,
    next: Vec<PrintedStep>,
}

#[derive(Debug, Serialize)]
struct SidecarDocument {
    kind: &'static str,
    container: String,
    port: Option<u16>,
}

#[derive(Debug, Serialize)]
struct NativeDocument {
    name: String,
    url: String,
    cloud: &'static str,
    auth: SignIn,
    azuread: &'static str,
    client_id: Option<String>,
    tenant_id: Option<String>,
    cluster_label: String,
}

impl MigrateDocument {
    pub(crate) fn of(migration: &Migration<'_>, next: Vec<PrintedStep>) -> Self {
        Self {
            schema: "amw-rw/migrate/v1",
            sidecar: migration.found.sidecar.as_ref().map(SidecarDocument::of),
            native: Some(NativeDocument::of(&migration.native.remote_write)),
            removed: migration.native.removed.clone(),
            target: TargetDocument {
                path: migration.proposal.path(),
                diff: migration.diff.clone(),
            },
            up_to_date: migration.diff.is_empty(),
            // A comment can have a secret that was a setting before.
            text: changed_without_secrets(&migration.source.text, migration.proposal.text()),
            notes: migration.notes.clone(),
            next,
        }
    }

    pub(crate) fn nothing(source: &MigrationSource, request: &MigrationRequest) -> Self {
        Self {
            schema: "amw-rw/migrate/v1",
            sidecar: None,
            native: None,
            removed: Vec::new(),
            target: TargetDocument {
                path: request
                    .input
                    .as_ref()
                    .map(|path| path.display().to_string()),
                diff: String::new(),
            },
            up_to_date: true,
            text: without_secrets(&source.text),
            notes: Vec::new(),
            next: Vec::new(),
        }
    }
}

impl SidecarDocument {
    fn of(sidecar: &Sidecar) -> Self {
        Self {
            kind: sidecar.kind.id(),
            container: sidecar.name.clone(),
            port: sidecar.port,
        }
    }
}

impl NativeDocument {
    fn of(remote_write: &RemoteWrite) -> Self {
        let authentication = &remote_write.authentication;
        Self {
            name: remote_write.name.clone(),
            url: remote_write.url.to_string(),
            cloud: remote_write.cloud.row().prometheus,
            auth: authentication.sign_in(),
            azuread: if remote_write.route == Route::Sdk {
                "sdk"
            } else {
                "direct"
            },
            client_id: authentication.client_id().map(ToString::to_string),
            tenant_id: authentication.tenant_id().map(ToString::to_string),
            cluster_label: remote_write.cluster_label.value().to_owned(),
        }
    }
}
