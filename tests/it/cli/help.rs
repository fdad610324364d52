use insta::assert_snapshot;

use crate::support::World;

#[test]
fn help_goes_to_stdout_and_is_no_error() {
    let world = World::new();

    let help = world.run_alone("--help").succeeds();

    assert!(help.stdout().contains("Usage: amw-rw"), "{}", help.stdout());
    assert_eq!(help.stderr(), "");
}

#[test]
fn the_short_help_leaves_out_other_clouds() {
    let world = World::new();

    let short = world.run_alone("man -h").succeeds().stdout().to_owned();
    let long = world.run_alone("man --help").succeeds().stdout().to_owned();

    assert!(!short.contains("--authority"), "{short}");
    assert!(long.contains("--authority"), "{long}");
}

#[test]
fn every_command_shows_an_example() {
    let world = World::new();
    let overview = world.run_alone("--help").succeeds().stdout().to_owned();
    let lines = overview.lines().skip_while(|line| *line != "Commands:");

    for line in lines.skip(1).take_while(|line| !line.is_empty()) {
        let command = line.split_whitespace().next().unwrap();
        let help = world
            .run_alone(&format!("{command} --help"))
            .succeeds()
            .stdout()
            .to_owned();
        let example = format!("\n  amw-rw {command}");
        assert!(help.contains(&example), "{command}:\n{help}");
    }
}

#[test]
fn the_short_help_starts_with_examples_and_is_shorter() {
    let world = World::new();

    let short = world.run_alone("init -h").succeeds().stdout().to_owned();
    let long = world
        .run_alone("init --help")
        .succeeds()
        .stdout()
        .to_owned();

    let examples = short.find("Examples:").unwrap();
    assert!(examples < short.find("Usage:").unwrap(), "{short}");
    assert!(!short.contains("--sidecar-port"), "{short}");
    assert!(long.contains("--sidecar-port"), "{long}");
    assert!(short.lines().count() < 50, "{short}");
}

#[test]
fn the_command_help_prints_what_the_flag_prints() {
    let world = World::new();

    for command in ["", "render", "sandbox"] {
        let word = world.run_alone(format!("help {command}").trim()).succeeds();
        let flag = world
            .run_alone(format!("{command} --help").trim())
            .succeeds();

        assert_eq!(word.stdout(), flag.stdout());
    }
    let unknown = world.run_alone("help rendr").ends_with(2);
    assert!(
        unknown.stderr().contains("'render'"),
        "{}",
        unknown.stderr()
    );
}

#[test]
fn each_form_of_the_version_names_the_build_in_json() {
    let world = World::new();

    for line in ["version -o json", "--version -o json", "-o json -V"] {
        let version = world.run_alone(line).succeeds();

        let document: serde_json::Value = serde_json::from_str(version.stdout()).unwrap();
        assert_eq!(document["schema"], "amw-rw/version/v1");
        assert_eq!(document["version"], env!("CARGO_PKG_VERSION"));
        assert!(document["target"].as_str().unwrap().contains('-'));
        assert!(document.as_object().unwrap().contains_key("commit"));
    }
}

#[test]
fn a_document_is_also_printed_as_yaml() {
    let world = World::new();

    let version = world.run_alone("version -o yaml").succeeds();

    let schema = version.stdout().lines().next().unwrap();
    assert_eq!(schema, "schema: amw-rw/version/v1");
}

#[test]
fn the_version_is_one_line() {
    let world = World::new();

    let version = world.run_alone("--version").succeeds();

    assert_snapshot!(version.stdout().replace(env!("CARGO_PKG_VERSION"), "1.2.3"), @"amw-rw 1.2.3");
}

#[test]
fn colours_of_help_follow_the_flag() {
    let world = World::new();

    let coloured = world
        .run_alone("--help --color always")
        .succeeds()
        .stdout()
        .to_owned();
    let plain = world
        .run_alone("--help --color=never")
        .succeeds()
        .stdout()
        .to_owned();

    assert!(coloured.contains("\u{1b}["), "{coloured}");
    assert!(!plain.contains("\u{1b}["), "{plain}");
}
