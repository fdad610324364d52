//! What is the answer of an operator between numbers and vectors?

use std::collections::{BTreeMap, BTreeSet};

use super::{
    aggregate::group_of,
    expression::{BinaryExpression, LabelGrouping},
    expression_error::ExpressionError,
    functions::BinaryOperator,
    vector::{Element, InstantValue, Labels},
};

/// The answer of the operator of this expression to the values of its sides.
pub(super) fn binary(
    expression: &BinaryExpression,
    left: InstantValue,
    right: InstantValue,
) -> Result<InstantValue, ExpressionError> {
    use InstantValue::{Number, Vector};
    let operator = expression.operator;
    Ok(match (left, right) {
        (Number(left), Number(right)) => Number(operator.apply(left, right)),
        (Vector(elements), Number(number)) => {
            Vector(with_number(expression, elements, |value| (value, number)))
        }
        (Number(number), Vector(elements)) => {
            Vector(with_number(expression, elements, |value| (number, value)))
        }
        (Vector(left), Vector(right)) if operator.is_of_sets() => {
            Vector(of_sets(expression, left, right))
        }
        (Vector(left), Vector(right)) => Vector(one_to_one(expression, left, right)?),
    })
}

fn with_number(
    expression: &BinaryExpression,
    elements: Vec<Element>,
    sides: impl Fn(f64) -> (f64, f64),
) -> Vec<Element> {
    elements
        .into_iter()
        .filter_map(|element| {
            let (left, right) = sides(element.value);
            let kept = element.value;
            answer(expression, element, (left, right), kept)
        })
        .collect()
}

/// A comparison keeps the element as it is where it holds, and drops it where it does not; all else is a new value.
fn answer(
    expression: &BinaryExpression,
    element: Element,
    (left, right): (f64, f64),
    kept: f64,
) -> Option<Element> {
    let operator = expression.operator;
    if operator.compares() && !expression.gives_bool {
        return operator.holds(left, right).then_some(Element {
            value: kept,
            ..element
        });
    }
    Some(Element {
        value: operator.apply(left, right),
        ..element.unnamed()
    })
}

fn of_sets(expression: &BinaryExpression, left: Vec<Element>, right: Vec<Element>) -> Vec<Element> {
    let group = |element: &Element| group_of(&element.labels, &expression.matching);
    let groups = |elements: &[Element]| elements.iter().map(group).collect::<BTreeSet<Labels>>();
    match expression.operator {
        BinaryOperator::Or => {
            let on_left = groups(&left);
            let others = right
                .into_iter()
                .filter(|element| !on_left.contains(&group(element)));
            left.into_iter().chain(others).collect()
        }
        operator => {
            let on_right = groups(&right);
            let wanted = operator == BinaryOperator::And;
            left.into_iter()
                .filter(|element| on_right.contains(&group(element)) == wanted)
                .collect()
        }
    }
}

fn one_to_one(
    expression: &BinaryExpression,
    left: Vec<Element>,
    right: Vec<Element>,
) -> Result<Vec<Element>, ExpressionError> {
    let mut right = by_group(right, &expression.matching, "right")?;
    let left = by_group(left, &expression.matching, "left")?;
    Ok(left
        .into_iter()
        .filter_map(|(group, element)| {
            let other = right.remove(&group)?;
            let sides = (element.value, other.value);
            let kept = element.value;
            let mut element = answer(expression, element, sides, kept)?;
            element
                .labels
                .retain(|(name, _)| match &expression.matching {
                    LabelGrouping::Only(names) => names.contains(name),
                    LabelGrouping::Except(names) => !names.contains(name),
                });
            Some(element)
        })
        .collect())
}

fn by_group(
    elements: Vec<Element>,
    matching: &LabelGrouping,
    side: &str,
) -> Result<BTreeMap<Labels, Element>, ExpressionError> {
    let mut groups = BTreeMap::new();
    for element in elements {
        if groups
            .insert(group_of(&element.labels, matching), element)
            .is_some()
        {
            return Err(ExpressionError::Execution(format!(
                "found duplicate series for the match group on the {side} hand-side of the operation; many-to-many matching not allowed: matching labels must be unique on one side"
            )));
        }
    }
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::query::expression::{QueryExpression, parse};

    fn element(name: &str, job: &str, value: f64) -> Element {
        Element {
            labels: [("__name__", name), ("job", job)]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
            value,
        }
    }

    fn ask(text: &str) -> Vec<String> {
        let QueryExpression::Binary(expression) = parse(text).unwrap() else {
            panic!("{text} has no operator");
        };
        let side = |side: &QueryExpression| match side {
            QueryExpression::Number(number) => InstantValue::Number(*number),
            QueryExpression::Select(selector) => InstantValue::Vector(
                [
                    element("used", "a", 3.0),
                    element("used", "b", 9.0),
                    element("limit", "a", 10.0),
                    element("limit", "c", 4.0),
                ]
                .into_iter()
                .filter(|element| selector.selects(&element.labels))
                .collect(),
            ),
            other => panic!("{other:?}"),
        };
        match binary(&expression, side(&expression.left), side(&expression.right)) {
            Ok(InstantValue::Number(number)) => vec![number.to_string()],
            Ok(InstantValue::Vector(elements)) => elements
                .into_iter()
                .map(|Element { labels, value }| {
                    let labels: Vec<_> = labels.into_iter().map(|(_, value)| value).collect();
                    format!("{} {value}", labels.join(","))
                })
                .collect(),
            Err(error) => vec![error.to_string()],
        }
    }

    #[test]
    fn arithmetic_drops_the_name_and_a_comparison_keeps_it() {
        assert_eq!(ask("used * 2"), ["a 6", "b 18"]);
        assert_eq!(ask("used > 5"), ["used,b 9"]);
        assert_eq!(ask("5 < used"), ["used,b 9"]);
        assert_eq!(ask("used > bool 5"), ["a 0", "b 1"]);
    }

    #[test]
    fn two_vectors_are_matched_by_their_labels() {
        assert_eq!(ask("used / limit"), ["a 0.3"]);
        assert_eq!(ask("used < on (job) limit"), ["a 3"]);
        assert_eq!(
            ask("used / ignoring (job) limit"),
            [
                "found duplicate series for the match group on the right hand-side of the operation; many-to-many matching not allowed: matching labels must be unique on one side"
            ]
        );
    }

    #[test]
    fn set_operators_choose_elements() {
        assert_eq!(ask("used and limit"), ["used,a 3"]);
        assert_eq!(ask("used unless limit"), ["used,b 9"]);
        assert_eq!(ask("used or limit"), ["used,a 3", "used,b 9", "limit,c 4"]);
    }
}
