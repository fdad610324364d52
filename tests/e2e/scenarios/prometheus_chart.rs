//! Does helm make of values for the prometheus chart a configuration that promtool accepts, and the pod that it needs?

use anyhow::{Context as _, Result, ensure};
use serde_yaml::Value;

use super::EndToEndScenario;
use super::table::{self, FileKind, Judge, RenderedFile};
use crate::helm::{Manifest, TestChart};
use crate::offline::CLIENT_ID;
use crate::pod::PodDescription;
use crate::programs::{Program, Release};
use crate::promtool;
use crate::target::TargetFlag;

const NEW: FileKind = FileKind {
    file: "file_of_new_prometheus_chart_values",
    target: TargetFlag::PrometheusChart,
    input: None,
    release: Release::V3_14,
};

/// For a release that looks for its token in one place only, so that the file must see to it that one is there.
const PATCHED: FileKind = FileKind {
    file: "file_of_patched_prometheus_chart_values",
    input: Some("values-prometheus-chart.yaml"),
    release: Release::V3_13,
    ..NEW
};

pub(super) static ROWS: [FileKind; 5] = [
    NEW,
    PATCHED,
    FileKind {
        release: Release::V3_14,
        ..PATCHED
    },
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
    let judge = Judge {
        needs: |release| vec![Program::Helm, Program::Promtool(promtool::checker(release))],
        ..Judge::promtool(promtool_accepts)
    };
    table::scenarios(&ROWS, &[PATCHED], judge)
}

fn promtool_accepts(written: &RenderedFile) -> Result<()> {
    let RenderedFile {
        render_input,
        endpoint,
        ..
    } = written;
    let manifest = Manifest::of(TestChart::Prometheus, &written.file)?;
    promtool::approves(
        configuration(&manifest)?,
        *render_input,
        endpoint,
        written.folder(),
    )?;
    let pod = PodDescription::of_template(manifest.pod()?, "prometheus-server");
    pod.suits(*render_input, endpoint)?;
    let annotations = manifest.service_account_annotations()?;
    let annotated = annotations["azure.workload.identity/client-id"] == CLIENT_ID;
    ensure!(
        annotated == render_input.way.sign_in.is_federated(),
        "annotations: {annotations:?}"
    );
    match &written.input {
        Some(input) => theirs_is_kept(&Manifest::of(TestChart::Prometheus, input)?, &manifest),
        None => Ok(()),
    }
}

fn configuration(manifest: &Manifest) -> Result<&str> {
    let config = manifest.object("ConfigMap")?["data"]["prometheus.yml"].as_str();
    config.context("no prometheus.yml in the ConfigMap")
}

/// The data team's entry, and what the shop has in its pod.
fn theirs_is_kept(before: &Manifest, after: &Manifest) -> Result<()> {
    let theirs = |manifest: &Manifest| -> Result<Value> {
        let config: Value = serde_yaml::from_str(configuration(manifest)?)?;
        Ok(config["remote_write"][0].clone())
    };
    ensure!(
        theirs(before)?["url"] == "https://receiver.monitoring.example/api/v1/push"
            && theirs(before)? == theirs(after)?,
        "the data team's entry is not as it was"
    );
    let (was, is) = (before.pod()?, after.pod()?);
    ensure!(
        is["metadata"]["labels"]["team"] == "observability",
        "a pod label is gone"
    );
    let (was, is) = (&was["spec"], &is["spec"]);
    for (old, new) in [
        (&was["volumes"], &is["volumes"]),
        (&was["containers"][0]["env"], &is["containers"][0]["env"]),
        (
            &was["containers"][0]["volumeMounts"],
            &is["containers"][0]["volumeMounts"],
        ),
    ] {
        let (old, new) = (old.as_sequence(), new.as_sequence());
        let (old, new) = old.zip(new).context("a list is gone")?;
        ensure!(new.starts_with(old), "not {old:?} first: {new:?}");
    }
    Ok(())
}
