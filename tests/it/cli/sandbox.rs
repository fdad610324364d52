//! `amw-rw sandbox` as a script meets it: what it refuses, what it writes down, and how it ends.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::support::World;

#[test]
fn the_scenarios_are_listed_with_a_description() {
    let world = World::new();

    let listed = world.run_alone("sandbox --list-scenarios").succeeds();
    let document = world
        .run_alone("sandbox --list-scenarios -o json")
        .succeeds();

    assert!(
        listed.stdout().starts_with("example  "),
        "{}",
        listed.stdout()
    );
    let document: serde_json::Value = serde_json::from_str(document.stdout()).unwrap();
    assert_eq!(document["scenarios"][0]["name"], "example");
    assert_eq!(
        document["scenarios"].as_array().unwrap().len(),
        listed.stdout().lines().count()
    );
}

#[test]
fn it_listens_nowhere_that_others_could_reach() {
    let world = World::new();

    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let refused = world
            .run_alone(&format!("sandbox --listen {address}"))
            .ends_with(2);

        assert!(
            refused.stderr().contains("loopback and link-local"),
            "{}",
            refused.stderr()
        );
        assert!(refused.stderr().contains("next:"), "{}", refused.stderr());
    }
}

#[test]
fn an_unknown_scenario_or_fault_is_wrong_usage() {
    let world = World::new();

    let scenario = world.run_alone("sandbox --scenario atlantis").ends_with(2);
    let fault = world.run_alone("sandbox --fault earthquake").ends_with(2);

    assert!(
        scenario.stderr().contains("--list-scenarios"),
        "{}",
        scenario.stderr()
    );
    assert!(
        fault
            .stderr()
            .contains("`earthquake` is not a kind of fault"),
        "{}",
        fault.stderr()
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
    let faulty: Vec<_> = lines.iter().filter(|line| line["fault"] == "503").collect();
    assert_eq!(faulty.len(), 1, "{journal}");
    assert_eq!(faulty[0]["status"], 503);
}

#[test]
fn a_stopped_sandbox_removes_its_files_and_prints_no_terminal_codes() {
    let mut world = World::new();
    world.start_sandbox();
    let kubeconfig = world.sandbox_variable("KUBECONFIG");
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = std::path::Path::new(&kubeconfig).parent().unwrap();
    assert_eq!(mode(kubeconfig.as_ref()), 0o600);
    assert_eq!(mode(folder), 0o700);
    assert_eq!(mode(&world.path("sandbox.env")), 0o600);

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
    assert!(!folder.exists());
    assert!(!world.path("sandbox.env").exists());
}

#[test]
fn closing_its_terminal_ends_it_as_ctrl_c_does() {
    let mut world = World::new();
    world.start_sandbox();
    let kubeconfig = world.sandbox_variable("KUBECONFIG");

    let process = world.sandbox_process().to_string();
    let ended = Command::new("kill").args(["-HUP", &process]).status();

    assert!(ended.unwrap().success());
    assert_eq!(world.wait_for_sandbox().0, Some(130));
    assert!(!std::path::Path::new(&kubeconfig).exists());
}

#[test]
fn every_signal_that_ends_it_removes_its_files() {
    for name in [
        "ALRM", "VTALRM", "PROF", "XCPU", "XFSZ", "USR1", "USR2", "QUIT", "ABRT",
    ] {
        let mut world = World::new();
        world.start_sandbox();
        let kubeconfig = world.sandbox_variable("KUBECONFIG");

        let process = world.sandbox_process().to_string();
        let ended = Command::new("kill")
            .args([&format!("-{name}"), &process])
            .status();

        assert!(ended.unwrap().success());
        assert_eq!(world.wait_for_sandbox().0, Some(130), "{name}");
        assert!(!std::path::Path::new(&kubeconfig).exists(), "{name}");
        assert!(!world.path("sandbox.env").exists(), "{name}");
    }
}

#[test]
fn an_environment_file_replaces_no_file_of_the_users() {
    let world = World::new();
    let notes = world.path("notes");
    std::fs::write(&notes, "mine").unwrap();

    let refused = world.run_alone("sandbox --env-file notes").ends_with(1);

    assert!(
        refused.stderr().contains("did not write it"),
        "{}",
        refused.stderr()
    );
    assert_eq!(std::fs::read_to_string(notes).unwrap(), "mine");
}

#[test]
fn very_verbose_output_shows_requests_to_kubernetes_without_the_token() {
    let mut world = World::new();
    world.start_sandbox();
    let kubeconfig = std::fs::read_to_string(world.sandbox_variable("KUBECONFIG")).unwrap();
    let kubeconfig: serde_json::Value = serde_json::from_str(&kubeconfig).unwrap();
    let token = kubeconfig["users"][0]["user"]["token"].as_str().unwrap();

    let planned = world.run("plan -vv").succeeds();

    let line = planned
        .stderr()
        .lines()
        .find(|line| line.contains("/apis/monitoring.coreos.com/v1/"))
        .unwrap_or_else(|| panic!("{}", planned.stderr()));
    for part in ["method=GET", "host=\"127.0.0.1\"", "status=200", "took="] {
        assert!(line.contains(part), "{part} in {line}");
    }
    assert!(!planned.stderr().contains(token));
}
