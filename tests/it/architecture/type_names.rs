//! Does each type name have one definition? A search for a type finds one answer, in the program, the sandbox and the tests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const FOLDERS: [&str; 3] = ["src", "tests", "benches"];
const KEYWORDS: [&str; 5] = ["struct ", "enum ", "trait ", "union ", "type "];

/// The name of the type that this line defines, if it does.
fn defined(line: &str) -> Option<&str> {
    let line = line.trim_end();
    let words = line.trim_start();
    // An indented `type` belongs to an implementation of a trait, which gives the name.
    let is_associated = words.len() < line.len() && words.starts_with("type ");
    let words = match words.strip_prefix("pub") {
        Some(after) if after.starts_with('(') => after.split_once(") ")?.1,
        Some(after) => after.trim_start(),
        None => words,
    };
    let name = KEYWORDS
        .iter()
        .find_map(|keyword| words.strip_prefix(keyword))?;
    let end = name.find(|letter: char| !letter.is_alphanumeric());
    let name = &name[..end.unwrap_or(name.len())];
    let is_type = name.starts_with(|letter: char| letter.is_uppercase());
    (is_type && !is_associated).then_some(name)
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The type that `words!(` makes: the first line below it that is no comment and opens a brace.
fn first_type(macro_body: &str) -> Option<&str> {
    let mut lines = macro_body.lines().map(str::trim);
    let line = lines.find(|line| !line.is_empty() && !line.starts_with("//"))?;
    line.strip_suffix(" {")
        .filter(|name| name.chars().all(char::is_alphanumeric))
}

#[test]
fn each_type_name_has_one_definition() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in FOLDERS {
        rust_files(&root.join(folder), &mut files);
    }

    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in &files {
        let text = std::fs::read_to_string(path).unwrap();
        let file = path.strip_prefix(root).unwrap().display();
        let of_words = text.split("words!(").skip(1).filter_map(first_type);
        for name in text.lines().filter_map(defined).chain(of_words) {
            let all = places.entry(name.to_owned()).or_default();
            all.push(file.to_string());
        }
    }
    places.retain(|_, files| files.len() > 1);

    assert!(
        places.is_empty(),
        "give each of these types a name of its own:\n{places:#?}"
    );
}

#[test]
fn a_definition_is_recognised() {
    assert_eq!(defined("pub(crate) struct Plan {"), Some("Plan"));
    assert_eq!(defined("    enum Kind<'a> {"), Some("Kind"));
    assert_eq!(defined("type Listener = Arc<dyn Fn()>;"), Some("Listener"));
    assert_eq!(defined("    type Output = u8;"), None);
    assert_eq!(defined("/// struct tags"), None);
    assert_eq!(
        first_type("\n    /// Where.\n    PlatformKind {\n"),
        Some("PlatformKind")
    );
}
