//! Is each fact of Azure in one table? Its names are read from the table, and no other file may spell them.

use std::path::Path;

use super::commands::{found_outside, without_comments};
use super::{SOURCE, code_of};

/// The texts in double quotes.
fn literals(code: &str) -> Vec<String> {
    let literal = regex::Regex::new(r#"(?s)"((?:[^"\\]|\\.)*)""#).unwrap();
    let code = without_comments(code);
    let texts = literal.captures_iter(&code);
    texts.map(|text| text[1].to_owned()).collect()
}

/// The texts of `code` that hold one of `names` as a whole word.
pub(super) fn spelled(code: &str, names: &[String]) -> Vec<String> {
    let is_word = |letter: Option<char>| {
        letter.is_some_and(|it| it.is_alphanumeric() || ['_', '-'].contains(&it))
    };
    let holds = |text: &str, name: &str| {
        text.match_indices(name).any(|(at, _)| {
            !is_word(text[..at].chars().next_back())
                && !is_word(text[at + name.len()..].chars().next())
        })
    };
    let texts = literals(code).into_iter();
    texts
        .filter(|text| names.iter().any(|name| holds(text, name)))
        .collect()
}

fn table(file: &str) -> String {
    code_of(&Path::new(SOURCE).join(file))
}

#[test]
fn the_names_and_ids_of_roles_are_spelled_in_one_table() {
    const HOME: &str = "azure/roles.rs";
    // `Reader` and `Contributor` alone are words of other things too: a type, and a part of a sentence.
    let roles: Vec<String> = literals(&table(HOME))
        .into_iter()
        .filter(|text| !text.contains(['/', '*', '{']) && text.contains([' ', '-']))
        .chain(["role Reader".into(), "role Contributor".into()])
        .collect();

    let found = found_outside(&[HOME, "sandbox"], |code| spelled(code, &roles));

    assert!(roles.len() >= 9, "{roles:?}");
    assert!(
        found.is_empty(),
        "take the role from {HOME}:\n{}",
        found.join("\n")
    );
}

/// Codes that are words of other things too: `Conflict` is part of many names and messages.
const COMMON_WORDS: &[&str] = &["Conflict"];

#[test]
fn the_codes_of_azure_errors_are_spelled_in_one_place() {
    const HOME: &str = "azure/meaning/";
    let code = regex::Regex::new(r"^(?:AADSTS\d+|[A-Z][a-z]+(?:_?[A-Z][A-Za-z]*)+)$").unwrap();
    let tables = table("azure/meaning/table.rs") + &table("azure/meaning/refusal_meaning.rs");
    let codes: Vec<String> = literals(&tables)
        .into_iter()
        .filter(|text| code.is_match(text) && !COMMON_WORDS.contains(&&**text))
        .collect();

    let found = found_outside(&[HOME, "sandbox"], |code| spelled(code, &codes));

    assert!(codes.len() >= 60, "{} codes: {codes:?}", codes.len());
    assert!(
        found.is_empty(),
        "decide by a `RefusalMeaning` of azure/meaning/refusal_meaning.rs:\n{}",
        found.join("\n")
    );
}

#[test]
fn a_name_within_a_text_is_seen_and_a_longer_word_is_not() {
    let names = ["ScopeLocked".to_owned()];

    assert_eq!(spelled(r#"f("x", "ask: ScopeLocked.")"#, &names).len(), 1);
    assert_eq!(spelled(r#"f("ScopeLockedTwice")"#, &names).len(), 0);
    assert_eq!(spelled("// \"ScopeLocked\"", &names).len(), 0);
}

#[test]
fn the_keys_of_the_workload_identity_webhook_are_spelled_in_one_place() {
    const HOME: &str = "spec/webhook_keys.rs";
    let keys = |code: &str| {
        let texts = literals(code).into_iter();
        let keys = texts.filter(|text| text.contains("azure.workload.identity"));
        keys.collect::<Vec<_>>()
    };

    let mut found = found_outside(&[HOME, "sandbox"], keys);
    // These files hold tests only.
    found.retain(|found| !found.contains("examples.rs: "));

    assert_eq!(keys(&table(HOME)).len(), 4);
    assert!(
        found.is_empty(),
        "take the key from {HOME}:\n{}",
        found.join("\n")
    );
}
