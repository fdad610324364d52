//! What is wrong with a spec file: the place, the fault, and the name that was probably intended.

use serde_saphyr::Error;

use super::command_line::own;
use super::schema::{GLOBAL_FIELDS, is_of_connection};
use crate::next_step::NextStep;
use crate::problem::Problem;
use crate::similar_name::nearest;
use crate::text::key_name::{shown_key, shown_quotes};

/// The field at the top of the file that has the others.
const CONNECTIONS: &str = "connections";

/// A text that the parser refuses. The place is left out where it does not know it.
pub(super) fn invalid(error: &Error, text: &str) -> Problem {
    // An empty document is null to YAML: the parser's message would be about a missing struct.
    if text.trim().is_empty() {
        return Problem::new("the file is empty")
            .next(NextStep::run("write the answers into it", own::init_save()));
    }
    // The snippet shows lines of the file, and a wrong file behind `-f` can have secrets.
    let error = error.without_snippet();
    let place = error.location().filter(|place| place.line() > 0);
    let place = place.map_or_else(String::new, |place| {
        format!("line {}, column {}: ", place.line(), place.column())
    });
    let line = error
        .location()
        .and_then(|place| line_of(text, place.line()));
    let (fault, next) = line
        .and_then(|line| wrong_kind(error, line))
        .unwrap_or_else(|| fault_and_next(error));
    Problem::new(format!("{place}{fault}")).next(next)
}

pub(super) fn empty() -> Problem {
    Problem::new("it declares no connection: `connections:` is empty").next(NextStep::run(
        "declare one connection below `connections:`, or write the file",
        own::init_save(),
    ))
}

pub(super) fn several(connections: usize) -> Problem {
    Problem::new(format!(
        "it declares {connections} connections, and this version handles one per file"
    ))
    .next("keep one connection in this file, and put the others into files of their own for -f")
}

fn fault_and_next(error: &Error) -> (String, NextStep) {
    match error {
        Error::SerdeUnknownField {
            field, expected, ..
        } => {
            if let Some(misplaced) = misplaced(field, expected) {
                return misplaced;
            }
            let next = nearest(field, expected.iter().copied()).map_or_else(
                || {
                    NextStep::run(
                        "the fields are the flags of `init` without the dashes",
                        own::help_init(),
                    )
                },
                |nearest| format!("write `{nearest}`, or remove the field").into(),
            );
            (format!("the field `{}` is unknown", shown_key(field)), next)
        }
        Error::SerdeUnknownVariant {
            variant, expected, ..
        } => {
            let next = nearest(variant, expected.iter().copied()).map_or_else(
                || "use one of the values".into(),
                |nearest| format!("write `{nearest}`, or another of the values").into(),
            );
            let values = expected.join(", ");
            (
                format!(
                    "`{}` is not one of the values: {values}",
                    shown_key(variant)
                ),
                next,
            )
        }
        Error::DuplicateMappingKey { key, .. } => {
            let key = shown_key(key.as_deref().unwrap_or("a key"));
            (
                format!("the field `{key}` is there twice"),
                "remove one of the two".into(),
            )
        }
        Error::SerdeMissingField { field, .. } => (
            format!("the field `{field}` is missing"),
            NextStep::run("add it, or write the file", own::init_save()),
        ),
        other => (
            shown_quotes(without_place(&other.to_string())),
            NextStep::run(
                "correct the file there, or write a new one",
                own::init_save(),
            ),
        ),
    }
}

fn line_of(text: &str, line: u64) -> Option<&str> {
    let index = usize::try_from(line).ok()?.checked_sub(1)?;
    text.lines().nth(index)
}

/// A field with a value of another kind, such as a list in place of a word. Only names of fields are shown: the rest of the
/// line can be a secret of another file.
fn wrong_kind(error: &Error, line: &str) -> Option<(String, NextStep)> {
    let message = error.to_string();
    let message = without_place(&message);
    let wanted = match message {
        "expected string scalar" => "takes a text, not a list or a map",
        "expected sequence start" => "is a list, whose items start with `- `",
        "expected mapping start" => "has fields below it",
        _ => return None,
    };
    // The first field of an item stands behind its dash.
    let key = line.trim_start_matches(['-', ' ']).split(':').next()?;
    let is_field = key == CONNECTIONS || GLOBAL_FIELDS.contains(&key) || is_of_connection(key);
    let next = NextStep::run("correct the field, or write a new file", own::init_save());
    is_field.then(|| (format!("the field `{key}` {wanted}"), next))
}

/// A field of the file that is in a connection, or the other way round.
fn misplaced(field: &str, expected: &[&str]) -> Option<(String, NextStep)> {
    let is_at_top = expected.contains(&CONNECTIONS);
    match is_at_top {
        true if is_of_connection(field) => Some((
            format!("the field `{field}` belongs to a connection, not to the top of the file"),
            format!("move it below `{CONNECTIONS}:`, into the item that starts with `- `").into(),
        )),
        false if GLOBAL_FIELDS.contains(&field) => Some((
            format!("the field `{field}` belongs to the top of the file, not to a connection"),
            format!("move it to the first column, like `{CONNECTIONS}:`").into(),
        )),
        _ => None,
    }
}

/// The parser puts the place at the end of its message.
fn without_place(message: &str) -> &str {
    let end = message.find(" at line ").unwrap_or(message.len());
    &message[..end]
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use crate::spec::file::SpecFile;

    fn printed(text: &str) -> String {
        let problem = SpecFile::parse(text).unwrap_err();
        format!("{problem}\n  next: {}", problem.next_steps()[0].line())
    }

    #[test]
    fn an_error_has_its_line_and_the_nearest_name() {
        let texts = [
            "connections:\n- cluster: prod\n  workspcae: amw\n",
            "subscripton: prod\nconnections:\n- cluster: prod\n",
            "connections:\n- cluster: prod\n  xyzzy: amw\n",
            "connections:\n- cluster: [a, b]\n",
            "connections:\n- cluster: a\n  cluster: b\n",
            "connections:\n- auth: workload-identitty\n",
            "cloud: mars\nconnections:\n- cluster: a\n",
            "subscription: a\n",
            "cluster: prod\n",
            "connections:\n- cluster: a\n  subscription: b\n",
            "connections: []\n",
            "connections: [{cluster: a}, {cluster: b}]\n",
            "authority: nowhere\nconnections:\n- cluster: a\n",
            "connections: [\n",
            "a: &a [*a]\n",
            "",
        ];

        assert_snapshot!(texts.map(printed).join("\n"), @r#"
        line 3, column 3: the field `workspcae` is unknown
          next: write `workspace`, or remove the field
        line 1, column 1: the field `subscripton` is unknown
          next: write `subscription`, or remove the field
        line 3, column 3: the field `xyzzy` is unknown
          next: the fields are the flags of `init` without the dashes: amw-rw help init
        line 2, column 12: the field `cluster` takes a text, not a list or a map
          next: correct the field, or write a new file: amw-rw init --save
        line 3, column 3: the field `cluster` is there twice
          next: remove one of the two
        line 2, column 9: `workload-identitty` is not one of the values: workload-identity, user-identity, entra-secret, entra-certificate, system-identity, kubelet-identity
          next: write `workload-identity`, or another of the values
        line 1, column 8: `mars` is not one of the values: public, us-government, china
          next: use one of the values
        line 1, column 1: the field `connections` is missing
          next: add it, or write the file: amw-rw init --save
        line 1, column 1: the field `cluster` belongs to a connection, not to the top of the file
          next: move it below `connections:`, into the item that starts with `- `
        line 3, column 3: the field `subscription` belongs to the top of the file, not to a connection
          next: move it to the first column, like `connections:`
        it declares no connection: `connections:` is empty
          next: declare one connection below `connections:`, or write the file: amw-rw init --save
        it declares 2 connections, and this version handles one per file
          next: keep one connection in this file, and put the others into files of their own for -f
        line 1, column 12: relative URL without a base: "nowhere"
          next: correct the file there, or write a new one: amw-rw init --save
        line 1, column 14: unclosed bracket '['
          next: correct the file there, or write a new one: amw-rw init --save
        line 1, column 1: the field `a` is unknown
          next: the fields are the flags of `init` without the dashes: amw-rw help init
        the file is empty
          next: write the answers into it: amw-rw init --save
        "#);
    }

    #[test]
    fn what_can_be_a_secret_of_another_file_is_not_shown() {
        for text in [
            "password=S3cret: 1\n",
            "root:S3cret/a1:19000:0:99999:7:::\n",
            "token=S3cret: 1\ntoken=S3cret: 2\n",
            "connections:\n- auth: password=S3cret\n",
            "authority: https://u:S3cret@h h/\nconnections:\n- cluster: a\n",
        ] {
            let printed = printed(text);

            assert!(!printed.contains("S3cret"), "{printed}");
            assert!(printed.contains("line "), "{printed}");
        }
    }

    #[test]
    fn a_long_name_is_compared_with_nothing() {
        let text = format!("{}: 1\n", "a".repeat(300));

        assert!(printed(&text).contains("amw-rw help init"));
    }
}
