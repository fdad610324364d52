//! The order of names in which 2 comes before 10.

use std::cmp::Ordering;

/// Digits are compared as numbers, the rest without upper and lower case.
pub(crate) fn natural_order(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (one, other);
    loop {
        let (left, right) = (start(one), start(other));
        if left.is_empty() || right.is_empty() {
            return left.len().cmp(&right.len());
        }
        let order = match is_digit(left) && is_digit(right) {
            true => {
                let (left, right) = (left.trim_start_matches('0'), right.trim_start_matches('0'));
                left.len().cmp(&right.len()).then_with(|| left.cmp(right))
            }
            false => left.to_lowercase().cmp(&right.to_lowercase()),
        };
        if order != Ordering::Equal {
            return order;
        }
        (one, other) = (&one[left.len()..], &other[right.len()..]);
    }
}

fn is_digit(part: &str) -> bool {
    part.starts_with(|each: char| each.is_ascii_digit())
}

/// The digits at the start, or else what comes before the first one.
fn start(text: &str) -> &str {
    let digits = is_digit(text);
    let end = text.find(|each: char| each.is_ascii_digit() != digits);
    &text[..end.unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_are_compared_as_numbers() {
        let mut names = ["w-10", "w-2b", "W-2a", "w", "a-100", "w-010", "v"];

        names.sort_by(|one, other| natural_order(one, other));

        assert_eq!(names, ["a-100", "v", "w", "W-2a", "w-2b", "w-10", "w-010"]);
    }
}
