//! How far did a sample get? The stages of a probe, each timed, with the problem that stopped it.

use std::time::Duration;

use crate::next_step::NextStep;
use crate::problem::Problem;
use crate::progress::LineEnd;

/// A stage of the data path, in the order that a sample takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StageName {
    Token,
    Write,
    ReadBack,
}

impl StageName {
    /// Also the id of the check and of the progress line.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Write => "write",
            Self::ReadBack => "read-back",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StageOutcome {
    Passed(String),
    /// Nothing was refused, but the result is not visible yet.
    Late(Problem),
    Refused(Problem),
    /// It cannot be tried from here, or an earlier stage failed.
    NotTried(Problem),
}

impl StageOutcome {
    /// What was seen, or why not.
    pub(crate) fn found(&self) -> String {
        match self {
            Self::Passed(found) => found.clone(),
            Self::Late(problem) | Self::Refused(problem) | Self::NotTried(problem) => problem.why(),
        }
    }

    pub(crate) fn next(&self) -> &[NextStep] {
        match self {
            Self::Passed(_) => &[],
            Self::Late(problem) | Self::Refused(problem) | Self::NotTried(problem) => {
                problem.next_steps()
            }
        }
    }

    pub(super) fn line_end(&self) -> LineEnd {
        match self {
            Self::Passed(_) => LineEnd::Passed,
            Self::Late(_) => LineEnd::NotYet,
            Self::Refused(_) => LineEnd::Failed,
            Self::NotTried(_) => LineEnd::NotTried,
        }
    }

    fn passed(&self) -> bool {
        matches!(self, Self::Passed(_))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stage {
    pub(crate) name: StageName,
    pub(crate) took: Duration,
    pub(crate) outcome: StageOutcome,
}

impl Stage {
    /// A stage that was not tried because an earlier one failed.
    pub(super) fn stopped(name: StageName, by: StageName) -> Self {
        Self {
            name,
            took: Duration::ZERO,
            outcome: StageOutcome::NotTried(Problem::new(format!(
                "`{}` did not pass",
                by.as_str()
            ))),
        }
    }
}

/// The result of a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProbeVerdict {
    /// Data was read back from the workspace.
    Proven,
    /// The workspace took the sample; whether it can be queried was not seen.
    Accepted,
    /// Azure refused the identity or the sample.
    Refused,
    /// Only Prometheus itself can try it.
    Unprovable,
}

/// What became of one sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProbeReport {
    pub(crate) token: Stage,
    pub(crate) write: Stage,
    pub(crate) read_back: Stage,
}

impl ProbeReport {
    pub(crate) fn stages(&self) -> [&Stage; 3] {
        [&self.token, &self.write, &self.read_back]
    }

    pub(crate) fn stage(&self, name: StageName) -> &Stage {
        match name {
            StageName::Token => &self.token,
            StageName::Write => &self.write,
            StageName::ReadBack => &self.read_back,
        }
    }

    pub(crate) fn verdict(&self) -> ProbeVerdict {
        // Also where this identity could not be tried from here: series of Prometheus itself prove the same
        // path.
        if self.read_back.outcome.passed() {
            return ProbeVerdict::Proven;
        }
        match (&self.token.outcome, &self.write.outcome) {
            (StageOutcome::NotTried(_), _) => ProbeVerdict::Unprovable,
            (_, StageOutcome::Passed(_)) => ProbeVerdict::Accepted,
            _ => ProbeVerdict::Refused,
        }
    }

    /// The stage that decides the verdict: the last one when the sample was read back, otherwise the first that did not pass.
    pub(crate) fn deciding_stage(&self) -> &Stage {
        if self.verdict() == ProbeVerdict::Proven {
            return &self.read_back;
        }
        let stopped = self
            .stages()
            .into_iter()
            .find(|stage| !stage.outcome.passed());
        stopped.unwrap_or(&self.read_back)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(token: StageOutcome, write: StageOutcome, read_back: StageOutcome) -> ProbeReport {
        let stage = |name, outcome| Stage {
            name,
            took: Duration::ZERO,
            outcome,
        };
        ProbeReport {
            token: stage(StageName::Token, token),
            write: stage(StageName::Write, write),
            read_back: stage(StageName::ReadBack, read_back),
        }
    }

    fn passed() -> StageOutcome {
        StageOutcome::Passed("yes".into())
    }

    fn not_reached() -> StageOutcome {
        Stage::stopped(StageName::Write, StageName::Token).outcome
    }

    #[test]
    fn a_sample_that_was_taken_but_is_not_visible_yet_is_accepted() {
        let late = StageOutcome::Late(Problem::new("not visible after 3 min").next("look again"));

        let report = report(passed(), passed(), late);

        assert_eq!(report.verdict(), ProbeVerdict::Accepted);
        assert_eq!(report.deciding_stage().outcome.next(), ["look again"]);
    }

    #[test]
    fn what_cannot_be_tried_from_here_is_not_a_refusal() {
        let not_here = StageOutcome::NotTried(Problem::new("only nodes get its tokens"));

        let report = report(not_here, not_reached(), not_reached());

        assert_eq!(report.verdict(), ProbeVerdict::Unprovable);
        assert_eq!(report.deciding_stage().name, StageName::Token);
    }

    #[test]
    fn the_first_stage_that_was_refused_decides() {
        let refused = StageOutcome::Refused(Problem::new("no role").next("assign it"));

        let report = report(passed(), refused, not_reached());

        assert_eq!(report.verdict(), ProbeVerdict::Refused);
        assert_eq!(report.deciding_stage().outcome.found(), "no role");
    }
}
