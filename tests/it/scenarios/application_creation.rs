//! Applications where the directory refuses the creation under a key: created by POST, and folded into one afterwards.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::entra::{
    application, applications_made, one_secret_after_running_again, roles_on_rule, secrets,
};
use crate::support::World;

const APPLY: &str = "apply --yes --auth entra-secret";

/// Runs all cases at the same time: each waits more than it computes.
fn side_by_side<const MANY: usize>(cases: [&str; MANY], case: impl Fn(&str) + Sync) {
    std::thread::scope(|scope| {
        for one in cases {
            scope.spawn(|| case(one));
        }
    });
}

/// A directory that refuses `uniqueName` in this way.
fn world_without_keys(status: &str) -> World {
    World::new().fault(&format!("{status}:PATCH:/applications("))
}

#[test]
fn an_application_without_a_key_is_created_once_and_found_again() {
    side_by_side(["400", "403", "501"], |status| {
        let mut world = world_without_keys(status);

        world.run(APPLY).succeeds();

        assert_eq!(application(&world)["tags"][0], "amw-rw", "{status}");
        assert_eq!(applications_made(&world), 1, "{status}");
        one_secret_after_running_again(world);
    });
}

#[test]
fn two_runs_at_once_without_a_key_leave_one_application() {
    side_by_side(["0s", "1s"], |lag| {
        let mut world = world_without_keys("403").sandbox_flag("--replication-lag", lag);

        let _ = world.run_twice_at_once(APPLY);

        application(&world);
        one_secret_after_running_again(world);
    });
}

#[test]
fn a_lost_answer_to_a_creation_without_a_key_leaves_one_application() {
    // Object ids are drawn, so that the lost one is now the first and now the second of two.
    side_by_side(["0s", "0s", "0s", "1s", "1s"], |lag| {
        let mut world = world_without_keys("403")
            .fault("lost-reply:POST:/applications:times=1")
            .sandbox_flag("--replication-lag", lag);

        // The application may exist or not: the run cannot know.
        let _ = world.run(APPLY);
        // At once: of two that were created in one second neither is the older one.
        world.run(APPLY).succeeds();
        one_secret_after_running_again(world);
    });
}

#[test]
fn two_runs_at_once_under_a_key_wait_for_a_directory_that_lags() {
    let mut world = World::new().sandbox_flag("--replication-lag", "1s");
    let start = Instant::now();

    let _ = world.run_twice_at_once(APPLY);

    assert_eq!(applications_made(&world), 1);
    assert!(start.elapsed() < Duration::from_secs(120));
    one_secret_after_running_again(world);
}

/// Another application of our name and with our mark, as a run that was killed leaves it.
fn create_extra(world: &World) -> Value {
    world.change_directory(
        "applications",
        Some(&json!({ "displayName": "amw-rw-aks-prod", "tags": ["amw-rw"], "signInAudience": "AzureADMyOrg" })),
    )
}

#[test]
fn an_application_that_a_killed_run_left_is_removed_by_the_next_run() {
    let mut world = world_without_keys("403");
    world.run(APPLY).succeeds();
    let used = application(&world)["id"].clone();
    let extra = create_extra(&world);

    let plan = world.run("plan --auth entra-secret -o json").succeeds();
    let client_id = extra["appId"].as_str().unwrap();
    assert!(
        plan.stdout()
            .contains(&format!("remove the extra application {client_id}")),
        "{}",
        plan.stdout()
    );
    world.run(APPLY).succeeds();

    assert_eq!(application(&world)["id"], used);
    one_secret_after_running_again(world);
}

#[test]
fn the_role_of_an_extra_application_is_removed_with_it() {
    let mut world = world_without_keys("403");
    world.run(APPLY).succeeds();
    let first = application(&world);
    let key_id = secrets(&world)[0]["keyId"].clone();
    world.change_directory(
        &format!(
            "applications/{}/removePassword",
            first["id"].as_str().unwrap()
        ),
        Some(&json!({ "keyId": key_id })),
    );
    std::fs::remove_file(world.path("amw-rw-aks-prod.client-secret")).unwrap();
    let second = create_extra(&world);
    // A run that did not see the first one made the second one, and was killed before its secret was kept.
    let first_id = first["id"].as_str().unwrap();
    let record = world.read("amw-rw-aks-prod.client-secret.json");
    let record = record.replace(first_id, second["id"].as_str().unwrap());
    std::fs::write(world.path("amw-rw-aks-prod.client-secret.json"), record).unwrap();

    world.run(APPLY).succeeds();

    assert_eq!(application(&world)["id"], second["id"]);
    assert_eq!(roles_on_rule(&world), 1);
    one_secret_after_running_again(world);
}

#[test]
fn an_extra_application_with_credentials_is_kept() {
    let mut world = world_without_keys("403");
    world.run(APPLY).succeeds();
    let extra = create_extra(&world);
    let path = format!("applications/{}/addPassword", extra["id"].as_str().unwrap());
    let secret = json!({ "passwordCredential": { "displayName": "in use" } });
    world.change_directory(&path, Some(&secret));

    world.run(APPLY).succeeds();

    let directory = world.directory();
    let all = directory["value"].as_array().unwrap();
    assert!(all.iter().any(|one| one["id"] == extra["id"]));
}

#[test]
fn an_application_that_is_removed_meanwhile_is_not_waited_for() {
    let unknown = "404:POST:/servicePrincipals:code=Request_ResourceNotFound";
    let mut world = World::new().fault(unknown);
    let mut run = world.start(APPLY, "removed");
    let made = || {
        let directory = world.directory();
        let all = directory["value"].as_array().unwrap().iter();
        let mut made = all.filter(|one| one["displayName"] == "amw-rw-aks-prod");
        made.next()
            .map(|one| one["id"].as_str().unwrap().to_owned())
    };
    let id = loop {
        match made() {
            Some(id) => break id,
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let start = Instant::now();
    world.change_directory(&format!("applications/{id}"), None);

    let code = run.wait().unwrap().code();

    let (took, stderr) = (start.elapsed(), world.read("removed.err"));
    assert!(took < Duration::from_secs(30), "{took:?}: {stderr}");
    assert_eq!(code, Some(1), "{stderr}");
    assert!(
        stderr.contains("was removed meanwhile, by another run"),
        "{stderr}"
    );
    assert!(stderr.contains("next:"), "{stderr}");
}
