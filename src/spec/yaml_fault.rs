//! What is wrong with the YAML of a spec file, in words of ours: a library speaks to who writes the program.

use serde_saphyr::Error;

/// What its parser says about text that is no YAML, and what that means. The first that fits.
const SYNTAX: [(&str, &str); 11] = [
    ("tab", "tabs are not allowed for indentation: use blanks"),
    ("bracket", "a bracket is not closed, or has no partner"),
    (
        "escape",
        "a backslash in double quotes starts an escape, and this one is unknown: use single quotes",
    ),
    (
        "quoted",
        "a quote is not closed, or the text in it is not indented",
    ),
    (
        "unexpected character",
        "a text cannot start with this character: put it into quotes",
    ),
    (
        "mapping values",
        "there is a second `: ` in a value, or the indentation is wrong: put a text with `: ` into quotes",
    ),
    (
        "block sequence",
        "an item of a list starts on a line of its own",
    ),
    ("expected ':'", "a field needs `: ` after its name"),
    (
        "block mapping",
        "this is not indented like the fields above it, or has no `: `",
    ),
    (
        "directive",
        "a line that starts with `%` is no field: remove it",
    ),
    (
        "document",
        "the file has more than one document: remove what follows `---` or `...`",
    ),
];

/// A sentence about the place of the error.
pub(super) fn fault(error: &Error) -> &'static str {
    match error {
        Error::ExternalMessage { msg, .. } => syntax(msg),
        Error::UnexpectedSequenceEnd { .. }
        | Error::UnexpectedMappingEnd { .. }
        | Error::ContainerEndMismatch { .. } => "a bracket is not closed, or has no partner",
        Error::MultipleDocuments { .. } => {
            "the file has more than one document: remove what follows `---`"
        }
        Error::UnknownAnchor { .. } => {
            "a text that starts with `*` refers to an anchor, and the file has none of this name: put it into quotes"
        }
        Error::RecursiveReferencesRequireWeakTypes { .. }
        | Error::AliasReplayCounterOverflow { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => {
            "an anchor refers to itself, or is used too often: write the values instead"
        }
        Error::MergeValueNotMapOrSeqOfMaps { .. } | Error::MergeKeyNotAllowed { .. } => {
            "`<<` needs an anchor of a map: write the fields instead"
        }
        Error::Budget { .. } => "the file is too large, or nested too deeply",
        Error::Eof { .. } => "the file ends in the middle of a value",
        Error::InvalidUtf8Input => "the file is not UTF-8",
        Error::Unexpected { .. } | Error::NullIntoString { .. } => "a text belongs here",
        // What is left are values with a tag, and kinds that no field has.
        _ => "only a plain text fits: remove a tag such as `!!int`, or put the value into quotes",
    }
}

fn syntax(message: &str) -> &'static str {
    let fits = |(part, _): &&(&str, &str)| message.contains(part);
    let known = SYNTAX.iter().find(fits);
    known.map_or("the text is no valid YAML from here on", |(_, fault)| fault)
}

#[cfg(test)]
mod tests {
    use super::syntax;

    #[test]
    fn a_message_that_is_not_known_says_that_the_text_is_no_yaml() {
        assert_eq!(
            syntax("something new in the parser"),
            "the text is no valid YAML from here on"
        );
    }
}
