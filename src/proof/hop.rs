//! How far did a sample get? The hops of the proof, each timed, with what stopped it and what to do.

use std::time::Duration;

/// A hop on the way of a sample, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HopName {
    Token,
    Write,
    ReadBack,
}

impl HopName {
    /// Also the id of the check and of the progress line.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Write => "write",
            Self::ReadBack => "read-back",
        }
    }
}

/// What stands in the way, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Obstacle {
    pub(crate) why: String,
    pub(crate) next: String,
    /// Whether Azure refused the identity (401, 403, no token), rather than failed or did not answer.
    pub(crate) is_denied: bool,
}

impl Obstacle {
    pub(crate) fn new(why: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            next: next.into(),
            is_denied: false,
        }
    }

    pub(crate) fn denied_if(self, is_denied: bool) -> Self {
        Self { is_denied, ..self }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed(String),
    /// Nothing was refused, but it has not come through yet.
    Late(Obstacle),
    Refused(Obstacle),
    /// It cannot be tried from here, or an earlier hop stopped it.
    NotTried {
        why: String,
        next: Option<String>,
    },
}

impl Outcome {
    /// What was seen, or why not.
    pub(crate) fn found(&self) -> &str {
        match self {
            Self::Passed(found) => found,
            Self::Late(obstacle) | Self::Refused(obstacle) => &obstacle.why,
            Self::NotTried { why, .. } => why,
        }
    }

    pub(crate) fn next(&self) -> Option<&str> {
        match self {
            Self::Passed(_) => None,
            Self::Late(obstacle) | Self::Refused(obstacle) => Some(&obstacle.next),
            Self::NotTried { next, .. } => next.as_deref(),
        }
    }

    fn passed(&self) -> bool {
        matches!(self, Self::Passed(_))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hop {
    pub(crate) name: HopName,
    pub(crate) took: Duration,
    pub(crate) outcome: Outcome,
}

impl Hop {
    /// A hop that an earlier one kept from being tried.
    pub(super) fn stopped(name: HopName, by: HopName) -> Self {
        Self {
            name,
            took: Duration::ZERO,
            outcome: Outcome::NotTried {
                why: format!("`{}` did not pass", by.as_str()),
                next: None,
            },
        }
    }
}

/// What the proof amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Data was read back from the workspace.
    Proven,
    /// The workspace took the sample; whether it can be queried was not seen.
    Accepted,
    /// Azure refused the identity or the sample.
    Refused,
    /// Nobody but Prometheus itself can try it.
    Unprovable,
}

/// The journey of one sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proof {
    pub(crate) token: Hop,
    pub(crate) write: Hop,
    pub(crate) read_back: Hop,
}

impl Proof {
    pub(crate) fn hops(&self) -> [&Hop; 3] {
        [&self.token, &self.write, &self.read_back]
    }

    pub(crate) fn hop(&self, name: HopName) -> &Hop {
        match name {
            HopName::Token => &self.token,
            HopName::Write => &self.write,
            HopName::ReadBack => &self.read_back,
        }
    }

    pub(crate) fn verdict(&self) -> Verdict {
        if self.read_back.outcome.passed() {
            return Verdict::Proven;
        }
        match (&self.token.outcome, &self.write.outcome) {
            (Outcome::NotTried { .. }, _) => Verdict::Unprovable,
            (_, Outcome::Passed(_)) => Verdict::Accepted,
            _ => Verdict::Refused,
        }
    }

    /// The hop that decides: where the sample arrived, or else the first that did not pass.
    pub(crate) fn telling_hop(&self) -> &Hop {
        if self.verdict() == Verdict::Proven {
            return &self.read_back;
        }
        let stopped = self.hops().into_iter().find(|hop| !hop.outcome.passed());
        stopped.unwrap_or(&self.read_back)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof(token: Outcome, write: Outcome, read_back: Outcome) -> Proof {
        let hop = |name, outcome| Hop {
            name,
            took: Duration::ZERO,
            outcome,
        };
        Proof {
            token: hop(HopName::Token, token),
            write: hop(HopName::Write, write),
            read_back: hop(HopName::ReadBack, read_back),
        }
    }

    fn passed() -> Outcome {
        Outcome::Passed("yes".into())
    }

    fn not_reached() -> Outcome {
        Hop::stopped(HopName::Write, HopName::Token).outcome
    }

    #[test]
    fn a_sample_that_was_taken_but_is_not_visible_yet_is_accepted() {
        let late = Outcome::Late(Obstacle::new("not visible after 3 min", "look again"));

        let proof = proof(passed(), passed(), late);

        assert_eq!(proof.verdict(), Verdict::Accepted);
        assert_eq!(proof.telling_hop().outcome.next(), Some("look again"));
    }

    #[test]
    fn what_cannot_be_tried_from_here_is_not_a_refusal() {
        let not_here = Outcome::NotTried {
            why: "only nodes get its tokens".into(),
            next: None,
        };

        let proof = proof(not_here, not_reached(), not_reached());

        assert_eq!(proof.verdict(), Verdict::Unprovable);
        assert_eq!(proof.telling_hop().name, HopName::Token);
    }

    #[test]
    fn the_first_hop_that_was_refused_tells_why() {
        let refused = Outcome::Refused(Obstacle::new("no role", "assign it"));

        let proof = proof(passed(), refused, not_reached());

        assert_eq!(proof.verdict(), Verdict::Refused);
        assert_eq!(proof.telling_hop().outcome.found(), "no role");
    }
}
