use crate::support::program::Program;

#[test]
fn each_shell_gets_a_script_that_knows_our_flags() {
    let program = Program::new();

    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = program.run(&format!("completions {shell}")).succeeds();

        assert!(script.stdout.contains("no-input"), "{shell}");
        assert_eq!(script.stderr, "", "{shell}");
    }
}

#[test]
fn an_unknown_shell_is_met_with_the_known_ones() {
    let program = Program::new();

    let refused = program.run("completions tcsh").fails_with(2);

    assert!(
        refused
            .stderr
            .contains("bash, elvish, fish, powershell, zsh"),
        "{}",
        refused.stderr
    );
}
