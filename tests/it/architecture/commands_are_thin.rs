//! How much code does a command file hold? Its arguments and about 40 lines; what it decides is in `workflow`.

use std::path::Path;

use super::{SOURCE, code_of};

/// The files of commands, with the most lines of code that they may have. Only smaller numbers go in here. `migrate`,
/// `render` and `sandbox` turn many arguments into one request, which is 20 to 30 of their lines.
const COMMANDS: &[(&str, usize)] = &[
    ("apply.rs", 27),
    ("completions.rs", 21),
    ("doctor.rs", 32),
    ("help.rs", 25),
    ("init.rs", 49),
    ("man.rs", 23),
    ("migrate.rs", 48),
    ("plan.rs", 59),
    ("render.rs", 73),
    ("sandbox/mod.rs", 63),
    ("schema.rs", 4),
    ("version.rs", 14),
];

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
    let mut wrong = Vec::new();
    for (file, most) in COMMANDS {
        let lines = code_lines(&code_of(&Path::new(SOURCE).join("cli").join(file)));
        if lines > *most {
            wrong.push(format!("{file} has {lines} lines of code, not {most}"));
        }
    }

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
