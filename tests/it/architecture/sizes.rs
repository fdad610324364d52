//! How long may a file be? Functions are held to 60 lines by clippy (`too-many-lines-threshold` in clippy.toml).

use super::{SOURCE, code_of, source_files};

/// Lines of a file without its test module.
const LONGEST_FILE: usize = 400;

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
