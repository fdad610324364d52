//! Recorded exchanges of the real Azure, replayed at the sandbox: the differences may only become fewer.
//!
//! The recordings are no part of the project. They are looked for in `AMW_RW_E2E_RECORDINGS`, else in
//! `../shared/data/recordings`; the folder has `replay.py`, which plays them and counts.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use libtest_mimic::Completion;
use serde_json::Value;

use super::EndToEndScenario;
use crate::AMW_RW;
use crate::files;
use crate::programs;
use crate::run::run;

const VARIABLE: &str = "AMW_RW_E2E_RECORDINGS";

/// What a replay of the known set may come to; each change that makes the sandbox more like Azure lowers them.
const HELD: Counts = Counts {
    exchanges: 1295,
    more_lenient: 40,
    refused: 28,
    other: 374,
    not_playable: 279,
};

/// The last lines of a replay.
#[derive(Debug, PartialEq, Eq)]
struct Counts {
    exchanges: u32,
    /// Exchanges whose worst difference is class A: more lenient than Azure, or so that it hides a fault of a client.
    more_lenient: u32,
    /// Class B: refused or not offered, although Azure accepted it.
    refused: u32,
    /// Class C: the rest.
    other: u32,
    not_playable: u32,
}

pub(super) fn scenarios() -> Vec<EndToEndScenario> {
    vec![EndToEndScenario::with_completion(
        "the_sandbox_answers_as_the_recorded_azure",
        recorded_azure,
    )]
}

fn recorded_azure() -> Result<Completion> {
    let folder = match programs::variable_of_this_process(VARIABLE) {
        Some(folder) => PathBuf::from(folder),
        None => files::project().join("../shared/data/recordings"),
    };
    let script = folder.join("replay.py");
    if !script.exists() {
        let reason = format!(
            "there are no recordings of Azure in {}: set {VARIABLE}",
            folder.display()
        );
        return Ok(Completion::ignored_with(reason));
    }
    let (counts, differences) = replay(&folder, &script)?;
    if counts.exchanges != HELD.exchanges {
        let reason = format!("no counts are held for this set of recordings: {counts:?}");
        return Ok(Completion::ignored_with(reason));
    }
    ensure!(
        counts == HELD,
        "the replay came to {counts:?}, and {HELD:?} is held: fewer differences are to be written down, more are a fault"
    );
    each_difference_has_a_reason(&differences)?;
    Ok(Completion::Completed)
}

/// Plays all recordings, each at a sandbox of its own.
fn replay(folder: &Path, script: &Path) -> Result<(Counts, Vec<Value>)> {
    let list = tempfile::NamedTempFile::new()?;
    let mut recordings: Vec<PathBuf> = std::fs::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|it| it == "jsonl"))
        .collect();
    recordings.sort();
    let mut command = Command::new("python3");
    command.arg(script).args(["--start", AMW_RW, "--json"]);
    command.arg(list.path()).args(recordings);
    let finished = run(&mut command)?;
    // The script ends with 1 while there is any difference.
    let printed = match finished.went_well() {
        true => finished.succeeds()?,
        false => finished.fails_with(1)?,
    };
    let differences = serde_json::from_str(&std::fs::read_to_string(list.path())?)?;
    Ok((counts(&printed)?, differences))
}

/// Reads `worst class of a deviating exchange: A 1, B 2, C 3` and `4 exchanges, 1 agree, 3 deviate (2 kinds), 0 not playable`.
fn counts(printed: &str) -> Result<Counts> {
    let mut last = printed.lines().rev();
    let total = last.next().context("the replay printed nothing")?;
    let classes = last.next().context("the replay printed one line only")?;
    let before = |word: &str| -> Result<u32> {
        let (front, _) = total.split_once(word).context("a count is missing")?;
        let number = front.trim_end().rsplit([' ', '(']).next();
        Ok(number.context("a count is missing")?.parse()?)
    };
    let of_class = |class: &str| -> Result<u32> {
        let (_, rest) = classes.rsplit_once(class).context("a class is missing")?;
        let end = rest.find(',').unwrap_or(rest.len());
        Ok(rest[..end].trim().parse()?)
    };
    Ok(Counts {
        exchanges: before("exchanges")?,
        more_lenient: of_class(" A ")?,
        refused: of_class(" B ")?,
        other: of_class(" C ")?,
        not_playable: before("not playable")?,
    })
}

/// docs/fidelity.md has a row with the reason for each kind of difference of the classes A and B, and no other row.
fn each_difference_has_a_reason(differences: &[Value]) -> Result<()> {
    let page = std::fs::read_to_string(files::project().join("docs/fidelity.md"))?;
    let (_, table) = page
        .split_once("<!-- accepted differences -->")
        .context("the mark is missing")?;
    let (table, _) = table
        .split_once("<!-- end of accepted differences -->")
        .context("the mark is missing")?;
    let listed: Vec<&str> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" | ").nth(1))
        .filter(|text| *text != "difference")
        .collect();
    let found: Vec<&str> = differences
        .iter()
        .filter(|it| it["class"] == "A" || it["class"] == "B")
        .filter_map(|it| it["what"].as_str())
        .collect();
    for what in &found {
        ensure!(
            listed.contains(what),
            "docs/fidelity.md has no reason for: {what}"
        );
    }
    for what in listed {
        ensure!(
            found.contains(&what),
            "docs/fidelity.md lists what is no difference: {what}"
        );
    }
    Ok(())
}
