//! Does Prometheus' own checker accept a prometheus.yml that was rendered from nothing or patched?

use anyhow::Result;

use super::EndToEndScenario;
use super::table::{self, FileKind, Judge, RenderedFile};
use crate::programs::Release;
use crate::promtool;
use crate::target::TargetFlag;

const NEW: FileKind = FileKind {
    file: "new_prometheus_yml",
    target: TargetFlag::PrometheusYml,
    input: None,
    release: Release::V3_14,
};

const PATCHED: FileKind = FileKind {
    file: "patched_prometheus_yml",
    input: Some("prometheus.yml"),
    ..NEW
};

static ROWS: [FileKind; 4] = [
    NEW,
    PATCHED,
    FileKind {
        release: Release::V2_55,
        ..NEW
    },
    FileKind {
        release: Release::V2_55,
        ..PATCHED
    },
];

pub(super) fn scenarios() -> Vec<EndToEndScenario> {
    table::scenarios(&ROWS, &[PATCHED], Judge::promtool(promtool_accepts))
}

fn promtool_accepts(written: &RenderedFile) -> Result<()> {
    let RenderedFile {
        render_input,
        endpoint,
        ..
    } = written;
    promtool::approves(&written.text, *render_input, endpoint, written.folder())?;
    written.companions_suit_the_pod()
}
