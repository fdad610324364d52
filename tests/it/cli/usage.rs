use crate::support::program::Program;

#[test]
fn an_unknown_command_is_wrong_usage_and_leaves_stdout_empty() {
    let program = Program::new();

    let refused = program.run("connect").fails_with(2);

    assert!(
        refused.stderr.contains("unrecognized subcommand 'connect'"),
        "{}",
        refused.stderr
    );
    assert_eq!(refused.stdout, "");
}

#[test]
fn a_mistyped_flag_is_met_with_the_right_one() {
    let program = Program::new();

    let refused = program.run("man --subscripton prod").fails_with(2);

    assert!(
        refused.stderr.contains("'--subscription'"),
        "{}",
        refused.stderr
    );
}

#[test]
fn without_a_command_the_help_is_shown_as_a_mistake() {
    let program = Program::new();

    let refused = program.run("").fails_with(2);

    assert!(refused.stderr.contains("Commands:"), "{}", refused.stderr);
    assert_eq!(refused.stdout, "");
}

#[test]
fn a_global_option_comes_from_the_environment_and_is_checked_alike() {
    let program = Program::new().with_variable("AMW_RW_OUTPUT", "xml");

    let refused = program.run("man").fails_with(2);

    assert!(
        refused.stderr.contains("invalid value 'xml' for '--output"),
        "{}",
        refused.stderr
    );
}

#[test]
fn the_flag_beats_the_environment() {
    let program = Program::new().with_variable("AMW_RW_OUTPUT", "json");

    let failed = program
        .run("man --dir /dev/null/pages --output human")
        .fails_with(1);

    assert_eq!(failed.stdout, "");
}
