//! A real cluster in which another client writes the resource too, or has changed it meanwhile.

use anyhow::{Result, ensure};

use super::EndToEndScenario;
use crate::cluster_user::{ClusterUser, next_steps};
use crate::control_plane::{self, OperatorManifest};
use crate::programs::Program;

/// What a controller leaves on what it installs, and how it is named.
pub(super) const CONTROLLERS: [(&str, &str, &str); 4] = [
    (
        "label",
        "kustomize.toolkit.fluxcd.io/name=apps",
        "Flux Kustomization `apps`",
    ),
    (
        "label",
        "helm.toolkit.fluxcd.io/name=stack",
        "Flux HelmRelease `stack`",
    ),
    (
        "annotate",
        "argocd.argoproj.io/tracking-id=shop:monitoring.coreos.com/Prometheus:monitoring/plain",
        "Argo CD application `shop`",
    ),
    (
        "annotate",
        "meta.helm.sh/release-name=kps",
        "Helm release `kps`",
    ),
];

pub(super) fn scenarios() -> Vec<EndToEndScenario> {
    let scenario = |title: &str, run: fn() -> Result<()>| {
        let needs = [&control_plane::NEEDS[..], &[Program::Helm]].concat();
        EndToEndScenario::new(title, &needs, run)
    };
    vec![
        scenario(
            "init_prints_no_kubectl_line_for_a_resource_that_a_controller_owns",
            controllers,
        ),
        scenario(
            "a_server_side_apply_owner_keeps_its_lists_and_is_named",
            server_side_apply,
        ),
        scenario(
            "each_manager_of_a_resource_is_named_and_its_file_gets_its_own_line",
            several_managers,
        ),
        scenario(
            "a_json_patch_is_refused_after_somebody_changed_the_list",
            changed_meanwhile,
        ),
        scenario("a_paused_prometheus_is_not_called_connected", paused),
        scenario(
            "a_second_application_does_not_take_the_secret_of_the_first",
            second_application,
        ),
        scenario(
            "a_failed_revision_is_named_and_the_deployed_one_is_carried_over",
            failed_revision,
        ),
        scenario(
            "replica_labels_are_dropped_by_the_name_that_the_resource_gives_them",
            replica_label,
        ),
        scenario(
            "the_operator_ignores_the_remote_write_of_a_prometheus_without_selectors",
            without_selectors,
        ),
    ]
}

fn controllers() -> Result<()> {
    let user = ClusterUser::new()?;
    for (verb, mark, owner) in CONTROLLERS {
        user.apply("plain-prometheus.yaml")?;
        user.case.kubectl([verb, "prometheus", "plain", mark])?;
        let before = user
            .case
            .object(OperatorManifest::PLAIN.kind, OperatorManifest::PLAIN.name)?;

        let reference = user.reference(OperatorManifest::PLAIN.name);
        let target = ["--target", "custom-resource", "--prometheus", &reference];
        let arguments = [&target[..], &["--out", "cr.yaml"]].concat();
        let printed = user.init(&arguments)?.output_of_success()?;

        ensure!(printed.contains(owner), "no {owner}: {printed}");
        let lines = next_steps(&printed);
        ensure!(
            !lines.iter().any(|line| line.contains("kubectl patch")),
            "{owner} would undo it: {lines:?}"
        );
        let after = user
            .case
            .object(OperatorManifest::PLAIN.kind, OperatorManifest::PLAIN.name)?;
        ensure!(before["spec"] == after["spec"], "init changed {after:#}");
        user.case.kubectl(["delete", "prometheus", "plain"])?;
        std::fs::remove_file(user.world.folder().join("cr.yaml"))?;
    }
    Ok(())
}

/// Server-side apply owns these lists as a whole.
fn server_side_apply() -> Result<()> {
    let user = ClusterUser::new()?;
    let file = user.case.copy("plain-prometheus.yaml")?;
    let file = file.display().to_string();
    let apply = [
        "apply",
        "--server-side",
        "--field-manager=team-a",
        "--filename",
        &file,
    ];
    user.case.kubectl(apply)?;
    let before = user
        .case
        .object(OperatorManifest::PLAIN.kind, OperatorManifest::PLAIN.name)?;

    let reference = user.reference(OperatorManifest::PLAIN.name);
    let printed = user.init(&["--prometheus", &reference, "--out", "cr.yaml"])?;
    let printed = printed.output_of_success()?;
    user.follow(&printed)?;

    let note = "field manager `team-a` owns `spec.remoteWrite`";
    ensure!(printed.contains(note), "no note: {printed}");
    user.is_connected(OperatorManifest::PLAIN, &before)?;
    // As the note states, their next apply stops, and takes nothing away.
    let theirs = user.case.shell(&format!("kubectl {}", apply.join(" ")))?;
    ensure!(theirs.mentions("conflict"), "no conflict: {theirs:?}");
    user.is_connected(OperatorManifest::PLAIN, &before)
}

/// Two teams apply a part of one resource each.
fn several_managers() -> Result<()> {
    let user = ClusterUser::new()?;
    let file = |spec: &str| {
        format!(
            "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata:\n  name: plain\n  namespace: monitoring\nspec: {spec}\n"
        )
    };
    let base = "{version: v3.14.0, replicas: 2, serviceAccountName: prometheus, serviceMonitorSelector: {}}";
    let write = "{remoteWrite: [{name: mimir, url: 'https://mimir.example/api/v1/push'}]}";
    for (manager, spec) in [("team-a", base), ("team-b", write)] {
        let path = user.case.write(&format!("{manager}.yaml"), &file(spec))?;
        let path = path.display().to_string();
        user.case.kubectl([
            "apply",
            "--server-side",
            "--field-manager",
            manager,
            "--filename",
            &path,
        ])?;
    }
    let before = user
        .case
        .object(OperatorManifest::PLAIN.kind, OperatorManifest::PLAIN.name)?;

    let reference = user.reference(OperatorManifest::PLAIN.name);
    let own = [
        "--prometheus",
        &reference,
        "--input",
        "team-b.yaml",
        "--write",
    ];
    let printed = user.init(&own)?.output_of_success()?;
    ensure!(
        printed.contains("--field-manager team-b"),
        "another manager: {printed}"
    );
    user.follow(&printed)?;

    user.is_connected(OperatorManifest::PLAIN, &before)
}

fn paused() -> Result<()> {
    let user = ClusterUser::new()?;
    user.apply("plain-prometheus.yaml")?;
    let pause = r#"{"spec": {"paused": true}}"#;
    user.case
        .kubectl(["patch", "prometheus", "plain", "--type=merge", "-p", pause])?;
    let reference = user.reference(OperatorManifest::PLAIN.name);
    let init = ["--prometheus", &reference, "--out", "cr.yaml"];
    let printed = user.init(&init)?.output_of_success()?;
    user.follow(&printed)?;

    let again = user.init(&init)?.output_of_success()?;

    ensure!(
        again.contains("cr.yaml is not written"),
        "not in place: {again}"
    );
    ensure!(!again.contains("Connected:"), "paused: {again}");
    let resume = "remove `paused: true`";
    ensure!(again.contains(resume), "nothing is left to do: {again}");
    Ok(())
}

/// One workspace gives one name for the Secret, and a namespace can have two Prometheus.
fn second_application() -> Result<()> {
    let user = ClusterUser::new()?;
    user.apply("plain-prometheus.yaml")?;
    let plain = user.reference(OperatorManifest::PLAIN.name);
    user.init_and_follow(&["--prometheus", &plain, "--out", "cr.yaml"])?;
    let other =
        crate::files::original("plain-prometheus.yaml")?.replace("name: plain", "name: other");
    user.case.apply(&user.case.write("other.yaml", &other)?)?;
    let secret = user.case.object("secret", "azure-monitor-amw-aks-prod")?;

    let reference = user.reference("other");
    let second = user.init(&[
        "--prometheus",
        &reference,
        "--identity",
        "app-of-other",
        "--out",
        "other-cr.yaml",
    ])?;

    ensure!(
        second.mentions("holds the client secret of another application")
            && second.mentions("--identity "),
        "not refused: {second:?}"
    );
    second.fails_with(1)?;
    let kept = user.case.object("secret", "azure-monitor-amw-aks-prod")?;
    ensure!(secret["data"] == kept["data"], "the Secret was changed");
    let is_unmade = ["app-of-other.client-secret", "other-cr.yaml"]
        .iter()
        .all(|file| !user.world.folder().join(file).exists());
    ensure!(is_unmade, "something was made before the refusal");
    Ok(())
}

fn changed_meanwhile() -> Result<()> {
    let user = ClusterUser::new()?;
    user.apply("plain-prometheus.yaml")?;
    let reference = user.reference(OperatorManifest::PLAIN.name);
    let printed = user.init(&["--prometheus", &reference, "--out", "cr.yaml"])?;
    let printed = printed.output_of_success()?;
    let theirs = r#"[{"op": "add", "path": "/spec/remoteWrite/0",
        "value": {"name": "thanos", "url": "https://thanos.example/api/v1/receive"}}]"#;
    user.case
        .kubectl(["patch", "prometheus", "plain", "--type=json", "-p", theirs])?;
    let before = user
        .case
        .object(OperatorManifest::PLAIN.kind, OperatorManifest::PLAIN.name)?;

    let lines = next_steps(&printed);
    let patch = lines.iter().find(|line| line.contains("kubectl patch"));
    let refused = user.case.shell(patch.map_or("", String::as_str))?;

    ensure!(!refused.went_well(), "it was applied: {refused:?}");
    let after = user
        .case
        .object(OperatorManifest::PLAIN.kind, OperatorManifest::PLAIN.name)?;
    ensure!(before["spec"] == after["spec"], "changed: {after:#}");
    Ok(())
}

fn failed_revision() -> Result<()> {
    let user = ClusterUser::new()?;
    user.install("mimir-values.yaml", &[])?;
    let before = user
        .case
        .object(OperatorManifest::STACK.kind, OperatorManifest::STACK.name)?;
    let chart = crate::helm::TestChart::KubePrometheusStack;
    let folder = chart.folder();
    let broken = format!(
        "helm upgrade {} {} --reuse-values --set prometheus.prometheusSpec.replicas=many",
        chart.release(),
        folder.display()
    );
    let failed = user.case.shell(&broken)?;
    ensure!(!failed.went_well(), "the upgrade did not fail: {failed:?}");

    let reference = user.reference(OperatorManifest::STACK.name);
    let printed = user.init(&["--prometheus", &reference, "--out", "v.yaml"])?;
    let printed = printed.output_of_success()?;
    user.follow(&printed)?;

    ensure!(
        printed.contains("is marked failed; an upgrade starts from the values of revision 1"),
        "the failed revision is not named: {printed}"
    );
    user.is_connected(OperatorManifest::STACK, &before)
}

fn replica_label() -> Result<()> {
    let user = ClusterUser::new()?;
    user.apply("plain-prometheus.yaml")?;
    let name = r#"{"spec": {"replicaExternalLabelName": "copy"}}"#;
    user.case
        .kubectl(["patch", "prometheus", "plain", "--type=merge", "-p", name])?;
    let before = user
        .case
        .object(OperatorManifest::PLAIN.kind, OperatorManifest::PLAIN.name)?;

    let reference = user.reference(OperatorManifest::PLAIN.name);
    let drop = ["--replica-labels", "drop", "--prometheus", &reference];
    user.init_and_follow(&[&drop[..], &["--out", "cr.yaml"]].concat())?;

    user.is_connected(OperatorManifest::PLAIN, &before)?;
    let config = user
        .case
        .configuration(OperatorManifest::PLAIN, "labeldrop")?;
    ensure!(
        config.contains("copy: $(POD_NAME)") && config.contains("regex: copy"),
        "not the label of the resource: {config}"
    );
    Ok(())
}

/// The Operator makes the pods of such a resource and leaves its configuration to the user.
fn without_selectors() -> Result<()> {
    let user = ClusterUser::new()?;
    user.apply("plain-prometheus.yaml")?;
    // Until its selectors are gone, the Operator writes the remote writes of this resource.
    user.case
        .configuration(OperatorManifest::PLAIN, "name: mimir")?;
    let bare = crate::files::original("plain-prometheus.yaml")?
        .replace("name: plain", "name: bare")
        .replace(
            "  serviceMonitorSelector:\n    matchLabels: {team: platform}\n",
            "",
        );
    let bare = user.case.write("bare.yaml", &bare)?;
    user.case.apply(&bare)?;

    let resource = OperatorManifest {
        kind: "Prometheus",
        name: "bare",
    };
    user.case.stateful_set(resource)?;

    let config = user.case.current_configuration(resource)?;
    ensure!(config.is_none(), "the Operator wrote {config:?}");
    let bare = user.case.object(resource.kind, resource.name)?;
    ensure!(bare["spec"]["remoteWrite"].is_array(), "not kept: {bare:#}");
    Ok(())
}
