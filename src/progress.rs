//! Reports how far long work is. Only `ui` decides what that looks like.

use std::time::Duration;

/// A wait that takes longer is worth a line.
pub(crate) const NOTICEABLE: Duration = Duration::from_secs(2);
/// A wait that goes on is worth another line.
pub(crate) const INTERVAL: Duration = Duration::from_secs(15);

/// How a line of progress ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineEnd {
    Passed,
    /// Nothing was refused, but the result is not visible yet.
    NotYet,
    Failed,
    NotTried,
}

/// Receives what happens while steps run side by side; `line` names the step or the check.
pub(crate) trait Progress: Send + Sync {
    fn started(&self, line: &str, doing: &str);
    /// Something worth knowing while it goes on, such as how long a wait may take.
    fn detail(&self, line: &str, text: &str);
    fn ended(&self, line: &str, how: LineEnd, found: &str, took: Duration);
    /// The work was given up, and the reason is reported elsewhere.
    fn abandoned(&self, line: &str);
}

/// A line of progress while its work runs. It ends when this is dropped, so that no line moves under a later question.
#[must_use = "the line ends as soon as this is dropped"]
pub(crate) struct ProgressLine<'a> {
    progress: &'a dyn Progress,
    name: &'a str,
    has_ended: bool,
}

impl<'a> ProgressLine<'a> {
    pub(crate) fn start(progress: &'a dyn Progress, name: &'a str, doing: &str) -> Self {
        progress.started(name, doing);
        Self {
            progress,
            name,
            has_ended: false,
        }
    }

    pub(crate) fn detail(&self, text: &str) {
        self.progress.detail(self.name, text);
    }

    pub(crate) fn end(mut self, how: LineEnd, found: &str, took: Duration) {
        self.has_ended = true;
        self.progress.ended(self.name, how, found, took);
    }
}

impl Drop for ProgressLine<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.progress.abandoned(self.name);
        }
    }
}

/// Prints nothing: for work whose steps are not shown.
pub(crate) struct SilentProgress;

impl Progress for SilentProgress {
    fn started(&self, _: &str, _: &str) {}
    fn detail(&self, _: &str, _: &str) {}
    fn ended(&self, _: &str, _: LineEnd, _: &str, _: Duration) {}
    fn abandoned(&self, _: &str) {}
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Default)]
    struct RecordedEnds(Mutex<Vec<String>>);

    impl Progress for RecordedEnds {
        fn started(&self, _: &str, _: &str) {}
        fn detail(&self, _: &str, _: &str) {}
        fn ended(&self, line: &str, how: LineEnd, _: &str, _: Duration) {
            self.0.lock().unwrap().push(format!("{line} {how:?}"));
        }
        fn abandoned(&self, line: &str) {
            self.0.lock().unwrap().push(format!("{line} abandoned"));
        }
    }

    #[test]
    fn a_line_ends_once_also_where_its_work_is_given_up() {
        let ends = RecordedEnds::default();

        ProgressLine::start(&ends, "role", "granting").end(LineEnd::Passed, "done", Duration::ZERO);
        drop(ProgressLine::start(&ends, "write", "writing"));

        let ends = ends.0.into_inner().unwrap();
        assert_eq!(ends, ["role Passed", "write abandoned"]);
    }
}
