//! How much code does a command file hold? Its arguments and about 40 lines; what it decides is in `workflow`.

use std::path::{Path, PathBuf};

use super::{SOURCE, code_of, sources};

/// About 40 lines, for every command alike.
const MOST_LINES: usize = 40;

/// The files that run a command, below `src/cli`; its own `mod.rs` only leads to them.
fn commands() -> Vec<PathBuf> {
    let all = Path::new(SOURCE).join("cli");
    let runs = |path: &PathBuf| {
        code_of(path).lines().any(|line| {
            line.starts_with("pub(crate) fn run(") || line.starts_with("pub(crate) async fn run(")
        })
    };
    let mut files = Vec::new();
    sources(&all, &mut files);
    files.retain(|path| *path != all.join("mod.rs") && runs(path));
    files
}

/// Lines of functions, without imports, constants, comments, and types with their attributes.
fn code_lines(code: &str) -> usize {
    let (mut count, mut is_left_out) = (0, false);
    for line in code.lines() {
        let is_item = !line.starts_with([' ', '}', ')']) && !line.is_empty();
        if is_item {
            is_left_out = !["fn ", "async fn ", "impl "].iter().any(|start| {
                let words = line.trim_start_matches("pub(crate) ");
                let words = words.trim_start_matches("pub(super) ");
                words.starts_with(start)
            });
        }
        let text = line.trim();
        let is_code = !text.is_empty() && !text.starts_with("//");
        count += usize::from(is_code && !is_left_out);
    }
    count
}

#[test]
fn a_command_file_holds_its_arguments_and_little_more() {
    let commands = commands();
    let mut wrong = Vec::new();
    for file in &commands {
        let lines = code_lines(&code_of(file));
        if lines > MOST_LINES {
            wrong.push(format!("{} has {lines} lines of code", file.display()));
        }
    }

    assert!(commands.len() > 8, "{commands:?}");
    assert!(
        wrong.is_empty(),
        "move it to workflow:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn arguments_comments_and_imports_are_no_code() {
    let code = "//! X\nuse a::{\n    b,\n};\n\n/// A\n#[derive(Args)]\nstruct A {\n    b: bool,\n}\n\nconst C: u8 =\n    1;\n\n\
                pub(crate) async fn run(\n    a: A,\n) -> u8 {\n    // why\n    1\n}\n\nimpl A {\n    fn b() {}\n}\n";

    assert_eq!(code_lines(code), 8);
}
