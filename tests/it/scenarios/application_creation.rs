//! Applications where the directory refuses the creation under a key: created by POST, and folded into one afterwards.

use std::time::{Duration, Instant};

use super::entra::{application, applications_made, one_secret_after_running_again};
use crate::support::World;

const APPLY: &str = "apply --yes --auth entra-secret";

/// A directory that refuses `uniqueName` in this way.
fn world_without_keys(status: &str) -> World {
    World::new().fault(&format!("{status}:PATCH:/applications("))
}

#[test]
fn an_application_without_a_key_is_created_once_and_found_again() {
    for status in ["400", "403", "501"] {
        let mut world = world_without_keys(status);

        world.run(APPLY).succeeds();

        assert_eq!(application(&world)["tags"][0], "amw-rw", "{status}");
        assert_eq!(applications_made(&world), 1, "{status}");
        one_secret_after_running_again(world);
    }
}

#[test]
fn two_runs_at_once_without_a_key_leave_one_application() {
    for lag in ["0s", "2s"] {
        let mut world = world_without_keys("403").sandbox_flag("--replication-lag", lag);

        let _ = world.run_twice_at_once(APPLY);

        application(&world);
        one_secret_after_running_again(world);
    }
}

#[test]
fn a_lost_answer_to_a_creation_without_a_key_leaves_one_application() {
    for lag in ["0s", "1s"] {
        let mut world = world_without_keys("403")
            .fault("lost-reply:POST:/applications:times=1")
            .sandbox_flag("--replication-lag", lag);

        // The application may exist or not: the run cannot know.
        let _ = world.run(APPLY);
        // Of two that were created in one second neither is the older one.
        std::thread::sleep(Duration::from_secs(1));

        world.run(APPLY).succeeds();
        one_secret_after_running_again(world);
    }
}

#[test]
fn two_runs_at_once_under_a_key_wait_for_a_directory_that_lags() {
    let mut world = World::new().sandbox_flag("--replication-lag", "2s");
    let began = Instant::now();

    let _ = world.run_twice_at_once(APPLY);

    assert_eq!(applications_made(&world), 1);
    assert!(began.elapsed() < Duration::from_secs(120));
    one_secret_after_running_again(world);
}
