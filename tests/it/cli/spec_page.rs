//! docs/spec-file.md has the fields of the schema. `AMW_RW_BLESS=1 cargo test spec_page` writes the tables.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::World;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/spec-file.md");

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test that writes its page on request"
)]
fn the_spec_page_lists_the_fields_of_the_schema() {
    let world = World::new();
    let schema = world.run_alone("schema").succeeds().stdout().to_owned();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let connection = &schema["properties"]["connections"]["items"]["properties"];

    let written = std::fs::read_to_string(PAGE).unwrap();
    let page = with_table(&written, "fields of the file", &schema["properties"]);
    let page = with_table(&page, "fields of a connection", connection);

    if std::env::var_os("AMW_RW_BLESS").is_some() {
        std::fs::write(PAGE, &page).unwrap();
    }
    let written = std::fs::read_to_string(PAGE).unwrap();
    assert_eq!(written, page, "AMW_RW_BLESS=1 cargo test spec_page");
}

fn with_table(page: &str, name: &str, properties: &Value) -> String {
    let (start, end) = (
        format!("<!-- {name} -->\n"),
        format!("<!-- end of {name} -->"),
    );
    let (before, rest) = page.split_once(&start).expect("the page has the mark");
    let (_, after) = rest.split_once(&end).expect("the page has both marks");
    format!("{before}{start}{}{end}{after}", table(properties))
}

fn table(properties: &Value) -> String {
    let mut table = "| field | | values |\n|---|---|---|\n".to_owned();
    for (name, property) in properties.as_object().unwrap() {
        let help = property["description"].as_str().unwrap();
        let values = property["enum"].as_array().map(|values| {
            let names = values
                .iter()
                .map(|value| format!("`{}`", value.as_str().unwrap()));
            names.collect::<Vec<_>>().join(", ")
        });
        writeln!(
            table,
            "| `{name}` | {help} | {} |",
            values.unwrap_or_default()
        )
        .unwrap();
    }
    table
}
