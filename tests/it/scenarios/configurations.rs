//! Files as people really have them, in `tests/data/configurations`: what happens to each is written down next to it.
//!
//! `AMW_RW_BLESS=1 cargo test configurations` writes it again; every difference is to be read as its owner would read it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::support::World;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/configurations");

/// Ends the name of the file with the expected output.
const EXPECTED: &str = ".expected";

/// What Azure would have answered, so that nothing is asked.
const GIVEN: &str = "--workspace shop --cluster prod \
    --write-url https://shop-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24 \
    --client-id 11111111-2222-3333-4444-555555555555 --tenant-id aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";

/// One file, and the arguments that it is patched with.
struct Configuration {
    input: PathBuf,
    name: String,
    arguments: String,
}

#[test]
fn every_configuration_becomes_its_expected_file() {
    let configurations = configurations();
    assert!(configurations.len() >= 40, "{}", configurations.len());

    let mut offences = Vec::new();
    for configuration in &configurations {
        let outcome = configuration.outcome();
        let expected = configuration.expected();
        if is_blessed() {
            std::fs::write(&expected, &outcome).unwrap();
        }
        if std::fs::read_to_string(&expected).unwrap_or_default() != outcome {
            offences.push(format!("{} is not\n{outcome}", expected.display()));
        }
    }

    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn nothing_is_expected_of_a_configuration_that_is_not_there() {
    let expected: BTreeSet<PathBuf> = configurations()
        .iter()
        .map(Configuration::expected)
        .collect();

    let found = files().into_iter().filter(|path| is_expectation(path));

    assert_eq!(found.collect::<BTreeSet<_>>(), expected);
}

impl Configuration {
    fn of(input: PathBuf) -> Self {
        let part = |part: Option<&std::ffi::OsStr>| part.unwrap().to_str().unwrap().to_owned();
        let target = part(input.parent().unwrap().file_name());
        let auth = match target.as_str() {
            "prometheus-yml" => "user-identity",
            _ => "workload-identity",
        };
        let usual = format!("--target {target} --auth {auth} --prometheus-version 3.14.0");
        let mut configuration = Self {
            name: part(input.file_name()),
            input,
            arguments: usual,
        };
        // Other arguments than the usual ones are written by hand into the first line of what is expected.
        let written = std::fs::read_to_string(configuration.expected()).unwrap_or_default();
        let arguments = written
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("$ amw-rw render "));
        if let Some((arguments, _)) = arguments.and_then(|line| line.split_once(" --input ")) {
            arguments.clone_into(&mut configuration.arguments);
        }
        configuration
    }

    fn expected(&self) -> PathBuf {
        let name = format!("{}{EXPECTED}", self.name);
        self.input.with_file_name(name)
    }

    /// Notes and the difference, or why nothing is changed and what to do by hand.
    fn outcome(&self) -> String {
        let (world, name) = (World::new(), &self.name);
        let file = world.path(name);
        std::fs::copy(&self.input, &file).unwrap();
        let before = std::fs::read(&file).unwrap();
        let command = format!("render {} --input {name}", self.arguments);
        let run = |how: &str| world.run_alone(&format!("{command} {GIVEN} {how}"));

        let shown = run(&format!("--out {name} --diff"));
        let written = run("--write");

        let after = std::fs::read(&file).unwrap();
        let is_changed = before != after;
        if shown.code() == Some(0) {
            let again = run("--check").succeeds();
            assert_eq!(again.stdout(), "", "{name}");
            assert_eq!(std::fs::read(&file).unwrap(), after, "{name}");
        } else {
            assert!(!is_changed, "{name} was refused and yet written");
        }
        assert_eq!(shown.stdout().is_empty(), !is_changed, "{name}");
        let notes = written
            .stderr()
            .lines()
            .filter(|line| !line.starts_with("Wrote "));
        let notes: String = notes.map(|line| format!("{}\n", line.trim_end())).collect();
        format!("$ amw-rw {command} --diff\n{notes}{}", shown.stdout())
    }
}

fn configurations() -> Vec<Configuration> {
    let inputs = files().into_iter().filter(|path| !is_expectation(path));
    inputs.map(Configuration::of).collect()
}

fn is_expectation(path: &Path) -> bool {
    path.to_str().unwrap().ends_with(EXPECTED)
}

/// All files below the folder, in the order of their names.
fn files() -> Vec<PathBuf> {
    let entries = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    let mut files: Vec<PathBuf> = entries(Path::new(FOLDER))
        .iter()
        .flat_map(|folder| entries(folder))
        .collect();
    files.sort();
    files
}

#[expect(
    clippy::disallowed_methods,
    reason = "the person who runs the tests sets this, not the scenario"
)]
fn is_blessed() -> bool {
    std::env::var_os("AMW_RW_BLESS").is_some()
}
