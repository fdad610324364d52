//! Where do the words of a PromQL expression begin and end?

/// Walks over the text of an expression; white space between words is skipped.
pub(super) struct Scanner<'a> {
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text.trim() }
    }

    /// What has not been read yet.
    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    /// Whether the rest begins with this sign.
    pub(super) fn peeks(&self, sign: &str) -> bool {
        self.rest.starts_with(sign)
    }

    /// Reads the sign if the rest begins with it.
    pub(super) fn eat(&mut self, sign: &str) -> bool {
        let there = self.peeks(sign);
        if there {
            self.advance(sign.len());
        }
        there
    }

    /// Reads this word if the rest begins with it and it ends there: `or`, and not the beginning of `orders`.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let ends = self.rest.strip_prefix(word).is_some_and(|rest| {
            !rest.starts_with(|c: char| c == '_' || c == ':' || c.is_ascii_alphanumeric())
        });
        ends && self.eat(word)
    }

    /// Reads a number such as `0.5`, `1e3` or `Inf`; `None` when there is none.
    pub(super) fn number(&mut self) -> Option<f64> {
        for (word, value) in [
            ("Inf", f64::INFINITY),
            ("inf", f64::INFINITY),
            ("NaN", f64::NAN),
            ("nan", f64::NAN),
        ] {
            if self.eat_word(word) {
                return Some(value);
            }
        }
        let mut previous = ' ';
        let end = self
            .rest
            .char_indices()
            .find(|&(_, c)| {
                let belongs = c.is_ascii_digit()
                    || matches!(c, '.' | 'e' | 'E')
                    || (matches!(c, '+' | '-') && matches!(previous, 'e' | 'E'));
                previous = c;
                !belongs
            })
            .map_or(self.rest.len(), |(index, _)| index);
        let value = self.rest[..end].parse().ok()?;
        self.advance(end);
        Some(value)
    }

    /// Reads the name of a metric, label or function; empty when there is none.
    pub(super) fn name(&mut self) -> &'a str {
        let part_of_name = |(index, c): (usize, char)| {
            c == '_' || c == ':' || c.is_ascii_alphabetic() || (index > 0 && c.is_ascii_digit())
        };
        self.take_while(part_of_name)
    }

    /// Reads a quoted string, with its escapes undone.
    pub(super) fn string(&mut self) -> Option<String> {
        let quote = self
            .rest
            .chars()
            .next()
            .filter(|c| matches!(c, '"' | '\'' | '`'))?;
        let mut text = String::new();
        let mut characters = self.rest.char_indices().skip(1);
        while let Some((index, c)) = characters.next() {
            match c {
                // Within backticks, a backslash escapes nothing.
                '\\' if quote != '`' => match characters.next()?.1 {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    escaped @ ('\\' | '"' | '\'') => text.push(escaped),
                    _ => return None,
                },
                _ if c == quote => {
                    self.advance(index + 1);
                    return Some(text);
                }
                _ => text.push(c),
            }
        }
        None
    }

    /// Reads a duration such as `1h30m`, in milliseconds.
    pub(super) fn duration(&mut self) -> Option<i64> {
        let mut total: i64 = 0;
        loop {
            let number: i64 = self.take_while(|(_, c)| c.is_ascii_digit()).parse().ok()?;
            // `ms` comes before `m`, of which it is the beginning.
            let (_, unit) = [
                ("ms", 1),
                ("s", 1000),
                ("m", 60_000),
                ("h", 3_600_000),
                ("d", 86_400_000),
                ("w", 604_800_000),
                ("y", 31_536_000_000),
            ]
            .into_iter()
            .find(|(unit, _)| self.eat(unit))?;
            total = total.checked_add(number.checked_mul(unit)?)?;
            if !self.rest.starts_with(|c: char| c.is_ascii_digit()) {
                return Some(total);
            }
        }
    }

    fn take_while(&mut self, mut belongs: impl FnMut((usize, char)) -> bool) -> &'a str {
        let end = self
            .rest
            .char_indices()
            .find(|&indexed| !belongs(indexed))
            .map_or(self.rest.len(), |(index, _)| index);
        let taken = &self.rest[..end];
        self.advance(end);
        taken
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = self.rest[bytes..].trim_start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_one_after_the_other() {
        let mut scanner = Scanner::new(r#" node:up_1 { 'it\'s' } 1h5s "#);

        assert_eq!(scanner.name(), "node:up_1");
        assert!(scanner.eat("{"));
        assert_eq!(scanner.string().as_deref(), Some("it's"));
        assert!(scanner.eat("}"));
        assert_eq!(scanner.duration(), Some(3_605_000));
        assert_eq!(scanner.rest(), "");
    }

    #[test]
    fn a_number_ends_before_a_sign_that_is_no_exponent() {
        let mut scanner = Scanner::new("1.5e-3-2 Inf");

        assert_eq!(scanner.number(), Some(1.5e-3));
        assert!(scanner.eat("-"));
        assert_eq!(scanner.number(), Some(2.0));
        assert_eq!(scanner.number(), Some(f64::INFINITY));
        assert_eq!(Scanner::new("up").number(), None);
    }

    #[test]
    fn a_word_is_not_the_beginning_of_a_longer_one() {
        assert!(!Scanner::new("orders").eat_word("or"));
        assert!(Scanner::new("or(up)").eat_word("or"));
    }

    #[test]
    fn a_string_without_an_end_and_a_duration_without_a_unit_are_not_read() {
        assert_eq!(Scanner::new("\"open").string(), None);
        assert_eq!(Scanner::new("5").duration(), None);
        assert_eq!(Scanner::new("99999999999999999d").duration(), None);
    }
}
