//! Which functions and operators of PromQL are evaluated here, and what does each take?

use super::expression_error::ExpressionError;

/// A function over the samples of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RangeFunction {
    Average,
    Changes,
    Count,
    Delta,
    Increase,
    InstantDelta,
    InstantRate,
    Last,
    Max,
    Min,
    Present,
    Rate,
    Resets,
    Sum,
}

impl RangeFunction {
    /// Whether the answer is still that metric: PromQL drops the name of everything else.
    pub(super) fn keeps_name(self) -> bool {
        self == Self::Last
    }
}

/// A function of an instant vector, or of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InstantFunction {
    Absent,
    Absolute,
    Ceiling,
    Floor,
    Round,
    Scalar,
    Sort,
    SortDescending,
    Time,
    Timestamp,
    Vector,
}

impl InstantFunction {
    pub(super) fn takes_argument(self) -> bool {
        self != Self::Time
    }

    pub(super) fn takes_number(self) -> bool {
        self == Self::Vector
    }

    pub(super) fn gives_number(self) -> bool {
        matches!(self, Self::Scalar | Self::Time)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PromqlFunction {
    OfRange(RangeFunction),
    OfInstant(InstantFunction),
}

/// The function of this name; `None` for those that are not evaluated.
pub(super) fn function(name: &str) -> Option<PromqlFunction> {
    use InstantFunction as Instant;
    use PromqlFunction::{OfInstant, OfRange};
    use RangeFunction as Range;
    Some(match name {
        "avg_over_time" => OfRange(Range::Average),
        "changes" => OfRange(Range::Changes),
        "count_over_time" => OfRange(Range::Count),
        "delta" => OfRange(Range::Delta),
        "idelta" => OfRange(Range::InstantDelta),
        "increase" => OfRange(Range::Increase),
        "irate" => OfRange(Range::InstantRate),
        "last_over_time" => OfRange(Range::Last),
        "max_over_time" => OfRange(Range::Max),
        "min_over_time" => OfRange(Range::Min),
        "present_over_time" => OfRange(Range::Present),
        "rate" => OfRange(Range::Rate),
        "resets" => OfRange(Range::Resets),
        "sum_over_time" => OfRange(Range::Sum),
        "abs" => OfInstant(Instant::Absolute),
        "absent" => OfInstant(Instant::Absent),
        "ceil" => OfInstant(Instant::Ceiling),
        "floor" => OfInstant(Instant::Floor),
        "round" => OfInstant(Instant::Round),
        "scalar" => OfInstant(Instant::Scalar),
        "sort" => OfInstant(Instant::Sort),
        "sort_desc" => OfInstant(Instant::SortDescending),
        "time" => OfInstant(Instant::Time),
        "timestamp" => OfInstant(Instant::Timestamp),
        "vector" => OfInstant(Instant::Vector),
        _ => return None,
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aggregation {
    Average,
    BottomK,
    Count,
    Group,
    Max,
    Min,
    Sum,
    TopK,
}

impl Aggregation {
    pub(super) fn takes_parameter(self) -> bool {
        matches!(self, Self::BottomK | Self::TopK)
    }
}

/// The aggregation of this name.
///
/// # Errors
/// [`ExpressionError::Unsupported`] for those of PromQL that are not evaluated.
pub(super) fn aggregation(name: &str) -> Result<Option<Aggregation>, ExpressionError> {
    Ok(Some(match name {
        "avg" => Aggregation::Average,
        "bottomk" => Aggregation::BottomK,
        "count" => Aggregation::Count,
        "group" => Aggregation::Group,
        "max" => Aggregation::Max,
        "min" => Aggregation::Min,
        "sum" => Aggregation::Sum,
        "topk" => Aggregation::TopK,
        "count_values" | "limit_ratio" | "limitk" | "quantile" | "stddev" | "stdvar" => {
            return Err(ExpressionError::Unsupported(format!(
                "the aggregation `{name}`"
            )));
        }
        _ => return Ok(None),
    }))
}

/// An operator between two expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BinaryOperator {
    Or,
    And,
    Unless,
    Equal,
    NotEqual,
    LessOrEqual,
    Less,
    GreaterOrEqual,
    Greater,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
}

impl BinaryOperator {
    /// Operators by how they are written; those that begin with another one come before it.
    pub(super) const SPELLINGS: [(&'static str, Self); 15] = [
        ("or", Self::Or),
        ("and", Self::And),
        ("unless", Self::Unless),
        ("==", Self::Equal),
        ("!=", Self::NotEqual),
        ("<=", Self::LessOrEqual),
        ("<", Self::Less),
        (">=", Self::GreaterOrEqual),
        (">", Self::Greater),
        ("+", Self::Add),
        ("-", Self::Subtract),
        ("*", Self::Multiply),
        ("/", Self::Divide),
        ("%", Self::Modulo),
        ("^", Self::Power),
    ];

    /// How strongly it binds; the greater number first.
    pub(super) fn precedence(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And | Self::Unless => 2,
            Self::Add | Self::Subtract => 4,
            Self::Multiply | Self::Divide | Self::Modulo => 5,
            Self::Power => 6,
            _ => 3,
        }
    }

    pub(super) fn is_of_sets(self) -> bool {
        self.precedence() <= 2
    }

    pub(super) fn compares(self) -> bool {
        self.precedence() == 3
    }

    /// The value of an arithmetic operator; 1 or 0 for a comparison.
    pub(super) fn apply(self, left: f64, right: f64) -> f64 {
        let truth = |holds: bool| if holds { 1.0 } else { 0.0 };
        match self {
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide => left / right,
            Self::Modulo => left % right,
            Self::Power => left.powf(right),
            _ => truth(self.holds(left, right)),
        }
    }

    /// Whether a comparison holds; never for another operator.
    #[expect(clippy::float_cmp, reason = "PromQL compares exactly")]
    pub(super) fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::LessOrEqual => left <= right,
            Self::Less => left < right,
            Self::GreaterOrEqual => left >= right,
            Self::Greater => left > right,
            _ => false,
        }
    }
}
