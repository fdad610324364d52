//! What does a PromQL expression ask for? The small part of the language that proves that samples arrived.
//!
//! Selectors, the functions over a range that need no arithmetic, and aggregations. Everything else is
//! an error, never a wrong answer.

use super::matcher::{Comparison, Matcher};
use super::scanner::Scanner;

#[derive(Debug, PartialEq)]
pub(super) enum QueryExpression {
    Select(Vec<Matcher>),
    /// A function over the samples of the last so many milliseconds.
    RangeFunction(RangeFunction, Vec<Matcher>, i64),
    Aggregate(Aggregation, Vec<String>, Box<QueryExpression>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RangeFunction {
    Count,
    Last,
    Max,
    Min,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aggregation {
    Count,
    Max,
    Min,
    Sum,
}

/// Why an expression is not evaluated.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ExpressionError {
    #[error("parse error: {0}")]
    Malformed(String),
    #[error("the sandbox does not evaluate {0}")]
    Unsupported(String),
    #[error("each selector must name a metric: {0}")]
    Nameless(String),
}

/// Reads one whole expression.
pub(super) fn parse(text: &str) -> Result<QueryExpression, ExpressionError> {
    let mut scanner = Scanner::new(text);
    let expression = expression(&mut scanner)?;
    match scanner.rest() {
        "" => Ok(expression),
        rest => Err(ExpressionError::Unsupported(format!("`{rest}`"))),
    }
}

fn expression(scanner: &mut Scanner<'_>) -> Result<QueryExpression, ExpressionError> {
    let name = scanner.name();
    match (aggregation(name), range_function(name)) {
        // `count` can be a metric as well: only what follows makes it an operator.
        (Some(operator), _) if scanner.peeks("(") || scanner.peeks("by") => {
            aggregate(operator, scanner)
        }
        (_, Some(function)) if scanner.peeks("(") => call(function, scanner),
        _ if !name.is_empty() && scanner.peeks("(") => Err(ExpressionError::Unsupported(format!(
            "the function `{name}`"
        ))),
        _ => select(name, scanner),
    }
}

fn aggregate(
    operator: Aggregation,
    scanner: &mut Scanner<'_>,
) -> Result<QueryExpression, ExpressionError> {
    // PromQL takes `by (…)` before the parentheses or after them.
    let before = by(scanner)?;
    expect(scanner, "(")?;
    let inner = expression(scanner)?;
    expect(scanner, ")")?;
    let labels = match before {
        Some(labels) => labels,
        None => by(scanner)?.unwrap_or_default(),
    };
    Ok(QueryExpression::Aggregate(
        operator,
        labels,
        Box::new(inner),
    ))
}

fn by(scanner: &mut Scanner<'_>) -> Result<Option<Vec<String>>, ExpressionError> {
    if !scanner.eat("by") {
        return Ok(None);
    }
    expect(scanner, "(")?;
    let mut labels = Vec::new();
    while !scanner.eat(")") {
        match scanner.name() {
            "" => return Err(unexpected(scanner)),
            label => labels.push(label.to_owned()),
        }
        if !scanner.eat(",") && !scanner.peeks(")") {
            return Err(unexpected(scanner));
        }
    }
    Ok(Some(labels))
}

fn call(
    function: RangeFunction,
    scanner: &mut Scanner<'_>,
) -> Result<QueryExpression, ExpressionError> {
    expect(scanner, "(")?;
    let name = scanner.name();
    let matchers = selector(name, scanner)?;
    expect(scanner, "[")?;
    let range = scanner.duration().ok_or_else(|| unexpected(scanner))?;
    expect(scanner, "]")?;
    expect(scanner, ")")?;
    Ok(QueryExpression::RangeFunction(function, matchers, range))
}

fn select(name: &str, scanner: &mut Scanner<'_>) -> Result<QueryExpression, ExpressionError> {
    let matchers = selector(name, scanner)?;
    if scanner.peeks("[") {
        return Err(ExpressionError::Unsupported(
            "a range selector alone".to_owned(),
        ));
    }
    Ok(QueryExpression::Select(matchers))
}

fn selector(name: &str, scanner: &mut Scanner<'_>) -> Result<Vec<Matcher>, ExpressionError> {
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
        Ok(matchers)
    } else {
        let end = start.len() - scanner.rest().len();
        Err(ExpressionError::Nameless(start[..end].trim().to_owned()))
    }
}

fn matcher(scanner: &mut Scanner<'_>) -> Result<Matcher, ExpressionError> {
    let label = scanner.name();
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
    Matcher::new(label, comparison, &value)
        .map_err(|error| ExpressionError::Malformed(error.to_string()))
}

fn aggregation(name: &str) -> Option<Aggregation> {
    match name {
        "count" => Some(Aggregation::Count),
        "max" => Some(Aggregation::Max),
        "min" => Some(Aggregation::Min),
        "sum" => Some(Aggregation::Sum),
        _ => None,
    }
}

fn range_function(name: &str) -> Option<RangeFunction> {
    match name {
        "count_over_time" => Some(RangeFunction::Count),
        "last_over_time" => Some(RangeFunction::Last),
        "max_over_time" => Some(RangeFunction::Max),
        "min_over_time" => Some(RangeFunction::Min),
        _ => None,
    }
}

fn expect(scanner: &mut Scanner<'_>, sign: &str) -> Result<(), ExpressionError> {
    if scanner.eat(sign) {
        Ok(())
    } else {
        Err(unexpected(scanner))
    }
}

fn unexpected(scanner: &Scanner<'_>) -> ExpressionError {
    ExpressionError::Malformed(match scanner.rest() {
        "" => "unexpected end of input".to_owned(),
        rest => format!("unexpected `{rest}`"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn up() -> Vec<Matcher> {
        vec![Matcher::equal("__name__", "up")]
    }

    #[test]
    fn a_metric_name_outside_or_inside_of_the_braces_is_the_same() {
        assert_eq!(parse("up"), Ok(QueryExpression::Select(up())));
        assert_eq!(
            parse(r#"{__name__="up"}"#),
            Ok(QueryExpression::Select(up()))
        );
    }

    #[test]
    fn matchers_take_the_four_comparisons_and_both_quotes() {
        let parsed = parse(r#"up{a="x", b!='y',c=~"z.*",d!~"\"w\"",}"#);

        let mut expected = up();
        for (label, comparison, value) in [
            ("a", Comparison::Equal, "x"),
            ("b", Comparison::NotEqual, "y"),
            ("c", Comparison::Matches, "z.*"),
            ("d", Comparison::MatchesNot, "\"w\""),
        ] {
            expected.push(Matcher::new(label, comparison, value).unwrap());
        }
        assert_eq!(parsed, Ok(QueryExpression::Select(expected)));
    }

    #[test]
    fn aggregations_take_their_labels_on_either_side() {
        let expected = QueryExpression::Aggregate(
            Aggregation::Count,
            vec!["job".to_owned(), "cluster".to_owned()],
            Box::new(QueryExpression::Select(up())),
        );

        assert_eq!(
            parse("count by (job, cluster) (up)").as_ref(),
            Ok(&expected)
        );
        assert_eq!(parse("count(up) by (job,cluster)").as_ref(), Ok(&expected));
    }

    #[test]
    fn functions_take_a_range() {
        let expected = QueryExpression::RangeFunction(RangeFunction::Max, up(), 5_400_000);

        assert_eq!(parse("max_over_time(up[1h30m])"), Ok(expected));
    }

    #[test]
    fn a_metric_may_be_called_like_an_operator() {
        assert_eq!(
            parse("count"),
            Ok(QueryExpression::Select(vec![Matcher::equal(
                "__name__", "count"
            )]))
        );
    }

    #[test]
    fn an_expression_that_is_not_evaluated_is_an_error() {
        for (text, error) in [
            (
                "rate(up[5m])",
                "the sandbox does not evaluate the function `rate`",
            ),
            ("up + 1", "the sandbox does not evaluate `+ 1`"),
            (
                "up[5m]",
                "the sandbox does not evaluate a range selector alone",
            ),
            (
                r#"{job="node"}"#,
                r#"each selector must name a metric: {job="node"}"#,
            ),
            ("up{job=node}", "parse error: unexpected `node}`"),
            ("count(up", "parse error: unexpected end of input"),
            ("", "parse error: unexpected end of input"),
        ] {
            assert_eq!(parse(text).unwrap_err().to_string(), error, "{text}");
        }
    }
}
