//! Kubeconfigs of users whose credentials are strange or broken: used as kubectl uses them, or named with the reason.

use serde_json::{Value, json};

use crate::support::World;

/// A world with a kubeconfig of this user in the home folder, made from the token that the sandbox accepts.
fn world_with_file(user: impl FnOnce(&str) -> Value) -> World {
    let mut world = World::new();
    world.start_sandbox();
    let text = std::fs::read_to_string(world.sandbox_variable("KUBECONFIG")).unwrap();
    let mut kubeconfig: Value = serde_json::from_str(&text).unwrap();
    let entry = &mut kubeconfig["users"][0]["user"];
    *entry = user(entry["token"].as_str().unwrap());
    std::fs::create_dir(world.path(".kube")).unwrap();
    world.file(".kube/config", &kubeconfig.to_string())
}

/// The same where KUBECONFIG names the file.
fn world_with_user(user: impl FnOnce(&str) -> Value) -> World {
    let world = world_with_file(user);
    let path = world.path(".kube/config");
    world.variable("KUBECONFIG", path)
}

/// The same where nothing names it.
fn world_with_home_user(user: impl FnOnce(&str) -> Value) -> World {
    let world = world_with_file(user);
    let home = world.path(".");
    world.without("KUBECONFIG").variable("HOME", home)
}

const PLAN: &str = "plan --cluster aks-prod --auth workload-identity";
const NOT_USED: &str = "your kubeconfig cannot be used";

#[test]
fn white_space_around_a_token_does_no_harm() {
    for end in ["\n", "\r\n", " \n\n"] {
        let in_file = {
            let world = World::new();
            let path = world.path("token");
            (world, path)
        };
        let by_file = world_with_user(|token| {
            std::fs::write(&in_file.1, format!("{token}{end}")).unwrap();
            json!({"tokenFile": in_file.1.to_str().unwrap()})
        });
        let inline = world_with_user(|token| json!({"token": format!("{token}{end}")}));

        for mut world in [by_file, inline] {
            let run = world.run(PLAN).succeeds();
            assert!(!run.stderr().contains(NOT_USED), "{}", run.stderr());
        }
    }
}

#[test]
fn what_no_request_can_carry_is_named_without_its_value() {
    for (field, user) in [
        ("token", json!({"token": "s3cr\n3t"})),
        ("token", json!({"token": "s3cr\u{1b}[2J3t"})),
        (
            "id-token",
            json!({"auth-provider": {"name": "oidc", "config": {"id-token": "s3cr\n3t"}}}),
        ),
        ("as", json!({"token": "x", "as": "a\r\nb"})),
    ] {
        let mut world = world_with_home_user(|_| user);

        let run = world.run(PLAN).succeeds();

        for expected in [
            NOT_USED,
            &format!("`{field}` of user `"),
            "has a control character",
            "the user credentials that Azure returns are used instead",
        ] {
            assert!(
                run.stderr().contains(expected),
                "{expected}: {}",
                run.stderr()
            );
        }
        for unwanted in ["s3cr", "panic"] {
            assert!(!run.stderr().contains(unwanted), "{}", run.stderr());
        }
    }
}

fn plugin(script: &str) -> Value {
    json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "/bin/sh",
                    "args": ["-c", script], "interactiveMode": "IfAvailable"}})
}

/// As kubectl and Helm have it: what the user named is used or refused.
#[test]
fn a_named_kubeconfig_that_cannot_be_used_is_not_replaced_by_the_one_of_azure() {
    for (user, why) in [
        (plugin("exit 3"), "sign-in plugin `/bin/sh` failed"),
        (json!({"token": "s3cr\n3t"}), "has a control character"),
        (
            json!({"client-certificate": "/absent", "client-key": "/absent"}),
            "/absent",
        ),
    ] {
        let mut world = world_with_user(|_| user.clone());

        for command in [
            PLAN,
            "init --yes --cluster aks-prod",
            "render --cluster aks-prod",
        ] {
            let run = world.run(command).check_failed().unwrap();

            assert!(!run.stderr().contains(NOT_USED), "{}", run.stderr());
            run.mentions(&[
                "cannot use the kubeconfig that KUBECONFIG names",
                why,
                "next:",
            ]);
        }
        let doctor = world.run("doctor --cluster aks-prod").ends_with(4);
        assert!(doctor.stdout().contains(why), "{}", doctor.stdout());
        assert_eq!(world.writes(), []);
    }
}

#[test]
fn a_plugin_that_fails_is_named_before_other_credentials_are_used() {
    for (script, why) in [("exit 3", "exit status: 3"), ("echo '{'", "no credential")] {
        let mut world = world_with_home_user(|_| plugin(script));

        let run = world.run(PLAN).succeeds();

        for expected in [NOT_USED, "sign-in plugin `/bin/sh` failed", why] {
            assert!(
                run.stderr().contains(expected),
                "{expected}: {}",
                run.stderr()
            );
        }
    }
}

/// The lists of a cluster are read side by side; only the first of them finds out that nothing answers.
#[test]
fn an_api_server_that_never_answers_is_tried_by_one_connection_of_a_run() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let (connections, counted) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for connection in silent.incoming() {
            let _ = connections.send(connection);
        }
    });
    let kubeconfig = format!(
        r#"{{"clusters":[{{"name":"c","cluster":{{"server":"{url}"}}}}],"users":[{{"name":"clusterUser_rg-prod_aks-prod","user":{{"token":"t"}}}}],
            "contexts":[{{"name":"c","context":{{"cluster":"c","user":"clusterUser_rg-prod_aks-prod"}}}}]}}"#
    );
    let world = World::new().file("kubeconfig", &kubeconfig);
    let mut world = world.variable("KUBECONFIG", "kubeconfig");

    let run = world.run("doctor --cluster context:c").ends_with(4);

    assert!(run.stdout().contains("no answer within 10 s"));
    assert_eq!(counted.try_iter().count(), 1);
}

/// As kubectl and Helm have it: the flag wins, every printed line has it, and a file that is missing is an error.
#[test]
fn a_kubeconfig_can_be_named_by_a_flag() {
    let mut world = World::new();
    world.start_sandbox();
    let text = std::fs::read_to_string(world.sandbox_variable("KUBECONFIG")).unwrap();
    let mut world = world
        .file("edge.config", &text)
        .file("broken", "clusters: [")
        .variable("KUBECONFIG", "broken");

    let run = world
        .run(&format!("{PLAN} --kubeconfig edge.config"))
        .succeeds();
    assert!(!run.stderr().contains(NOT_USED), "{}", run.stderr());

    let run = world
        .run("init --yes --kubeconfig edge.config --out values.yaml")
        .succeeds();
    let shown = run.stderr();
    let lines = ["helm upgrade ", "  amw-rw init "];
    for start in lines {
        let line = shown.lines().find(|line| line.contains(start)).unwrap();
        assert!(line.contains("--kubeconfig edge.config"), "{line}");
    }

    let absent = world
        .run(&format!("{PLAN} --kubeconfig absent"))
        .ends_with(1);
    absent.mentions(&[
        "the kubeconfig that --kubeconfig names",
        "absent does not exist",
    ]);
}

#[test]
fn a_kubeconfig_is_refused_for_an_embedded_sandbox() {
    let world = World::new().file("edge.config", "{}");

    world
        .run_alone("plan --sandbox --kubeconfig edge.config")
        .ends_with(2)
        .mentions(&[
            "cannot use the kubeconfig edge.config",
            "leave out --kubeconfig",
        ]);
}
