//! Every sign-in on every path for one kind of file: what cannot be is refused with its reason, and the rest is judged.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_yaml::Value;
use tempfile::TempDir;

use super::EndToEndScenario;
use crate::expected::ExpectedEndpoint;
use crate::files;
use crate::offline::{self, CLIENT_SECRET, RenderInput};
use crate::pod::PodDescription;
use crate::programs::{Program, Release};
use crate::promtool;
use crate::run::run;
use crate::sign_in::AuthFlag;
use crate::target::TargetFlag;
use crate::way::PathAndSignIn;

/// A kind of file, for one release of Prometheus.
#[derive(Clone, Copy)]
pub(super) struct FileKind {
    /// In a test's name, such as `new_prometheus_yml`.
    pub(super) file: &'static str,
    pub(super) target: TargetFlag,
    /// A file of `tests/e2e/data` that is patched; a new one is rendered without it.
    pub(super) input: Option<&'static str>,
    pub(super) release: Release,
}

/// All that can be chosen of what is sent, each against its default.
const CHOICES: &[&str] = &[
    "--queue",
    "max_shards=20,sample_age_limit=15m,retry_on_http_429=false",
    "--metadata",
    "off",
    "--exemplars",
    "on",
    "--native-histograms",
    "on",
    "--drop-metrics",
    "go_gc_*",
    "--relabeling",
    "azure-dashboards",
    "--replica-labels",
    "drop",
];

/// What each of them leaves in the file, in one spelling or the other.
const CHOSEN: [[&str; 2]; 9] = [
    ["max_shards: 20", "maxShards: 20"],
    ["sample_age_limit: 15m", "sampleAgeLimit: 15m"],
    ["retry_on_http_429: false", "retryOnRateLimit: false"],
    ["send: false", "send: false"],
    ["send_exemplars: true", "sendExemplars: true"],
    ["send_native_histograms: true", "sendNativeHistograms: true"],
    ["target_label: job", "targetLabel: job"],
    ["regex: go_gc_.*", "regex: go_gc_.*"],
    ["action: labeldrop", "action: labeldrop"],
];

/// Which program judges what was written.
#[derive(Clone, Copy)]
pub(super) struct Judge {
    /// In a test's name, such as `promtool_accepts`.
    pub(super) title: &'static str,
    pub(super) needs: fn(Release) -> Vec<Program>,
    pub(super) judge: fn(&RenderedFile) -> Result<()>,
}

/// What `render` wrote.
pub(super) struct RenderedFile {
    pub(super) render_input: RenderInput,
    pub(super) endpoint: ExpectedEndpoint,
    pub(super) input: Option<PathBuf>,
    pub(super) file: PathBuf,
    pub(super) text: String,
    folder: TempDir,
}

/// One scenario for each row and each way, and one for each of some rows in which everything is chosen.
pub(super) fn scenarios(
    rows: &'static [FileKind],
    with_choices: &[FileKind],
    judge: Judge,
) -> Vec<EndToEndScenario> {
    let each = rows
        .iter()
        .flat_map(|row| PathAndSignIn::all().map(move |way| scenario(*row, way, judge)));
    let chosen = with_choices.iter().map(|row| with_all_choices(*row, judge));
    each.chain(chosen).collect()
}

/// The same for the ways that are not refused.
pub(super) fn accepted(
    rows: &'static [FileKind],
    judge: Judge,
) -> impl Iterator<Item = EndToEndScenario> {
    rows.iter().flat_map(move |row| {
        PathAndSignIn::all()
            .filter(|way| way.refusal(row.target, row.release).is_none())
            .map(move |way| scenario(*row, way, judge))
    })
}

fn scenario(row: FileKind, way: PathAndSignIn, judge: Judge) -> EndToEndScenario {
    let what = format!(
        "a_{}_of_{}_for_{}",
        row.file,
        row.release.number(),
        way.title()
    );
    match way.refusal(row.target, row.release) {
        Some((reason, code)) => {
            EndToEndScenario::new(format!("render_refuses_{what}"), &[], move || {
                it_is_refused(row, way, reason, code)
            })
        }
        None => EndToEndScenario::new(
            format!("{}_{what}", judge.title),
            &(judge.needs)(row.release),
            move || it_is_right(row, row.render_input(way), judge).map(drop),
        ),
    }
}

/// The scenario of a row in which everything is chosen.
fn with_all_choices(row: FileKind, judge: Judge) -> EndToEndScenario {
    let title = format!(
        "{}_a_{}_of_{}_with_all_that_can_be_chosen",
        judge.title,
        row.file,
        row.release.number()
    );
    let render_input = RenderInput {
        choices: CHOICES,
        ..row.render_input(PathAndSignIn::native(AuthFlag::UserIdentity))
    };
    EndToEndScenario::new(title, &(judge.needs)(row.release), move || {
        let written = it_is_right(row, render_input, judge)?;
        let text = written.text.replace(['"', '\''], "");
        for words in CHOSEN {
            let is_there = words.iter().any(|word| text.contains(word));
            ensure!(is_there, "not one of {words:?}: {text}");
        }
        Ok(())
    })
}

impl Judge {
    /// The checker of the release, or of the next one that has it.
    pub(super) fn promtool(judge: fn(&RenderedFile) -> Result<()>) -> Self {
        Self {
            title: "promtool_accepts",
            needs: |release| vec![Program::Promtool(promtool::checker(release))],
            judge,
        }
    }
}

impl FileKind {
    fn render_input(self, way: PathAndSignIn) -> RenderInput {
        RenderInput {
            target: self.target,
            way,
            release: self.release,
            choices: &[],
        }
    }

    fn input(self, folder: &Path) -> Result<Option<PathBuf>> {
        self.input.map(|name| files::copy(name, folder)).transpose()
    }
}

fn it_is_refused(row: FileKind, way: PathAndSignIn, reason: &str, code: i32) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let input = row.input(folder.path())?;

    let (refused, file) = row
        .render_input(way)
        .attempt(input.as_deref(), folder.path())?;

    ensure!(
        refused.mentions(reason),
        "{reason} is not mentioned: {refused:?}"
    );
    ensure!(
        refused.mentions("next: "),
        "nothing to do next: {refused:?}"
    );
    ensure!(!file.exists(), "it wrote a file");
    refused.fails_with(code).map(drop)
}

fn it_is_right(row: FileKind, render_input: RenderInput, judge: Judge) -> Result<RenderedFile> {
    let folder = tempfile::tempdir()?;
    let input = row.input(folder.path())?;

    let file = render_input.render(input.as_deref(), folder.path())?;

    let written = RenderedFile {
        render_input,
        endpoint: offline::endpoint(folder.path()),
        input,
        text: std::fs::read_to_string(&file)?,
        file,
        folder,
    };
    (judge.judge)(&written)?;
    written.has_the_secret_only_where_it_must()?;
    if let Some(name) = row.input {
        let original = files::original(name)?;
        let lost = files::first_lost_line(&original, &written.text);
        ensure!(lost.is_none(), "a line is gone: {lost:?}");
    }
    written.is_up_to_date()?;
    Ok(written)
}

impl RenderedFile {
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The file of `tests/e2e/data` that was patched.
    pub(super) fn input_name(&self) -> Option<&str> {
        self.input.as_ref()?.file_name()?.to_str()
    }

    pub(super) fn parsed(&self) -> Result<Value> {
        Ok(serde_yaml::from_str(&self.text)?)
    }

    /// The pod that the companions ask for, of a target that does not describe it.
    pub(super) fn companions_suit_the_pod(&self) -> Result<()> {
        let mut render = self
            .render_input
            .command(self.input.as_deref(), self.folder())?;
        let companions = run(render.arg("--companions"))?.succeeds()?;
        let mut template = Value::Null;
        for document in serde_yaml::Deserializer::from_str(&companions) {
            let document: Value = serde::Deserialize::deserialize(document)?;
            if document["spec"]["template"].is_mapping() {
                template = document["spec"]["template"].clone();
            }
        }
        PodDescription::of_template(&template, "prometheus")
            .suits(self.render_input, &self.endpoint)
    }

    fn has_the_secret_only_where_it_must(&self) -> Result<()> {
        let must = self.render_input.target == TargetFlag::PrometheusYml
            && self.render_input.way.method(self.render_input.target) == Some("oauth");
        ensure!(
            self.text.contains(CLIENT_SECRET) == must,
            "the client secret: {must}"
        );
        Ok(())
    }

    /// Rendered once more, nothing would change.
    fn is_up_to_date(&self) -> Result<()> {
        let mut again = self.render_input.command(Some(&self.file), self.folder())?;
        let checked = run(again.arg("--check"))?.succeeds();
        checked.map(drop).context("not up to date right away")
    }
}
