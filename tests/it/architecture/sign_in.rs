//! Where does code outside `sign_in/` name a sign-in method? A new method is a row, so these places may only become fewer.

use std::path::Path;

use super::one_table::spelled;
use super::{SOURCE, code_of, lines_outside, source_files, without_reasons};

/// File, number of places, and why they are not in the row of the method.
const PLACES: &[(&str, usize, &str)] = &[
    (
        "migrate/input.rs",
        1,
        "a pod with the token of workload identity and no other setting uses the default method",
    ),
    (
        "remote_write/model.rs",
        1,
        "asks the table for the method of an azuread block",
    ),
    (
        "remote_write/reader.rs",
        1,
        "asks the table for the method of the block of an entry",
    ),
    (
        "remote_write/sidecar.rs",
        1,
        "asks the table for the method of an IDENTITY_TYPE",
    ),
    (
        "sandbox/resource_manager/managed_clusters.rs",
        1,
        "the sign-in program of a kubeconfig, which is no method",
    ),
    (
        "spec/credential.rs",
        2,
        "each kind of principal and of credential is completed from other answers",
    ),
    (
        "spec/help.rs",
        2,
        "the help of --auth names all rows of the table",
    ),
    (
        "workflow/wizard_choices.rs",
        1,
        "goes through the whole table for those that a version does not support",
    ),
];

/// The rows themselves, and the table of what goes with what.
const HOMES: [&str; 2] = ["sign_in/", "spec/support.rs"];

fn places(code: &str) -> usize {
    let names_a_method = regex::Regex::new(r"match .*sign_in|\bSignIn::").unwrap();
    let lines = code.lines().map(str::trim_start);
    let lines = lines.filter(|line| !line.starts_with("//") && names_a_method.is_match(line));
    lines.count()
}

#[test]
fn few_places_outside_its_row_name_a_sign_in_method() {
    let found = lines_outside(&HOMES, places);

    assert_eq!(
        found,
        without_reasons(PLACES),
        "ask the row of the method, or correct PLACES"
    );
    let total: usize = PLACES.iter().map(|(_, count, _)| count).sum();
    assert!(total <= 15, "{total} places name a sign-in method");
}

#[test]
fn a_place_is_seen_in_code_and_not_in_comments() {
    let code =
        "// SignIn::Default\nlet a = SignIn::X;\nmatch entry.sign_in {\nlet b: SignIn = c;\n";

    assert_eq!(places(code), 2);
}

/// Files that decide by a kind of credential or principal, the number of lines, and why. A method of known kinds is a row and
/// touches none of them; most are matches without a catch-all, so that a new kind does not compile until each has its arm.
const KINDS: &[(&str, usize, &str)] = &[
    (
        "discover/mod.rs",
        1,
        "only a token of the pod needs the service account of Prometheus",
    ),
    (
        "migrate/input.rs",
        1,
        "the value of a client secret is in no configuration, so it is asked for",
    ),
    (
        "remote_write/builder.rs",
        6,
        "each kind of credential is built from other inputs",
    ),
    (
        "remote_write/model.rs",
        4,
        "the kind of credential of each form of the model",
    ),
    (
        "spec/credential.rs",
        7,
        "each kind of principal and of credential is completed from other answers",
    ),
    (
        "spec/rules.rs",
        2,
        "an answer about a file is refused where the credential has no such file",
    ),
    (
        "spec/support.rs",
        2,
        "what to use where the machines, or client secrets, are ruled out",
    ),
    (
        "workflow/server_choice.rs",
        1,
        "only a token of the pod depends on the service account of the server",
    ),
];

fn names_a_kind(code: &str) -> usize {
    let lines = code.lines().map(str::trim_start);
    let lines = lines.filter(|line| {
        !line.starts_with("//")
            && (line.contains("CredentialKind::") || line.contains("PrincipalKind::"))
    });
    lines.count()
}

#[test]
fn few_files_outside_the_rows_decide_by_a_kind_of_credential() {
    let found = lines_outside(&["sign_in/", "sandbox/"], names_a_kind);

    assert_eq!(
        found,
        without_reasons(KINDS),
        "ask the row of the method, or correct KINDS"
    );
}

/// Files with a text that spells the word of a method, the number of such texts, and why the word is not taken from the table.
const WORDS: &[(&str, usize, &str)] = &[
    ("cli/init.rs", 1, "the example of the help, which is pasted"),
    (
        "cli/render.rs",
        1,
        "the example of the help, which is pasted",
    ),
];

/// The words of `--auth`, as the rows of the methods have them.
fn words() -> Vec<String> {
    let files = source_files().into_iter();
    let rows = files.filter(|path| path.starts_with(Path::new(SOURCE).join("sign_in")));
    let id = regex::Regex::new(r#"(?m)^    id: "([a-z-]+)","#).unwrap();
    rows.filter_map(|path| Some(id.captures(&code_of(&path))?[1].to_owned()))
        .collect()
}

fn texts_with_a_word(code: &str) -> usize {
    spelled(code, &words()).len()
}

#[test]
fn few_texts_outside_the_rows_name_a_method() {
    let found = lines_outside(&["sign_in/", "sandbox/"], texts_with_a_word);

    assert_eq!(words().len(), 6, "{:?}", words());
    assert_eq!(
        found,
        without_reasons(WORDS),
        "take the words from the table or from `spec/support.rs`, or correct WORDS"
    );
}

#[test]
fn the_word_of_a_method_within_a_text_is_seen() {
    assert_eq!(texts_with_a_word(r#"f("or --auth user-identity")"#), 1);
    assert_eq!(texts_with_a_word(r#"f("values-user-identity.yaml")"#), 0);
    assert_eq!(texts_with_a_word("// \"user-identity\""), 0);
}
