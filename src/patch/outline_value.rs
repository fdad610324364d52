//! What follows a key or a dash on its line, as far as one line shows it. Strict: what is not certainly valid YAML is in doubt.

use super::flow_outline;

/// The rest of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineValue {
    /// Nothing, or a comment: the value may be on the next lines.
    Empty,
    /// A complete value.
    Complete,
    /// The start of a text block after `|`.
    Literal,
    /// The start of a text block after `>`.
    Folded,
    /// It may go on, may be wrong, or is not understood.
    Doubtful,
}

/// `rest` starts after the space that follows the colon or dash, and has no line break.
pub(super) fn judge(rest: &str) -> LineValue {
    let rest = rest.trim_start_matches(' ');
    let Some(first) = rest.bytes().next() else {
        return LineValue::Empty;
    };
    match first {
        b'#' => LineValue::Empty,
        b'"' | b'\'' => complete(flow_outline::quoted_end(rest), rest),
        b'[' | b'{' => complete(flow_outline::flow_end(rest), rest),
        b'|' => text_block(rest, LineValue::Literal),
        b'>' => text_block(rest, LineValue::Folded),
        b'&' | b'!' => {
            let (_, rest) = rest.split_once(' ').unwrap_or_default();
            match judge(rest) {
                // Where the block with this mark starts is for a parser to decide.
                LineValue::Literal | LineValue::Folded => LineValue::Doubtful,
                value => value,
            }
        }
        b'*' => {
            let name = rest[1..].split(' ').next().unwrap_or_default();
            match name.bytes().all(is_word) && !name.is_empty() {
                true => complete(Some(1 + name.len()), rest),
                false => LineValue::Doubtful,
            }
        }
        // YAML reserves `@` and the backtick, and a tab is no indentation.
        b'@' | b'`' | b'%' | b',' | b']' | b'}' | b'\t' => LineValue::Doubtful,
        b'-' | b'?' | b':' if matches!(rest.as_bytes().get(1), None | Some(b' ' | b'\t')) => {
            LineValue::Doubtful
        }
        _ => plain(rest),
    }
}

/// A key at the start of a line: as it is written, and where its value starts. `None` where there is no certain key.
pub(super) fn key(line: &str) -> Option<(&str, usize)> {
    let end = match line.bytes().next()? {
        b'"' | b'\'' => {
            flow_outline::quoted_end(line).filter(|end| !line[..*end].contains('\\'))?
        }
        first if is_word(first) || first == b'.' || first == b'/' => plain_key_end(line)?,
        _ => return None,
    };
    let rest = &line[end..];
    (rest == ":" || rest.starts_with(": ")).then(|| (&line[..end], end + 1))
}

fn plain_key_end(line: &str) -> Option<usize> {
    let is_part = |byte: u8| is_word(byte) || b"./$*+()@".contains(&byte);
    let bytes = line.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b':' if matches!(bytes.get(at + 1), None | Some(b' ')) => return Some(at),
            b':' => at += 1,
            // A space within a key is rare enough for a parser to read it.
            byte if is_part(byte) => at += 1,
            _ => return None,
        }
    }
    None
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

fn complete(end: Option<usize>, rest: &str) -> LineValue {
    let after = end.map(|end| &rest[end..]);
    let is_end = |after: &str| {
        let content = after.trim_start_matches(' ');
        content.is_empty() || (content.starts_with('#') && content.len() < after.len())
    };
    match after {
        Some(after) if is_end(after) => LineValue::Complete,
        _ => LineValue::Doubtful,
    }
}

/// A header with the indentation of its lines is for a parser.
fn text_block(rest: &str, block: LineValue) -> LineValue {
    let header = rest[1..].split(' ').next().unwrap_or_default();
    let is_simple = matches!(header, "" | "+" | "-");
    match is_simple && complete(Some(1 + header.len()), rest) == LineValue::Complete {
        true => block,
        false => LineValue::Doubtful,
    }
}

/// A colon followed by a space starts a map, which may not be here.
fn plain(rest: &str) -> LineValue {
    let bytes = rest.as_bytes();
    for (at, byte) in rest.bytes().enumerate() {
        match byte {
            // Only after a space it starts a comment: `a#b` is one value.
            b'#' if bytes[at - 1] == b' ' => return LineValue::Complete,
            b':' if matches!(bytes.get(at + 1), None | Some(b' ' | b'\t')) => {
                return LineValue::Doubtful;
            }
            b'\t' => return LineValue::Doubtful,
            _ => {}
        }
    }
    LineValue::Complete
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_complete_on_its_line_is_known_to_be() {
        for value in [
            "'it''s' # don't",
            "[{a: [b, 'c}'], \"d\": \"e\\\"\"}] # [",
            "don't",
            "b[0] {x",
            "\"b\"",
            "&x !t 'b'",
            "http://a:80/b#c",
            "*alias # x",
            "-1",
        ] {
            assert_eq!(judge(value), LineValue::Complete, "{value}");
        }
        assert_eq!(judge("# x"), LineValue::Empty);
        assert_eq!(judge("&x"), LineValue::Empty);
        assert_eq!(judge("|- # x"), LineValue::Literal);
        assert_eq!(judge(">"), LineValue::Folded);
    }

    #[test]
    fn what_may_go_on_or_be_wrong_is_in_doubt() {
        for value in [
            "'b",
            "\"b\\\"",
            "\"\\d\"",
            "[a,",
            "{b: [c]",
            "'b' c",
            "'b'# c",
            "[b # c]",
            "['b",
            "@a",
            "&x \"b",
            "b: c",
            "b:",
            "- b",
            "{{ b }}",
            "{a: 1, a: 2}",
            "[a: b]",
            "|x",
            "|2",
            "a\tb",
        ] {
            assert_eq!(judge(value), LineValue::Doubtful, "{value}");
        }
    }

    #[test]
    fn a_key_ends_before_its_colon() {
        assert_eq!(key("a: b"), Some(("a", 2)));
        assert_eq!(key("a:"), Some(("a", 2)));
        assert_eq!(key("'a b': c"), Some(("'a b'", 6)));
        assert_eq!(key("a:b: c"), Some(("a:b", 4)));
        for line in [
            "a b: c",
            "a",
            "a:b",
            "? a: b",
            "\"\\x\": b",
            "<<: *a",
            "'a':b",
        ] {
            assert_eq!(key(line), None, "{line}");
        }
    }
}
