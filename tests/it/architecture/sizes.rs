//! How long may a file be, and a function with its comments? Clippy holds functions to 60 lines too, without comments and empty lines
//! (`too-many-lines-threshold` in clippy.toml).

use super::{SOURCE, code_of, source_files};

/// Lines of a file without its test module.
const LONGEST_FILE: usize = 400;

/// From `fn` to its last brace, with comments and empty lines.
const LONGEST_FUNCTION: usize = 60;

/// Tables may be long.
const TABLES: &[&str] = &[];

#[test]
#[expect(clippy::print_stdout, reason = "the long files are the result")]
fn no_file_is_too_long() {
    let mut long = Vec::new();
    for path in source_files() {
        let name = path.strip_prefix(SOURCE).unwrap().display().to_string();
        let lines = code_of(&path).lines().count();
        if lines > LONGEST_FILE && !TABLES.contains(&&*name) {
            long.push(format!("{name} has {lines} lines"));
        }
    }

    println!("{}", long.join("\n"));
    assert!(
        long.is_empty(),
        "longer than {LONGEST_FILE} lines:\n{}",
        long.join("\n")
    );
}

#[test]
fn no_function_is_too_long() {
    let mut long = Vec::new();
    for path in source_files() {
        let name = path.strip_prefix(SOURCE).unwrap().display().to_string();
        let text = code_of(&path);
        let lengths = function_lengths(&text).into_iter();
        long.extend(
            lengths
                .filter(|(_, length)| *length > LONGEST_FUNCTION)
                .map(|(function, length)| format!("{name}: `{function}` has {length} lines")),
        );
    }

    assert!(
        long.is_empty(),
        "longer than {LONGEST_FUNCTION} lines:\n{}",
        long.join("\n")
    );
}

#[test]
fn a_function_is_measured_from_its_head_to_its_last_brace() {
    let text = "impl A {\n    pub(crate) async fn one() {\n        // why\n\n        if x {\n        }\n    }\n}\nfn two() {}\n";

    let lengths = function_lengths(text);

    assert_eq!(lengths, [("one", 6), ("two", 1)]);
}

/// Each function of a formatted text, with its lines.
fn function_lengths(text: &str) -> Vec<(&str, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let measured = lines.iter().enumerate().filter_map(|(first, line)| {
        let name = function_name(line)?;
        let code = line.trim_start();
        let depth = line.len() - code.len();
        let closing = format!("{}}}", " ".repeat(depth));
        let rest = &lines[first..];
        let is_short = code.ends_with('}') || code.ends_with(';');
        let length = if is_short {
            1
        } else {
            rest.iter().position(|line| *line == closing)? + 1
        };
        Some((name, length))
    });
    measured.collect()
}

/// The name of the function that begins on this line.
pub(super) fn function_name(line: &str) -> Option<&str> {
    let (before, after) = line.trim_start().split_once("fn ")?;
    let words = [
        "pub",
        "pub(crate)",
        "pub(super)",
        "async",
        "const",
        "unsafe",
    ];
    let is_word = |word: &str| words.contains(&word) || word.starts_with("pub(in");
    let is_function = before
        .split_whitespace()
        .all(|word| is_word(word) || word.ends_with(')'));
    let name = after.split(['(', '<']).next()?;
    is_function.then_some(name)
}
