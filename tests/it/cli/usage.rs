use crate::support::World;

#[test]
fn an_unknown_command_is_wrong_usage_and_leaves_stdout_empty() {
    let world = World::new();

    let refused = world.run_alone("connect").ends_with(2);

    assert!(
        refused
            .stderr()
            .contains("unrecognized subcommand 'connect'"),
        "{}",
        refused.stderr()
    );
    assert_eq!(refused.stdout(), "");
}

#[test]
fn a_mistyped_flag_is_met_with_the_right_one() {
    let world = World::new();

    let refused = world.run_alone("man --subscripton prod").ends_with(2);

    assert!(
        refused.stderr().contains("'--subscription'"),
        "{}",
        refused.stderr()
    );
}

#[test]
fn without_a_command_the_help_is_shown_as_a_mistake() {
    let world = World::new();

    let refused = world.run_alone("").ends_with(2);

    assert!(
        refused.stderr().contains("Commands:"),
        "{}",
        refused.stderr()
    );
    assert_eq!(refused.stdout(), "");
}

#[test]
fn a_global_option_comes_from_the_environment_and_is_checked_alike() {
    let world = World::new().variable("AMW_RW_OUTPUT", "xml");

    let refused = world.run_alone("man").ends_with(2);

    assert!(
        refused
            .stderr()
            .contains("invalid value 'xml' for '--output"),
        "{}",
        refused.stderr()
    );
}

#[test]
fn the_flag_beats_the_environment() {
    let world = World::new().variable("AMW_RW_OUTPUT", "json");

    let failed = world
        .run_alone("man --dir /dev/null/pages --output human")
        .ends_with(1);

    assert_eq!(failed.stdout(), "");
}
