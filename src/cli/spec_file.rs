//! Which spec file holds here? The one that `-f` names, or `amw-rw.yaml` where it exists.

use std::path::{Path, PathBuf};

use url::Url;

use crate::cli::{AzureAnswer, Context};
use crate::error::Failure;
use crate::files::{self, FileError, Secrecy};
use crate::spec::answers::{ConnectionAnswers, Source};
use crate::spec::file::SpecFile;
use crate::spec::path_text;
use crate::workflow::connection_folder::ConnectionFolder;

const DEFAULT: &str = "amw-rw.yaml";

/// Where the spec file is, or would be.
pub(crate) fn path(context: &Context) -> PathBuf {
    context
        .globals
        .manner
        .spec
        .clone()
        .unwrap_or_else(|| PathBuf::from(DEFAULT))
}

/// The folder of the spec file, which holds the other files of the connection too.
pub(crate) fn connection_folder(context: &Context) -> ConnectionFolder {
    let path = path(context);
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    ConnectionFolder {
        path: parent.unwrap_or(Path::new(".")).to_path_buf(),
        in_sandbox: context.globals.azure.sandbox,
    }
}

/// Reads it. A file that `-f` names must be there, unless it is about to be written (`may_be_new`).
pub(crate) fn read(context: &Context, may_be_new: bool) -> Result<Option<SpecFile>, Failure> {
    let path = path(context);
    let doing = || format!("read the spec file {}", path.display());
    let text = match files::read(&path) {
        Err(FileError::Missing(_)) if context.globals.manner.spec.is_none() || may_be_new => {
            return Ok(None);
        }
        read => read.map_err(|error| {
            let next = match error {
                FileError::Missing(_) => {
                    "check -f, or write the file with: amw-rw init --save".to_owned()
                }
                _ => error.next(),
            };
            Failure::usage(doing()).because(error).next(next)
        })?,
    };
    SpecFile::parse(&text).map(Some).map_err(|error| {
        let next = error.next();
        Failure::usage(doing()).because(error).next(next)
    })
}

/// What a file that is written says about Azure: the flags, and for the rest what it said before. What only the
/// environment says stays there, because it may be gone tomorrow.
pub(crate) fn about_azure(context: &Context, before: Option<&SpecFile>) -> SpecFile {
    let flags = &context.globals.azure;
    let is_flag = |name: &str| {
        let said = |answer: &AzureAnswer| answer.flag == name && answer.source == Source::Flag;
        context.azure_answers.iter().any(said)
    };
    let url = |name: &str, url: &Option<Url>| url.clone().filter(|_| is_flag(name));
    let scope = |name: &str, scope: &Option<String>| scope.clone().filter(|_| is_flag(name));
    let before = before.cloned().unwrap_or_default();
    SpecFile {
        tenant: flags.tenant.clone().or(before.tenant),
        cloud: flags.cloud.or(before.cloud),
        resource_manager_endpoint: url(
            "resource-manager-endpoint",
            &flags.resource_manager_endpoint,
        )
        .or(before.resource_manager_endpoint),
        authority: url("authority", &flags.authority).or(before.authority),
        graph_endpoint: url("graph-endpoint", &flags.graph_endpoint).or(before.graph_endpoint),
        instance_metadata_endpoint: url(
            "instance-metadata-endpoint",
            &flags.instance_metadata_endpoint,
        )
        .or(before.instance_metadata_endpoint),
        ingestion_scope: scope("ingestion-scope", &flags.ingestion_scope)
            .or(before.ingestion_scope),
        query_scope: scope("query-scope", &flags.query_scope).or(before.query_scope),
        monitor_host_suffix: scope("monitor-host-suffix", &flags.monitor_host_suffix)
            .or(before.monitor_host_suffix),
        ..SpecFile::default()
    }
}

/// Finds out whether these answers can be saved, before Azure is changed.
pub(crate) fn check_writable(
    context: &Context,
    answers: &ConnectionAnswers,
) -> Result<(), Failure> {
    let path = path(context);
    check_names(&path, answers)?;
    files::check_writable(&path).map_err(|error| unwritable(&path, error))
}

/// YAML is UTF-8, and Linux takes any bytes for a file's name.
fn check_names(path: &Path, answers: &ConnectionAnswers) -> Result<(), Failure> {
    let named = answers.input.iter().chain(&answers.out);
    match named.into_iter().find(|name| !path_text::is_text(name)) {
        None => Ok(()),
        Some(name) => Err(
            Failure::usage(format!("save the spec to {}", path.display()))
                .reason(format!(
                    "the name of {} is not UTF-8, so no YAML file can hold it",
                    name.display()
                ))
                .next("rename that file, or leave out --save"),
        ),
    }
}

fn unwritable(path: &Path, error: FileError) -> Failure {
    let next = error.next();
    Failure::new(format!("save the spec to {}", path.display()))
        .because(error)
        .next(next)
}

/// Writes it, with a backup of what was there.
pub(crate) fn write(context: &Context, file: &SpecFile) -> Result<(), Failure> {
    let path = path(context);
    for connection in &file.connections {
        check_names(&path, connection)?;
    }
    let written = files::write(&path, &file.to_yaml(), Secrecy::Public)
        .map_err(|error| unwritable(&path, error))?;
    context.say(&format!("Saved {}.", written.path.display()));
    Ok(())
}
