//! How far an interview is.

use super::found::LookupResults;
use super::question::{ChoiceEffect, Topic};
use crate::spec::answers::Answers;

/// How much may be asked, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum InterviewMode {
    /// No terminal, or `doctor`: what has no default is listed as missing.
    Nothing,
    /// What has no default: `--yes` on a terminal, and every command but `init`.
    OnlyNeeded,
    /// Everything that is not answered yet: `init`.
    Everything,
}

/// A question that has its answer.
#[derive(Debug)]
pub(super) struct AnsweredTopic {
    pub(super) topic: Topic,
    pub(super) asked: bool,
    pub(super) meaning: ChoiceEffect,
}

/// The questions to one connection, as far as they are answered.
#[derive(Debug)]
pub(crate) struct Interview {
    pub(super) asking: InterviewMode,
    pub(super) answers: Answers,
    pub(super) subscription: Option<String>,
    pub(super) seen: LookupResults,
    pub(super) answered: Vec<AnsweredTopic>,
    pub(super) missing: Vec<(Topic, String)>,
    pub(super) news: Vec<(Topic, String)>,
}
