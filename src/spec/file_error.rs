//! What is wrong with a spec file: the place, the fault, and the name that was probably intended.

use serde_saphyr::Error;

use super::command_line::own;
use super::schema::{self, GLOBAL_FIELDS, is_of_connection};
use super::yaml_fault;
use crate::next_step::NextStep;
use crate::problem::Problem;
use crate::similar_name::nearest;
use crate::text::key_name::{shown_key, shown_quotes};
use crate::text::visible::one_line;

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
    let error = match error.without_snippet() {
        // A value that was taken over from an anchor.
        Error::AliasError { error, .. } => error,
        other => other,
    };
    let field = error
        .location()
        .and_then(|place| field_before(text, place.line(), place.column()));
    let place = error.location().filter(|place| place.line() > 0);
    let place = place.map_or_else(String::new, |place| {
        format!("line {}, column {}: ", place.line(), place.column())
    });
    let (fault, next) = fault_and_next(error, field.as_ref());
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

fn fault_and_next(error: &Error, field: Option<&NearField>) -> (String, NextStep) {
    let correct = || NextStep::run("correct the field, or write a new file", own::init_save());
    let of_field = field.map_or_else(String::new, |field| format!("the field `{}`: ", field.name));
    match error {
        Error::Unexpected { expected, .. } => (wrong_kind(expected, field), correct()),
        // The rules of the fields report in our words.
        Error::Message { msg, .. } => (
            format!("{of_field}{}", one_line(&shown_quotes(msg))),
            correct(),
        ),
        Error::SerdeUnknownField {
            field, expected, ..
        } => misplaced(field, expected).unwrap_or_else(|| unknown_field(field, expected)),
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
                    "{of_field}`{}` is not one of the values: {values}",
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
        other => {
            // What is no YAML belongs to no field of another line.
            let is_near = field.is_some_and(|field| field.is_on_line);
            let of_field = if is_near { &of_field } else { "" };
            (format!("{of_field}{}", yaml_fault::fault(other)), correct())
        }
    }
}

fn unknown_field(field: &str, expected: &[&str]) -> (String, NextStep) {
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

/// The last field before a place.
struct NearField {
    name: String,
    /// On the line of that place.
    is_on_line: bool,
}

/// Only names of fields are shown: the rest of the line can be a secret of another file.
fn field_before(text: &str, line: u64, column: u64) -> Option<NearField> {
    // A wrong file can be of any size, and the field of a value is near.
    const MOST: usize = 20;
    let last = usize::try_from(line).ok()?.checked_sub(1)?;
    let column = usize::try_from(column).unwrap_or(usize::MAX);
    let names = schema::field_names();
    let first = last.saturating_sub(MOST);
    let lines: Vec<&str> = text.lines().skip(first).take(last - first + 1).collect();
    let places = lines.iter().enumerate().rev();
    places
        .map(|(index, line)| {
            let is_on_line = first + index == last;
            let end = if is_on_line {
                column.saturating_sub(1)
            } else {
                usize::MAX
            };
            let before: String = line.chars().take(end).collect();
            (before, is_on_line)
        })
        .find_map(|(before, is_on_line)| {
            let mut words = before.rsplit(['{', ',', ' ', '\t']);
            let name = words.find_map(|word| {
                let name = word.strip_suffix(':')?.trim_matches(['"', '\'']);
                names.iter().find(|known| *known == name).cloned()
            })?;
            Some(NearField { name, is_on_line })
        })
}

/// A value of another kind, such as a list in place of a word.
fn wrong_kind(expected: &str, field: Option<&NearField>) -> String {
    let name = field.map(|field| field.name.as_str());
    match (expected, name) {
        ("mapping start", Some(CONNECTIONS)) => {
            format!("an item of `{CONNECTIONS}` has fields, such as `cluster: NAME`")
        }
        ("mapping start", None) => {
            format!("the file consists of fields, such as `{CONNECTIONS}:`")
        }
        ("sequence start", Some(name)) => {
            format!("the field `{name}` is a list, whose items start with `- `")
        }
        (_, Some(name)) => format!("the field `{name}` takes a text, not a list or a map"),
        (_, None) => "the name of a field is a text, not a list or a map".to_owned(),
    }
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
        line 2, column 9: the field `auth`: `workload-identitty` is not one of the values: workload-identity, user-identity, entra-secret, entra-certificate, system-identity, kubelet-identity
          next: write `workload-identity`, or another of the values
        line 1, column 8: the field `cloud`: `mars` is not one of the values: public, us-government, china
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
        line 1, column 12: the field `authority`: write the whole URL, such as https://host.example/
          next: correct the field, or write a new file: amw-rw init --save
        line 1, column 14: the field `connections`: a bracket is not closed, or has no partner
          next: correct the field, or write a new file: amw-rw init --save
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

    /// Values that no field, or few fields, can have.
    const BROKEN_VALUES: [&str; 23] = [
        "[a, b]",
        "{a: b}",
        "[",
        "{",
        "'open",
        "\"open",
        "\"\\q\"",
        "*nowhere",
        "&a",
        "&a *a",
        "!tag x",
        "!!int x",
        "!!binary x",
        "|\nunder",
        "|\n    !!\n",
        ">",
        "a: b",
        "- x",
        "\tx",
        "@x",
        "%x",
        "`x`",
        "x\u{7}",
    ];

    const BROKEN_FILES: [&str; 34] = [
        "connections:\n- cluster: a\n workspace: b\n",
        "connections:\n- cluster: a\n   workspace: b\n",
        "connections:\n- cluster a\n",
        "connections:\n- cluster: a\n  - workspace: b\n",
        "connections:\n  cluster: a\n",
        "connections: a\n",
        "connections:\n",
        "connections: null\n",
        "connections:\n- a\n",
        "connections:\n- [a]\n",
        "connections:\n-\n",
        "- cluster: a\n",
        "a\n",
        "42\n",
        "[]\n",
        "{}\n",
        "connections\n",
        "connections:\n- cluster: a\n}\n",
        "connections:\n- cluster: a\n]\n",
        "connections: [{cluster: a}\n",
        "connections: [{cluster: a]\n",
        "connections: {cluster: a\n",
        "connections:\n\t- cluster: a\n",
        "connections:\n- cluster: a\n---\nconnections: []\n",
        "connections:\n- cluster: a\n...\nx\n",
        "%YAML 3\n---\nconnections: []\n",
        "? [a]\n: b\n",
        "? {a: b}\n: c\n",
        "1: a\n",
        "null: a\n",
        "<<: [a]\nconnections: []\n",
        "connections:\n- <<: *x\n",
        "\u{feff}connections: [\n",
        "connections:\n- {cluster: a, cluster: b}\n",
    ];

    fn broken_files() -> Vec<String> {
        let fields = super::schema::field_names();
        let fields = fields.iter().filter(|name| *name != super::CONNECTIONS);
        let with_values = fields.flat_map(|field| {
            BROKEN_VALUES.map(
                |value| match super::GLOBAL_FIELDS.contains(&field.as_str()) {
                    true => format!("{field}: {value}\nconnections:\n- cluster: a\n"),
                    false => format!("connections:\n- {field}: {value}\n"),
                },
            )
        });
        with_values.chain(BROKEN_FILES.map(str::to_owned)).collect()
    }

    #[test]
    fn no_error_has_words_of_the_parser() {
        // Of its messages, and of serde's.
        let foreign = [
            "expected",
            "deserializ",
            "variant",
            "scalar",
            "sequence",
            "mapping",
            "struct",
            "enum ",
            "while ",
            "did not find",
            "in this context",
            "without a base",
            "Option",
            "from_str",
            " at line ",
            "\n",
        ];
        let mut refused = 0;
        for text in broken_files() {
            let Err(problem) = SpecFile::parse(&text) else {
                continue;
            };
            refused += 1;
            let printed = problem.to_string();
            let found: Vec<_> = foreign
                .iter()
                .filter(|word| printed.contains(*word))
                .collect();
            assert!(found.is_empty(), "{text:?}: {printed}: {found:?}");
            assert!(!problem.next_steps().is_empty(), "{text:?}");
        }
        assert!(refused > 400, "{refused}");
    }

    #[test]
    fn a_value_that_does_not_fit_is_reported_with_its_field_and_line() {
        for (text, fault) in [
            (
                "connections:\n- {cluster: a, sidecar-port: x}\n",
                "line 2, column 30: the field `sidecar-port`: `x` is not a port: use 1 to 65535",
            ),
            (
                "connections:\n- cluster: a\n  workspace: |\n    x\n",
                "line 4, column 5: the field `workspace`: `x ` cannot name a workspace",
            ),
            (
                "connections:\n- cluster: a: b\n",
                "line 2, column 13: the field `cluster`: there is a second `: ` in a value",
            ),
            (
                "connections:\n  cluster: a\n",
                "line 2, column 3: the field `connections` is a list",
            ),
            (
                "connections:\n- a\n",
                "line 2, column 3: an item of `connections` has fields",
            ),
            (
                "- cluster: a\n",
                "line 1, column 1: the file consists of fields",
            ),
        ] {
            let printed = printed(text);

            assert!(printed.starts_with(fault), "{printed}");
        }
    }
}
