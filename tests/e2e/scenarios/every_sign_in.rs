//! Init and its printed next steps, twice, for each sign-in method and each way in which a Prometheus is installed.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::EndToEndScenario;
use crate::cluster_user::{self, ClusterUser, first_lost};
use crate::control_plane::{self, OperatorManifest};
use crate::helm::TestChart;
use crate::programs::{Program, Release};
use crate::promtool;
use crate::sign_in::AuthFlag;

/// How the user runs Prometheus.
#[derive(Clone, Copy)]
enum Installed {
    /// A resource of the Operator, applied with kubectl.
    Resource(&'static str, OperatorManifest<'static>),
    /// A release of kube-prometheus-stack, with these values besides.
    Stack(&'static [&'static str], OperatorManifest<'static>),
    /// A release of the chart `prometheus`.
    Chart,
    /// A Deployment that reads a ConfigMap.
    ConfigMap,
}

const PLAIN: &str = "plain";
const STACK: &str = "kube-prometheus-stack-prometheus";
const PROMETHEUS: &str = "Prometheus";
const AGENT: &str = "PrometheusAgent";

const INSTALLED: [(&str, Installed); 6] = [
    (
        "a_prometheus_made_with_kubectl",
        Installed::Resource("plain-prometheus.yaml", resource(PROMETHEUS, PLAIN)),
    ),
    (
        "an_agent_made_with_kubectl",
        Installed::Resource("plain-prometheusagent.yaml", resource(AGENT, PLAIN)),
    ),
    (
        "a_helm_release",
        Installed::Stack(&[], resource(PROMETHEUS, STACK)),
    ),
    (
        "a_helm_release_of_an_agent",
        Installed::Stack(
            &["--set", "prometheus.agentMode=true"],
            resource(AGENT, STACK),
        ),
    ),
    ("a_release_of_the_prometheus_chart", Installed::Chart),
    ("a_config_map", Installed::ConfigMap),
];

const fn resource(kind: &'static str, name: &'static str) -> OperatorManifest<'static> {
    OperatorManifest { kind, name }
}

pub(super) fn scenarios() -> Vec<EndToEndScenario> {
    let mut needs = control_plane::NEEDS.to_vec();
    needs.extend([Program::Helm, Program::Promtool(Release::V3_14)]);
    let combinations = INSTALLED.into_iter().flat_map(|(title, installed)| {
        AuthFlag::PROVISIONED.map(|sign_in| (title, installed, sign_in))
    });
    combinations
        .map(|(title, installed, sign_in)| {
            let title = format!(
                "following_the_next_steps_twice_keeps_all_of_{title}_with_{}",
                sign_in.title()
            );
            EndToEndScenario::new(title, &needs, move || keeps_all(installed, sign_in))
        })
        .collect()
}

fn keeps_all(installed: Installed, sign_in: AuthFlag) -> Result<()> {
    let user = ClusterUser::new()?;
    installed.install(&user)?;
    let before = installed.objects(&user)?;
    for round in 1..=2 {
        let arguments = installed.arguments(&user, sign_in);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let printed = user.init(&arguments)?.output_of_success()?;
        // A managed identity signs in on the nodes of Azure only.
        let sample_is_sent = sign_in != AuthFlag::UserIdentity;
        ensure!(
            printed.contains("permission: a sample was accepted") == sample_is_sent,
            "the sample: {printed}"
        );
        user.follow(&printed)?;

        let after = installed.objects(&user)?;
        let right = installed.is_right(&user, &before, &after, sign_in);
        right.with_context(|| format!("round {round}, after {printed}"))?;
    }
    Ok(())
}

impl Installed {
    fn install(self, user: &ClusterUser) -> Result<()> {
        match self {
            Self::Resource(file, _) => {
                user.apply(file)?;
                // Annotated by its owner; nothing of it may get lost.
                user.case
                    .kubectl(["create", "serviceaccount", "prometheus"])?;
                let owner = ["annotate", "serviceaccount", "prometheus", "owner=platform"];
                user.case.kubectl(owner).map(drop)
            }
            Self::Stack(more, _) => user.install("mimir-values.yaml", more),
            Self::Chart => {
                let values = user.case.copy("values-prometheus-chart.yaml")?;
                let values = values.display().to_string();
                let folder = TestChart::Prometheus.folder().display().to_string();
                let release = TestChart::Prometheus.release();
                let install = ["install", release, &folder, "--values", &values];
                user.case.helm(install).map(drop)
            }
            Self::ConfigMap => {
                user.apply("configmap.yaml")?;
                user.apply("workload.yaml").map(drop)
            }
        }
    }

    fn arguments(self, user: &ClusterUser, sign_in: AuthFlag) -> Vec<String> {
        let name = match self {
            Self::Resource(_, resource) | Self::Stack(_, resource) => resource.name,
            Self::Chart => "prometheus-server",
            Self::ConfigMap => "prometheus",
        };
        let reference = user.reference(name);
        let file: &[&str] = match self {
            Self::ConfigMap => &["--input", "configmap.yaml", "--write"],
            _ => &["--out", "ours.yaml"],
        };
        let common = ["--auth", sign_in.name(), "--prometheus", &reference];
        let all = common.iter().chain(file);
        all.map(|word| (*word).to_owned()).collect()
    }

    /// What the user has in the cluster: the objects that a connection touches.
    fn objects(self, user: &ClusterUser) -> Result<Vec<Value>> {
        let object = |kind: &str, name: &str| user.case.object(kind, name);
        match self {
            Self::Resource(_, resource) => Ok(vec![
                object(resource.kind, resource.name)?,
                object("serviceaccount", "prometheus")?,
            ]),
            Self::Stack(_, resource) => Ok(vec![
                object(resource.kind, resource.name)?,
                object("serviceaccount", STACK)?,
            ]),
            Self::Chart => Ok(vec![
                object("deployment", "prometheus-server")?,
                object("serviceaccount", "prometheus-server")?,
                object("configmap", "prometheus-server")?,
            ]),
            Self::ConfigMap => Ok(vec![
                object("deployment", "prometheus")?,
                object("serviceaccount", "prometheus")?,
                object("configmap", "prometheus")?,
            ]),
        }
    }

    fn is_right(
        self,
        user: &ClusterUser,
        before: &[Value],
        after: &[Value],
        sign_in: AuthFlag,
    ) -> Result<()> {
        for (before, after) in before.iter().zip(after) {
            nothing_is_lost(before, after)?;
        }
        let is_federated =
            after[1]["metadata"]["annotations"]["azure.workload.identity/client-id"].is_string();
        ensure!(
            is_federated == sign_in.is_federated(),
            "the account: {:#}",
            after[1]
        );
        match self {
            Self::Resource(_, resource) | Self::Stack(_, resource) => {
                user.is_connected(resource, &before[0])?;
                let config = user.case.configuration(resource, cluster_user::OURS)?;
                promtool::accepts(Release::V3_14, &config, user.world.folder())?;
                ensure!(
                    after[0]["spec"]["podMetadata"]["labels"]["azure.workload.identity/use"]
                        .is_string()
                        == sign_in.is_federated(),
                    "the pod: {:#}",
                    after[0]["spec"]["podMetadata"]
                );
                Ok(())
            }
            Self::Chart | Self::ConfigMap => {
                let config = after[2]["data"]["prometheus.yml"].as_str();
                let config = config.context("no prometheus.yml")?;
                ensure!(
                    config.contains("datalake") && config.matches(cluster_user::OURS).count() == 1,
                    "the configuration: {config}"
                );
                promtool::accepts(Release::V3_14, config, user.world.folder())?;
                let labels = &after[0]["spec"]["template"]["metadata"]["labels"];
                ensure!(
                    labels["azure.workload.identity/use"].is_string() == sign_in.is_federated(),
                    "the pod: {labels}"
                );
                Ok(())
            }
        }
    }
}

/// Of the specification, the data, the labels and the annotations.
fn nothing_is_lost(before: &Value, after: &Value) -> Result<()> {
    for pointer in [
        "/metadata/labels",
        "/metadata/annotations",
        "/spec",
        "/data",
    ] {
        let (Some(before), Some(after)) = (before.pointer(pointer), after.pointer(pointer)) else {
            ensure!(before.pointer(pointer).is_none(), "{pointer} is gone");
            continue;
        };
        // kubectl, Helm and the Deployment controller keep what they did here.
        let mut before = before.clone();
        if let Some(annotations) = before.as_object_mut() {
            annotations.retain(|key, _| !key.contains("kubectl.kubernetes.io/"));
            if let Some(Value::String(config)) = annotations.remove("prometheus.yml") {
                let now = after["prometheus.yml"].as_str().unwrap_or_default();
                // A chart writes the keys in the order of its own.
                let lost = config.lines().find(|line| !now.contains(line.trim()));
                ensure!(
                    lost.is_none(),
                    "{lost:?} is gone from prometheus.yml: {now}"
                );
            }
        }
        let lost = first_lost(&before, after, pointer);
        ensure!(lost.is_none(), "{lost:?} is gone: {after:#}");
    }
    Ok(())
}
