//! Does a document have a table as the code says it? For tests; `AMW_RW_BLESS=1` writes it.

/// The text between the two marks of a document is this table.
#[expect(
    clippy::disallowed_methods,
    reason = "a test that writes its document on request"
)]
pub(crate) fn has_table(document: &str, name: &str, table: &str) {
    let path = format!("{}/{document}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    let (start, end) = (
        format!("<!-- {name} -->\n"),
        format!("<!-- end of {name} -->"),
    );
    let (before, rest) = text.split_once(&start).expect("the document has the mark");
    let (_, after) = rest.split_once(&end).expect("the document has both marks");
    let expected = format!("{before}{start}{table}{end}{after}");
    if std::env::var_os("AMW_RW_BLESS").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap();
    assert_eq!(written, expected, "AMW_RW_BLESS=1 cargo test --lib table");
}
