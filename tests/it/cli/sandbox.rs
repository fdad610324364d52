//! `amw-rw sandbox` as a script meets it: what it refuses, what it writes down, and how it ends.

use std::process::Command;

use crate::support::World;
use crate::support::program::Program;

#[test]
fn the_worlds_are_listed_with_what_is_special_about_them() {
    let program = Program::new();

    let listed = program.run("sandbox --list-scenarios").succeeds();
    let document = program.run("sandbox --list-scenarios -o json").succeeds();

    assert!(listed.stdout.starts_with("example  "), "{}", listed.stdout);
    let document: serde_json::Value = serde_json::from_str(&document.stdout).unwrap();
    assert_eq!(document["scenarios"][0]["name"], "example");
    assert_eq!(
        document["scenarios"].as_array().unwrap().len(),
        listed.stdout.lines().count()
    );
}

#[test]
fn it_listens_nowhere_that_others_could_reach() {
    let program = Program::new();

    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let refused = program
            .run(&format!("sandbox --listen {address}"))
            .fails_with(2);

        assert!(
            refused.stderr.contains("loopback and link-local"),
            "{}",
            refused.stderr
        );
    }
}

#[test]
fn a_world_or_a_fault_that_it_does_not_know_is_wrong_usage() {
    let program = Program::new();

    let world = program.run("sandbox --scenario atlantis").fails_with(2);
    let fault = program.run("sandbox --fault earthquake").fails_with(2);

    assert!(
        world.stderr.contains("--list-scenarios"),
        "{}",
        world.stderr
    );
    assert!(
        fault.stderr.contains("`earthquake` is no kind of fault"),
        "{}",
        fault.stderr
    );
}

#[test]
fn each_request_is_a_line_of_its_journal() {
    let mut world = World::new().fault("503:GET:/providers/Microsoft.Monitor:times=1");

    world.run("plan").succeeds();

    let journal = world.read("journal.jsonl");
    let lines: Vec<serde_json::Value> = journal
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for line in &lines {
        for field in [
            "time",
            "service",
            "method",
            "path",
            "api_version",
            "status",
            "write",
            "fault",
        ] {
            assert!(line.get(field).is_some(), "{field} in {line}");
        }
    }
    let struck: Vec<_> = lines.iter().filter(|line| line["fault"] == "503").collect();
    assert_eq!(struck.len(), 1, "{journal}");
    assert_eq!(struck[0]["status"], 503);
}

#[test]
fn told_to_end_it_takes_its_files_with_it_and_leaves_no_terminal_codes() {
    let mut world = World::new();
    world.start_sandbox();
    let kubeconfig = world.sandbox_variable("KUBECONFIG");
    assert!(std::path::Path::new(&kubeconfig).exists());

    let ended = Command::new("kill")
        .arg(world.sandbox_process().to_string())
        .status()
        .unwrap();

    assert!(ended.success());
    let (code, stderr) = world.wait_for_sandbox();
    assert_eq!(code, Some(0));
    assert!(
        stderr.contains("this is a sandbox, not Azure"),
        "{stderr:?}"
    );
    assert!(!stderr.contains('\u{1b}'), "{stderr:?}");
    assert!(!std::path::Path::new(&kubeconfig).exists());
}
