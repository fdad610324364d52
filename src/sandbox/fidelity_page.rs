//! docs/fidelity.md lists what the sandbox serves. `AMW_RW_BLESS=1 cargo test fidelity_page` writes the tables.

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/fidelity.md");

/// The page with what is between two marks replaced.
fn with_table(page: &str, name: &str, table: &str) -> String {
    let (start, end) = (
        format!("<!-- {name} -->\n"),
        format!("<!-- end of {name} -->"),
    );
    let (before, rest) = page.split_once(&start).expect("the page has the mark");
    let (_, after) = rest.split_once(&end).expect("the page has both marks");
    format!("{before}{start}{table}{end}{after}")
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test that writes its page on request"
)]
fn the_fidelity_page_lists_what_is_served() {
    let written = std::fs::read_to_string(PAGE).unwrap();

    let page = with_table(
        &written,
        "Resource Manager",
        &super::resource_manager::served(),
    );
    let page = with_table(&page, "Microsoft Graph", &super::graph::served());

    if std::env::var_os("AMW_RW_BLESS").is_some() {
        std::fs::write(PAGE, &page).unwrap();
    }
    let written = std::fs::read_to_string(PAGE).unwrap();
    assert!(written == page, "AMW_RW_BLESS=1 cargo test fidelity_page");
}
