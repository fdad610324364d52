//! What is the answer of an aggregation to the elements of a vector?

use std::collections::BTreeMap;

use super::{
    expression::{AggregateExpression, LabelGrouping},
    functions::Aggregation,
    range_values::count,
    vector::{Element, Labels},
};

/// The element of each group; for `topk` and `bottomk`, the first so many (`parameter`) elements of each.
pub(super) fn aggregate(
    expression: &AggregateExpression,
    parameter: f64,
    elements: Vec<Element>,
) -> Vec<Element> {
    let mut groups: BTreeMap<Labels, Vec<Element>> = BTreeMap::new();
    for element in elements {
        let group = group_of(&element.labels, &expression.grouping);
        groups.entry(group).or_default().push(element);
    }
    match expression.operator {
        Aggregation::TopK => first_of_each(groups, parameter, true),
        Aggregation::BottomK => first_of_each(groups, parameter, false),
        operator => groups
            .into_iter()
            .map(|(labels, elements)| Element {
                labels,
                value: reduced(operator, &elements),
            })
            .collect(),
    }
}

/// The labels that make the group of an element; the name is never one of those that are not excluded.
pub(super) fn group_of(labels: &Labels, grouping: &LabelGrouping) -> Labels {
    let belongs = |name: &String| match grouping {
        LabelGrouping::Only(names) => names.contains(name),
        LabelGrouping::Except(names) => name != "__name__" && !names.contains(name),
    };
    labels
        .iter()
        .filter(|(name, _)| belongs(name))
        .cloned()
        .collect()
}

fn reduced(operator: Aggregation, elements: &[Element]) -> f64 {
    let values = elements.iter().map(|element| element.value);
    match operator {
        Aggregation::Average => values.sum::<f64>() / count(elements.len()),
        Aggregation::Count => count(elements.len()),
        Aggregation::Group => 1.0,
        Aggregation::Max | Aggregation::TopK => values.fold(f64::NAN, f64::max),
        Aggregation::Min | Aggregation::BottomK => values.fold(f64::NAN, f64::min),
        Aggregation::Sum => values.sum(),
    }
}

fn first_of_each(
    groups: BTreeMap<Labels, Vec<Element>>,
    parameter: f64,
    descends: bool,
) -> Vec<Element> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates: a negative number and NaN take none, a great one all"
    )]
    let most = parameter as usize;
    groups
        .into_values()
        .flat_map(|mut elements| {
            elements.sort_by(|one, other| {
                let order = one.value.total_cmp(&other.value);
                // A value that is no number comes last either way.
                let order = if descends { order.reverse() } else { order };
                one.value.is_nan().cmp(&other.value.is_nan()).then(order)
            });
            elements.truncate(most);
            elements
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::query::expression::{QueryExpression, parse};

    fn ask(text: &str) -> Vec<String> {
        let QueryExpression::Aggregate(expression) = parse(text).unwrap() else {
            panic!("{text} is no aggregation");
        };
        let element = |job: &str, host: &str, value| Element {
            labels: [("__name__", "up"), ("host", host), ("job", job)]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
            value,
        };
        let elements = vec![
            element("a", "x", 1.0),
            element("a", "y", 3.0),
            element("b", "x", f64::NAN),
            element("b", "y", 8.0),
        ];
        aggregate(&expression, 1.0, elements)
            .into_iter()
            .map(|Element { labels, value }| {
                let labels: Vec<_> = labels.into_iter().map(|(_, value)| value).collect();
                format!("{} {value}", labels.join(","))
            })
            .collect()
    }

    #[test]
    fn groups_are_made_by_labels_or_without_them() {
        assert_eq!(ask("max by (job) (up)"), ["a 3", "b 8"]);
        assert_eq!(ask("count without (job) (up)"), ["x 2", "y 2"]);
        assert_eq!(ask("group(up)"), [" 1"]);
        assert_eq!(ask("avg by (job) (up)"), ["a 2", "b NaN"]);
    }

    #[test]
    fn the_first_of_each_group_keep_their_labels() {
        assert_eq!(ask("topk by (job) (1, up)"), ["up,y,a 3", "up,y,b 8"]);
        assert_eq!(ask("bottomk(1, up)"), ["up,x,a 1"]);
    }
}
