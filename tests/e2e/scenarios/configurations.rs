//! Do the real programs take the files of `tests/data/configurations` after they were patched?

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::EndToEndScenario;
use crate::files;
use crate::helm::{Manifest, TestChart};
use crate::offline;
use crate::programs::{Program, Release};
use crate::run::run;

/// As many files at least are patched, so that the scenarios are about something.
const PATCHED_AT_LEAST: usize = 8;

pub(super) fn scenarios() -> Vec<EndToEndScenario> {
    let promtool = [Release::V3_14, Release::V2_55].map(|release| {
        let title = format!(
            "promtool_{}_accepts_every_patched_configuration_that_it_accepted_before",
            release.number()
        );
        EndToEndScenario::new(title, &[Program::Promtool(release)], move || {
            promtool_accepts_what_it_accepted(release)
        })
    });
    let helm = EndToEndScenario::new(
        "helm_carries_every_remote_write_of_the_values_and_ours",
        &[Program::Helm],
        helm_carries_every_remote_write,
    );
    promtool.into_iter().chain([helm]).collect()
}

fn promtool_accepts_what_it_accepted(release: Release) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let promtool = |file: &Path| -> Result<_> {
        let mut promtool = Command::new(Program::Promtool(release).path()?);
        promtool
            .args(["check", "config", "--syntax-only"])
            .arg(file);
        run(promtool.env_clear())
    };

    let mut patched = 0;
    for file in configurations("prometheus-yml")? {
        let was_accepted = promtool(&file)?.succeeds().is_ok();
        let Some(result) = offline::patch("prometheus-yml", release, &file, folder.path())? else {
            continue;
        };
        // The older release does not know all that the newer one does.
        if was_accepted {
            promtool(&result)?
                .succeeds()
                .with_context(|| format!("{} is accepted no more", file.display()))?;
            patched += 1;
        } else {
            ensure!(
                release != Release::V3_14,
                "{} was broken before",
                file.display()
            );
        }
    }
    ensure!(
        patched >= PATCHED_AT_LEAST,
        "only {patched} files were patched"
    );
    Ok(())
}

fn helm_carries_every_remote_write() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (target, release) = ("kube-prometheus-stack", Release::V3_14);

    let mut patched = 0;
    for file in configurations(target)? {
        let Some(result) = offline::patch(target, release, &file, folder.path())? else {
            continue;
        };
        // Values of a parent chart are no values of this one.
        let text = std::fs::read_to_string(&result)?;
        if !text.contains("\nprometheus:") && !text.starts_with("prometheus:") {
            continue;
        }
        let about = || format!("{}", file.display());
        // Helm has values in templates, which this chart of ours cannot fill.
        let before = match text.contains("{{ .Values.global.mimir }}") {
            true => continue,
            false => Manifest::of(TestChart::KubePrometheusStack, &file).with_context(about)?,
        };
        let before = before.remote_write().unwrap_or_default().to_vec();
        let after = Manifest::of(TestChart::KubePrometheusStack, &result).with_context(about)?;
        let after = after.remote_write().with_context(about)?;
        // Some have an entry of ours already, which gets another URL.
        let others = before
            .iter()
            .filter(|entry| entry["name"] != offline::REMOTE_WRITE_NAME);
        for entry in others {
            let is_there = after.iter().any(|kept| kept["url"] == entry["url"]);
            ensure!(is_there, "{} lost {entry:?}", file.display());
        }
        let ours = after
            .iter()
            .filter(|entry| entry["url"] == offline::WRITE_URL);
        ensure!(ours.count() == 1, "{} writes not once", file.display());
        patched += 1;
    }
    ensure!(
        patched >= PATCHED_AT_LEAST,
        "only {patched} files were patched"
    );
    Ok(())
}

/// The files of one target, without what is expected of them.
fn configurations(target: &str) -> Result<Vec<PathBuf>> {
    let folder = files::suite()
        .with_file_name("data")
        .join("configurations")
        .join(target);
    let entries = std::fs::read_dir(&folder)
        .with_context(|| format!("cannot list {}", folder.display()))?
        .map(|entry| Ok(entry?.path()));
    let mut files = entries.collect::<Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|ending| ending != "expected"));
    files.sort();
    Ok(files)
}
