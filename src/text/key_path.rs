//! The path of a key in a file as a message shows it, such as `spec.remoteWrite[main].url`.

/// The path of `key` below `path`, which is empty at the top.
pub(crate) fn below(path: &str, key: &str) -> String {
    match path.is_empty() {
        true => key.to_owned(),
        false => format!("{path}.{key}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_at_the_top_has_no_dot_before_it() {
        assert_eq!(below("", "spec"), "spec");
        assert_eq!(below("spec.list[a]", "url"), "spec.list[a].url");
    }
}
