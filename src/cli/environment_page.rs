//! docs/environment.md lists the variables of the global flags. `AMW_RW_BLESS=1 cargo test environment_page` writes the table.

use std::fmt::Write as _;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/environment.md");
const START: &str = "<!-- variables of the flags -->\n";
const END: &str = "<!-- end of variables of the flags -->";

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test that writes its page on request"
)]
fn the_environment_page_lists_the_variable_of_every_flag() {
    let written = std::fs::read_to_string(PAGE).unwrap();
    let (before, rest) = written.split_once(START).expect("the page has the mark");
    let (_, after) = rest.split_once(END).expect("the page has both marks");

    let page = format!("{before}{START}{}{END}{after}", table());

    if std::env::var_os("AMW_RW_BLESS").is_some() {
        std::fs::write(PAGE, &page).unwrap();
    }
    let written = std::fs::read_to_string(PAGE).unwrap();
    assert_eq!(written, page, "AMW_RW_BLESS=1 cargo test environment_page");
}

fn table() -> String {
    let mut table = "| variable | flag | |\n|---|---|---|\n".to_owned();
    for flag in super::command().get_arguments() {
        let (Some(variable), Some(long)) = (flag.get_env(), flag.get_long()) else {
            continue;
        };
        let help = flag.get_help().map(ToString::to_string).unwrap_or_default();
        writeln!(
            table,
            "| `{}` | `--{long}` | {help} |",
            variable.to_string_lossy()
        )
        .unwrap();
    }
    table
}
