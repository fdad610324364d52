//! Are the walls kept? Reads the `use` lines of the source and compares them with a table.

mod commands;
mod commands_are_thin;
mod comments;
mod imports;
mod one_table;
mod platforms;
mod problems;
mod sign_in;
mod sizes;
mod targets;
mod type_names;
mod waits;
mod words;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

/// Which modules of the crate a module may use besides itself. `lib` and `main` wire, and may use everything.
const MAY_USE: &[(&str, &[&str])] = &[
    ("clock", &[]),
    ("environment", &[]),
    ("text", &[]),
    ("next_step", &["text"]),
    ("plain_words", &[]),
    ("problem", &["next_step", "plain_words"]),
    ("error", &["problem", "next_step"]),
    ("similar_name", &[]),
    ("yaml_limits", &[]),
    ("helm", &["target"]),
    ("helper_program", &[]),
    ("ending_signals", &[]),
    ("progress", &[]),
    ("target", &["text"]),
    ("compat", &["problem", "similar_name", "target"]),
    ("sign_in", &["compat"]),
    (
        "spec",
        &[
            "text",
            "similar_name",
            "next_step",
            "problem",
            "target",
            "sign_in",
            "compat",
        ],
    ),
    (
        "key_schema",
        &[
            "text",
            "similar_name",
            "target",
            "compat",
            "sign_in",
            "spec",
        ],
    ),
    ("redact", &["yaml_limits"]),
    ("facts", &["spec"]),
    ("plan", &["spec"]),
    (
        "render",
        &[
            "redact",
            "next_step",
            "yaml_limits",
            "text",
            "problem",
            "sign_in",
            "remote_write",
            "spec",
            "target",
            "compat",
            "plan",
        ],
    ),
    (
        "patch",
        &[
            "redact",
            "text",
            "next_step",
            "yaml_limits",
            "problem",
            "key_schema",
            "sign_in",
            "remote_write",
            "spec",
            "target",
            "compat",
            "plan",
            "render",
        ],
    ),
    (
        "remote_write",
        &[
            "sign_in", "spec", "facts", "target", "compat", "plan", "redact",
        ],
    ),
    (
        "migrate",
        &[
            "redact",
            "text",
            "next_step",
            "problem",
            "sign_in",
            "remote_write",
            "spec",
            "target",
            "compat",
            "plan",
            "render",
            "patch",
        ],
    ),
    (
        "delivery",
        &[
            "redact",
            "text",
            "next_step",
            "spec",
            "sign_in",
            "target",
            "render",
            "helm",
        ],
    ),
    // When a `Retry-After` is a date, the wait depends on the time.
    ("network", &["clock", "plain_words", "progress"]),
    (
        "azure",
        &[
            "text",
            "next_step",
            "spec",
            "facts",
            "plan",
            "error",
            "problem",
            "clock",
            "environment",
            "helper_program",
            "network",
            "files",
        ],
    ),
    (
        "cluster",
        &[
            "yaml_limits",
            "next_step",
            "target",
            "spec",
            "error",
            "problem",
            "clock",
            "environment",
            "helper_program",
            "network",
            "files",
        ],
    ),
    ("observe", &["spec", "facts", "error", "problem", "azure"]),
    ("files", &["error", "problem", "progress"]),
    ("secret_file", &["error", "files"]),
    (
        "steps",
        &[
            "text",
            "next_step",
            "spec",
            "facts",
            "target",
            "plan",
            "error",
            "problem",
            "progress",
            "clock",
            "azure",
            "observe",
            "secret_file",
        ],
    ),
    (
        "preflight",
        &[
            "text",
            "similar_name",
            "next_step",
            "spec",
            "facts",
            "plan",
            "error",
            "problem",
            "azure",
            "observe",
            "steps",
        ],
    ),
    (
        "platform",
        &[
            "text",
            "similar_name",
            "next_step",
            "spec",
            "facts",
            "error",
            "azure",
            "observe",
            "cluster",
        ],
    ),
    (
        "discover",
        &[
            "text",
            "similar_name",
            "next_step",
            "platform",
            "sign_in",
            "spec",
            "facts",
            "target",
            "error",
            "problem",
            "azure",
            "observe",
            "cluster",
        ],
    ),
    (
        "probe",
        &[
            "text",
            "next_step",
            "spec",
            "facts",
            "plan",
            "error",
            "problem",
            "progress",
            "clock",
            "network",
            "azure",
            "cluster",
        ],
    ),
    (
        "checks",
        &[
            "redact",
            "text",
            "next_step",
            "sign_in",
            "compat",
            "remote_write",
            "spec",
            "facts",
            "plan",
            "error",
            "problem",
            "progress",
            "clock",
            "network",
            "azure",
            "cluster",
            "delivery",
            "discover",
            "observe",
            "probe",
            "render",
            "steps",
        ],
    ),
    (
        "workflow",
        &[
            "redact",
            "text",
            "similar_name",
            "next_step",
            "sign_in",
            "spec",
            "target",
            "plan",
            "facts",
            "compat",
            "render",
            "patch",
            "migrate",
            "remote_write",
            "delivery",
            "helm",
            "error",
            "progress",
            "network",
            "azure",
            "observe",
            "cluster",
            "files",
            "secret_file",
            "discover",
            "platform",
            "preflight",
            "steps",
            "problem",
            "probe",
            "checks",
            "sandbox",
            "ending_signals",
        ],
    ),
    ("sandbox", &["clock"]),
    (
        "ui",
        &[
            "text",
            "next_step",
            "spec",
            "plan",
            "error",
            "helper_program",
            "ending_signals",
            "progress",
            "environment",
            "checks",
            "steps",
            "discover",
            "workflow",
        ],
    ),
    // Arguments in, an exit code out: no room that talks to Azure or to a cluster.
    (
        "cli",
        &[
            "checks",
            "environment",
            "error",
            "files",
            "network",
            "next_step",
            "plan",
            "preflight",
            "progress",
            "redact",
            "sandbox",
            "sign_in",
            "similar_name",
            "spec",
            "steps",
            "target",
            "text",
            "ui",
            "workflow",
        ],
    ),
];

/// The pure middle: no I/O, clock, randomness, environment or `async`.
const PURE: &[&str] = &[
    "text",
    "next_step",
    "sign_in",
    "helm",
    "target",
    "compat",
    "key_schema",
    "spec",
    "facts",
    "plan",
    "redact",
    "render",
    "patch",
    "remote_write",
    "migrate",
    "delivery",
];
const IMPURE: &[&str] = &[
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "SystemTime",
    "Instant::now",
    "tokio",
    "reqwest",
    "async fn",
    "Uuid::new_v4",
    "crate::clock",
    "crate::environment",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Whether this file, or a folder that it is in, is declared for tests only.
fn is_for_tests(path: &Path) -> bool {
    path.ancestors()
        .take_while(|it| *it != Path::new(SOURCE))
        .any(is_declared_for_tests)
}

fn is_declared_for_tests(path: &Path) -> bool {
    let (folder, name) = (path.parent().unwrap(), path.file_stem().unwrap());
    let parent = std::fs::read_to_string(folder.join("mod.rs")).unwrap_or_default();
    let name = name.to_string_lossy();
    ["mod", "pub(crate) mod"]
        .iter()
        .any(|word| parent.contains(&format!("#[cfg(test)]\n{word} {name};")))
}

/// Every source file that is not for tests only.
fn source_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    sources(Path::new(SOURCE), &mut files);
    files.retain(|path| !is_for_tests(path));
    files
}

/// The text of a file without its test module.
fn code_of(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests {").next();
    code.unwrap_or_default().to_owned()
}

/// Every source file with the top-level module it belongs to and its text without test modules.
fn modules() -> Vec<(String, PathBuf, String)> {
    source_files()
        .into_iter()
        .map(|path| {
            let inner = path.strip_prefix(SOURCE).unwrap();
            let first = inner
                .components()
                .next()
                .unwrap()
                .as_os_str()
                .to_string_lossy();
            let code = code_of(&path);
            (first.trim_end_matches(".rs").to_owned(), path, code)
        })
        .filter(|(module, _, _)| !["lib", "main"].contains(&module.as_str()))
        .collect()
}

fn used(code: &str) -> impl Iterator<Item = &str> {
    code.lines()
        .map(str::trim_start)
        .filter(|line| !line.starts_with("//"))
        .flat_map(|line| {
            line.match_indices("crate::")
                .map(move |(at, _)| &line[at + "crate::".len()..])
                .map(|rest| {
                    rest.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
                        .next()
                        .unwrap_or_default()
                })
        })
}

#[test]
fn every_module_uses_only_what_the_table_allows() {
    let table: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    let mut offences = Vec::new();

    for (module, path, code) in modules() {
        let Some(allowed) = table.get(module.as_str()) else {
            offences.push(format!("{module} is missing in the table"));
            continue;
        };
        for name in used(&code)
            .filter(|name| *name != module && table.contains_key(name) && !allowed.contains(name))
        {
            offences.push(format!("{} uses {name}", path.display()));
        }
    }

    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

/// The rooms that a re-export or a `super::` path leads to, which the text of a `use` line does not show.
#[test]
fn no_wall_is_passed_by_super_or_a_re_export() {
    let table: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    let room = |module: &str| module.split("::").next().unwrap_or_default().to_owned();
    let mut offences = Vec::new();

    for (file, used) in imports::imports() {
        let own = room(&file);
        let is_wiring = ["lib", "main"].contains(&own.as_str());
        for other in used.iter().filter(|_| !is_wiring) {
            let name = room(other);
            let is_allowed = name == own
                || table
                    .get(own.as_str())
                    .is_some_and(|allowed| allowed.contains(&name.as_str()));
            if !is_allowed {
                offences.push(format!("{file} uses {other}"));
            }
        }
    }

    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn the_pure_middle_does_no_input_or_output() {
    let mut offences = Vec::new();

    for (module, path, code) in modules()
        .into_iter()
        .filter(|(module, _, _)| PURE.contains(&module.as_str()))
    {
        for word in IMPURE.iter().filter(|word| code.contains(**word)) {
            offences.push(format!(
                "{} of the pure `{module}` says {word}",
                path.display()
            ));
        }
    }

    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn only_the_user_interface_prints() {
    let printing = [
        "println!",
        "print!(",
        "std::io::stdout",
        "io::stderr",
        "std::io::stderr",
    ];
    let mut offences = Vec::new();

    for (module, path, code) in modules()
        .into_iter()
        .filter(|(module, _, _)| module != "ui")
    {
        for word in printing.iter().filter(|word| code.contains(**word)) {
            offences.push(format!("{} of `{module}` says {word}", path.display()));
        }
    }

    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn every_module_starts_with_the_question_it_answers() {
    let mut files = Vec::new();
    sources(Path::new(SOURCE), &mut files);

    let silent: Vec<_> = files
        .into_iter()
        .filter(|path| {
            !path
                .iter()
                .any(|part| part == "tests" || part == "tests.rs")
        })
        .filter(|path| !std::fs::read_to_string(path).unwrap().starts_with("//!"))
        .collect();

    assert!(silent.is_empty(), "{silent:?}");
}

/// Each file outside `homes` with the number of its lines that `count` finds, in order; files without one are left out.
fn lines_outside(homes: &[&str], count: fn(&str) -> usize) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for path in source_files() {
        let name = path.strip_prefix(SOURCE).unwrap().display().to_string();
        let lines = count(&code_of(&path));
        if lines > 0 && !homes.iter().any(|home| name.starts_with(home)) {
            found.push((name, lines));
        }
    }
    found.sort();
    found
}

/// The listed places without their reasons.
fn without_reasons(places: &[(&str, usize, &str)]) -> Vec<(String, usize)> {
    assert!(places.iter().all(|(.., reason)| !reason.is_empty()));
    let places = places.iter();
    places
        .map(|(name, count, _)| ((*name).to_owned(), *count))
        .collect()
}
