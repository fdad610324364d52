//! What a values file makes of a chart's objects, by way of the real helm.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde::Deserialize as _;
use serde_yaml::Value;

use crate::files;
use crate::programs::Program;
use crate::run::run;

/// A chart whose values are written; a small one with the same keys replaces it.
#[derive(Clone, Copy)]
pub(crate) enum TestChart {
    KubePrometheusStack,
    Prometheus,
}

impl TestChart {
    /// The release is named after the chart, as most are.
    pub(crate) fn release(self) -> &'static str {
        match self {
            TestChart::KubePrometheusStack => "kube-prometheus-stack",
            TestChart::Prometheus => "prometheus",
        }
    }

    pub(crate) fn folder(self) -> PathBuf {
        files::suite().join("charts").join(self.release())
    }
}

/// The objects of the release in namespace `monitoring`.
pub(crate) struct Manifest {
    objects: Vec<Value>,
}

impl Manifest {
    /// Renders the chart with the values.
    pub(crate) fn of(chart: TestChart, values: &Path) -> Result<Self> {
        let mut helm = Command::new(Program::Helm.path()?);
        helm.args(["template", chart.release()])
            .arg(chart.folder())
            .args(["--namespace", "monitoring", "--values"])
            .arg(values);
        let manifest = run(&mut helm)?.succeeds()?;
        let objects = serde_yaml::Deserializer::from_str(&manifest)
            .map(|document| Value::deserialize(document).context("helm printed no YAML"))
            .collect::<Result<_>>()?;
        Ok(Self { objects })
    }

    /// The `spec` of the Prometheus.
    pub(crate) fn prometheus(&self) -> Result<&Value> {
        Ok(&self.object("Prometheus")?["spec"])
    }

    /// All entries of the Prometheus' `remoteWrite`.
    pub(crate) fn remote_write(&self) -> Result<&[Value]> {
        let entries = self.prometheus()?["remoteWrite"].as_sequence();
        entries.map(Vec::as_slice).context("no remoteWrite")
    }

    /// The annotations of the service account; null when it has none.
    pub(crate) fn service_account_annotations(&self) -> Result<&Value> {
        Ok(&self.object("ServiceAccount")?["metadata"]["annotations"])
    }

    /// The pod of the Deployment.
    pub(crate) fn pod(&self) -> Result<&Value> {
        Ok(&self.object("Deployment")?["spec"]["template"])
    }

    /// The only object of this kind.
    pub(crate) fn object(&self, kind: &str) -> Result<&Value> {
        let object = self.objects.iter().find(|object| object["kind"] == kind);
        object.with_context(|| format!("helm rendered no {kind}"))
    }
}
