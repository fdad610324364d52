//! A Prometheus that is a plain Deployment with a ConfigMap: is everything of the user still there after the printed lines?

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::EndToEndScenario;
use super::owners::CONTROLLERS;
use crate::cluster_user::{ClusterUser, first_lost, next_steps};
use crate::control_plane::{self, User};
use crate::files;

pub(super) fn scenarios() -> Vec<EndToEndScenario> {
    let scenario = |title: &str, run: fn() -> Result<()>| {
        EndToEndScenario::new(
            format!("of_a_plain_workload_{title}"),
            &control_plane::NEEDS,
            run,
        )
    };
    vec![
        scenario("the_printed_lines_keep_everything_twice", everything_twice),
        scenario("no_line_is_printed_that_an_owner_undoes", owned),
        scenario(
            "what_only_the_cluster_has_is_named_and_no_line_takes_it_away",
            stale_file,
        ),
        scenario(
            "a_config_map_that_cannot_be_read_is_compared_before_it_is_applied",
            unread,
        ),
        scenario("an_immutable_config_map_is_not_applied", immutable),
        scenario("another_server_that_reads_the_config_map_is_named", shared),
    ]
}

/// The user's Deployment, service account and ConfigMap, applied with kubectl.
fn workload() -> Result<ClusterUser<'static>> {
    let user = ClusterUser::new()?;
    let workload = user
        .case
        .write("workload.yaml", &files::original("workload.yaml")?)?;
    user.case.apply(&workload)?;
    user.apply("configmap.yaml")?;
    Ok(user)
}

const INPUT: [&str; 3] = ["--input", "configmap.yaml", "--write"];

fn init(user: &ClusterUser, auth: &str) -> Result<String> {
    // A Deployment that Helm owns is otherwise taken for one of its chart.
    let target = ["--target", "configmap", "--auth", auth];
    let reference = user.reference("prometheus");
    let arguments = [&target[..], &["--prometheus", &reference], &INPUT].concat();
    user.init(&arguments)?.output_of_success()
}

fn configuration(user: &ClusterUser) -> Result<String> {
    let map = user.case.object("configmap", "prometheus")?;
    let text = map["data"]["prometheus.yml"].as_str();
    text.map(str::to_owned).context("no configuration")
}

fn everything_twice() -> Result<()> {
    for auth in ["entra-secret", "workload-identity"] {
        let user = workload()?;
        let before = user.case.object("deployment", "prometheus")?;
        for _ in 0..2 {
            let printed = init(&user, auth)?;
            for _ in 0..2 {
                user.follow(&printed)?;
            }
        }

        let after = user.case.object("deployment", "prometheus")?;
        let lost = first_lost(&before["spec"], &after["spec"], "spec");
        ensure!(lost.is_none(), "{auth}: {lost:?} is gone: {after:#}");
        nothing_is_doubled(&after)?;
        let configuration = configuration(&user)?;
        let count = |text: &str| configuration.matches(text).count();
        ensure!(
            count("name: datalake") == 1 && count("name: azure-monitor-") == 1,
            "{auth}: {configuration}"
        );
        let map = user.case.object("configmap", "prometheus")?;
        ensure!(map["data"]["README"].is_string(), "{auth}: {map:#}");
    }
    Ok(())
}

fn nothing_is_doubled(deployment: &Value) -> Result<()> {
    let pod = &deployment["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    for list in [
        &pod["volumes"],
        &pod["containers"],
        &container["env"],
        &container["volumeMounts"],
    ] {
        let names = list
            .as_array()
            .into_iter()
            .flatten()
            .map(|item| &item["name"]);
        let mut names: Vec<String> = names.map(ToString::to_string).collect();
        let all = names.len();
        names.sort();
        names.dedup();
        ensure!(names.len() == all, "one is there twice: {list:#}");
    }
    Ok(())
}

fn owned() -> Result<()> {
    for (verb, mark, owner) in CONTROLLERS {
        let user = workload()?;
        for object in [
            "deployment/prometheus",
            "configmap/prometheus",
            "serviceaccount/prometheus",
        ] {
            user.case.kubectl([verb, object, mark])?;
        }
        let before = user.case.object("deployment", "prometheus")?;
        let printed = init(&user, "workload-identity")?;

        let workload = format!("{owner} owns deployment {}/prometheus", user.case.namespace);
        let map = format!("{owner} owns ConfigMap {}/prometheus", user.case.namespace);
        for words in [&workload, &map] {
            ensure!(printed.contains(words.as_str()), "no {words}: {printed}");
        }
        let lines = next_steps(&printed);
        let undone = ["kubectl patch", "kubectl apply -f configmap.yaml"];
        ensure!(
            !lines
                .iter()
                .any(|line| undone.iter().any(|undone| line.contains(undone))),
            "{owner} would undo it: {lines:?}"
        );
        let annotates = lines.iter().any(|line| line.contains("kubectl annotate"));
        ensure!(
            annotates != owner.starts_with("Flux Kustomization"),
            "{owner}: {lines:?}"
        );
        let after = user.case.object("deployment", "prometheus")?;
        ensure!(before["spec"] == after["spec"], "init changed {after:#}");
    }
    Ok(())
}

/// The user's file is older than what is in the cluster.
fn stale_file() -> Result<()> {
    let user = workload()?;
    let newer = files::original("configmap.yaml")?
        .replace(
            "    remote_write:\n",
            "    remote_write:\n      - name: thanos\n        url: https://thanos.example/api/v1/receive\n",
        )
        .replace("  README: |", "  alerts.yml: |\n    groups: []\n  README: |");
    let newer = user.case.write("newer.yaml", &newer)?;
    user.case.apply(&newer)?;

    let printed = init(&user, "entra-secret")?;
    for line in next_steps(&printed)
        .iter()
        .filter(|line| line.starts_with("kubectl "))
    {
        user.case.shell(line)?.succeeds()?;
    }

    for lost in ["`remote_write[thanos]`", "`data.alerts.yml`"] {
        let words = format!(
            "ConfigMap {}/prometheus has {lost}, which this file does not have",
            user.case.namespace
        );
        ensure!(printed.contains(&words), "no {words}: {printed}");
    }
    let configuration = configuration(&user)?;
    ensure!(configuration.contains("name: thanos"), "{configuration}");
    Ok(())
}

fn unread() -> Result<()> {
    let user = workload()?;
    user.case.become_user(User::Reader)?;

    let printed = init(&user, "entra-secret")?;

    let compared = format!(
        "compare it with the file before you apply the file:\n  kubectl diff -f configmap.yaml -n {} --context aks-prod",
        user.case.namespace
    );
    ensure!(printed.contains(&compared), "no {compared}: {printed}");
    let lines = next_steps(&printed);
    let applies = lines
        .iter()
        .any(|line| line.starts_with("kubectl apply -f configmap.yaml"));
    ensure!(!applies, "nothing was compared: {lines:?}");
    Ok(())
}

fn shared() -> Result<()> {
    let user = workload()?;
    let deployment = files::original("workload.yaml")?;
    let second = deployment.replace("  name: prometheus\n", "  name: second\n");
    let second = user.case.write("second.yaml", &second)?;
    user.case.apply(&second)?;

    let printed = init(&user, "entra-secret")?;

    let space = &user.case.namespace;
    let words = format!(
        "Prometheus {space}/prometheus and {space}/second share ConfigMap {space}/prometheus"
    );
    ensure!(printed.contains(&words), "no {words}: {printed}");
    Ok(())
}

fn immutable() -> Result<()> {
    let user = workload()?;
    let fixed = r#"{"immutable": true}"#;
    user.case.kubectl([
        "patch",
        "configmap",
        "prometheus",
        "--type=merge",
        "-p",
        fixed,
    ])?;

    let printed = init(&user, "entra-secret")?;

    let words = format!("ConfigMap {}/prometheus is immutable", user.case.namespace);
    ensure!(printed.contains(&words), "no {words}: {printed}");
    let lines = next_steps(&printed);
    let applies = lines
        .iter()
        .any(|line| line.starts_with("kubectl apply -f configmap.yaml"));
    ensure!(!applies, "an immutable ConfigMap is applied: {lines:?}");
    Ok(())
}
