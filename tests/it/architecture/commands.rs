//! Printed commands are composed in one place, which quotes every argument.

use super::{SOURCE, code_of, lines_outside, source_files, without_reasons};

/// The one place, and the part of it that prints no command for a user's names.
const EXEMPT: &[&str] = &["spec/command_line", "sandbox"];

pub(super) fn without_comments(code: &str) -> String {
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Texts of the code that hold a command with a placeholder behind it, such as `"helm upgrade {name}"`.
fn composed_commands(code: &str) -> Vec<String> {
    let literal = regex::Regex::new(r#"(?s)"(?:[^"\\]|\\.)*""#).unwrap();
    let command = regex::Regex::new(
        r"(?s)\b(?:(?:kubectl|helm|az|promtool|chgrp|chmod) [a-z-]+|amw-rw (?:init|plan|apply|render|doctor|migrate))[^`]*?(\{[a-z_.]*\})",
    )
    .unwrap();
    let code = without_comments(code);
    literal
        .find_iter(&code)
        .map(|text| text.as_str().to_owned())
        .filter(|text| command.is_match(text))
        .collect()
}

/// Texts of the code that hold an option with a value of its own behind it, such as `"add --tenant {tenant}"`.
fn composed_options(code: &str) -> Vec<String> {
    let option =
        regex::Regex::new(r"--[a-z][a-z-]*[ =](?:[a-z]+:)?(?:[A-Z]+/)?\{[a-z_.]*\}").unwrap();
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines
        .filter(|line| option.is_match(line))
        .map(|line| line.trim().to_owned())
        .collect()
}

/// What `search` finds in the code of all files but the exempt ones, each with its file.
pub(super) fn found_outside(exempt: &[&str], search: impl Fn(&str) -> Vec<String>) -> Vec<String> {
    let mut found = Vec::new();
    for path in source_files() {
        let name = path.strip_prefix(SOURCE).unwrap().display().to_string();
        if exempt.iter().any(|exempt| name.starts_with(exempt)) {
            continue;
        }
        let texts = search(&code_of(&path)).into_iter();
        found.extend(texts.map(|text| format!("{name}: {text}")));
    }
    found
}

/// What only ever holds words of our own.
const OWN_WORDS: &[&str] = &[
    "spec/support.rs",
    "cli/help.rs",
    "cluster/azure_kubeconfig.rs",
];

#[test]
fn the_value_of_a_printed_option_is_quoted_in_one_place() {
    let exempt = [EXEMPT, OWN_WORDS].concat();
    let found = found_outside(&exempt, composed_options);

    assert!(
        found.is_empty(),
        "options are composed without `command_line::option`:\n{}",
        found.join("\n")
    );
    assert_eq!(composed_options(r#"f("add --tenant {tenant}")"#).len(), 1);
    assert_eq!(composed_options(r#"f("--prometheus release:{}")"#).len(), 1);
    assert_eq!(composed_options(r#"f("add --yes: {why}")"#).len(), 0);
}

#[test]
fn commands_are_composed_in_one_place() {
    let found = found_outside(EXEMPT, composed_commands);

    assert!(
        found.is_empty(),
        "commands are composed outside `spec/command_line`:\n{}",
        found.join("\n")
    );
}

#[test]
fn a_command_with_a_placeholder_is_seen_and_a_fixed_one_is_not() {
    assert_eq!(
        composed_commands(r#"f("run: helm upgrade {} -n x")"#).len(),
        1
    );
    assert_eq!(composed_commands(r#"f("amw-rw apply {step}")"#).len(), 1);
    assert_eq!(composed_commands(r#"f("amw-rw apply")"#).len(), 0);
    assert_eq!(
        composed_commands(r#"f("`kubectl get` shows {name}")"#).len(),
        0
    );
}

/// Texts of a step that end in a command: that is a value of its own, so that it gets the flags of the run and is left out
/// in a sandbox. Help texts and what a subcommand is called are no next steps.
fn commands_in_text(code: &str) -> Vec<String> {
    let literal = regex::Regex::new(r#"(?s)"(?:[^"\\]|\\.)*""#).unwrap();
    let command = regex::Regex::new(
        r"(?s)(?:^.|: |:\n)(?:(?:kubectl|helm|az|promtool|kubelogin) [a-z-]+|amw-rw (?:init|plan|apply|render|doctor|migrate))|`(?:az|kubelogin) [a-z]",
    )
    .unwrap();
    let help = regex::Regex::new(r#"(?s)after_help = (?:"(?:[^"\\]|\\.)*"|[A-Z_]+)"#).unwrap();
    let code = without_comments(code);
    let code = help.replace_all(&code, "");
    literal
        .find_iter(&code)
        .map(|text| text.as_str().to_owned())
        .filter(|text| command.is_match(text))
        .collect()
}

#[test]
fn a_next_step_keeps_its_command_apart_from_its_text() {
    let found = found_outside(EXEMPT, commands_in_text);

    assert!(
        found.is_empty(),
        "texts hold commands; use `NextStep::run`:\n{}",
        found.join("\n")
    );
}

#[test]
fn a_command_in_a_text_is_seen_and_the_name_of_a_subcommand_is_not() {
    assert_eq!(commands_in_text(r#"next("amw-rw apply")"#).len(), 1);
    assert_eq!(commands_in_text(r#"next("sign in: az login")"#).len(), 1);
    assert_eq!(
        commands_in_text(r#"next("sign in with `az login`")"#).len(),
        1
    );
    assert_eq!(
        commands_in_text(r#"next("`amw-rw migrate` replaces it")"#).len(),
        0
    );
}

/// Composed commands that become text, by file, with the reason why they are no next step.
const AS_TEXT: &[(&str, usize, &str)] = &[
    (
        "workflow/definitions.rs",
        1,
        "a note names the command that shows the fields that the cluster knows",
    ),
    (
        "workflow/init_report.rs",
        1,
        "the result of `init` has the line that repeats it",
    ),
];

/// Commands of `spec/command_line` that are written into a sentence, or made a text.
fn commands_as_text(code: &str) -> usize {
    let inner = r"(?:[^()]|\((?:[^()]|\([^()]*\))*\))*";
    let command = r"\b(?:helm|kubectl|az|own)::\w+\(";
    let written = format!(r"(?s)\b(?:format|write|writeln)!\({inner}?{command}");
    let made = format!(r"(?s){command}{inner}\)\s*\.to_string\(\)");
    let code = without_comments(code);
    [written, made]
        .iter()
        .map(|pattern| regex::Regex::new(pattern).unwrap().find_iter(&code).count())
        .sum()
}

#[test]
fn few_commands_are_carried_as_text() {
    let found: Vec<(String, usize)> = lines_outside(EXEMPT, commands_as_text);

    assert_eq!(
        found,
        without_reasons(AS_TEXT),
        "give a `NextStep` or a `CommandLine`, or correct AS_TEXT"
    );
}

#[test]
fn a_command_that_becomes_text_is_seen_and_a_next_step_is_not() {
    for code in [
        r#"write!(out, "first: {}", helm::rollback(a, b.c(), d))"#,
        "compare: helm::show_values(a, b).to_string(),",
    ] {
        assert_eq!(commands_as_text(code), 1, "{code}");
    }
    for code in [
        r#"NextStep::run("first", helm::rollback(a, b))"#,
        r#"NextStep::run(format!("first {}", a), helm::rollback(a, b))"#,
        "own::apply(&name.to_string())",
    ] {
        assert_eq!(commands_as_text(code), 0, "{code}");
    }
}
