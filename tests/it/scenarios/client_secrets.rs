//! Client secrets over the life of a connection: one live secret of ours, the one in the file, and none of others touched.

use std::fs;

use serde_json::{Value, json};

use super::entra::{application, one_secret_after_running_again, roles_on_rule, secrets};
use crate::support::{CommandOutcome, World};

const APPLY: &str = "apply --yes --auth entra-secret";
const PLAN: &str = "plan --auth entra-secret -o json";
const FILE: &str = "amw-rw-aks-prod.client-secret";
const RECORD: &str = "amw-rw-aks-prod.client-secret.json";

fn applied() -> World {
    let mut world = World::new();
    world.run(APPLY).succeeds();
    world
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn why(plan: &CommandOutcome) -> String {
    let plan = plan.json();
    let steps = plan["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["id"] == "client-secret");
    format!("{} {}", step.unwrap()["action"], step.unwrap()["why"])
}

#[test]
fn a_secret_whose_file_was_deleted_is_replaced_and_then_removed() {
    for deleted in [vec![FILE], vec![FILE, RECORD]] {
        let mut world = applied();
        let former = secrets(&world)[0].clone();
        for name in &deleted {
            fs::remove_file(world.path(name)).unwrap();
        }

        let plan = world.run(PLAN).succeeds();
        let why = why(&plan);
        assert!(why.starts_with("\"create\""), "{deleted:?}: {why}");
        for words in [
            text(&former["keyId"]),
            "a Prometheus that signs in with it cannot write until it has the new one",
            "To keep it, put the file of the client secret back first",
        ] {
            assert!(why.contains(words), "{deleted:?}: no {words} in {why}");
        }

        world.run(APPLY).succeeds();
        assert_ne!(secrets(&world)[0]["keyId"], former["keyId"]);
        one_secret_after_running_again(world);
    }
}

#[test]
fn a_record_that_was_deleted_costs_no_secret() {
    let mut world = applied();
    fs::remove_file(world.path(RECORD)).unwrap();

    let writes = world.writes();
    world.run(APPLY).succeeds();

    assert_eq!(world.writes(), writes);
}

#[test]
fn a_secret_of_another_folder_is_kept_and_named() {
    let mut world = World::new();
    for folder in ["a", "b"] {
        fs::create_dir(world.path(folder)).unwrap();
        let spec = world.path(&format!("{folder}/amw-rw.yaml"));
        fs::write(spec, "connections:\n- cluster: aks-prod\n").unwrap();
    }
    world.run(&format!("-f a/amw-rw.yaml {APPLY}")).succeeds();
    let client_id = text(&application(&world)["appId"]).to_owned();
    let in_b = |command: &str| format!("-f b/amw-rw.yaml {command} --identity {client_id}");
    // Its name alone does not show that the other one's secret is not of another owner.
    world
        .run(&format!("-f b/amw-rw.yaml {APPLY}"))
        .ends_with(2)
        .mentions(&["others can sign in"]);

    let kept = text(&secrets(&world)[0]["keyId"]).to_owned();
    let removal = format!("az ad app credential delete --id {client_id} --key-id {kept}");
    world.run(&in_b(APPLY)).succeeds().mentions(&[&removal]);

    assert_eq!(secrets(&world).len(), 2);
    let plan = world.run(&in_b(PLAN)).succeeds();
    assert_eq!(plan.json()["changes"], 0);
    assert!(plan.stdout().contains(&removal), "{}", plan.stdout());
    let doctor = world.run(&in_b(
        "doctor --auth entra-secret --only client-secret -o json",
    ));
    assert!(doctor.stdout().contains(&removal), "{}", doctor.stdout());
    let first = world.run(&format!("-f a/amw-rw.yaml {PLAN}")).succeeds();
    assert_eq!(
        first.json()["changes"],
        0,
        "the first folder still holds its own"
    );
}

#[test]
fn a_copied_folder_removes_nothing_of_the_original() {
    let mut world = applied();
    fs::create_dir(world.path("copy")).unwrap();
    for name in [FILE, RECORD] {
        fs::copy(world.path(name), world.path("copy").join(name)).unwrap();
    }
    fs::write(
        world.path("copy/amw-rw.yaml"),
        "connections:\n- cluster: aks-prod\n",
    )
    .unwrap();
    fs::remove_file(world.path("copy").join(FILE)).unwrap();
    let original = secrets(&world)[0]["keyId"].clone();

    // The name alone does not show who owns the application that the original folder can sign in as.
    world
        .run(&format!("-f copy/amw-rw.yaml {APPLY}"))
        .ends_with(2)
        .mentions(&["made by amw-rw for another folder or machine", "--identity"]);
    let client_id = text(&application(&world)["appId"]).to_owned();
    world
        .run(&format!(
            "-f copy/amw-rw.yaml {APPLY} --identity {client_id}"
        ))
        .succeeds();

    let listed = secrets(&world);
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().any(|one| one["keyId"] == original));
}

#[test]
fn a_connection_whose_files_were_moved_is_not_doubled() {
    let mut world = World::new();
    world
        .run("init --yes --auth entra-secret --cluster aks-prod --out values.yaml --save")
        .succeeds();
    let made = secrets(&world)[0]["keyId"].clone();
    fs::create_dir(world.path("moved")).unwrap();
    for name in ["amw-rw.yaml", FILE, RECORD] {
        fs::rename(world.path(name), world.path("moved").join(name)).unwrap();
    }
    let writes = world.writes().len();

    world.run("-f moved/amw-rw.yaml apply --yes").succeeds();
    assert_eq!(
        world.writes().len(),
        writes,
        "nothing new in the new folder"
    );
    // Without the spec file, and with flags in its place.
    fs::remove_file(world.path("moved/amw-rw.yaml")).unwrap();
    for name in [FILE, RECORD] {
        fs::rename(world.path("moved").join(name), world.path(name)).unwrap();
    }
    world
        .run("apply --yes --auth entra-secret --cluster aks-prod")
        .succeeds();
    assert_eq!(world.writes().len(), writes, "nothing new without the spec");

    let left = secrets(&world);
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["keyId"], made);
}

#[test]
fn a_foreign_secret_on_our_application_is_kept() {
    let mut world = applied();
    let id = text(&application(&world)["id"]).to_owned();
    let theirs = world.change_directory(
        &format!("applications/{id}/addPassword"),
        Some(&json!({ "passwordCredential": { "displayName": "amw-rw" } })),
    );
    fs::remove_file(world.path(FILE)).unwrap();

    world.run(APPLY).succeeds();

    let listed = secrets(&world);
    assert_eq!(listed.len(), 2, "{listed:?}");
    assert!(listed.iter().any(|one| one["keyId"] == theirs["keyId"]));
    let writes = world.writes();
    world.run(APPLY).succeeds();
    assert_eq!(world.writes(), writes, "the next run changes nothing");
}

#[test]
fn a_removed_secret_is_replaced() {
    let world = applied();
    let id = text(&application(&world)["id"]).to_owned();
    let key_id = secrets(&world)[0]["keyId"].clone();
    world.change_directory(
        &format!("applications/{id}/removePassword"),
        Some(&json!({ "keyId": key_id })),
    );

    one_secret_after_running_again(world);
}

#[test]
fn a_secret_that_the_user_put_into_the_file_replaces_ours() {
    let mut world = applied();
    let id = text(&application(&world)["id"]).to_owned();
    let ours = secrets(&world)[0]["keyId"].clone();
    let typed = world.change_directory(
        &format!("applications/{id}/addPassword"),
        Some(&json!({ "passwordCredential": { "displayName": "by hand" } })),
    );
    fs::write(world.path(FILE), text(&typed["secretText"])).unwrap();

    world.run(APPLY).succeeds();

    let listed = secrets(&world);
    assert_eq!(listed.len(), 1);
    assert_ne!(listed[0]["keyId"], ours);
    assert_eq!(world.read(FILE).trim(), text(&typed["secretText"]));
}

#[test]
fn a_value_that_only_begins_like_a_secret_is_neither_used_nor_overwritten_at_once() {
    for with_record in [true, false] {
        let mut world = applied();
        let value = world.read(FILE);
        let (hint, _) = value.split_at(3);
        let other = format!("{hint}-and-something-else");
        fs::write(world.path(FILE), &other).unwrap();
        if with_record {
            let id = text(&application(&world)["id"]).to_owned();
            let manual = json!({ "passwordCredential": { "displayName": "by hand" } });
            world.change_directory(&format!("applications/{id}/addPassword"), Some(&manual));
        } else {
            fs::remove_file(world.path(RECORD)).unwrap();
        }

        world.run(APPLY).ends_with(1).mentions(&[
            "AADSTS7000215",
            "starts with the same characters as client secret",
            "less than 10 minutes old",
        ]);

        assert_eq!(world.read(FILE), other);
    }
}

#[test]
fn an_application_that_was_deleted_is_made_again_with_its_secret_and_role() {
    let mut world = applied();
    let former = application(&world);
    world.change_directory(&format!("applications/{}", text(&former["id"])), None);

    world.run(APPLY).succeeds();

    assert_ne!(application(&world)["id"], former["id"]);
    assert_eq!(
        roles_on_rule(&world),
        1,
        "the role of the former one is removed"
    );
    one_secret_after_running_again(world);
}

#[test]
fn a_service_principal_that_was_deleted_is_made_again_with_its_role() {
    let mut world = applied();
    let client_id = application(&world)["appId"].clone();
    let directory = world.directory();
    let principals = directory["servicePrincipals"].as_array().unwrap();
    let ours = principals
        .iter()
        .find(|one| one["appId"] == client_id)
        .unwrap();
    world.change_directory(&format!("servicePrincipals/{}", text(&ours["id"])), None);

    world.run(APPLY).succeeds();

    assert_eq!(
        roles_on_rule(&world),
        1,
        "the role of the former one is removed"
    );
    one_secret_after_running_again(world);
}

#[test]
fn two_inits_at_once_leave_one_secret() {
    let mut world = World::new().file("prometheus.yml", "global: {}\n");
    let init = "init --yes --auth entra-secret --prometheus file:prometheus.yml --prometheus-version 3.14.0 --write";

    let _ = world.run_twice_at_once(init);

    world.run(init).succeeds();
    let secret = world.read(FILE);
    assert!(world.read("prometheus.yml").contains(secret.trim()));
    one_secret_after_running_again(world);
}

#[test]
fn two_runs_at_once_for_two_folders_leave_one_secret() {
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(two_folders_at_once);
        }
    });
}

fn two_folders_at_once() {
    let mut world = World::new();
    world.start_sandbox();
    let folders = ["a", "b"];
    let mut runs = folders.map(|folder| {
        fs::create_dir(world.path(folder)).unwrap();
        let init = "init --yes --auth entra-secret --cluster aks-prod --out new.yaml";
        world.start(&format!("-f {folder}/amw-rw.yaml {init} --save"), folder)
    });
    let codes = runs.each_mut().map(|run| run.wait().unwrap().code());

    let stderr = folders.map(|folder| world.read(&format!("{folder}.err")));
    let live = secrets(&world);
    assert_eq!(live.len(), 1, "{codes:?}: {}\n{}", stderr[0], stderr[1]);
    let is_held = |folder: &str| world.path(&format!("{folder}/{FILE}")).exists();
    let held = folders.into_iter().filter(|folder| is_held(folder)).count();
    assert_eq!(held, live.len());
    for (code, stderr) in codes.iter().zip(&stderr) {
        let way = stderr.contains("--identity") && !stderr.contains("it continues from here");
        assert!(*code == Some(0) || way, "{stderr}");
    }
    // The command that the later run is given works.
    let (winner, other) = match is_held("a") {
        true => ("a", "b"),
        false => ("b", "a"),
    };
    let copied = world.path(&format!("{winner}/{FILE}"));
    fs::copy(copied, world.path(&format!("{other}/{FILE}"))).unwrap();
    fs::write(
        world.path(&format!("{other}/amw-rw.yaml")),
        "connections:\n- cluster: aks-prod\n",
    )
    .unwrap();
    world
        .run(&format!("-f {other}/amw-rw.yaml {APPLY}"))
        .succeeds();
    assert_eq!(secrets(&world).len(), 1);
}
