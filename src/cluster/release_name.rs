//! How is a Helm release named?

/// A Helm release: its name is unique in its namespace only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ReleaseName {
    pub(crate) namespace: String,
    pub(crate) name: String,
}

/// Helm's own rule, which also keeps a name from changing the selector that it is put into.
pub(super) fn is_release_name(name: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_part = |part: &str| {
        let bytes = part.as_bytes();
        part.bytes().all(|byte| is_inner(byte) || byte == b'-')
            && bytes.first().is_some_and(|byte| is_inner(*byte))
            && bytes.last().is_some_and(|byte| is_inner(*byte))
    };
    name.len() <= 53 && name.split('.').all(is_part)
}
