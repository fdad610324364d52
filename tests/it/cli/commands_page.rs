//! docs/commands.md is the snapshot of all help. `AMW_RW_BLESS=1 cargo test commands_page` writes it again.

use std::fmt::Write;
use std::path::Path;

use crate::support::World;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/commands.md");

const INTRODUCTION: &str = "\
# Commands

What `amw-rw --help` and `amw-rw COMMAND --help` print. A test keeps this page up to date.
";

/// Headings of options that every command has; printed once, at the top.
const GLOBAL: [&str; 4] = ["Azure:", "Kubernetes:", "Other clouds:", "General:"];

#[test]
fn the_page_of_commands_equals_the_help() {
    let world = World::new();

    let page = page(&world);

    if is_blessed() {
        std::fs::write(PAGE, &page).unwrap();
    }
    let written = std::fs::read_to_string(Path::new(PAGE)).unwrap_or_default();
    assert_eq!(written, page, "AMW_RW_BLESS=1 cargo test commands_page");
}

#[expect(
    clippy::disallowed_methods,
    reason = "the person who runs the tests sets this, not the scenario"
)]
fn is_blessed() -> bool {
    std::env::var_os("AMW_RW_BLESS").is_some()
}

fn page(world: &World) -> String {
    let overview = world.run_alone("--help").succeeds().stdout().to_owned();
    let mut page = INTRODUCTION.to_owned();
    section(&mut page, "amw-rw", &overview);
    for command in commands(&overview) {
        let help = world
            .run_alone(&format!("{command} --help"))
            .succeeds()
            .stdout()
            .to_owned();
        section(&mut page, &format!("amw-rw {command}"), &own_options(&help));
    }
    page
}

fn section(page: &mut String, title: &str, help: &str) {
    let help = help.trim_end();
    write!(page, "\n## {title}\n\n```text\n{help}\n```\n").unwrap();
}

/// The first word of each line under `Commands:`.
fn commands(overview: &str) -> impl Iterator<Item = &str> {
    let lines = overview.lines().skip_while(|line| *line != "Commands:");
    let listed = lines.skip(1).take_while(|line| !line.is_empty());
    listed.filter_map(|line| line.split_whitespace().next())
}

fn own_options(help: &str) -> String {
    let parts = help.split("\n\n");
    let own = parts.filter(|part| !GLOBAL.iter().any(|heading| part.starts_with(heading)));
    own.collect::<Vec<_>>().join("\n\n")
}
