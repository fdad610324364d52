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
