//! How long may a file be? Functions are held to 60 lines by clippy (`too-many-lines-threshold` in clippy.toml).

use super::{SOURCE, code_of, source_files};

/// Lines of a file without its test module.
const LONGEST_FILE: usize = 400;

/// Files that are longer. The goal is 0 outside tables: lower the number whenever the test prints fewer.
const MOST_LONG_FILES: usize = 4;

/// Tables may be long.
const TABLES: &[&str] = &[];

#[test]
#[expect(clippy::print_stdout, reason = "the long files are the result")]
fn long_files_only_become_fewer() {
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
        long.len() <= MOST_LONG_FILES,
        "{} files are longer than {LONGEST_FILE} lines, {MOST_LONG_FILES} are allowed:\n{}",
        long.len(),
        long.join("\n")
    );
}
