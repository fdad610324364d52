//! Which series does a selector such as `up{job="node"} offset 5m` ask for?

use super::{
    expression_error::ExpressionError,
    matcher::{Comparison, Matcher},
    scanner::Scanner,
};

/// The conditions on the labels, and how far before the moment of the question (milliseconds).
#[derive(Debug, Default, PartialEq)]
pub(super) struct SeriesSelector {
    pub(super) matchers: Vec<Matcher>,
    pub(super) offset: i64,
}

impl SeriesSelector {
    /// Reads what follows the name, which can be empty: the conditions in braces.
    pub(super) fn read(name: &str, scanner: &mut Scanner<'_>) -> Result<Self, ExpressionError> {
        let mut matchers = Vec::new();
        if !name.is_empty() {
            matchers.push(Matcher::equal("__name__", name));
        }
        let start = scanner.rest();
        if scanner.eat("{") {
            while !scanner.eat("}") {
                matchers.push(matcher(scanner)?);
                if !scanner.eat(",") && !scanner.peeks("}") {
                    return Err(unexpected(scanner));
                }
            }
        } else if name.is_empty() {
            return Err(unexpected(scanner));
        }
        // Azure refuses a selector without a metric name, which Prometheus allows.
        if matchers.iter().any(Matcher::names_a_metric) {
            Ok(Self {
                matchers,
                offset: 0,
            })
        } else {
            let end = start.len() - scanner.rest().len();
            Err(ExpressionError::Nameless(start[..end].trim().to_owned()))
        }
    }

    /// Reads the offset, which comes after the range where there is one.
    pub(super) fn read_offset(&mut self, scanner: &mut Scanner<'_>) -> Result<(), ExpressionError> {
        if scanner.peeks("@") {
            return Err(ExpressionError::Unsupported("`@`".to_owned()));
        }
        if scanner.eat_word("offset") {
            let sign = if scanner.eat("-") { -1 } else { 1 };
            self.offset = sign * scanner.duration().ok_or_else(|| unexpected(scanner))?;
        }
        Ok(())
    }

    /// Whether a series with these labels is asked for.
    pub(super) fn selects(&self, labels: &[(String, String)]) -> bool {
        self.matchers.iter().all(|matcher| matcher.passes(labels))
    }

    pub(super) fn has_pattern(&self) -> bool {
        self.matchers.iter().any(Matcher::has_pattern)
    }
}

fn matcher(scanner: &mut Scanner<'_>) -> Result<Matcher, ExpressionError> {
    let label = match scanner.string() {
        // Prometheus 3 takes names in quotes, and one alone for the metric's.
        Some(name) if scanner.peeks("}") || scanner.peeks(",") => {
            return Ok(Matcher::equal("__name__", &name));
        }
        Some(name) => name,
        None => scanner.name().to_owned(),
    };
    if label.is_empty() {
        return Err(unexpected(scanner));
    }
    // The two-character operators come first: `=` is the beginning of `=~`.
    let comparison = [
        ("=~", Comparison::Matches),
        ("!~", Comparison::MatchesNot),
        ("!=", Comparison::NotEqual),
        ("=", Comparison::Equal),
    ]
    .into_iter()
    .find(|(sign, _)| scanner.eat(sign))
    .map(|(_, comparison)| comparison)
    .ok_or_else(|| unexpected(scanner))?;
    let value = scanner.string().ok_or_else(|| unexpected(scanner))?;
    Matcher::new(&label, comparison, &value)
        .map_err(|error| ExpressionError::Malformed(error.to_string()))
}

/// The error for what comes next.
pub(super) fn unexpected(scanner: &Scanner<'_>) -> ExpressionError {
    ExpressionError::Malformed(match scanner.rest() {
        "" => "unexpected end of input".to_owned(),
        rest => format!("unexpected `{rest}`"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<SeriesSelector, ExpressionError> {
        let mut scanner = Scanner::new(text);
        let name = scanner.name();
        let mut selector = SeriesSelector::read(name, &mut scanner)?;
        selector.read_offset(&mut scanner)?;
        Ok(selector)
    }

    #[test]
    fn a_metric_name_outside_or_inside_of_the_braces_is_the_same() {
        let named = read("up").unwrap();

        assert_eq!(read(r#"{__name__="up"}"#).unwrap(), named);
        assert_eq!(read(r#"{"up"}"#).unwrap(), named);
    }

    #[test]
    fn matchers_take_the_four_comparisons_and_both_quotes() {
        let parsed = read(r#"up{a="x", b!='y',c=~"z.*",d!~"\"w\"",}"#).unwrap();

        let mut expected = vec![Matcher::equal("__name__", "up")];
        for (label, comparison, value) in [
            ("a", Comparison::Equal, "x"),
            ("b", Comparison::NotEqual, "y"),
            ("c", Comparison::Matches, "z.*"),
            ("d", Comparison::MatchesNot, "\"w\""),
        ] {
            expected.push(Matcher::new(label, comparison, value).unwrap());
        }
        assert_eq!(parsed.matchers, expected);
    }

    #[test]
    fn an_offset_goes_back_or_forward() {
        assert_eq!(read("up offset 5m").unwrap().offset, 300_000);
        assert_eq!(read("up offset -1h").unwrap().offset, -3_600_000);
    }
}
