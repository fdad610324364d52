//! What does the user see? The only code that prints or prompts: the product on stdout, the story on stderr.

pub(crate) mod failure;
pub(crate) mod interrupt;
pub(crate) mod log;
pub(crate) mod palette;
pub(crate) mod product;
pub(crate) mod progress;
pub(crate) mod prompt;
pub(crate) mod screen;
pub(crate) mod terminal;
pub(crate) mod usage;
