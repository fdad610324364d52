//! Does a write keep its promises when any of its system calls fails? `strace` makes each of them fail, one at a time.

use std::collections::BTreeMap;
use std::fs::Permissions;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context as _, Result, bail, ensure};

use super::EndToEndScenario;
use crate::programs::Program;
use crate::world::EndToEndWorld;

/// Those that a write makes in the folder of the file, read ones included.
const CALLS: &str = "openat,read,write,fsync,fchmod,fchown,ftruncate,renameat,renameat2,rename,linkat,unlink,unlinkat,\
     flock,statx,fstat,newfstatat,getdents64,readlink,lseek,llistxattr,lgetxattr,fsetxattr,fremovexattr";
const ERRORS: [&str; 5] = ["ENOSPC", "EIO", "EINTR", "EACCES", "EROFS"];
/// The folder that the system calls are looked for in.
const WATCHED: &str = "watched";
const SPEC: &str = "amw-rw.yaml";
const FILE: &str = "prometheus.yml";
const OLD: &str = "# kept\nglobal:\n  scrape_interval: 15s\n";
const SECRET: &str = "s3cr3t-Of-The-Scenario";
const ID: &str = "11111111-1111-1111-1111-111111111111";
const WRITE_URL: &str = "https://amw-x.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/\
     Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24";

pub(super) fn scenarios() -> Vec<EndToEndScenario> {
    vec![
        EndToEndScenario::new(
            "every_system_call_of_a_write_may_fail",
            &[Program::Strace],
            every_call_may_fail,
        ),
        EndToEndScenario::new(
            "every_system_call_of_keeping_a_secret_may_fail_or_be_the_last",
            &[Program::Strace],
            every_call_of_a_secret_may_fail,
        ),
    ]
}

/// One system call of the clean run, by its name and its number among those of that name in the main thread.
struct SystemCall {
    name: String,
    number: usize,
}

/// A system call and its error; several for what fails only after something else has.
type CallFaults = Vec<(String, usize, &'static str)>;

fn every_call_may_fail() -> Result<()> {
    let new = expected()?;
    let mut table: Vec<CallFaults> = Vec::new();
    for call in calls_of_a_clean_run()? {
        table.extend(ERRORS.map(|error| vec![(call.name.clone(), call.number, error)]));
    }
    ensure!(
        table.len() > 60,
        "only {} faults: is the trace read?",
        table.len()
    );
    // What is cleaned up after a fault may fail too.
    for error in ERRORS {
        for first in [("renameat2", 1), ("renameat2", 2)] {
            table.push(vec![
                (first.0.to_owned(), first.1, error),
                ("unlink".to_owned(), 1, error),
            ]);
        }
    }
    // A file system that cannot exchange two files, and one that cannot exchange them again.
    let exchanged = calls_of_a_clean_run()?;
    for error in ERRORS {
        let reads = exchanged.iter().filter(|call| call.name == "read");
        table.extend(reads.map(|read| {
            vec![
                ("renameat2".to_owned(), 3, error),
                ("read".to_owned(), read.number, error),
            ]
        }));
    }
    table.push(vec![("renameat2".to_owned(), 2, "EINVAL")]);
    let mut broken = Vec::new();
    for faults in &table {
        if let Err(error) = promises_hold(faults, &new) {
            broken.push(format!("{faults:?}: {error:#}"));
        }
    }
    let summary = format!(
        "{} of {} file faults",
        table.len() - broken.len(),
        table.len()
    );
    if !broken.is_empty() {
        bail!("{summary} are handled:\n{}", broken.join("\n"));
    }
    Ok(writeln!(std::io::stderr(), "{summary} are handled")?)
}

fn folder() -> Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    let watched = folder.path().join(WATCHED);
    std::fs::create_dir(&watched)?;
    std::fs::write(watched.join(FILE), OLD)?;
    std::fs::set_permissions(watched.join(FILE), Permissions::from_mode(0o644))?;
    std::fs::write(folder.path().join("secret"), SECRET)?;
    Ok(folder)
}

/// The write: a file that everybody may read gets a secret.
fn arguments() -> Vec<String> {
    let file = format!("{WATCHED}/{FILE}");
    let words = [
        "render",
        "--target",
        "prometheus-yml",
        "--prometheus-version",
        "3.14.0",
        "--auth",
        "entra-secret",
        "--client-secret-file",
        "secret",
        "--write-url",
        WRITE_URL,
        "--client-id",
        ID,
        "--tenant-id",
        ID,
        "--cluster-label",
        "prod",
        "--force",
        "--write",
        "--input",
        &file,
    ];
    words.map(str::to_owned).to_vec()
}

fn run(folder: &Path, strace: &[String]) -> Result<Output> {
    let mut command = match strace {
        [] => Command::new(crate::AMW_RW),
        options => {
            let mut command = Command::new(Program::Strace.path()?);
            command.args(options).arg(crate::AMW_RW);
            command
        }
    };
    let command = command.args(arguments()).env_clear().env("HOME", folder);
    Ok(command.current_dir(folder).output()?)
}

fn expected() -> Result<String> {
    let folder = folder()?;
    let output = run(folder.path(), &[])?;
    ensure!(output.status.success(), "a clean run fails: {output:?}");
    Ok(std::fs::read_to_string(
        folder.path().join(WATCHED).join(FILE),
    )?)
}

fn calls_of_a_clean_run() -> Result<Vec<SystemCall>> {
    let folder = folder()?;
    let trace = folder.path().join("trace");
    let options = ["-f", "-y", "-o", "trace", "-e", &format!("trace={CALLS}")];
    run(folder.path(), &options.map(str::to_owned))?;
    calls_in(&std::fs::read_to_string(trace).context("strace leaves no trace")?)
}

/// Those of the main thread that concern the watched folder.
fn calls_in(trace: &str) -> Result<Vec<SystemCall>> {
    let main = trace.split(' ').next().unwrap_or_default();
    let mut numbers = BTreeMap::<&str, usize>::new();
    let mut calls = Vec::new();
    for line in trace.lines() {
        let Some((thread, call)) = line.split_once(' ') else {
            continue;
        };
        let Some((name, about)) = call.trim_start().split_once('(') else {
            continue;
        };
        if thread != main || name.contains(' ') {
            continue;
        }
        let number = numbers.entry(name).or_default();
        *number += 1;
        // Output to the terminal names the file too.
        let is_output = about.starts_with("2<");
        if !is_output
            && (about.contains(&format!("/{WATCHED}")) || about.contains(&format!("\"{WATCHED}")))
        {
            calls.push(SystemCall {
                name: name.to_owned(),
                number: *number,
            });
        }
    }
    Ok(calls)
}

fn promises_hold(faults: &CallFaults, new: &str) -> Result<()> {
    let folder = folder()?;
    let mut options: Vec<String> = ["-f", "-qq", "-o", "/dev/null"].map(str::to_owned).to_vec();
    let mut names = Vec::new();
    for (name, number, error) in faults {
        names.push(name.as_str());
        options.extend([
            "-e".to_owned(),
            format!("inject={name}:error={error}:when={number}"),
        ]);
    }
    options.extend(["-e".to_owned(), format!("trace={}", names.join(","))]);
    let output = run(folder.path(), &options)?;
    let watched = folder.path().join(WATCHED);

    reported_the_file_state(&output, &watched, new)?;
    no_secret_is_open(&watched)?;
    let again = run(folder.path(), &[])?;
    ensure!(again.status.success(), "the next run fails: {again:?}");
    ensure!(
        std::fs::read_to_string(watched.join(FILE))? == new,
        "the next run writes another text"
    );
    for name in names_in(&watched)? {
        ensure!(name.starts_with(FILE), "the next run leaves {name}");
    }
    no_secret_is_open(&watched)
}

fn reported_the_file_state(output: &Output, watched: &Path, new: &str) -> Result<()> {
    let text = std::fs::read_to_string(watched.join(FILE))?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    let is_new = text == new;
    ensure!(is_new || text == OLD, "the file is neither old nor new");
    let backups: Vec<String> = names_in(watched)?
        .into_iter()
        .filter(|name| name.starts_with(&format!("{FILE}.bak")))
        .collect();
    for name in &backups {
        ensure!(
            std::fs::read_to_string(watched.join(name))? == OLD,
            "{name} is no backup"
        );
    }
    ensure!(
        !is_new || !backups.is_empty(),
        "the old text is lost: {stderr}"
    );
    match output.status.code() {
        Some(0) => ensure!(is_new, "exit code 0 without a new file: {stderr}"),
        Some(1 | 2) => {
            ensure!(
                stderr.contains("error: cannot"),
                "no error is reported: {stderr}"
            );
            ensure!(
                is_new == stderr.contains("was replaced"),
                "not the truth: {stderr}"
            );
            ensure!(
                !(is_new && stderr.contains("is unchanged")),
                "not the truth: {stderr}"
            );
        }
        other => bail!("exit code {other:?}: {stderr}"),
    }
    let named = backups.iter().any(|name| stderr.contains(name.as_str()));
    ensure!(!is_new || named, "the backup is not named: {stderr}");
    ensure!(!stderr.contains(SECRET), "the secret is shown");
    Ok(())
}

fn no_secret_is_open(watched: &Path) -> Result<()> {
    for name in names_in(watched)? {
        let path = watched.join(&name);
        let mode = std::fs::metadata(&path)?.permissions().mode();
        let holds_it = std::fs::read_to_string(&path)?.contains(SECRET);
        ensure!(
            !holds_it || mode & 0o007 == 0,
            "everybody can read the secret in {name}"
        );
    }
    Ok(())
}

/// Calls that change something; what is only looked at was tried with the file above.
const CHANGING: [&str; 7] = [
    "openat",
    "fsync",
    "ftruncate",
    "renameat",
    "renameat2",
    "rename",
    "unlink",
];

fn every_call_of_a_secret_may_fail() -> Result<()> {
    let world = world_with_spec()?;
    let trace = world.folder().join("trace");
    apply(
        &world,
        &["-f", "-y", "-o", "trace", "-e", &format!("trace={CALLS}")],
    )?;
    let calls = calls_in(&std::fs::read_to_string(trace).context("strace leaves no trace")?)?;
    let calls = calls
        .iter()
        .filter(|call| CHANGING.contains(&call.name.as_str()));
    let mut broken = Vec::new();
    let mut tried = 0;
    for call in calls {
        for what in ["error=EIO", "signal=KILL"] {
            tried += 1;
            let inject = format!("inject={}:{what}:when={}", call.name, call.number);
            if let Err(error) = one_live_secret_remains(&inject, &call.name) {
                broken.push(format!("{inject}: {error:#}"));
            }
        }
    }
    ensure!(tried > 40, "only {tried} faults: is the trace read?");
    let summary = format!(
        "{} of {tried} faults of a kept secret",
        tried - broken.len()
    );
    if !broken.is_empty() {
        bail!("{summary} are handled:\n{}", broken.join("\n"));
    }
    Ok(writeln!(std::io::stderr(), "{summary} are handled")?)
}

fn world_with_spec() -> Result<EndToEndWorld> {
    let world = EndToEndWorld::on_loopback()?;
    let watched = world.folder().join(WATCHED);
    std::fs::create_dir(&watched)?;
    std::fs::write(watched.join(SPEC), "connections:\n- cluster: aks-prod\n")?;
    Ok(world)
}

fn apply(world: &EndToEndWorld, strace: &[&str]) -> Result<Output> {
    let spec = format!("{WATCHED}/{SPEC}");
    let words = ["-f", &spec, "apply", "--yes", "--auth", "entra-secret"];
    let mut command = match strace {
        [] => world.signed_in(crate::AMW_RW),
        options => {
            let mut command = world.signed_in(Program::Strace.path()?);
            command.args(options).arg(crate::AMW_RW);
            command
        }
    };
    Ok(command.args(words).current_dir(world.folder()).output()?)
}

fn one_live_secret_remains(inject: &str, name: &str) -> Result<()> {
    let world = world_with_spec()?;
    let trace = format!("trace={name}");
    let first = apply(
        &world,
        &["-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", inject],
    )?;
    // A process that was killed has no code.
    ensure!(
        matches!(first.status.code(), Some(0 | 1 | 2 | 137) | None),
        "the first run ends badly: {first:?}"
    );
    let watched = world.folder().join(WATCHED);
    for name in names_in(&watched)?.iter().filter(|name| *name != SPEC) {
        let mode = std::fs::metadata(watched.join(name))?.permissions().mode();
        ensure!(mode & 0o077 == 0, "others can use {name}");
    }
    let again = apply(&world, &[])?;
    ensure!(again.status.success(), "the next run fails: {again:?}");
    let left = names_in(&watched)?;
    let is_left = |name: &&String| name.starts_with(".amw-rw-") || name.ends_with(".new");
    ensure!(
        !left.iter().any(|name| is_left(&name)),
        "the next run leaves {left:?}"
    );
    let requests = world.sandbox.journal.requests()?;
    let count = |path: &str| {
        let done = requests
            .iter()
            .filter(|one| one.succeeded() && one.path.ends_with(path));
        done.count()
    };
    let (added, removed) = (count("/addPassword"), count("/removePassword"));
    ensure!(
        added == removed + 1,
        "{added} secrets were made and {removed} removed"
    );
    Ok(())
}

fn names_in(folder: &Path) -> Result<Vec<String>> {
    let entries = std::fs::read_dir(folder)?;
    entries
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect()
}
