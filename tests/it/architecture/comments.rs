//! How many comments are inside functions? They state what code cannot: what is surprising about Azure, Kubernetes and YAML, and why a line
//! is as it is.

use super::sizes::function_name;
use super::{code_of, source_files};

/// Lines of comments for each 100 lines of code in functions, over the whole crate: what was reached on 2026-11-28, rounded down.
const LEAST: usize = 4;

#[test]
fn functions_have_no_fewer_comments_than_before() {
    let (mut comments, mut code) = (0, 0);
    for path in source_files() {
        let of_file = counts(&code_of(&path));
        comments += of_file.0;
        code += of_file.1;
    }

    assert!(
        comments * 100 >= code * LEAST,
        "{comments} lines of comments in {code} lines of functions are fewer than {LEAST} for each 100"
    );
}

#[test]
fn only_lines_of_their_own_within_a_function_are_counted() {
    let text = "/// A.\n// B.\nfn one() {}\nfn two(\n    x: X,\n) {\n    // why\n    if x {\n        y(); // z\n    }\n\n}\nconst C: u8 = 0;\n";
    let declared = "    fn one(\n        &self,\n    ) -> X;\n\n    // No.\n    const C: u8;\n";

    assert_eq!(counts(text), (1, 5));
    assert_eq!(counts(declared), (0, 1));
}

/// The lines of comments inside the functions of a formatted text, and those of code.
fn counts(text: &str) -> (usize, usize) {
    let (mut comments, mut code) = (0, 0);
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let content = line.trim_start();
        let column = line.len() - content.len();
        match open {
            None => {
                let is_short = content.ends_with(['}', ';']);
                open = function_name(line).filter(|_| !is_short).map(|_| column);
            }
            Some(first) if column == first && content == "}" => open = None,
            // A trait declares a function without a body.
            Some(first) if column == first && content.ends_with(';') => open = None,
            Some(_) if content.starts_with("//") => comments += 1,
            Some(_) => code += usize::from(!content.is_empty()),
        }
    }
    (comments, code)
}
