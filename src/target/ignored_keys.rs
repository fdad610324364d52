//! Keys of a file that its program does not read, and that do not contradict its kind.

/// The key with which SOPS marks a file that it encrypted.
pub(super) const ENCRYPTION: &str = "sops";

/// A key that people give to values that are only referred to.
pub(super) fn is_anchor_holder(key: &str) -> bool {
    key.starts_with("x-") || key.starts_with(['.', '_'])
}
