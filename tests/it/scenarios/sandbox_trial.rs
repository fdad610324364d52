//! A trial with `--sandbox` prints no command that would reach the real Azure or a real cluster, and its own commands stay in
//! the sandbox.

use crate::support::{CommandOutcome, World};

/// Programs that would act on what the user really has.
const REAL: &[&str] = &["kubectl ", "helm ", "az ", "kubelogin "];

/// The lines of a report that are commands of this program.
fn own_commands(run: &CommandOutcome) -> Vec<String> {
    let all = format!("{}\n{}", run.stdout(), run.stderr());
    let lines = all.lines().filter_map(|line| {
        let at = line.find("amw-rw ")?;
        let before = line[..at].trim_end();
        (before.is_empty() || before.ends_with("next:")).then(|| line[at..].to_owned())
    });
    lines.collect()
}

#[test]
fn no_next_step_of_a_trial_leaves_the_sandbox() {
    let world = World::new();
    for arguments in [
        "init --sandbox --cluster nosuch --yes",
        "init --sandbox --yes --auth entra-secret --out values.yaml",
        "doctor --sandbox",
        "doctor --sandbox --fix --yes",
        "plan --sandbox --cluster nosuch",
        "plan --sandbox --subscription nosuch",
        "apply --sandbox --yes",
    ] {
        let run = world.run_alone(arguments);

        let text = format!("{}\n{}", run.stdout(), run.stderr());
        for line in text.lines() {
            let words = line.trim_start().trim_start_matches("next:").trim_start();
            let is_real = REAL.iter().any(|program| {
                words.starts_with(program) || line.contains(&format!(": {program}"))
            });
            assert!(!is_real, "{arguments}: {line}");
        }
        for command in own_commands(&run) {
            assert!(command.contains("--sandbox"), "{arguments}: {command}");
        }
    }
}

#[test]
fn each_command_that_a_trial_prints_works_when_it_is_pasted() {
    let given = "--cluster aks-prod --auth user-identity";
    for arguments in [
        "init --sandbox --yes",
        &format!("apply --sandbox --yes {given}"),
        &format!("apply --sandbox --yes --only workspace {given}"),
        &format!("doctor --sandbox {given}"),
        &format!("render --sandbox {given}"),
        "render --sandbox",
    ] {
        let world = World::new();
        let run = world.run_alone(arguments);

        for command in own_commands(&run) {
            let pasted = command.strip_prefix("amw-rw ").unwrap();
            let run = world.run_alone(pasted);
            assert_eq!(
                run.code(),
                Some(0),
                "{arguments}: {command}:\n{}",
                run.stderr()
            );
        }
    }
}

#[test]
fn every_file_of_a_trial_is_marked_in_its_first_line_and_no_secret_is_left() {
    let world = World::new().file("mine.yaml", "prometheus: {}\n");
    for arguments in [
        "--target prometheus-yml --out prometheus.yml --auth entra-secret",
        "--target custom-resource --out resource.yaml",
        "--input mine.yaml --write",
        "--out values.yaml --auth entra-secret --save",
    ] {
        world
            .run_alone(&format!("init --sandbox --yes {arguments}"))
            .succeeds();
    }

    let mut written = Vec::new();
    for entry in std::fs::read_dir(world.path(".")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".yaml") || name.ends_with(".yml") {
            let text = world.read(&name);
            let first = text.lines().next().unwrap();
            assert!(first.contains("--sandbox"), "{name}: {text}");
            written.push(name);
        }
    }
    assert!(
        written.iter().all(|name| !name.contains("secret")),
        "{written:?}"
    );
    assert!(written.len() >= 5, "{written:?}");
}

#[test]
fn the_next_step_of_a_check_repeats_the_flags_of_the_run() {
    let mut world = World::new();

    let run = world
        .run("doctor --workspace other --resource-group rg-other --auth user-identity -o json")
        .ends_with(4);

    let document = run.json();
    let checks = document["checks"].as_array().unwrap();
    let workspace = checks.iter().find(|one| one["id"] == "workspace-exists");
    let next = &workspace.unwrap()["next"][0];
    let words: Vec<&str> = next["command"]
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect();
    assert_eq!(words[..2], ["amw-rw", "apply"]);
    assert!(!words.contains(&"--only"), "{words:?}");
    for flag in [
        ["--workspace", "other"],
        ["--resource-group", "rg-other"],
        ["--auth", "user-identity"],
    ] {
        assert!(words.windows(2).any(|pair| pair == flag), "{words:?}");
    }
    assert_eq!(next["text"], words.join(" "));
}

#[test]
fn the_objects_of_a_trial_are_marked_and_name_no_command_for_a_cluster() {
    let given = "--cluster-label c --service-account m/p --client-id 8e3af657-a8ff-443c-a75c-2fe8c4bcb635 \
                 --tenant-id 8e3af657-a8ff-443c-a75c-2fe8c4bcb635 --auth workload-identity --write-url \
                 https://w-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24";
    let world = World::new();
    for output in ["", " -o json"] {
        let run = world.run_alone(&format!(
            "render --sandbox --companions --target configmap {given}{output}"
        ));
        let run = run.succeeds();

        let is_real = |text: &&&str| run.stdout().contains(**text);
        assert_eq!(REAL.iter().find(is_real), None, "{}", run.stdout());
        if output.is_empty() {
            assert!(
                run.stdout()
                    .starts_with("# A trial of amw-rw with --sandbox")
            );
        }
    }
}
