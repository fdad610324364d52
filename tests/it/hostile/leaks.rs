//! Secrets and tokens are known here, services fail at each stage, and everything that is printed, logged or left behind is searched.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::support::{CommandOutcome, World, table};

const RUNS: [&str; 4] = [
    "init --accept-unproved --yes -vv --wait 1s --out new.yaml",
    "plan -vv -o json",
    "doctor -vv --only token --only write --only client-secret",
    "doctor -o json --only sign-in --only cluster-readable",
];

/// Sign-in of Prometheus, and the service that refuses.
const CELLS: [(&str, &str); 10] = [
    ("entra-secret", "resource-manager"),
    ("entra-secret", "graph"),
    ("entra-secret", "entra"),
    ("entra-secret", "kubernetes"),
    ("entra-secret", "ingestion"),
    ("entra-secret", "query"),
    ("workload-identity", "entra"),
    ("workload-identity", "kubernetes"),
    ("workload-identity", "ingestion"),
    ("user-identity", "resource-manager"),
];

/// Statuses that end a command at once, and one whose answer repeats what a hostile host likes.
const REFUSALS: [&str; 3] = ["401", "403", "hostile:name=forged-error"];

#[test]
fn no_secret_or_token_is_printed_logged_or_left_where_others_can_read_it() {
    let failures = table::failures(&CELLS, 4, |(auth, service)| {
        let mut world = World::new()
            .without("KUBECONFIG")
            .scenario("kubelogin")
            .variable("RUST_LOG", "trace");
        install_kubelogin(&mut world);
        let mut outcomes = Vec::new();
        for refusal in REFUSALS {
            world.set_faults(&format!("{refusal}:service={service}"));
            outcomes.push(world.run(&format!("{} --auth {auth}", RUNS[0])));
        }
        world.set_faults("");
        outcomes.push(world.run(&format!("{} --auth {auth}", RUNS[0])).check(0)?);
        for refusal in REFUSALS {
            world.set_faults(&format!("{refusal}:service={service}"));
            for run in &RUNS[1..] {
                outcomes.push(world.run(&format!("{run} --auth {auth}")));
            }
        }
        let found = leaks(&world, &outcomes, *auth == "entra-secret");
        found.map_err(|why| format!("{auth}, {service}: {why}"))
    });

    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// A sign-in plugin that returns the cluster's token, and writes down how it was started.
fn install_kubelogin(world: &mut World) {
    world.start_sandbox();
    let kubeconfig = fs::read_to_string(world.sandbox_variable("KUBECONFIG")).unwrap();
    let kubeconfig: serde_json::Value = serde_json::from_str(&kubeconfig).unwrap();
    let token = kubeconfig["users"][0]["user"]["token"].as_str().unwrap();
    fs::create_dir_all(world.path("bin")).unwrap();
    let program = world.path("bin/kubelogin");
    let started = world.path("started").display().to_string();
    let credential = format!(
        r#"{{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","status":{{"token":"{token}"}}}}"#
    );
    let script = format!(
        "#!/bin/bash\numask 077\n{{ tr '\\0' ' ' < /proc/$$/cmdline; /usr/bin/env; }} >> '{started}'\necho '{credential}'\n"
    );
    fs::write(&program, script.replace("tr ", "/usr/bin/tr ")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(world.path("token-of-the-cluster"), token).unwrap();
    let mode = fs::Permissions::from_mode(0o600);
    fs::set_permissions(world.path("token-of-the-cluster"), mode).unwrap();
}

fn leaks(world: &World, outcomes: &[CommandOutcome], has_secret: bool) -> Result<(), String> {
    let mut secrets = vec![
        (
            "the caller's secret",
            world.sandbox_variable("AZURE_CLIENT_SECRET"),
        ),
        (
            "the token of the cluster",
            world.read("token-of-the-cluster"),
        ),
    ];
    if has_secret {
        secrets.push((
            "the secret of Prometheus",
            world.read("amw-rw-aks-prod.client-secret"),
        ));
    }
    let mut texts: Vec<(String, String)> =
        vec![("the journal".to_owned(), world.read("journal.jsonl"))];
    for (number, outcome) in outcomes.iter().enumerate() {
        texts.push((
            format!("stdout of run {number}"),
            outcome.stdout().to_owned(),
        ));
        texts.push((
            format!("stderr of run {number}"),
            outcome.stderr().to_owned(),
        ));
    }
    for path in files(&world.path("")) {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        if mode & 0o077 != 0 {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            texts.push((path.display().to_string(), text));
        }
    }
    for (name, secret) in &secrets {
        assert!(secret.len() > 20, "{name} is known");
        if let Some((place, text)) = texts.iter().find(|(_, text)| text.contains(secret.trim())) {
            return Err(format!("{name} is in {place}: {text}"));
        }
    }
    if let Some((place, text)) = texts.iter().find(|(_, text)| holds_token(text)) {
        return Err(format!("a token is in {place}: {text}"));
    }
    started_without(world, &secrets[1..])
}

/// The plugin inherits the caller's own environment, and nothing that we know besides.
fn started_without(world: &World, secrets: &[(&str, String)]) -> Result<(), String> {
    let started = world.read("started");
    let found = secrets
        .iter()
        .find(|(_, secret)| started.contains(secret.trim()));
    match found {
        None if !holds_token(&started) => Ok(()),
        _ => Err(format!("a plugin was started with a secret: {started}")),
    }
}

/// A JSON Web Token begins with the base64 of `{"`, and has two more parts.
fn holds_token(text: &str) -> bool {
    let is_token =
        |word: &str| word.len() > 60 && word.contains("eyJ") && word.matches('.').count() >= 2;
    let ends = |letter: char| !(letter.is_ascii_alphanumeric() || "-_.".contains(letter));
    text.split(ends).any(is_token)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let about = fs::symlink_metadata(&path).unwrap();
        if about.is_dir() {
            found.extend(files(&path));
        } else if about.is_file() {
            found.push(path);
        }
    }
    found
}
