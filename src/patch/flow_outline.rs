//! Maps in braces and lists in brackets: where they end, and in a file that is one of them, where its keys are.
//! Strict: what is not certainly valid YAML, or has a key twice, has no end.

use std::collections::HashSet;
use std::ops::Range;

/// In a map in braces that is not within a list: a key, where its value is, and how many maps it is within.
pub(super) struct FlowKey {
    pub(super) key: Range<usize>,
    pub(super) value: Range<usize>,
    pub(super) depth: usize,
}

/// Deeper nesting is for a parser.
const DEEPEST: usize = 60;

/// Just after the quote that closes the one at the start; `None` if it is not on this line, or if an escape is in doubt.
pub(super) fn quoted_end(text: &str) -> Option<usize> {
    let mut scan = FlowScan::new(text.as_bytes());
    scan.quoted()?;
    Some(scan.at)
}

/// Just after the bracket that closes the one at the start; `None` if it is not on this line.
pub(super) fn flow_end(text: &str) -> Option<usize> {
    let mut scan = FlowScan::new(text.as_bytes());
    scan.value(0)?;
    Some(scan.at)
}

/// The keys of a text that is one map in braces, such as JSON, in their order; `None` where it is anything else.
pub(super) fn keys(text: &str, deepest: usize) -> Option<Vec<FlowKey>> {
    let mut scan = FlowScan::new(text.as_bytes());
    scan.is_multiline = true;
    scan.recorded_depth = deepest;
    scan.skip_blanks();
    if scan.peek()? != b'{' {
        return None;
    }
    scan.value(0)?;
    scan.skip_blanks();
    (scan.at == text.len()).then_some(scan.keys)
}

struct FlowScan<'a> {
    text: &'a [u8],
    at: usize,
    is_multiline: bool,
    /// Keys are recorded within so many maps.
    recorded_depth: usize,
    /// Lists around the present place.
    lists: usize,
    keys: Vec<FlowKey>,
}

impl<'a> FlowScan<'a> {
    fn new(text: &'a [u8]) -> Self {
        Self {
            text,
            at: 0,
            is_multiline: false,
            recorded_depth: 0,
            lists: 0,
            keys: Vec::new(),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' => {}
                b'\n' | b'\r' if self.is_multiline => {}
                _ => return,
            }
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        match self.peek()? {
            b'{' => self.map(depth),
            b'[' => self.list(depth),
            b'"' | b'\'' => self.quoted(),
            _ => self.plain(),
        }
    }

    fn map(&mut self, depth: usize) -> Option<()> {
        self.at += 1;
        let mut seen = SeenKeys::default();
        loop {
            self.skip_blanks();
            let start = self.at;
            match self.peek()? {
                b'}' => {
                    self.at += 1;
                    return Some(());
                }
                // A template, or a map as a key.
                b'{' | b'[' => return None,
                b'"' | b'\'' => self.quoted()?,
                _ => self.plain()?,
            }
            let key = start..self.at;
            let is_new = seen.insert(unquoted(&self.text[key.clone()])?);
            let is_quoted = matches!(self.text[start], b'"' | b'\'');
            self.skip_blanks();
            let has_blank = matches!(self.text.get(self.at + 1), Some(b' ' | b'\n' | b'\r'));
            // Only after a key in quotes may the value follow the colon at once, as in JSON.
            if self.peek()? != b':' || !(is_quoted || has_blank) || !is_new {
                return None;
            }
            self.at += 1;
            self.skip_blanks();
            self.value_of(key, depth)?;
            self.skip_blanks();
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => {}
                _ => return None,
            }
        }
    }

    fn value_of(&mut self, key: Range<usize>, depth: usize) -> Option<()> {
        let recorded = (self.lists == 0 && depth < self.recorded_depth).then(|| {
            self.keys.push(FlowKey {
                key,
                value: self.at..self.at,
                depth,
            });
            self.keys.len() - 1
        });
        if !matches!(self.peek()?, b',' | b'}') {
            self.value(depth + 1)?;
        }
        if let Some(index) = recorded {
            self.keys[index].value.end = self.at;
        }
        Some(())
    }

    fn list(&mut self, depth: usize) -> Option<()> {
        self.at += 1;
        self.lists += 1;
        loop {
            self.skip_blanks();
            if self.peek()? == b']' {
                self.at += 1;
                self.lists -= 1;
                return Some(());
            }
            self.value(depth + 1)?;
            self.skip_blanks();
            match self.peek()? {
                b',' => self.at += 1,
                b']' => {}
                _ => return None,
            }
        }
    }

    fn quoted(&mut self) -> Option<()> {
        let quote = self.peek()?;
        self.at += 1;
        loop {
            let byte = self.peek()?;
            self.at += 1;
            match byte {
                b'\\' if quote == b'"' => self.escape()?,
                // Single quotes know no backslash: a quote within them is written twice.
                _ if byte == quote && quote == b'\'' && self.peek() == Some(quote) => self.at += 1,
                _ if byte == quote => return Some(()),
                b'\n' | b'\r' | b'\t' => return None,
                _ => {}
            }
        }
    }

    fn escape(&mut self) -> Option<()> {
        // The escapes of YAML 1.2, section 5.7.
        let digits = match self.peek()? {
            b'0' | b'a' | b'b' | b't' | b'n' | b'v' | b'f' | b'r' | b'e' | b'"' | b'/' | b'\\'
            | b'N' | b'_' | b'L' | b'P' => 0,
            b'x' => 2,
            b'u' => 4,
            _ => return None,
        };
        let code = self.text.get(self.at + 1..self.at + 1 + digits)?;
        // Half of a pair is no character to most parsers of YAML.
        let is_half = digits == 4 && code[0].eq_ignore_ascii_case(&b'd') && code[1] >= b'8';
        self.at += 1 + digits;
        (code.iter().all(u8::is_ascii_hexdigit) && !is_half).then_some(())
    }

    fn plain(&mut self) -> Option<()> {
        let start = self.at;
        let first = self.peek()?;
        // Narrower than YAML, in which `*`, `&`, `!`, `|`, `>`, `%` and `@` have a meaning at the
        // start.
        let is_start =
            first.is_ascii_alphanumeric() || b"_./+()^$~<=;".contains(&first) || first >= 0x80;
        let is_sign = first == b'-'
            && !matches!(
                self.text.get(start + 1),
                Some(b' ' | b',' | b']' | b'}') | None
            );
        if !is_start && !is_sign {
            return None;
        }
        while let Some(byte) = self.peek() {
            let next = self.text.get(self.at + 1);
            match byte {
                b',' | b'[' | b']' | b'{' | b'}' => break,
                // Without a space or a bracket after it a colon is part of the value, as in `http://x`.
                b':' if matches!(
                    next,
                    None | Some(b' ' | b',' | b'[' | b']' | b'{' | b'}' | b'\n' | b'\r')
                ) =>
                {
                    break;
                }
                b'#' | b'"' | b'\'' | b'\t' => return None,
                b'\n' | b'\r' => break,
                _ => self.at += 1,
            }
        }
        while self.text[self.at - 1] == b' ' {
            self.at -= 1;
        }
        Some(())
    }
}

/// The key without its quotes; `None` where an escape makes it another.
fn unquoted(key: &[u8]) -> Option<&[u8]> {
    match key.first()? {
        b'"' | b'\'' => {
            let inner = &key[1..key.len() - 1];
            (!inner.contains(&b'\\') && !inner.contains(&b'\'')).then_some(inner)
        }
        _ => Some(key),
    }
}

/// The keys of one map, by a hash: of two that have the same one, a parser decides.
#[derive(Default)]
pub(super) struct SeenKeys {
    few: Vec<u64>,
    many: HashSet<u64>,
}

/// Longer lists of keys are searched by a table.
const FEW: usize = 24;

impl SeenKeys {
    pub(super) fn clear(&mut self) {
        self.few.clear();
        self.many.clear();
    }

    /// Whether the key was not there before.
    pub(super) fn insert(&mut self, key: &[u8]) -> bool {
        // FNV-1a, since the standard hasher starts from a random seed. Two keys with one hash would refuse the file as a
        // duplicate; nothing would be written.
        let hash = key.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        if self.few.contains(&hash) || self.many.contains(&hash) {
            return false;
        }
        match self.few.len() {
            FEW => {
                self.many.insert(hash);
            }
            _ => self.few.push(hash),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_gives_its_keys_down_to_a_depth() {
        let text = "{\n  \"a\": {\"b\": [1, {\"c\": 2}], \"d\":\"x\\n\"},\n  \"e\": null\n}\n";

        let found = keys(text, 2).unwrap();

        let found: Vec<_> = found
            .iter()
            .map(|each| {
                (
                    &text[each.key.clone()],
                    &text[each.value.clone()],
                    each.depth,
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                ("\"a\"", "{\"b\": [1, {\"c\": 2}], \"d\":\"x\\n\"}", 0),
                ("\"b\"", "[1, {\"c\": 2}]", 1),
                ("\"d\"", "\"x\\n\"", 1),
                ("\"e\"", "null", 0),
            ]
        );
    }

    #[test]
    fn a_map_with_a_key_twice_or_with_anything_odd_has_no_keys() {
        for text in [
            "{a: 1, a: 2}",
            "{a: {\"b\": 1, b: 2}}",
            "{{ a }}",
            "{a: {{ b }}}",
            "{a: 1",
            "{a: 1} x",
            "{a}",
            "{a: *b}",
            "{a: &b 1}",
            "{a: 'b\n'}",
            "{\"a\":\"\\ud83d\"}",
            "[a]",
            "{a: # b\n}",
        ] {
            assert!(keys(text, 9).is_none(), "{text}");
        }
    }

    #[test]
    fn many_keys_are_known_again_too() {
        let mut seen = SeenKeys::default();

        let all: Vec<String> = (0..100).map(|number| format!("key-{number}")).collect();

        assert!(all.iter().all(|key| seen.insert(key.as_bytes())));
        assert!(!all.iter().any(|key| seen.insert(key.as_bytes())));
    }
}
