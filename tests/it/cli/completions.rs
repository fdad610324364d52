use std::process::Command;

use crate::support::World;

#[test]
fn each_shell_gets_a_script_with_our_flags() {
    let world = World::new();

    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = world.run_alone(&format!("completions {shell}")).succeeds();

        assert!(script.stdout().contains("no-input"), "{shell}");
        assert_eq!(script.stderr(), "", "{shell}");
    }
}

/// What bash proposes for the last word of a line.
fn proposed_by_bash(world: &World, line: &str) -> Vec<String> {
    let words: Vec<&str> = line.split(' ').collect();
    let [.., previous, current] = words[..] else {
        panic!("{line:?} has fewer than two words");
    };
    let script = format!(
        "source {}; COMP_WORDS=({line}); [ -n '{current}' ] || COMP_WORDS+=(''); COMP_CWORD={}; \
         _amw__rw amw-rw '{current}' '{previous}'; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        world.path("completion.bash").display(),
        words.len() - 1,
    );
    let output = Command::new("bash")
        .args(["--norc", "-c", &script])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_each_word_of_the_line() {
    let world = World::new();
    let script = world.run_alone("completions bash").succeeds();
    std::fs::write(world.path("completion.bash"), script.stdout()).unwrap();

    assert_eq!(proposed_by_bash(&world, "amw-rw ren"), ["render"]);
    assert_eq!(
        proposed_by_bash(&world, "amw-rw render --tar"),
        ["--target"]
    );
    assert_eq!(
        proposed_by_bash(&world, "amw-rw render --target kube"),
        ["kube-prometheus-stack"]
    );
    assert_eq!(
        proposed_by_bash(&world, "amw-rw -o json doctor --platform azure-"),
        ["azure-vm", "azure-vmss"]
    );
    let flags = proposed_by_bash(&world, "amw-rw migrate ");
    assert!(flags.contains(&"--sidecar".to_owned()), "{flags:?}");
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
