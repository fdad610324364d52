//! How quick is it, against something in the same run? Start-up compared with a minimal program, `init` compared with its longest chain,
//! large files compared with `yq`.
//!
//! `cargo bench` prints what docs/performance.md keeps; it starts a sandbox of its own and needs nothing else.
#![allow(
    clippy::print_stdout,
    reason = "printing figures is what a measurement is for"
)]

mod large_files;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const BINARY: &str = env!("CARGO_BIN_EXE_amw-rw");
const LATENCY: Duration = Duration::from_millis(200);
/// Calls of the first `init` of which each needs the answer of the one before; docs/performance.md lists them.
const CHAIN: u32 = 17;

fn main() {
    let folder = tempfile::tempdir().expect("a folder for the measurement");
    large_files::measure(folder.path());
    start_up(folder.path());
    first_run(folder.path());
}

fn start_up(folder: &Path) {
    let hello = folder.join("hello");
    let source = folder.join("hello.rs");
    std::fs::write(&source, "fn main() { println!(\"hello\"); }")
        .expect("the minimal program can be written");
    let built = Command::new("rustc")
        .arg("-O")
        .arg(&source)
        .arg("-o")
        .arg(&hello)
        .status();
    assert!(
        built.is_ok_and(|status| status.success()),
        "rustc builds the minimal program"
    );
    let mut ours = Vec::new();
    let mut minimal = Vec::new();
    for _ in 0..200 {
        ours.push(time(Command::new(BINARY).arg("--version")));
        minimal.push(time(&mut Command::new(&hello)));
    }
    let (ours, minimal) = (median(ours), median(minimal));
    println!(
        "--version: {ours:?}, minimal hello world: {minimal:?}, ratio {:.2}",
        ratio(ours, minimal)
    );
}

fn first_run(folder: &Path) {
    let mut sandbox = MeasuredSandbox::start(folder);
    let start = Instant::now();
    let status = sandbox.command("init --yes").status().expect("init starts");
    let wall = start.elapsed();
    assert!(status.success(), "init succeeds");
    let waits = sandbox.waits();
    let chain = LATENCY * CHAIN + waits;
    println!(
        "init at {LATENCY:?} a call: {wall:?}; longest chain {CHAIN} calls and {waits:?} that Azure asked for: {chain:?}, ratio {:.2}; {} requests",
        ratio(wall, chain),
        sandbox.requests()
    );
    let before = sandbox.requests();
    assert!(
        sandbox
            .command("plan")
            .status()
            .expect("plan starts")
            .success()
    );
    println!(
        "plan without changes: {} requests",
        sandbox.requests() - before
    );
    sandbox.child.kill().ok();
    sandbox.child.wait().ok();
}

struct MeasuredSandbox {
    child: Child,
    folder: std::path::PathBuf,
}

impl MeasuredSandbox {
    fn start(folder: &Path) -> Self {
        let latency = format!("{}ms", LATENCY.as_millis());
        let mut child = Command::new(BINARY)
            .args([
                "sandbox",
                "-o",
                "json",
                "--env-file",
                "env",
                "--journal",
                "journal",
                "--latency",
                &latency,
            ])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the sandbox starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("stdout is piped");
        BufReader::new(out)
            .read_line(&mut line)
            .expect("the sandbox says where it is");
        Self {
            child,
            folder: folder.to_owned(),
        }
    }

    fn command(&self, arguments: &str) -> Command {
        let env = std::fs::read_to_string(self.folder.join("env"))
            .expect("the sandbox wrote its environment");
        let variables = env
            .lines()
            .filter_map(|line| line.strip_prefix("export ")?.split_once('='));
        let mut command = Command::new(BINARY);
        command
            .args(arguments.split_whitespace())
            .current_dir(&self.folder)
            .envs(variables.map(|(name, value)| (name, value.trim_matches('\''))))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    fn journal(&self) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(self.folder.join("journal")).unwrap_or_default();
        text.lines()
            .map(|line| serde_json::from_str(line).expect("the journal is JSON lines"))
            .collect()
    }

    fn requests(&self) -> usize {
        self.journal().len()
    }

    /// Pauses between polls of the provider's registration: time that no client can save.
    fn waits(&self) -> Duration {
        let journal = self.journal();
        let polls: Vec<_> = journal
            .iter()
            .filter(|entry| {
                entry["method"] == "GET"
                    && entry["path"]
                        .as_str()
                        .is_some_and(|path| path.ends_with("/providers/Microsoft.Monitor"))
            })
            .collect();
        let stamp = |entry: &serde_json::Value, key: &str| -> jiff::Timestamp {
            entry[key]
                .as_str()
                .unwrap_or_default()
                .parse()
                .expect("the journal's times are RFC 3339")
        };
        let gaps = polls
            .windows(2)
            .skip(1)
            .map(|pair| stamp(pair[1], "started").duration_since(stamp(pair[0], "time")));
        gaps.filter_map(|gap| Duration::try_from(gap).ok()).sum()
    }
}

fn time(command: &mut Command) -> Duration {
    let start = Instant::now();
    let status = command
        .stdout(Stdio::null())
        .status()
        .expect("the program starts");
    assert!(status.success());
    start.elapsed()
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort();
    all[all.len() / 2]
}

fn ratio(ours: Duration, other: Duration) -> f64 {
    ours.as_secs_f64() / other.as_secs_f64()
}
