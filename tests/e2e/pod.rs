//! Has the pod of Prometheus what its way to the workspace needs, and nothing that only another way would?

use anyhow::{Context as _, Result, ensure};
use serde_yaml::{Mapping, Value};

use crate::expected::ExpectedEndpoint;
use crate::offline::RenderInput;
use crate::way::SignInPath;

/// The settings of a pod, whatever creates it.
pub(crate) struct PodDescription<'a> {
    labels: &'a Value,
    volumes: &'a Value,
    environment: &'a Value,
    mounts: &'a Value,
    sidecar: Option<&'a Value>,
}

const SIDECAR: &str = "prom-remotewrite";
const IMAGE: &str = "mcr.microsoft.com/azuremonitor/containerinsights/ciprod/prometheus-remote-write/images:prom-remotewrite-";
/// The volumes that may be ours.
const VOLUMES: [&str; 2] = ["azure-client-certificate", "azure-identity-token"];

impl<'a> PodDescription<'a> {
    /// The Operator merges the containers of a resource into those it makes.
    pub(crate) fn of_resource(spec: &'a Value) -> Self {
        let own = named(&spec["containers"], "prometheus");
        Self {
            labels: &spec["podMetadata"]["labels"],
            volumes: &spec["volumes"],
            environment: own.map_or(&Value::Null, |own| &own["env"]),
            mounts: &spec["volumeMounts"],
            sidecar: named(&spec["containers"], SIDECAR),
        }
    }

    /// A pod template, in which the container of Prometheus has this name.
    pub(crate) fn of_template(template: &'a Value, prometheus: &str) -> Self {
        let containers = &template["spec"]["containers"];
        let own = named(containers, prometheus).unwrap_or(&Value::Null);
        Self {
            labels: &template["metadata"]["labels"],
            volumes: &template["spec"]["volumes"],
            environment: &own["env"],
            mounts: &own["volumeMounts"],
            sidecar: named(containers, SIDECAR),
        }
    }

    pub(crate) fn suits(
        &self,
        render_input: RenderInput,
        endpoint: &ExpectedEndpoint,
    ) -> Result<()> {
        let RenderInput { target, way, .. } = render_input;
        let labels = self.labels;
        ensure!(
            (labels["azure.workload.identity/use"] == "true") == way.sign_in.is_federated(),
            "labels: {labels:?}"
        );
        let mut variables = by_name(self.environment)?;
        variables.retain(|name, _| name.as_str().is_some_and(|name| name.starts_with("AZURE_")));
        let needed = endpoint.variables(way, target)?;
        ensure!(
            Value::Mapping(variables) == needed,
            "not {needed:?}: {:?}",
            self.environment
        );
        let is_sidecar = way.path == SignInPath::Sidecar;
        ensure!(
            self.sidecar.is_some() == is_sidecar,
            "sidecar: {:?}",
            self.sidecar
        );
        if let Some(sidecar) = self.sidecar {
            is_right(sidecar, render_input, endpoint)?;
        }
        self.files_are_seen(render_input)
    }

    /// By the user that signs in only.
    fn files_are_seen(&self, render_input: RenderInput) -> Result<()> {
        let needed = render_input
            .way
            .volumes(render_input.target, render_input.release);
        let is_sidecar = render_input.way.path == SignInPath::Sidecar;
        let by_prometheus = if is_sidecar { &[] } else { needed };
        let by_sidecar = if is_sidecar { needed } else { &[] };
        let sidecars = self
            .sidecar
            .map_or(&Value::Null, |own| &own["volumeMounts"]);
        for (what, list, expected) in [
            ("volumes", self.volumes, needed),
            ("mounts of Prometheus", self.mounts, by_prometheus),
            ("mounts of the sidecar", sidecars, by_sidecar),
        ] {
            ensure!(
                ours(list) == expected,
                "{what} are not {expected:?}: {list:?}"
            );
        }
        Ok(())
    }
}

fn is_right(sidecar: &Value, render_input: RenderInput, endpoint: &ExpectedEndpoint) -> Result<()> {
    let image = sidecar["image"].as_str().unwrap_or_default();
    ensure!(image.starts_with(IMAGE), "image: {image}");
    for (probe, path) in [("livenessProbe", "/health"), ("readinessProbe", "/ready")] {
        let asked = &sidecar[probe]["httpGet"];
        ensure!(
            asked["path"] == path && asked["port"] == 8081,
            "{probe}: {asked:?}"
        );
    }
    let needed = endpoint.sidecar_variables(render_input.way, render_input.target)?;
    let variables = Value::Mapping(by_name(&sidecar["env"])?);
    ensure!(variables == needed, "not {needed:?}: {variables:?}");
    Ok(())
}

fn named<'a>(list: &'a Value, name: &str) -> Option<&'a Value> {
    let mut items = list.as_sequence()?.iter();
    items.find(|item| item["name"] == name)
}

/// Each variable with its value, or with where that comes from.
fn by_name(environment: &Value) -> Result<Mapping> {
    let mut all = Mapping::new();
    for variable in environment.as_sequence().into_iter().flatten() {
        let value = [&variable["value"], &variable["valueFrom"]]
            .into_iter()
            .find(|value| !value.is_null())
            .with_context(|| format!("no value: {variable:?}"))?;
        let before = all.insert(variable["name"].clone(), value.clone());
        ensure!(before.is_none(), "twice: {variable:?}");
    }
    Ok(all)
}

fn ours(list: &Value) -> Vec<&str> {
    let names = list.as_sequence().into_iter().flatten();
    names
        .filter_map(|item| item["name"].as_str())
        .filter(|name| VOLUMES.contains(name))
        .collect()
}
