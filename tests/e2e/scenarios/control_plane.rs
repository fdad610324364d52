//! What a real API server and a real Operator make of every sign-in on every path.

use std::ffi::OsStr;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value as Json;
use serde_yaml::Value;

use super::table::{self, Judge, RenderedFile};
use super::{EndToEndScenario, config_map, custom_resource, helm_values, prometheus_chart};
use crate::cluster_user;
use crate::control_plane::{self, ClusterCase, OperatorManifest, User};
use crate::files;
use crate::helm::TestChart;
use crate::offline::CLIENT_SECRET;
use crate::pod::PodDescription;
use crate::programs::{Program, Release};
use crate::promtool;
use crate::run::run;

pub(super) fn scenarios() -> Vec<EndToEndScenario> {
    let judge = |title, judge| Judge {
        title,
        needs: needs_for_cell,
        judge,
    };
    let resources = judge("the_operator_configures", the_operator_configures as _);
    let stack = judge(
        "helm_and_the_operator_configure",
        helm_and_the_operator_configure,
    );
    let chart = judge("helm_installs", helm_installs);
    let config_map = judge("the_api_server_keeps", the_api_server_keeps);
    let users = EndToEndScenario::new(
        "each_user_of_the_control_plane_has_the_rights_of_its_name",
        &control_plane::NEEDS,
        each_user_has_its_rights,
    );
    [users]
        .into_iter()
        .chain(table::accepted(&custom_resource::ROWS, resources))
        .chain(table::accepted(&helm_values::ROWS, stack))
        .chain(table::accepted(&prometheus_chart::ROWS, chart))
        .chain(table::accepted(&config_map::ROWS, config_map))
        .collect()
}

fn each_user_has_its_rights() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let case = ClusterCase::new(control_plane::shared()?, folder.path())?;
    for (user, rights) in [
        (User::Admin, [true, true, true, true]),
        (User::Reader, [true, true, true, false]),
        (User::Scoped, [false, true, true, true]),
        (User::Partial, [true, true, false, false]),
        (User::WithoutRights, [false, false, false, false]),
    ] {
        case.become_user(user)?;
        for (question, expected) in [
            "list deployments --all-namespaces",
            "list deployments",
            "list prometheuses.monitoring.coreos.com",
            "list secrets",
        ]
        .into_iter()
        .zip(rights)
        {
            let answer = case.shell(&format!("kubectl auth can-i {question} --quiet"))?;
            ensure!(
                answer.went_well() == expected,
                "{user:?}, {question}: not {expected}: {answer:?}"
            );
        }
    }
    Ok(())
}

fn needs_for_cell(release: Release) -> Vec<Program> {
    let mut needs = control_plane::NEEDS.to_vec();
    needs.extend([Program::Helm, Program::Promtool(promtool::checker(release))]);
    needs
}

/// A case with the Secret that sign-in by secret or certificate refers to.
fn case(folder: &Path) -> Result<ClusterCase<'static>> {
    let folder = folder.join("cluster");
    std::fs::create_dir(&folder)?;
    let case = ClusterCase::new(control_plane::shared()?, &folder)?;
    case.kubectl([
        "create",
        "secret",
        "generic",
        "azure-monitor-amw-aks-prod",
        &format!("--from-literal=client-secret={CLIENT_SECRET}"),
        "--from-literal=client-certificate.pem=a certificate and its key",
    ])?;
    Ok(case)
}

fn the_operator_configures(written: &RenderedFile) -> Result<()> {
    let case = case(written.folder())?;
    let ours = case.write("ours.yaml", &written.text)?;
    match written.input_name() {
        Some(name) => {
            let theirs = case.copy(name)?;
            case.apply(&theirs)?;
            case.apply(&ours)?;
        }
        // As the header of a new file states.
        None => {
            let file = ours.display();
            let line = format!("kubectl create --save-config -f {file}");
            ensure!(
                written
                    .text
                    .contains("#   kubectl create --save-config -f FILE"),
                "the header says something else: {}",
                written.text
            );
            case.shell(&line)?.succeeds()?;
        }
    }
    let resource = written.parsed()?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let kind = text(&resource["kind"]).context("no kind")?;
    let name = text(&resource["metadata"]["name"]).context("no name")?;
    let resource = OperatorManifest {
        kind: &kind,
        name: &name,
    };
    the_operator_agrees(&case, resource, written)
}

fn helm_and_the_operator_configure(written: &RenderedFile) -> Result<()> {
    let case = case(written.folder())?;
    install(&case, TestChart::KubePrometheusStack, written)?;
    let resource = OperatorManifest {
        kind: "Prometheus",
        name: "kube-prometheus-stack-prometheus",
    };
    the_operator_agrees(&case, resource, written)
}

/// Promtool takes the generated configuration, and the pod is right.
fn the_operator_agrees(
    case: &ClusterCase,
    resource: OperatorManifest,
    written: &RenderedFile,
) -> Result<()> {
    let RenderedFile {
        render_input,
        endpoint,
        ..
    } = written;
    let config = case.configuration(resource, endpoint.address(render_input.way))?;
    promtool::approves_generated(&config, *render_input, endpoint, written.folder())?;
    if written.input.is_some() && resource.kind == "Prometheus" {
        ensure!(
            config.contains("name: datalake"),
            "datalake is gone: {config}"
        );
    }
    let set = case.stateful_set(resource)?;
    pod_of(&set, "prometheus", written)
}

fn helm_installs(written: &RenderedFile) -> Result<()> {
    let case = case(written.folder())?;
    install(&case, TestChart::Prometheus, written)?;
    let map = case.object("configmap", "prometheus-server")?;
    let config = map["data"]["prometheus.yml"]
        .as_str()
        .context("no configuration")?;
    promtool::approves(
        config,
        written.render_input,
        &written.endpoint,
        written.folder(),
    )?;
    let deployment = case.object("deployment", "prometheus-server")?;
    pod_of(&deployment, "prometheus-server", written)
}

/// Installs the chart with the values before ours, and upgrades it to what was written.
fn install(case: &ClusterCase, chart: TestChart, written: &RenderedFile) -> Result<()> {
    let folder = chart.folder();
    let mut install = vec![
        "install".as_ref(),
        chart.release().as_ref(),
        folder.as_os_str(),
    ];
    let theirs = match written.input_name() {
        Some(name) => Some(case.copy(name)?),
        None => None,
    };
    if let Some(theirs) = &theirs {
        install.extend(["--values".as_ref(), theirs.as_os_str()]);
    }
    case.helm(install)?;
    case.helm::<&OsStr>([
        "upgrade".as_ref(),
        chart.release().as_ref(),
        folder.as_os_str(),
        "--values".as_ref(),
        written.file.as_os_str(),
    ])?;
    Ok(())
}

/// The ConfigMap, and a Deployment to which the companions are applied as their comments state.
fn the_api_server_keeps(written: &RenderedFile) -> Result<()> {
    let case = case(written.folder())?;
    let workload = case.write("workload.yaml", &files::original("workload.yaml")?)?;
    case.apply(&workload)?;
    let theirs = case.copy("configmap.yaml")?;
    case.apply(&theirs)?;

    let ours = case.write("ours.yaml", &written.text)?;
    case.apply(&ours)?;
    for (line, document) in companions(written)? {
        let file = case.write("companion.yaml", &document)?;
        let line = case.moved(&line).replace("NAME", "prometheus");
        let line = line.replace("FILE", &file.display().to_string());
        case.shell(&line)?.succeeds()?;
    }

    let map = case.object("configmap", "prometheus")?;
    let config = map["data"]["prometheus.yml"]
        .as_str()
        .context("no configuration")?;
    promtool::approves(
        config,
        written.render_input,
        &written.endpoint,
        written.folder(),
    )?;
    ensure!(
        config.contains("name: datalake"),
        "datalake is gone: {config}"
    );
    let account = case.object("serviceaccount", "prometheus")?;
    ensure!(
        account["metadata"]["annotations"]["owner"] == "#observability",
        "an annotation is gone: {account}"
    );
    pod_of(
        &case.object("deployment", "prometheus")?,
        "prometheus",
        written,
    )
}

/// Each document that must be applied in addition to the file, with the command line from its comment.
fn companions(written: &RenderedFile) -> Result<Vec<(String, String)>> {
    let mut render = written
        .render_input
        .command(written.input.as_deref(), written.folder())?;
    let printed = run(render.arg("--companions"))?.succeeds()?;
    cluster_user::companions(&printed)
}

fn pod_of(workload: &Json, container: &str, written: &RenderedFile) -> Result<()> {
    let template = serde_yaml::to_value(&workload["spec"]["template"])?;
    PodDescription::of_template(&template, container).suits(written.render_input, &written.endpoint)
}
