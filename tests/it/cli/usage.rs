use crate::support::World;

#[test]
fn an_empty_variable_counts_as_unset() {
    for name in [
        "AMW_RW_OUTPUT",
        "AMW_RW_SUBSCRIPTION",
        "AMW_RW_TENANT",
        "AMW_RW_YES",
    ] {
        World::new()
            .variable(name, "")
            .run_alone("version")
            .succeeds();
    }
}

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
            .contains("invalid value 'xml' for 'AMW_RW_OUTPUT (environment variable)'"),
        "{}",
        refused.stderr()
    );
}

#[test]
fn a_flag_with_a_wrong_value_is_named_although_its_variable_is_set() {
    let world = World::new().variable("AMW_RW_OUTPUT", "xml");

    let refused = world.run_alone("man --output xml").ends_with(2);

    assert!(
        refused.stderr().contains("for '--output <FORMAT>'"),
        "{}",
        refused.stderr()
    );
}

#[test]
fn a_variable_for_a_flag_without_a_value_is_on_off_or_unset() {
    for (value, code) in [("1", 0), ("no", 0), ("", 0), ("never", 2)] {
        let world = World::new().variable("AMW_RW_NO_INPUT", value);

        let outcome = world.run_alone("version").ends_with(code);

        let is_named = outcome.stderr().contains("AMW_RW_NO_INPUT");
        assert_eq!(is_named, code == 2, "{}", outcome.stderr());
    }
}

#[test]
fn a_variable_is_refused_by_its_name_as_its_flag_is() {
    for (name, value) in [
        ("AMW_RW_VERBOSE", "loud"),
        ("AMW_RW_SUBSCRIPTION", " "),
        ("AMW_RW_QUERY_SCOPE", " "),
        ("AMW_RW_AUTHORITY", "login.example"),
    ] {
        let world = World::new().variable(name, value);

        let refused = world.run_alone("version").ends_with(2);

        let named = format!("for '{name} (environment variable)'");
        assert!(refused.stderr().contains(&named), "{}", refused.stderr());
    }
    let world = World::new().variable("AMW_RW_VERBOSE", "true");
    world.run_alone("version").succeeds();
}

#[test]
fn a_flag_of_another_tool_is_met_with_ours() {
    let world = World::new();

    for (line, ours) in [
        ("render --values=values.yaml", "--input FILE"),
        ("plan --namespace monitoring", "--prometheus NAMESPACE/NAME"),
    ] {
        let refused = world.run_alone(line).ends_with(2);

        assert!(refused.stderr().contains(ours), "{}", refused.stderr());
    }
}

#[test]
fn the_flag_beats_the_environment() {
    let world = World::new().variable("AMW_RW_OUTPUT", "json");

    let failed = world
        .run_alone("man --dir /dev/null/pages --output human")
        .ends_with(1);

    assert_eq!(failed.stdout(), "");
}

#[test]
fn a_mistyped_variable_gets_a_warning_with_the_right_one() {
    let world = World::new().variable("AMW_RW_OUTPU", "json");

    let outcome = world.run_alone("version").succeeds();

    assert!(
        outcome.stderr().contains(
            "AMW_RW_OUTPU is not read: there is no such option; did you mean AMW_RW_OUTPUT?"
        ),
        "{}",
        outcome.stderr()
    );
}
