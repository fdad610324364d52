//! Does Prometheus' own checker accept what a patched ConfigMap holds?

use anyhow::{Context as _, Result, ensure};
use serde_yaml::Value;

use super::EndToEndScenario;
use super::table::{self, FileKind, Judge, RenderedFile};
use crate::files;
use crate::programs::Release;
use crate::promtool;
use crate::target::TargetFlag;

const PATCHED: FileKind = FileKind {
    file: "patched_configmap",
    target: TargetFlag::ConfigMap,
    input: Some("configmap.yaml"),
    release: Release::V3_14,
};

pub(super) static ROWS: [FileKind; 2] = [
    PATCHED,
    FileKind {
        release: Release::V2_55,
        ..PATCHED
    },
];

pub(super) fn scenarios() -> Vec<EndToEndScenario> {
    table::scenarios(&ROWS, &[PATCHED], Judge::promtool(promtool_accepts))
}

fn promtool_accepts(written: &RenderedFile) -> Result<()> {
    let before: Value = serde_yaml::from_str(&files::original("configmap.yaml")?)?;
    let after = written.parsed()?;
    let config = after["data"]["prometheus.yml"]
        .as_str()
        .context("no prometheus.yml in it")?;
    promtool::approves(
        config,
        written.render_input,
        &written.endpoint,
        written.folder(),
    )?;
    ensure!(
        before["data"]["README"] == after["data"]["README"]
            && before["metadata"] == after["metadata"],
        "more than the configuration changed: {after:?}"
    );
    written.companions_suit_the_pod()
}
