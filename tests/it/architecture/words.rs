//! Is the glossary of CONTRIBUTING.md true? Each row names a type and the file that defines it.

use std::path::Path;

/// Rows of the section "Words": the word, and the two texts in backticks of the last column.
fn rows(text: &str) -> Vec<(String, String, String)> {
    let section = text.split("## Words").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    section
        .lines()
        .filter(|line| line.contains("` in `src/"))
        .map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let names: Vec<&str> = cells[3].split('`').collect();
            (
                cells[1].to_owned(),
                names[1].to_owned(),
                names[3].to_owned(),
            )
        })
        .collect()
}

#[test]
fn every_word_of_the_glossary_has_its_type() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("CONTRIBUTING.md")).unwrap();

    let rows = rows(&text);

    assert!(rows.len() >= 20, "{rows:?}");
    for (word, name, file) in rows {
        let source = std::fs::read_to_string(root.join(&file)).unwrap_or_default();
        let is_defined = ["struct", "enum", "trait", "fn"].iter().any(|kind| {
            source
                .split(&format!("{kind} {name}"))
                .skip(1)
                .any(|after| !after.starts_with(|next: char| next.is_alphanumeric()))
        });
        // The macro `words!` writes the enum.
        let is_defined = is_defined || source.contains(&format!("\n    {name} {{\n"));
        assert!(is_defined, "{word}: {file} defines no {name}");
    }
}
