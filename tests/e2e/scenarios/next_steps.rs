//! Is everything of the user still there after init's printed next steps were followed, twice?

use anyhow::{Context as _, Result, ensure};

use super::EndToEndScenario;
use crate::cluster_user::ClusterUser;
use crate::control_plane::{self, ClusterCase, ControlPlane, OperatorManifest, User};
use crate::programs::Program;
use crate::sign_in::AuthFlag;

pub(super) fn scenarios() -> Vec<EndToEndScenario> {
    let scenario = |title: &str, run: fn() -> Result<()>| {
        let mut needs = control_plane::NEEDS.to_vec();
        needs.push(Program::Helm);
        EndToEndScenario::new(format!("following_the_next_steps_{title}"), &needs, run)
    };
    vec![
        scenario("of_a_json_patch_twice_changes_nothing", a_patch_twice),
        scenario("keeps_all_with_rights_in_one_namespace", || {
            a_release_keeps_all(User::Scoped)
        }),
        scenario("keeps_all_of_kube_prometheus_without_helm", kube_prometheus),
        scenario("needs_an_answer_with_two_servers", two_servers),
        scenario("tells_releases_of_one_name_apart", two_releases),
        scenario("needs_rights_to_know_the_lists", without_rights),
        EndToEndScenario::new(
            "a_field_that_the_clusters_definition_lacks_is_refused_before_anything_is_made",
            &[&control_plane::NEEDS[..], &[Program::OldDefinitions]].concat(),
            old_definitions,
        ),
    ]
}

fn a_patch_twice() -> Result<()> {
    let user = ClusterUser::new()?;
    user.apply("plain-prometheus.yaml")?;
    let before = user
        .case
        .object(OperatorManifest::PLAIN.kind, OperatorManifest::PLAIN.name)?;
    let reference = user.reference(OperatorManifest::PLAIN.name);
    let lines = user.init_and_follow(&["--prometheus", &reference, "--out", "cr.yaml"])?;
    let patch = lines.iter().find(|line| line.contains("kubectl patch"));

    let again = user.case.shell(patch.context("no kubectl patch")?)?;

    ensure!(!again.went_well(), "the patch was applied twice: {again:?}");
    user.is_connected(OperatorManifest::PLAIN, &before)
}

fn a_release_keeps_all(as_user: User) -> Result<()> {
    let user = ClusterUser::new()?;
    user.install("mimir-values.yaml", &[])?;
    let before = user
        .case
        .object(OperatorManifest::STACK.kind, OperatorManifest::STACK.name)?;
    user.case.become_user(as_user)?;
    let reference = user.reference(OperatorManifest::STACK.name);
    shows_the_fields(&user)?;

    for round in 1..=2 {
        user.init_and_follow(&["--prometheus", &reference, "--out", "values.yaml"])?;

        let connected = user.is_connected(OperatorManifest::STACK, &before);
        connected.with_context(|| format!("round {round}"))?;
    }
    Ok(())
}

/// The line that is printed where the fields could not be compared with a definition. Rights in one namespace are enough for it.
fn shows_the_fields(user: &ClusterUser) -> Result<()> {
    for (resource, version) in [("prometheuses", "v1"), ("prometheusagents", "v1alpha1")] {
        let line = format!(
            "kubectl explain {resource}.spec.remoteWrite --api-version monitoring.coreos.com/{version} --recursive"
        );
        let fields = user.case.shell(&line)?.succeeds()?;
        ensure!(fields.contains("azureAd"), "{line} shows {fields}");
    }
    Ok(())
}

/// The labels that kube-prometheus writes look like those of a Helm release.
fn kube_prometheus() -> Result<()> {
    let user = ClusterUser::new()?;
    user.apply("plain-prometheus.yaml")?;
    user.case.kubectl([
        "label",
        "prometheus",
        "plain",
        "app.kubernetes.io/instance=k8s",
        "app.kubernetes.io/part-of=kube-prometheus",
    ])?;
    let before = user
        .case
        .object(OperatorManifest::PLAIN.kind, OperatorManifest::PLAIN.name)?;

    let reference = user.reference(OperatorManifest::PLAIN.name);
    let lines = user.init_and_follow(&["--prometheus", &reference, "--out", "cr.yaml"])?;

    ensure!(
        !lines.iter().any(|line| line.contains("helm ")),
        "there is no release: {lines:?}"
    );
    user.is_connected(OperatorManifest::PLAIN, &before)
}

fn two_servers() -> Result<()> {
    let user = ClusterUser::new()?;
    user.apply("plain-prometheus.yaml")?;
    user.apply("prometheus-resource.yaml")?;

    for sign_in in AuthFlag::PROVISIONED {
        let refused = user.init(&["--auth", sign_in.name(), "--out", "cr.yaml"])?;

        for name in [OperatorManifest::PLAIN.name, "shop"] {
            let reference = user.reference(name);
            ensure!(refused.mentions(&reference), "no {reference}: {refused:?}");
        }
        ensure!(refused.mentions("--prometheus"), "no flag: {refused:?}");
        writes_nothing(&user, "cr.yaml")?;
        refused.fails_with(2)?;
    }
    Ok(())
}

fn two_releases() -> Result<()> {
    let user = ClusterUser::new()?;
    user.install("mimir-values.yaml", &[])?;
    let other_folder = tempfile::tempdir()?;
    let other = ClusterCase::new(control_plane::shared()?, other_folder.path())?;
    let values = user.world.folder().join("mimir-values.yaml");
    let chart = crate::helm::TestChart::KubePrometheusStack;
    let folder = chart.folder().display().to_string();
    let values = values.display().to_string();
    other.helm(["install", chart.release(), &folder, "--values", &values])?;
    let before = user
        .case
        .object(OperatorManifest::STACK.kind, OperatorManifest::STACK.name)?;

    let name = chart.release();
    let refused = user.init(&[
        "--prometheus",
        &format!("release:{name}"),
        "--out",
        "v.yaml",
    ])?;

    ensure!(
        refused.mentions(&format!("release:{}/{name}", user.case.namespace)),
        "no namespaces: {refused:?}"
    );
    writes_nothing(&user, "v.yaml")?;

    let named = format!("release:{}/{name}", user.case.namespace);
    user.init_and_follow(&["--prometheus", &named, "--out", "v.yaml"])?;

    user.is_connected(OperatorManifest::STACK, &before)?;
    let untouched = other.object(OperatorManifest::STACK.kind, OperatorManifest::STACK.name)?;
    let entries = untouched["spec"]["remoteWrite"].as_array().map(Vec::len);
    ensure!(entries == Some(1), "the other release changed: {untouched}");
    Ok(())
}

fn without_rights() -> Result<()> {
    for as_user in [User::Reader, User::Partial, User::WithoutRights] {
        let user = ClusterUser::new()?;
        user.install("mimir-values.yaml", &[])?;
        user.case.become_user(as_user)?;

        let reference = user.reference(OperatorManifest::STACK.name);
        let refused = user.init(&["--prometheus", &reference, "--out", "v.yaml"])?;

        for words in [
            "cannot write new Helm values",
            "not allowed to",
            "helm get values",
        ] {
            ensure!(
                refused.mentions(words),
                "{as_user:?}, no {words}: {refused:?}"
            );
        }
        ensure!(!refused.went_well(), "{as_user:?} got {refused:?}");
        writes_nothing(&user, "v.yaml")?;
    }
    Ok(())
}

/// The definitions of 0.85 have no `workloadIdentity`, and the API server drops what they lack without a word.
fn old_definitions() -> Result<()> {
    let plane = ControlPlane::start(Program::OldDefinitions)?;
    let user = ClusterUser::on(&plane)?;
    user.apply("plain-prometheus.yaml")?;
    let before = user
        .case
        .object(OperatorManifest::PLAIN.kind, OperatorManifest::PLAIN.name)?;
    let reference = user.reference(OperatorManifest::PLAIN.name);
    let arguments = ["--prometheus", &reference, "--out", "cr.yaml"];

    let federated = ["--auth", "workload-identity"];
    let refused = user.init(&[&arguments[..], &federated].concat())?;

    let field = "spec.remoteWrite[].azureAd.workloadIdentity";
    ensure!(refused.mentions(field), "no {field}: {refused:?}");
    writes_nothing(&user, "cr.yaml")?;
    let requests = user.world.sandbox.journal.requests()?;
    let made = requests.iter().find(|request| request.method == "PUT");
    ensure!(made.is_none(), "it made something in Azure: {made:?}");
    refused.fails_with(1)?;
    the_server_prunes(&user)?;

    user.init_and_follow(&arguments)?;
    user.is_connected(OperatorManifest::PLAIN, &before)
}

/// What would happen without the refusal: the API server takes the field and does not keep it.
fn the_server_prunes(user: &ClusterUser) -> Result<()> {
    let entry = r#"[{"op": "add", "path": "/spec/remoteWrite/-", "value": {
        "name": "by-hand", "url": "https://by-hand.example/write",
        "azureAd": {"cloud": "AzurePublic", "workloadIdentity": {"clientId": "a", "tenantId": "b"}}}}]"#;
    let patch = ["patch", "prometheus", "plain", "--type=json", "-p", entry];
    user.case.kubectl(patch)?;

    let pruned = user
        .case
        .object(OperatorManifest::PLAIN.kind, OperatorManifest::PLAIN.name)?;
    let sign_in = &pruned["spec"]["remoteWrite"][1]["azureAd"];
    ensure!(
        sign_in["cloud"] == "AzurePublic" && sign_in["workloadIdentity"].is_null(),
        "the field is kept: {pruned:#}"
    );
    let remove = r#"[{"op": "remove", "path": "/spec/remoteWrite/1"}]"#;
    let patch = ["patch", "prometheus", "plain", "--type=json", "-p", remove];
    user.case.kubectl(patch).map(drop)
}

fn writes_nothing(user: &ClusterUser, file: &str) -> Result<()> {
    let written = user.world.folder().join(file);
    ensure!(!written.exists(), "it wrote {file}");
    Ok(())
}
