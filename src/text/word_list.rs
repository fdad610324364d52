//! Words as a list within a sentence.

/// `one`, `one or two`, `one, two or three`.
pub(crate) fn joined(words: &[&str], conjunction: &str) -> String {
    match words.split_last() {
        Some((last, others)) if !others.is_empty() => {
            format!("{} {conjunction} {last}", others.join(", "))
        }
        _ => words.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_separate_all_but_the_last_word() {
        let lists = [&[][..], &["a"], &["a", "b"], &["a", "b", "c"]];

        assert_eq!(
            lists.map(|words| joined(words, "or")),
            ["", "a", "a or b", "a, b or c"]
        );
    }
}
