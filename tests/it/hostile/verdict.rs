//! Runs a command under watch, and judges how it ended.

use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use crate::support::{World, table};

/// One call with all its retries, and some time around them.
const LONGEST: Duration = Duration::from_secs(150);
/// In KiB. A clean run of the debug build takes a quarter of it.
const MOST_MEMORY: u64 = 400 * 1024;

/// The endpoints of Azure that a foreign server can replace.
pub(super) const ENDPOINTS: [&str; 3] = [
    "AMW_RW_RESOURCE_MANAGER_ENDPOINT",
    "AMW_RW_AUTHORITY",
    "AMW_RW_GRAPH_ENDPOINT",
];

/// Runs the commands for every endpoint and each answer of its server, `threads` at a time: none of them may be harmed.
/// `world` makes the world of a cell.
#[track_caller]
pub(super) fn no_command_is_harmed<Answer: Sync>(
    answers: &[(&'static str, Answer)],
    threads: usize,
    commands: &[&str],
    world: impl Fn(&'static str, &Answer) -> World + Sync,
) {
    let cells: Vec<_> = ENDPOINTS
        .into_iter()
        .flat_map(|endpoint| answers.iter().map(move |answer| (endpoint, answer)))
        .collect();

    let failures = table::failures(&cells, threads, |(endpoint, (name, answer))| {
        let mut world = world(endpoint, answer);
        commands.iter().try_for_each(|command| {
            let watched = watch(&mut world, command);
            let judged = watched.and_then(|watched| watched.is_civil());
            judged.map_err(|why| format!("{endpoint}, {name}, {command}: {why}"))
        })
    });

    table::assert_none(&failures, cells.len());
}

/// What came out of a command that was watched.
pub(super) struct Watched {
    status: ExitStatus,
    memory: u64,
    stderr: String,
}

/// Runs it to its end, or kills it when it takes too long or too much.
pub(super) fn watch(world: &mut World, arguments: &str) -> Result<Watched, String> {
    let mut child = world.start(arguments, "watched");
    let started = Instant::now();
    let mut memory = 0;
    let status = loop {
        memory = memory.max(resident(&child));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if started.elapsed() > LONGEST || memory > MOST_MEMORY {
            child.kill().ok();
            child.wait().unwrap();
            return Err(format!(
                "killed after {:?} with {} MiB",
                started.elapsed(),
                memory / 1024
            ));
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    Ok(Watched {
        status,
        memory,
        stderr: world.read("watched.err"),
    })
}

/// The most that was resident so far, in KiB; 0 once the process has ended.
fn resident(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
    let status = status.unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

impl Watched {
    /// Whatever the input was: no panic, no control characters, and an error with a next step.
    pub(super) fn is_civil(&self) -> Result<(), String> {
        let Some(code) = self.status.code() else {
            return self.refuse("it was ended by a signal");
        };
        if code == 101 || self.stderr.contains("a bug in this program") {
            return self.refuse("it panicked");
        }
        // What these commands write to stdout is a file, which keeps the user's text.
        if let Some(letter) = self.stderr.chars().find(is_obeyed) {
            return self.refuse(&format!("{letter:?} reached the output"));
        }
        let is_error = self.stderr.lines().any(|line| line.starts_with("error:"));
        if is_error && !self.stderr.contains("next:") {
            return self.refuse("the error has no next step");
        }
        if self.memory > MOST_MEMORY {
            return self.refuse("it took too much memory");
        }
        Ok(())
    }

    /// And its exit code is one of these.
    pub(super) fn is_civil_and_ends_with(&self, codes: &[i32]) -> Result<(), String> {
        self.is_civil()?;
        match self.status.code() {
            Some(code) if codes.contains(&code) => Ok(()),
            _ => self.refuse("it ended with another code than expected"),
        }
    }

    /// And it did not take the input for a good one.
    pub(super) fn fails(&self) -> Result<(), String> {
        self.is_civil()?;
        match self.status.code() {
            Some(1 | 2 | 4 | 5) => Ok(()),
            _ => self.refuse("it did not fail"),
        }
    }

    fn refuse(&self, why: &str) -> Result<(), String> {
        let stderr: String = self.stderr.chars().take(2000).collect();
        Err(format!("{why} ({}): {stderr:?}", self.status))
    }
}

/// What a terminal obeys, or what changes the order in which people read.
pub(super) fn is_obeyed(letter: &char) -> bool {
    let is_control = letter.is_control() && !matches!(letter, '\n' | '\t');
    let is_bidirectional = matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    is_control || is_bidirectional
}
