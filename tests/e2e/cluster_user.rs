//! A person with a shell, the sandbox's Azure and a namespace of the real control plane.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::background::Background;
use crate::control_plane::{self, ClusterCase, ControlPlane, OperatorManifest};
use crate::files;
use crate::helm::TestChart;
use crate::run::{Finished, run};
use crate::wait;
use crate::world::EndToEndWorld;

/// How a generated configuration names the remote write of these scenarios.
pub(crate) const OURS: &str = "name: azure-monitor-amw-aks-prod";
/// Advice instead of a command, printed where a sign-in cannot be tested from here.
const TO_WATCH: &str = "watch prometheus_remote_storage_samples_failed_total in Prometheus";
/// How long `plan` may take, in a debug build on a busy machine.
const PLAN: Duration = Duration::from_secs(120);
/// What every `init` of these scenarios is given.
const INIT: [&str; 5] = [
    "init",
    "--yes",
    "--accept-unproved",
    "--cluster",
    "aks-prod",
];

/// Works in one folder, where the kubeconfig leads to the control plane.
pub(crate) struct ClusterUser<'a> {
    pub(crate) case: ClusterCase<'a>,
    pub(crate) world: EndToEndWorld,
}

impl ClusterUser<'static> {
    pub(crate) fn new() -> Result<Self> {
        Self::on(control_plane::shared()?)
    }
}

impl<'a> ClusterUser<'a> {
    /// On a control plane other than the shared one.
    pub(crate) fn on(plane: &'a ControlPlane) -> Result<Self> {
        let world = EndToEndWorld::on_loopback_for(|folder| plane.sandbox_flags(folder))?;
        let case = ClusterCase::new(plane, world.folder())?;
        Ok(Self { case, world })
    }

    /// `NAMESPACE/NAME`, as `--prometheus` takes it.
    pub(crate) fn reference(&self, name: &str) -> String {
        format!("{}/{name}", self.case.namespace)
    }

    /// Runs `amw-rw init` for the control plane, with more arguments. Unless they set another one, it signs in by secret.
    pub(crate) fn init(&self, arguments: &[&str]) -> Result<Finished> {
        let by_secret: &[&str] = match arguments.contains(&"--auth") {
            true => &[],
            false => &["--auth", "entra-secret"],
        };
        let mut init = self.world.signed_in("env");
        let kubeconfig = self.case.kubeconfig();
        init.arg(format!("KUBECONFIG={}", kubeconfig.display()))
            .arg(crate::AMW_RW)
            .args(INIT)
            .args(by_secret)
            .args(arguments);
        run(&mut init)
    }

    /// Runs `amw-rw plan`, and measures the most memory that was resident, in KiB.
    pub(crate) fn peak_memory_of_plan(&self, arguments: &[&str]) -> Result<u64> {
        let mut plan = self.world.signed_in("env");
        let kubeconfig = self.case.kubeconfig();
        plan.arg(format!("KUBECONFIG={}", kubeconfig.display()))
            .arg(crate::AMW_RW)
            .args(["plan", "--cluster", "aks-prod", "--auth", "entra-secret"])
            .args(arguments);
        let mut process = Background::start("plan", &mut plan, self.world.folder())?;
        let mut peak = 0;
        let status = wait::until("the end of the plan", PLAN, || {
            // Linux forgets the value when the process ends, so the last one that was seen counts.
            peak = process.peak_memory().unwrap_or(peak);
            process.status()
        })?;
        // 3: there are changes to make.
        ensure!(
            matches!(status.code(), Some(0 | 3)),
            "{status}: {}",
            process.stderr()?
        );
        Ok(peak)
    }

    /// Runs `init`, and then every command line that it prints as the next step.
    pub(crate) fn init_and_follow(&self, arguments: &[&str]) -> Result<Vec<String>> {
        let printed = self.init(arguments)?.output_of_success()?;
        self.follow(&printed)
    }

    /// Runs every command line that `init` printed as the next step.
    pub(crate) fn follow(&self, printed: &str) -> Result<Vec<String>> {
        let lines = next_steps(printed);
        let charts = files::suite().join("charts");
        for line in &lines {
            let line = line.replace("REPOSITORY/", &format!("{}/", charts.display()));
            let followed = match line.starts_with(TO_WATCH) {
                true => Ok(()),
                false => self.case.shell(&line)?.succeeds().map(drop),
            };
            followed.with_context(|| format!("{line}\nafter {printed}"))?;
        }
        Ok(lines)
    }

    /// Applies a file of `tests/e2e/data` with kubectl, as its owner does.
    pub(crate) fn apply(&self, name: &str) -> Result<PathBuf> {
        let file = self.case.copy(name)?;
        self.case.apply(&file)?;
        Ok(file)
    }

    /// Installs kube-prometheus-stack with a values file of `tests/e2e/data`, and more values.
    pub(crate) fn install(&self, values: &str, more: &[&str]) -> Result<()> {
        let values = self.case.copy(values)?.display().to_string();
        let chart = TestChart::KubePrometheusStack;
        let folder = chart.folder().display().to_string();
        let install = ["install", chart.release(), &folder, "--values", &values];
        self.case.helm(install.iter().chain(more)).map(drop)
    }

    /// All that the resource had before is there, and one remote write of ours, for the Operator too.
    pub(crate) fn is_connected(&self, resource: OperatorManifest, before: &Value) -> Result<()> {
        let after = self.case.object(resource.kind, resource.name)?;
        let lost = first_lost(&before["spec"], &after["spec"], "spec");
        ensure!(lost.is_none(), "{lost:?} is gone: {:#}", after["spec"]);
        let entries = after["spec"]["remoteWrite"].as_array();
        let ours = entries.into_iter().flatten().filter(|entry| is_ours(entry));
        ensure!(ours.count() == 1, "not one entry of ours: {entries:#?}");
        let config = self.case.configuration(resource, OURS)?;
        ensure!(
            config.contains("name: mimir") && config.matches("name: azure-monitor-").count() == 1,
            "the Operator wrote {config}"
        );
        Ok(())
    }
}

fn is_ours(entry: &Value) -> bool {
    entry["name"] == "azure-monitor-amw-aks-prod"
}

/// The commands that `init` prints below `Next:`.
pub(crate) fn next_steps(printed: &str) -> Vec<String> {
    printed
        .lines()
        .skip_while(|line| *line != "Next:")
        .skip(1)
        .map_while(|line| line.strip_prefix("  "))
        .filter(|line| !line.starts_with("# "))
        .map(str::to_owned)
        .collect()
}

/// Each document that `render --companions` prints, with the kubectl line from its comment.
pub(crate) fn companions(printed: &str) -> Result<Vec<(String, String)>> {
    let documents = printed
        .split("---\n")
        .filter(|text| !text.trim().is_empty());
    documents
        .map(|document| {
            let (_, line) = document
                .lines()
                .find_map(|line| line.strip_prefix("# ")?.split_once(": kubectl "))
                .with_context(|| format!("no command line: {document}"))?;
            Ok((format!("kubectl {line}"), document.to_owned()))
        })
        .collect()
}

/// The first field or item that was there before and is not there now.
pub(crate) fn first_lost(before: &Value, after: &Value, path: &str) -> Option<String> {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => before.iter().find_map(|(key, value)| {
            let path = format!("{path}.{key}");
            match after.get(key) {
                Some(now) => first_lost(value, now, &path),
                None => Some(path),
            }
        }),
        (Value::Array(before), Value::Array(after)) => {
            before
                .iter()
                .find_map(|item| match named_like(item, after) {
                    // The container of Prometheus is given variables and mounts.
                    Some(now) if path.ends_with("containers") => first_lost(item, now, path),
                    _ if after.contains(item) => None,
                    _ => Some(format!("{path}: {item}")),
                })
        }
        _ => (before != after).then(|| path.to_owned()),
    }
}

fn named_like<'a>(item: &Value, items: &'a [Value]) -> Option<&'a Value> {
    let name = item["name"].as_str()?;
    items.iter().find(|one| one["name"] == name)
}
