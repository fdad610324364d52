//! What is wrong with a spec file: the place, the fault, and the name that was probably intended.

use serde_saphyr::Error;

use super::command_line::own;
use crate::next_step::NextStep;
use crate::problem::Problem;
use crate::similar_name::nearest;

/// A text that the parser refuses. The place is left out where it does not know it.
pub(super) fn invalid(error: &Error) -> Problem {
    let error = error.without_snippet();
    let place = error.location().filter(|place| place.line() > 0);
    let place = place.map_or_else(String::new, |place| {
        format!("line {}, column {}: ", place.line(), place.column())
    });
    let (fault, next) = fault_and_next(error);
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
            let next = nearest(field, expected.iter().copied()).map_or_else(
                || {
                    NextStep::run(
                        "the fields are the flags of `init` without the dashes",
                        own::help_init(),
                    )
                },
                |nearest| format!("write `{nearest}`, or remove the field").into(),
            );
            (format!("the field `{field}` is unknown"), next)
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
                format!("`{variant}` is not one of the values: {values}"),
                next,
            )
        }
        Error::DuplicateMappingKey { key, .. } => {
            let key = key.as_deref().unwrap_or("a key");
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
            without_place(&other.to_string()),
            NextStep::run(
                "correct the file there, or write a new one",
                own::init_save(),
            ),
        ),
    }
}

/// The parser puts the place at the end of its message.
fn without_place(message: &str) -> String {
    let end = message.find(" at line ").unwrap_or(message.len());
    message[..end].to_owned()
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
        line 2, column 12: expected string scalar
          next: correct the file there, or write a new one: amw-rw init --save
        line 3, column 3: the field `cluster` is there twice
          next: remove one of the two
        line 2, column 9: `workload-identitty` is not one of the values: workload-identity, user-identity, entra-secret, entra-certificate, system-identity, kubelet-identity
          next: write `workload-identity`, or another of the values
        line 1, column 8: `mars` is not one of the values: public, us-government, china
          next: use one of the values
        line 1, column 1: the field `connections` is missing
          next: add it, or write the file: amw-rw init --save
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
        line 1, column 1: unexpected end of input
          next: correct the file there, or write a new one: amw-rw init --save
        "#);
    }

    #[test]
    fn a_long_name_is_compared_with_nothing() {
        let text = format!("{}: 1\n", "a".repeat(300));

        assert!(printed(&text).contains("amw-rw help init"));
    }
}
