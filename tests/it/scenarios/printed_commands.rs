//! Does every command of ours that is printed as a next step work as pasted, in every scenario of the sandbox?

use std::ffi::OsStr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::support::World;

/// What a person or a script starts with.
const STARTS: [&str; 2] = [
    "doctor -o json",
    "init --yes -o json --out values.yaml --auth user-identity",
];

fn scenarios() -> Vec<String> {
    let list = World::new().run_alone("sandbox --list-scenarios");
    let list = list.succeeds();
    let names = list.stdout().lines();
    names
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

/// The commands of ours anywhere in the document that the user may run without a decision.
fn commands(document: &Value, found: &mut Vec<Vec<String>>) {
    match document {
        Value::Array(items) => items.iter().for_each(|item| commands(item, found)),
        Value::Object(fields) => {
            let decided = !fields.contains_key("who") && !fields.contains_key("only_if");
            if let Some(words) = fields.get("command").filter(|_| decided) {
                let words: Vec<String> = serde_json::from_value(words.clone()).unwrap();
                let is_new = words[0] == "amw-rw" && !found.contains(&words);
                found.extend(is_new.then_some(words));
            }
            fields.values().for_each(|value| commands(value, found));
        }
        _ => {}
    }
}

/// The wizard asks for what is missing, and `--yes` answers the questions of a person.
fn answers(words: &[String]) -> Option<&'static str> {
    let has_yes = words.iter().any(|word| word == "--yes");
    match words[1].as_str() {
        "init" if !has_yes => None,
        "apply" if !has_yes => Some("--yes"),
        _ => Some(""),
    }
}

/// The printed commands that end as a command line does that is wrong or incomplete.
fn incomplete(scenario: &str, start: &str) -> Vec<String> {
    let mut world = World::new().scenario(scenario);
    let document = world.run(start);
    let mut printed = Vec::new();
    commands(&document.json(), &mut printed);
    let mut faults = Vec::new();
    for words in printed {
        let Some(yes) = answers(&words) else {
            continue;
        };
        let more: Vec<&OsStr> = words[1..].iter().map(OsStr::new).collect();
        let outcome = world.run_with(
            "",
            &[
                &more[..],
                &[OsStr::new(yes)][..usize::from(!yes.is_empty())],
            ]
            .concat(),
        );
        if outcome.code() == Some(2) {
            faults.push(format!(
                "{scenario}: {start}: {}\n{}",
                words.join(" "),
                outcome.stderr()
            ));
        }
    }
    faults
}

#[test]
fn a_printed_command_of_ours_is_complete_in_every_scenario() {
    let scenarios = scenarios();
    let runs: Vec<(&String, &str)> = scenarios
        .iter()
        .flat_map(|scenario| STARTS.map(|start| (scenario, start)))
        .collect();
    let (next, faults) = (AtomicUsize::new(0), Mutex::new(Vec::new()));

    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some((scenario, start)) = runs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = incomplete(scenario, start);
                    faults.lock().unwrap().extend(found);
                }
            });
        }
    });

    let faults = faults.into_inner().unwrap();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(runs.len() > 80, "{runs:?}");
}

#[test]
fn what_was_accepted_with_force_is_repeated_with_it() {
    let mut world = World::new().scenario("sidecar");

    let run = world.run("init --yes --force --auth user-identity --out values.yaml");

    run.ends_with(1).mentions(&["--accept-unproved --force"]);
}
