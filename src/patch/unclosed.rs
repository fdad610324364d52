//! Whether a line of YAML leaves a quote or bracket open. Exact for a line that starts a token; a line that goes on
//! with a plain text or a block scalar opens nothing anyway.

/// What a line leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Closed,
    /// Something is open, or the line is not understood.
    Open,
    /// A block scalar follows, on lines that are blank or to the right of this column.
    BlockScalar(usize),
}

/// How this line ends, given that it starts with nothing open.
pub(super) fn ending(line: &str) -> Ending {
    let is_special = |each: u8| {
        matches!(
            each,
            b'"' | b'\'' | b'[' | b'{' | b'|' | b'>' | b'%' | b'@' | b'`'
        )
    };
    if !line.bytes().any(is_special) {
        return Ending::Closed;
    }
    Lexer {
        line: line.trim_end().as_bytes(),
        at: 0,
        column: 0,
    }
    .run()
}

struct Lexer<'a> {
    line: &'a [u8],
    at: usize,
    /// Of the innermost key or dash so far.
    column: usize,
}

impl Lexer<'_> {
    fn run(mut self) -> Ending {
        loop {
            self.skip_blanks();
            let Some(first) = self.peek() else {
                return Ending::Closed;
            };
            let is_indicator = matches!(first, b'-' | b'?' | b':') && self.is_blank(self.at + 1);
            match first {
                b'#' => return Ending::Closed,
                _ if is_indicator => {
                    self.column = self.at;
                    self.at += 1;
                }
                // An anchor, a tag or an alias: the value itself can still follow.
                b'&' | b'!' | b'*' => self.skip_word(),
                b'|' | b'>' => return Ending::BlockScalar(self.column),
                b'%' | b'@' | b'`' => return Ending::Open,
                b'"' | b'\'' => {
                    let start = self.at;
                    if !self.skip_quoted() || !self.ends_or_is_key(start) {
                        return Ending::Open;
                    }
                }
                b'[' | b'{' => {
                    let start = self.at;
                    if !self.skip_flow() || !self.ends_or_is_key(start) {
                        return Ending::Open;
                    }
                }
                _ => {
                    let start = self.at;
                    if !self.skip_plain() {
                        return Ending::Closed;
                    }
                    self.column = start;
                }
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.line.get(self.at).copied()
    }

    /// The end of the line counts as blank.
    fn is_blank(&self, at: usize) -> bool {
        self.line
            .get(at)
            .is_none_or(|each| matches!(each, b' ' | b'\t'))
    }

    fn skip_blanks(&mut self) {
        while self.at < self.line.len() && self.is_blank(self.at) {
            self.at += 1;
        }
    }

    fn skip_word(&mut self) {
        while !self.is_blank(self.at) {
            self.at += 1;
        }
    }

    /// To just after the closing quote; false if there is none.
    fn skip_quoted(&mut self) -> bool {
        let quote = self.line[self.at];
        self.at += 1;
        while let Some(each) = self.peek() {
            self.at += 1;
            let next_is_quote = self.peek() == Some(quote);
            match each {
                // Only double quotes know escapes; in single quotes a quote is written twice.
                b'\\' if quote == b'"' => self.at += 1,
                b'\'' if quote == b'\'' && next_is_quote => self.at += 1,
                each if each == quote => return true,
                _ => {}
            }
        }
        false
    }

    /// To just after the bracket that closes the one here; false if it is not on this line.
    fn skip_flow(&mut self) -> bool {
        let mut depth = 0;
        let mut starts_token = true;
        while let Some(each) = self.peek() {
            match each {
                b'"' | b'\'' if starts_token => {
                    if !self.skip_quoted() {
                        return false;
                    }
                    starts_token = true;
                    continue;
                }
                b'[' | b'{' => depth += 1,
                b']' | b'}' => depth -= 1,
                // A comment runs to the end of the line, so the bracket closes on a later one.
                b'#' if self.is_blank(self.at - 1) => return false,
                _ => {}
            }
            starts_token = matches!(each, b'[' | b'{' | b']' | b'}' | b',' | b' ' | b'\t' | b':');
            self.at += 1;
            if depth == 0 {
                return true;
            }
        }
        false
    }

    /// To just after the colon that makes a key of a plain text; false if it runs to the end or a comment.
    fn skip_plain(&mut self) -> bool {
        while let Some(each) = self.peek() {
            match each {
                b':' if self.is_blank(self.at + 1) => {
                    self.at += 1;
                    return true;
                }
                b'#' if self.is_blank(self.at - 1) => return false,
                _ => self.at += 1,
            }
        }
        false
    }

    /// After something quoted or in brackets: the line or its code ends here, or a colon makes it a key.
    fn ends_or_is_key(&mut self, start: usize) -> bool {
        self.skip_blanks();
        match self.peek() {
            None | Some(b'#') => true,
            Some(b':') if self.is_blank(self.at + 1) => {
                self.column = start;
                self.at += 1;
                true
            }
            Some(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_complete_on_its_line_is_closed() {
        for line in [
            "a: 'it''s' # don't",
            "  - {a: [b, 'c}'], \"d\": \"e\\\"\"} # [",
            "a: don't",
            "a: b[0] {x",
            "\"a\": \"b\"",
            "- - 'a'",
            "a: &x !t 'b'",
            "# 'open",
            "a: [don't, it's] ",
            "[a]: b",
        ] {
            assert_eq!(ending(line), Ending::Closed, "{line}");
        }
    }

    #[test]
    fn what_may_go_on_is_open() {
        for line in [
            "a: 'b",
            "a: \"b\\\"",
            "- [a,",
            "a: {b: [c]",
            "'a",
            "a: 'b' c",
            "a: [b # c]",
            "a: [b] c",
            "a: ['b",
            "@a",
            "a: &x \"b",
        ] {
            assert_eq!(ending(line), Ending::Open, "{line}");
        }
    }

    #[test]
    fn a_block_scalar_goes_on_to_the_right_of_its_key_or_dash() {
        assert_eq!(ending("a: |"), Ending::BlockScalar(0));
        assert_eq!(ending("  - expr: >- # why"), Ending::BlockScalar(4));
        assert_eq!(ending("  - |2+"), Ending::BlockScalar(2));
        assert_eq!(ending("a: x | y"), Ending::Closed);
    }
}
