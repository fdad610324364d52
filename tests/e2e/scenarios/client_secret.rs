//! Does the Secret of the cluster that holds the client secret keep what others put there?

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::EndToEndScenario;
use crate::cluster_user::{ClusterUser, next_steps};
use crate::control_plane::{self, User};

const SECRET: &str = "azure-monitor-amw-aks-prod";
const KEY: &str = "client-secret";

pub(super) fn scenarios() -> Vec<EndToEndScenario> {
    let scenario = |title: &str, run: fn() -> Result<()>| {
        EndToEndScenario::new(
            format!("a_client_secret_{title}"),
            &control_plane::NEEDS,
            run,
        )
    };
    vec![
        scenario("leaves_the_other_keys_of_its_secret_alone", other_keys),
        scenario("does_not_replace_the_value_of_another_secret", foreign),
        scenario("keeps_the_keys_that_were_applied_with_it", applied_keys),
        scenario("is_only_created_where_the_cluster_cannot_be_read", unread),
    ]
}

fn init(user: &ClusterUser) -> Result<crate::run::Finished> {
    let reference = user.reference("plain");
    user.init(&["--prometheus", &reference, "--out", "cr.yaml"])
}

fn create(user: &ClusterUser, literal: &str) -> Result<()> {
    let literal = format!("--from-literal={literal}");
    let create = ["create", "secret", "generic", SECRET, &literal];
    user.case.kubectl(create).map(drop)
}

fn value(user: &ClusterUser, key: &str) -> Result<String> {
    let secret = user.case.object("secret", SECRET)?;
    let encoded = secret["data"][key].as_str().context("no such key")?;
    Ok(String::from_utf8(STANDARD.decode(encoded)?)?)
}

fn other_keys() -> Result<()> {
    let user = ClusterUser::new()?;
    user.apply("plain-prometheus.yaml")?;
    create(&user, "theirs=kept")?;

    let printed = init(&user)?.output_of_success()?;
    let lines = next_steps(&printed);
    let apply = lines.iter().find(|line| line.contains("secret.yaml"));
    let apply = apply.context("no line for the Secret")?;
    for _ in 0..2 {
        user.case.shell(apply)?.succeeds()?;
    }

    ensure!(value(&user, "theirs")? == "kept", "their key changed");
    let ours = user.world.folder().join("amw-rw-aks-prod.client-secret");
    ensure!(
        value(&user, KEY)? == std::fs::read_to_string(ours)?,
        "not our secret"
    );
    let again = next_steps(&init(&user)?.output_of_success()?);
    ensure!(
        !again.iter().any(|line| line.contains("secret.yaml")),
        "it is up to date: {again:?}"
    );
    Ok(())
}

/// The user applied a copy of the manifest with a key of their own, and the client secret is another one by now.
fn applied_keys() -> Result<()> {
    let user = ClusterUser::new()?;
    user.apply("plain-prometheus.yaml")?;
    let copy = format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {SECRET}\n  labels: {{app.kubernetes.io/managed-by: amw-rw}}\n\
         stringData: {{{KEY}: old, theirs: kept}}\n"
    );
    let copy = user.case.write("copy.yaml", &copy)?;
    user.case.apply(&copy)?;

    let lines = next_steps(&init(&user)?.output_of_success()?);
    let patch = lines.iter().find(|line| line.contains("secret.yaml"));
    let patch = patch.context("no line for the Secret")?;
    for _ in 0..2 {
        user.case.shell(patch)?.succeeds()?;
    }

    ensure!(patch.starts_with("kubectl patch secret"), "{patch}");
    ensure!(value(&user, "theirs")? == "kept", "their key changed");
    ensure!(value(&user, KEY)? != "old", "the secret is the old one");
    Ok(())
}

fn foreign() -> Result<()> {
    let user = ClusterUser::new()?;
    user.apply("plain-prometheus.yaml")?;
    create(&user, "client-secret=theirs")?;

    let refused = init(&user)?;

    let label = format!(
        "kubectl label secret {SECRET} -n {} app.kubernetes.io/managed-by=amw-rw --overwrite",
        user.case.namespace
    );
    ensure!(refused.mentions(&label), "no {label}: {refused:?}");
    let requests = user.world.sandbox.journal.requests()?;
    let made = requests.iter().find(|request| request.method == "PUT");
    ensure!(made.is_none(), "it made something in Azure: {made:?}");
    refused.fails_with(1)?;
    ensure!(value(&user, KEY)? == "theirs", "their value changed");

    user.case.shell(&label)?.succeeds()?;
    let printed = init(&user)?.output_of_success()?;
    user.follow(&printed)?;
    ensure!(value(&user, KEY)? != "theirs", "it was allowed");
    Ok(())
}

fn unread() -> Result<()> {
    let user = ClusterUser::new()?;
    user.apply("plain-prometheus.yaml")?;
    create(&user, "client-secret=theirs")?;
    user.case.become_user(User::Reader)?;

    let printed = init(&user)?.output_of_success()?;

    user.case.become_user(User::Admin)?;
    let lines = next_steps(&printed);
    let create = lines.iter().find(|line| line.contains("secret.yaml"));
    let create = create.context("no line for the Secret")?;
    let refused = user.case.shell(create)?;
    ensure!(
        refused.mentions("already exists") && !refused.went_well(),
        "{create}: {refused:?}"
    );
    ensure!(value(&user, KEY)? == "theirs", "their value changed");
    ensure!(
        printed.contains("cannot read whether Secret"),
        "not reported: {printed}"
    );
    Ok(())
}
