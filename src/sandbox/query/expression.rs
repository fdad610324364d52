//! What does a PromQL expression ask for? Selectors, ranges, the usual functions, aggregations and operators.
//!
//! Everything else is an error, never a wrong answer. The grammar is read here because the parser of PromQL for Rust
//! (promql-parser 0.11) depends on `bincode`, which is unmaintained, and on a parser generator.

use super::{
    expression_error::ExpressionError,
    functions::{
        Aggregation, BinaryOperator, InstantFunction, PromqlFunction, RangeFunction, aggregation,
        function,
    },
    scanner::Scanner,
    selector::{SeriesSelector, unexpected},
};

/// How many expressions may lie within each other.
const DEEPEST: usize = 64;

#[derive(Debug, PartialEq)]
pub(super) enum QueryExpression {
    Number(f64),
    Select(SeriesSelector),
    /// The samples of the last so many milliseconds.
    Range(SeriesSelector, i64),
    RangeFunction(RangeFunction, SeriesSelector, i64),
    InstantFunction(InstantFunction, Option<Box<QueryExpression>>),
    Aggregate(AggregateExpression),
    Binary(BinaryExpression),
    Negate(Box<QueryExpression>),
}

#[derive(Debug, PartialEq)]
pub(super) struct AggregateExpression {
    pub(super) operator: Aggregation,
    pub(super) grouping: LabelGrouping,
    /// How many, for `topk` and `bottomk`.
    pub(super) parameter: Option<Box<QueryExpression>>,
    pub(super) inner: Box<QueryExpression>,
}

#[derive(Debug, PartialEq)]
pub(super) struct BinaryExpression {
    pub(super) operator: BinaryOperator,
    /// Whether a comparison answers 1 and 0 and drops nothing.
    pub(super) gives_bool: bool,
    pub(super) matching: LabelGrouping,
    pub(super) left: Box<QueryExpression>,
    pub(super) right: Box<QueryExpression>,
}

/// Which labels make a group (`by`, `on`), or which do not (`without`, `ignoring`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LabelGrouping {
    Only(Vec<String>),
    Except(Vec<String>),
}

impl QueryExpression {
    pub(super) fn is_number(&self) -> bool {
        match self {
            Self::Number(_) => true,
            Self::InstantFunction(function, _) => function.gives_number(),
            Self::Binary(binary) => binary.left.is_number() && binary.right.is_number(),
            Self::Negate(inner) => inner.is_number(),
            Self::Select(_) | Self::Range(..) | Self::RangeFunction(..) | Self::Aggregate(_) => {
                false
            }
        }
    }

    fn is_range(&self) -> bool {
        matches!(self, Self::Range(..))
    }
}

/// Reads one whole expression.
pub(super) fn parse(text: &str) -> Result<QueryExpression, ExpressionError> {
    let mut scanner = Scanner::new(text);
    let parsed = binary(&mut scanner, 1, DEEPEST)?;
    match scanner.rest() {
        "" => Ok(parsed),
        rest if rest.starts_with('[') => Err(unsupported("a subquery")),
        _ => Err(unexpected(&scanner)),
    }
}

fn unsupported(what: &str) -> ExpressionError {
    ExpressionError::Unsupported(what.to_owned())
}

fn binary(
    scanner: &mut Scanner<'_>,
    least: u8,
    depth: usize,
) -> Result<QueryExpression, ExpressionError> {
    let mut left = unary(scanner, depth)?;
    while let Some((spelling, operator)) = next_operator(scanner)
        && operator.precedence() >= least
    {
        scanner.eat(spelling);
        let gives_bool = operator.compares() && scanner.eat_word("bool");
        let matching = matching(scanner)?;
        // The power alone is read from the right: 2^3^2 is 2^9.
        let next = operator.precedence() + u8::from(operator != BinaryOperator::Power);
        let right = binary(scanner, next, deeper(depth)?)?;
        check_operands(operator, gives_bool, &left, &right)?;
        left = QueryExpression::Binary(BinaryExpression {
            operator,
            gives_bool,
            matching,
            left: Box::new(left),
            right: Box::new(right),
        });
    }
    Ok(left)
}

fn next_operator(scanner: &Scanner<'_>) -> Option<(&'static str, BinaryOperator)> {
    let is_next = |spelling: &str| {
        if spelling.starts_with(|c: char| c.is_ascii_alphabetic()) {
            Scanner::new(scanner.rest()).eat_word(spelling)
        } else {
            scanner.peeks(spelling)
        }
    };
    BinaryOperator::SPELLINGS
        .into_iter()
        .find(|(spelling, _)| is_next(spelling))
}

fn check_operands(
    operator: BinaryOperator,
    gives_bool: bool,
    left: &QueryExpression,
    right: &QueryExpression,
) -> Result<(), ExpressionError> {
    let malformed = |message: &str| Err(ExpressionError::Malformed(message.to_owned()));
    if left.is_range() || right.is_range() {
        return malformed("binary expression must contain only scalar and instant vector types");
    }
    if operator.is_of_sets() && (left.is_number() || right.is_number()) {
        return malformed("set operator not allowed in binary scalar expression");
    }
    if operator.compares() && !gives_bool && left.is_number() && right.is_number() {
        return malformed("comparisons between scalars must use BOOL modifier");
    }
    Ok(())
}

fn deeper(depth: usize) -> Result<usize, ExpressionError> {
    depth
        .checked_sub(1)
        .ok_or_else(|| unsupported("an expression that is nested so deeply"))
}

fn matching(scanner: &mut Scanner<'_>) -> Result<LabelGrouping, ExpressionError> {
    let matching = if scanner.eat_word("on") {
        LabelGrouping::Only(labels(scanner)?)
    } else if scanner.eat_word("ignoring") {
        LabelGrouping::Except(labels(scanner)?)
    } else {
        LabelGrouping::Except(Vec::new())
    };
    for word in ["group_left", "group_right"] {
        if scanner.eat_word(word) {
            return Err(unsupported(&format!("`{word}`")));
        }
    }
    Ok(matching)
}

fn unary(scanner: &mut Scanner<'_>, depth: usize) -> Result<QueryExpression, ExpressionError> {
    let depth = deeper(depth)?;
    if scanner.eat("-") {
        // Weaker than the power, stronger than all else: -2^2 is -4.
        let inner = binary(scanner, BinaryOperator::Power.precedence(), depth)?;
        return Ok(QueryExpression::Negate(Box::new(inner)));
    }
    if scanner.eat("+") {
        return unary(scanner, depth);
    }
    if scanner.eat("(") {
        let inner = binary(scanner, 1, depth)?;
        expect(scanner, ")")?;
        return Ok(inner);
    }
    if let Some(number) = scanner.number() {
        return Ok(QueryExpression::Number(number));
    }
    named(scanner, depth)
}

fn named(scanner: &mut Scanner<'_>, depth: usize) -> Result<QueryExpression, ExpressionError> {
    let name = scanner.name();
    // `count` can be a metric as well: only what follows makes it an operator.
    let is_call = scanner.peeks("(");
    let is_grouped = ["by", "without"]
        .iter()
        .any(|word| Scanner::new(scanner.rest()).eat_word(word));
    if (is_call || is_grouped)
        && let Some(operator) = aggregation(name)?
    {
        return aggregate(operator, scanner, depth);
    }
    if !is_call || name.is_empty() {
        return select(name, scanner);
    }
    match function(name) {
        Some(PromqlFunction::OfRange(function)) => range_call(name, function, scanner, depth),
        Some(PromqlFunction::OfInstant(function)) => instant_call(name, function, scanner, depth),
        None => Err(unsupported(&format!("the function `{name}`"))),
    }
}

fn aggregate(
    operator: Aggregation,
    scanner: &mut Scanner<'_>,
    depth: usize,
) -> Result<QueryExpression, ExpressionError> {
    // PromQL takes `by (…)` before the parentheses or after them.
    let before = grouping(scanner)?;
    expect(scanner, "(")?;
    let mut inner = binary(scanner, 1, depth)?;
    let mut parameter = None;
    if operator.takes_parameter() {
        expect(scanner, ",")?;
        parameter = Some(Box::new(std::mem::replace(
            &mut inner,
            binary(scanner, 1, depth)?,
        )));
    }
    expect(scanner, ")")?;
    if inner.is_number() || inner.is_range() {
        return Err(ExpressionError::Malformed(
            "expected type instant vector in aggregation expression".to_owned(),
        ));
    }
    if parameter.as_ref().is_some_and(|number| !number.is_number()) {
        return Err(ExpressionError::Malformed(
            "expected type scalar in aggregation parameter".to_owned(),
        ));
    }
    let grouping = match before {
        Some(grouping) => grouping,
        None => grouping(scanner)?.unwrap_or_else(|| LabelGrouping::Only(Vec::new())),
    };
    Ok(QueryExpression::Aggregate(AggregateExpression {
        operator,
        grouping,
        parameter,
        inner: Box::new(inner),
    }))
}

fn grouping(scanner: &mut Scanner<'_>) -> Result<Option<LabelGrouping>, ExpressionError> {
    Ok(if scanner.eat_word("by") {
        Some(LabelGrouping::Only(labels(scanner)?))
    } else if scanner.eat_word("without") {
        Some(LabelGrouping::Except(labels(scanner)?))
    } else {
        None
    })
}

fn labels(scanner: &mut Scanner<'_>) -> Result<Vec<String>, ExpressionError> {
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
    Ok(labels)
}

fn range_call(
    name: &str,
    function: RangeFunction,
    scanner: &mut Scanner<'_>,
    depth: usize,
) -> Result<QueryExpression, ExpressionError> {
    expect(scanner, "(")?;
    let argument = binary(scanner, 1, depth)?;
    if scanner.peeks("[") {
        return Err(unsupported("a subquery"));
    }
    expect(scanner, ")")?;
    match argument {
        QueryExpression::Range(selector, range) => {
            Ok(QueryExpression::RangeFunction(function, selector, range))
        }
        _ => Err(ExpressionError::Malformed(format!(
            "expected type range vector in call to function \"{name}\""
        ))),
    }
}

fn instant_call(
    name: &str,
    function: InstantFunction,
    scanner: &mut Scanner<'_>,
    depth: usize,
) -> Result<QueryExpression, ExpressionError> {
    expect(scanner, "(")?;
    let mut argument = None;
    if function.takes_argument() {
        let given = binary(scanner, 1, depth)?;
        if given.is_range() || given.is_number() != function.takes_number() {
            let wanted = if function.takes_number() {
                "scalar"
            } else {
                "instant vector"
            };
            return Err(ExpressionError::Malformed(format!(
                "expected type {wanted} in call to function \"{name}\""
            )));
        }
        argument = Some(Box::new(given));
    }
    expect(scanner, ")")?;
    Ok(QueryExpression::InstantFunction(function, argument))
}

fn select(name: &str, scanner: &mut Scanner<'_>) -> Result<QueryExpression, ExpressionError> {
    let mut selector = SeriesSelector::read(name, scanner)?;
    if !scanner.eat("[") {
        selector.read_offset(scanner)?;
        return Ok(QueryExpression::Select(selector));
    }
    let range = scanner.duration().ok_or_else(|| unexpected(scanner))?;
    if scanner.peeks(":") {
        return Err(unsupported("a subquery"));
    }
    expect(scanner, "]")?;
    selector.read_offset(scanner)?;
    Ok(QueryExpression::Range(selector, range))
}

fn expect(scanner: &mut Scanner<'_>, sign: &str) -> Result<(), ExpressionError> {
    if scanner.eat(sign) {
        Ok(())
    } else {
        Err(unexpected(scanner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::query::matcher::Matcher;

    fn up() -> SeriesSelector {
        SeriesSelector {
            matchers: vec![Matcher::equal("__name__", "up")],
            offset: 0,
        }
    }

    #[test]
    fn aggregations_take_their_labels_on_either_side() {
        let expected = QueryExpression::Aggregate(AggregateExpression {
            operator: Aggregation::Count,
            grouping: LabelGrouping::Only(vec!["job".to_owned(), "cluster".to_owned()]),
            parameter: None,
            inner: Box::new(QueryExpression::Select(up())),
        });

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
        for name in ["count", "orders", "bool"] {
            let selector = SeriesSelector {
                matchers: vec![Matcher::equal("__name__", name)],
                offset: 0,
            };
            assert_eq!(parse(name), Ok(QueryExpression::Select(selector)));
        }
    }

    #[test]
    fn an_expression_that_is_not_evaluated_is_an_error() {
        for (text, error) in [
            (
                "histogram_quantile(0.9, up)",
                "the sandbox does not evaluate the function `histogram_quantile`",
            ),
            (
                "quantile(0.9, up)",
                "the sandbox does not evaluate the aggregation `quantile`",
            ),
            (
                "max_over_time(up[1h:5m])",
                "the sandbox does not evaluate a subquery",
            ),
            ("up @ 5", "the sandbox does not evaluate `@`"),
            (
                "up * on (job) group_left other",
                "the sandbox does not evaluate `group_left`",
            ),
            (
                r#"{job="node"}"#,
                r#"each selector must name a metric: {job="node"}"#,
            ),
            ("", "parse error: unexpected end of input"),
            ("up{", "parse error: unexpected end of input"),
            ("up)", "parse error: unexpected `)`"),
            (
                "rate(up)",
                "parse error: expected type range vector in call to function \"rate\"",
            ),
            (
                "sum(up[5m])",
                "parse error: expected type instant vector in aggregation expression",
            ),
            (
                "1 > 2",
                "parse error: comparisons between scalars must use BOOL modifier",
            ),
        ] {
            assert_eq!(parse(text).unwrap_err().to_string(), error, "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        for text in [
            "(".repeat(100_000),
            "-".repeat(100_000),
            "1^".repeat(100_000),
        ] {
            assert_eq!(
                parse(&text).unwrap_err().to_string(),
                "the sandbox does not evaluate an expression that is nested so deeply"
            );
        }
    }
}
