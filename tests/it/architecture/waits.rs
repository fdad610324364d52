//! Is there one wait engine? Loops that try again ask `RunningWait` of `network/retry_policy.rs`; other sleeps are listed.

use super::commands::found_outside;

/// File, and why it sleeps by itself.
const PLACES: &[(&str, &str)] = &[
    (
        "files/folder_lock.rs",
        "files are written without the asynchronous runtime, and a lock of a local folder spares no server by longer waits",
    ),
    (
        "ui/interrupt.rs",
        "gives a command that was interrupted time to end; it tries nothing again",
    ),
];

/// The lines that sleep, but for those that a `RunningWait` ends.
fn sleeps(code: &str) -> Vec<String> {
    let own = regex::Regex::new(r"(?:^|[^.\w])(?:\w+::)*sleep(?:_until)?\(").unwrap();
    let lines = code.lines().map(str::trim_start);
    let lines = lines.filter(|line| !line.starts_with("//") && !line.contains("fn sleep"));
    let lines = lines.filter(|line| own.is_match(line));
    lines.map(str::to_owned).collect()
}

#[test]
fn only_the_wait_engine_sleeps_between_tries() {
    let exempt: Vec<&str> = ["network/", "sandbox/"]
        .into_iter()
        .chain(PLACES.iter().map(|(file, _)| *file))
        .collect();

    let found = found_outside(&exempt, sleeps);

    assert!(
        found.is_empty(),
        "wait with a `RunningWait`, or list the place with its reason:\n{}",
        found.join("\n")
    );
    assert!(PLACES.iter().all(|(_, reason)| !reason.is_empty()));
}

#[test]
fn a_sleep_is_seen_and_one_of_the_wait_engine_is_not() {
    let own = "tokio::time::sleep(wait).await;\nsleep(PAUSE);\nlet s = std::thread::sleep(x);";

    assert_eq!(sleeps(own).len(), 3);
    assert_eq!(
        sleeps("waiting.sleep(wait).await;\n// sleep(PAUSE);").len(),
        0
    );
}
