use crate::support::World;

#[test]
fn each_shell_gets_a_script_that_knows_our_flags() {
    let world = World::new();

    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = world.run_alone(&format!("completions {shell}")).succeeds();

        assert!(script.stdout().contains("no-input"), "{shell}");
        assert_eq!(script.stderr(), "", "{shell}");
    }
}

#[test]
fn an_unknown_shell_is_met_with_the_known_ones() {
    let world = World::new();

    let refused = world.run_alone("completions tcsh").ends_with(2);

    assert!(
        refused
            .stderr()
            .contains("bash, elvish, fish, powershell, zsh"),
        "{}",
        refused.stderr()
    );
}
