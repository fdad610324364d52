//! What do Azure's sentences name? Ids that are only in the text of a message.

/// The quoted text that follows a label: `action 'Microsoft.X/write'`.
pub(in crate::azure) fn quoted_after<'a>(message: &'a str, label: &str) -> Option<&'a str> {
    let (_, rest) = message.split_once(label)?;
    let rest = rest.trim_start().strip_prefix('\'')?;
    Some(rest.split_once('\'')?.0)
}

/// The word that follows a label, on the same side of the next comma: `objectId 1234, …`.
pub(in crate::azure) fn word_after<'a>(message: &'a str, label: &str) -> Option<&'a str> {
    let (_, rest) = message.split_once(label)?;
    let word = rest.split(',').next()?.split_whitespace().next()?;
    Some(word.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_name_is_found_behind_its_label() {
        let message = "does not have authorization to perform action 'A/write' over scope '/s' or the scope is invalid.";

        assert_eq!(quoted_after(message, "perform action"), Some("A/write"));
        assert_eq!(quoted_after(message, "over scope"), Some("/s"));
        assert_eq!(quoted_after(message, "or the"), None);
        assert_eq!(quoted_after("scope 'never closed", "scope"), None);
    }

    #[test]
    fn a_word_ends_at_the_comma() {
        let message = "IsDcrDceBindingValid: , DcrArmId: /x/y, Message: none.";

        assert_eq!(word_after(message, "DcrArmId:"), Some("/x/y"));
        assert_eq!(word_after(message, "IsDcrDceBindingValid:"), None);
        assert_eq!(word_after(message, "Message:"), Some("none"));
    }
}
