//! Does Prometheus' own checker accept a prometheus.yml that was rendered from nothing or patched?

use anyhow::Result;

use super::Scenario;
use super::table::{self, Judge, Row, Written};
use crate::programs::Release;
use crate::promtool;
use crate::target::Target;

const NEW: Row = Row {
    file: "new_prometheus_yml",
    target: Target::PrometheusYml,
    input: None,
    release: Release::V3_14,
};

const PATCHED: Row = Row {
    file: "patched_prometheus_yml",
    input: Some("prometheus.yml"),
    ..NEW
};

static ROWS: [Row; 4] = [
    NEW,
    PATCHED,
    Row {
        release: Release::V2_55,
        ..NEW
    },
    Row {
        release: Release::V2_55,
        ..PATCHED
    },
];

pub(super) fn scenarios() -> Vec<Scenario> {
    table::scenarios(&ROWS, &[PATCHED], Judge::promtool(promtool_accepts))
}

fn promtool_accepts(written: &Written) -> Result<()> {
    let Written { wish, endpoint, .. } = written;
    promtool::approves(&written.text, *wish, endpoint, written.folder())?;
    written.companions_suit_the_pod()
}
