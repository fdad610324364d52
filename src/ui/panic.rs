//! A fault of this program: what a panic shows, in place of Rust's own text.

use std::any::Any;
use std::panic::PanicHookInfo;

use super::interrupt::show_cursor;
use crate::error::ExitCode;

/// Runs the program; a panic in it ends as an error with exit code 1.
pub(crate) fn guard(program: impl FnOnce() -> ExitCode + std::panic::UnwindSafe) -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        // A prompt or a moving line may have hidden it.
        show_cursor();
        eprint(&report(panic));
    }));
    std::panic::catch_unwind(program).unwrap_or(ExitCode::Failed)
}

/// A formatted message may hold a value, even a secret; only a literal is shown.
fn report(panic: &PanicHookInfo<'_>) -> String {
    let place = panic.location().map_or_else(String::new, |place| {
        format!(" at {}:{}", place.file(), place.line())
    });
    text(&place, literal(panic.payload()))
}

fn literal(payload: &(dyn Any + Send)) -> Option<&'static str> {
    payload.downcast_ref::<&'static str>().copied()
}

fn text(place: &str, message: Option<&str>) -> String {
    let message = message.map_or_else(String::new, |message| format!(": {message}"));
    format!(
        "error: amw-rw {} failed because of a bug in this program\n  \
         because: panic{place}{message}\n  \
         next:    report these lines and the command, without its values; then run the command again: it continues from there",
        env!("CARGO_PKG_VERSION")
    )
}

#[expect(
    clippy::print_stderr,
    reason = "the screen may hold a lock that the panic left behind"
)]
fn eprint(text: &str) {
    eprintln!("{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_shows_its_place_and_what_to_report() {
        let text = text(" at src/x.rs:7", Some("no handler panics"));

        assert!(text.contains("because: panic at src/x.rs:7: no handler panics"));
        assert!(text.contains("next:    report"));
    }

    #[test]
    fn a_message_with_values_is_not_shown() {
        let formatted: Box<dyn Any + Send> = Box::new(format!("secret {}", 1));
        let plain: Box<dyn Any + Send> = Box::new("index out of bounds");

        assert_eq!(literal(&*formatted), None);
        assert_eq!(literal(&*plain), Some("index out of bounds"));
    }
}
