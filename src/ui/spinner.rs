//! The look of a moving line.

use std::time::Duration;

use indicatif::ProgressStyle;

/// How often a moving line moves.
pub(super) const TICK: Duration = Duration::from_millis(100);

pub(super) fn spinner(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .expect("the templates are ours")
        .tick_strings(&["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"])
}
