//! What is migrated: a file, a custom resource of the cluster, or the values of a Helm release.

use std::path::{Path, PathBuf};

use super::{DOING, MigrationRequest};
use crate::cluster::helm::HelmRelease;
use crate::delivery::{self, LiveResource};
use crate::error::Failure;
use crate::helm;
use crate::migrate::{self, SourceText};
use crate::render::without_secrets;
use crate::spec::choices::ClusterChoice;
use crate::spec::command_line::file_word;
use crate::spec::path_text;
use crate::target::{Format, Target};
use crate::workflow::occupied_file;
use crate::workflow::proposal::Proposal;
use crate::workflow::{release_values, target_file};

/// A text to migrate, and what is known of the Prometheus that reads it.
pub(crate) struct MigrationSource {
    /// In messages and diffs.
    pub(crate) name: String,
    pub(crate) kind: Target,
    pub(crate) text: String,
    /// What describes the pod, where that is another text.
    pub(crate) manifest: Option<String>,
    pub(crate) origin: Origin,
    pub(crate) version: Option<String>,
    pub(crate) operator: Option<String>,
    pub(crate) cluster_name: Option<String>,
    /// The context of the kubeconfig by which the cluster was looked at.
    pub(crate) context: Option<String>,
    /// What undoes an upgrade by hand, and what to do instead.
    pub(crate) controller: Option<String>,
    pub(crate) warnings: Vec<String>,
}

pub(crate) enum Origin {
    File(PathBuf),
    Resource(Box<LiveResource>),
    Release(Box<HelmRelease>),
}

/// The files that the request name.
pub(crate) fn from_file(
    request: &MigrationRequest,
    input: &Path,
) -> Result<MigrationSource, Failure> {
    let text = target_file::read(input)?;
    let name = input.display().to_string();
    let recognised = migrate::recognise(&text).map_err(|refusal| {
        Failure::new(format!("{DOING} in {name}"))
            .reason(refusal.to_string())
            .next("fix that and run the command again")
    });
    let kind = match request.target {
        Some(kind) => kind,
        None => recognised?.ok_or_else(|| {
            Failure::usage(format!("{DOING} in {name}"))
                .reason("the kind of file is not recognised")
                .next("name the kind: --target TARGET")
        })?,
    };
    Ok(MigrationSource {
        name,
        kind,
        text,
        manifest: request
            .sidecar
            .as_deref()
            .map(target_file::read)
            .transpose()?,
        origin: Origin::File(input.to_owned()),
        version: None,
        operator: None,
        cluster_name: request.cluster.as_ref().map(cluster_name),
        context: None,
        controller: None,
        warnings: Vec::new(),
    })
}

pub(super) fn cluster_name(choice: &ClusterChoice) -> String {
    match choice {
        ClusterChoice::Name(name) | ClusterChoice::Context(name) => name.clone(),
        ClusterChoice::Id(id) => id.name().to_owned(),
    }
}

impl MigrationSource {
    pub(super) fn text_source(&self) -> SourceText<'_> {
        SourceText {
            text: &self.text,
            target: self.kind,
            manifest: self.manifest.as_deref(),
        }
    }

    /// What is written, and where: a whole file, or of a release only the values that change.
    pub(super) fn proposal(
        &self,
        request: &MigrationRequest,
        after: &str,
    ) -> Result<Proposal, Failure> {
        let (product, is_private) = match &self.origin {
            Origin::File(_) => (after.to_owned(), false),
            Origin::Resource(_) => (after.to_owned(), without_secrets(after) != after),
            Origin::Release(release) => {
                let values = self.changed_values(release, after)?;
                let is_private = without_secrets(&values) != values;
                (values, is_private)
            }
        };
        let (out, before) = match (&request.out, &self.origin) {
            (None, Origin::File(path)) if request.in_place => {
                (Some(path.clone()), self.text.clone())
            }
            (Some(out), _) => {
                let before = occupied_file::present_text(out)?;
                // The file that was named as input may be written to, and comes whole.
                if !matches!(self.origin, Origin::File(_)) {
                    occupied_file::check(out, &before, &product, self.kind)?;
                }
                (Some(out.clone()), before)
            }
            (None, _) => (None, String::new()),
        };
        Ok(Proposal::new(out, before, product, is_private))
    }

    fn changed_values(&self, release: &HelmRelease, after: &str) -> Result<String, Failure> {
        let read = |text: &str| serde_yaml::from_str(text);
        let unreadable = |error: serde_yaml::Error| Failure::new(DOING).because(error);
        let defaults = serde_yaml::to_value(&release.defaults).map_err(unreadable)?;
        let (before, after) = (
            read(&self.text).map_err(unreadable)?,
            read(after).map_err(unreadable)?,
        );
        let nothing_new = serde_yaml::Value::Null;
        let overlay = helm::overlay(&before, &after, &nothing_new, &defaults);
        serde_yaml::to_string(&overlay).map_err(unreadable)
    }

    /// What to type so that Prometheus gets it.
    pub(super) fn how_to_apply(&self, request: &MigrationRequest) -> String {
        let written = match &self.origin {
            Origin::File(path) if request.in_place => Some(path),
            _ => request.out.as_ref(),
        };
        let path = written.map_or("FILE".into(), |path| path_text::encode(path));
        let file = file_word(&path);
        let context = self.context.as_deref();
        match (&self.origin, self.kind.format()) {
            (Origin::Resource(live), _) => live.after_own_file(&path, context),
            (Origin::Release(release), _) => {
                let by_hand = || release_values::upgrade(release, &path);
                self.controller.clone().unwrap_or_else(by_hand)
            }
            (_, Format::Configuration) => {
                format!(
                    "promtool check config {file}, then let Prometheus reload it (SIGHUP, or POST /-/reload)"
                )
            }
            // Reused values would bring back the keys of maps that are gone.
            (_, Format::HelmValues { .. }) => format!(
                "helm upgrade RELEASE CHART --version THE-ONE-YOU-RUN --reset-values -f {file}, with all your other values files too"
            ),
            (_, Format::Resource | Format::ConfigMap) => delivery::apply_line(&path, context),
        }
    }

    /// The file that still has the former text, where none was written over it.
    pub(super) fn former(&self, request: &MigrationRequest) -> Option<PathBuf> {
        match &self.origin {
            Origin::File(path) if !request.in_place => Some(path.clone()),
            _ => None,
        }
    }
}
