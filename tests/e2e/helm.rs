//! What the Prometheus Operator sees of a values file, by way of the real helm.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde::Deserialize as _;
use serde_yaml::Value;

use crate::files;
use crate::programs::Program;
use crate::run::run;

/// The objects of release `kube-prometheus-stack` in namespace `monitoring`.
pub(crate) struct Manifest {
    objects: Vec<Value>,
}

impl Manifest {
    /// Renders the chart with the values.
    pub(crate) fn of(values: &Path) -> Result<Self> {
        let mut helm = Command::new(Program::Helm.path()?);
        helm.args(["template", "kube-prometheus-stack"])
            .arg(files::suite().join("chart"))
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
        Ok(&self.one("Prometheus")?["spec"])
    }

    /// All entries of the Prometheus' `remoteWrite`.
    pub(crate) fn remote_write(&self) -> Result<&[Value]> {
        let entries = self.prometheus()?["remoteWrite"].as_sequence();
        entries.map(Vec::as_slice).context("no remoteWrite")
    }

    /// The annotations of the service account; null when it has none.
    pub(crate) fn service_account_annotations(&self) -> Result<&Value> {
        Ok(&self.one("ServiceAccount")?["metadata"]["annotations"])
    }

    fn one(&self, kind: &str) -> Result<&Value> {
        let object = self.objects.iter().find(|object| object["kind"] == kind);
        object.with_context(|| format!("helm rendered no {kind}"))
    }
}
