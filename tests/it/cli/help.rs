use insta::assert_snapshot;

use crate::support::program::Program;

#[test]
fn help_goes_to_stdout_and_is_no_error() {
    let program = Program::new();

    let help = program.run("--help").succeeds();

    assert!(help.stdout.contains("Usage: amw-rw"), "{}", help.stdout);
    assert_eq!(help.stderr, "");
}

#[test]
fn the_short_help_leaves_out_other_clouds() {
    let program = Program::new();

    let short = program.run("man -h").succeeds().stdout;
    let long = program.run("man --help").succeeds().stdout;

    assert!(!short.contains("--authority"), "{short}");
    assert!(long.contains("--authority"), "{long}");
}

#[test]
fn every_command_shows_an_example() {
    let program = Program::new();
    let overview = program.run("--help").succeeds().stdout;
    let lines = overview.lines().skip_while(|line| *line != "Commands:");

    for line in lines.skip(1).take_while(|line| !line.is_empty()) {
        let command = line.split_whitespace().next().unwrap();
        let help = program.run(&format!("{command} --help")).succeeds().stdout;
        let example = format!("\n  amw-rw {command}");
        assert!(help.contains(&example), "{command}:\n{help}");
    }
}

#[test]
fn the_version_is_one_line() {
    let program = Program::new();

    let version = program.run("--version").succeeds();

    assert_snapshot!(version.stdout.replace(env!("CARGO_PKG_VERSION"), "1.2.3"), @"amw-rw 1.2.3");
}

#[test]
fn colours_of_help_follow_the_flag() {
    let program = Program::new();

    let coloured = program.run("--help --color always").succeeds().stdout;
    let plain = program.run("--help --color=never").succeeds().stdout;

    assert!(coloured.contains("\u{1b}["), "{coloured}");
    assert!(!plain.contains("\u{1b}["), "{plain}");
}
