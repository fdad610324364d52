//! Why can something not be done, or what is wrong, and what to do next? Carried everywhere; it becomes a `Failure` once,
//! where it is known what was being done.

use std::fmt;

use crate::next_step::NextStep;
use crate::plain_words::plain_words;

/// Reasons and next steps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Problem {
    why: Vec<String>,
    next: Vec<NextStep>,
    is_permission: bool,
    is_of_named_file: bool,
    is_failed_read: bool,
    is_interruption: bool,
}

impl Problem {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self::default().reason(why)
    }

    /// An error with its chain of sources.
    pub(crate) fn of_error(cause: impl Into<anyhow::Error>) -> Self {
        Self::default().because(&cause.into())
    }

    /// Adds an error with its chain of sources, except those whose text is already part of a reason. One that Ctrl-C caused
    /// needs no reason.
    pub(crate) fn because(mut self, cause: &anyhow::Error) -> Self {
        if cause.chain().any(is_interruption) {
            self.is_interruption = true;
            return self;
        }
        for text in cause.chain().map(|cause| plain_words(&cause.to_string())) {
            let is_known = self.why.iter().any(|known| known.contains(&text));
            // Libraries often put the text of their source into their own.
            if !is_known && !text.is_empty() {
                self.why.push(text);
            }
        }
        self
    }

    pub(crate) fn reason(mut self, why: impl Into<String>) -> Self {
        self.why.push(why.into());
        self
    }

    /// Adds a command or a sentence; may be called more than once, best first.
    pub(crate) fn next(mut self, step: impl Into<NextStep>) -> Self {
        self.next.push(step.into());
        self
    }

    /// Marks it as a matter of sign-in or rights.
    pub(crate) fn of_permission(mut self, is_permission: bool) -> Self {
        self.is_permission = is_permission;
        self
    }

    /// Marks it as a question that was asked and got no answer that can be read.
    pub(crate) fn of_failed_read(mut self, is_failed: bool) -> Self {
        self.is_failed_read = is_failed;
        self
    }

    /// Marks it as a fault of a file that the user named, whose place nothing else takes.
    pub(crate) fn of_named_file(mut self, is_named: bool) -> Self {
        self.is_of_named_file = is_named;
        self
    }

    /// Adds all of another problem.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.why.extend(other.why);
        self.next.extend(other.next);
        self.is_permission |= other.is_permission;
        self.is_of_named_file |= other.is_of_named_file;
        self.is_failed_read |= other.is_failed_read;
        self.is_interruption |= other.is_interruption;
        self
    }

    /// All reasons in one line.
    pub(crate) fn why(&self) -> String {
        self.why.join(": ")
    }

    pub(crate) fn reasons(&self) -> &[String] {
        &self.why
    }

    pub(crate) fn next_steps(&self) -> &[NextStep] {
        &self.next
    }

    /// Whether it is about who the caller is, not about what was asked for.
    pub(crate) fn is_permission(&self) -> bool {
        self.is_permission
    }

    /// Whether something answered wrongly or not at all, and not for want of a right.
    pub(crate) fn is_failed_read(&self) -> bool {
        self.is_failed_read && !self.is_permission
    }

    /// Whether the user ended it with Ctrl-C.
    pub(crate) fn is_interruption(&self) -> bool {
        self.is_interruption
    }

    pub(crate) fn is_of_named_file(&self) -> bool {
        self.is_of_named_file
    }
}

/// Ctrl-C while a pipe is read. A system call that is interrupted carries its number, and is a failure like others.
fn is_interruption(cause: &(dyn std::error::Error + 'static)) -> bool {
    let error = cause.downcast_ref::<std::io::Error>();
    error.is_some_and(|error| {
        error.kind() == std::io::ErrorKind::Interrupted && error.raw_os_error().is_none()
    })
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.why())
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_that_repeats_its_error_is_added_once() {
        let inner = anyhow::anyhow!("no such host");
        let outer = inner.context("GET failed: no such host");

        assert_eq!(
            Problem::of_error(outer).reasons(),
            ["GET failed: no such host"]
        );
    }

    #[test]
    fn two_problems_together_are_about_rights_when_one_of_them_is() {
        let one = Problem::new("no role").next("ask").of_permission(true);

        let both = Problem::new("no file").and(one);

        assert_eq!(both.why(), "no file: no role");
        assert!(both.is_permission());
    }
}
