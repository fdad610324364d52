//! The user's own file, before and after the connection was put into it.

/// Both texts. What they do not differ in is the user's.
#[derive(Clone, Copy)]
pub(crate) struct OwnFile<'a> {
    pub(crate) before: &'a str,
    pub(crate) after: &'a str,
}
