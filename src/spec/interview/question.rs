//! A question: its topic, its words, and what each answer means.

use super::found::Look;
use crate::spec::answers::ConnectionAnswers;

/// What can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    Subscription,
    Cluster,
    Prometheus,
    PrometheusFile,
    SignIn,
    Workspace,
    WorkspaceName,
    Target,
    Input,
    InputFile,
    ClusterLabel,
}

impl Topic {
    /// The order of the questions: each may build on those before it.
    pub(super) const ALL: [Self; 11] = [
        Self::Subscription,
        Self::Cluster,
        Self::Prometheus,
        Self::PrometheusFile,
        Self::SignIn,
        Self::Workspace,
        Self::WorkspaceName,
        Self::Target,
        Self::Input,
        Self::InputFile,
        Self::ClusterLabel,
    ];

    /// The flag that answers it.
    pub(crate) fn flag(self) -> &'static str {
        match self {
            Self::Subscription => "--subscription",
            Self::Cluster => "--cluster",
            Self::Prometheus | Self::PrometheusFile => "--prometheus",
            Self::SignIn => "--auth",
            Self::Workspace | Self::WorkspaceName => "--workspace",
            Self::Target => "--target",
            Self::Input | Self::InputFile => "--input",
            Self::ClusterLabel => "--cluster-label",
        }
    }

    /// What it is called once it is settled.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Subscription => "subscription",
            Self::Cluster => "cluster",
            Self::Prometheus | Self::PrometheusFile => "Prometheus",
            Self::SignIn => "sign-in",
            Self::Workspace | Self::WorkspaceName => "workspace",
            Self::Target => "target",
            Self::Input | Self::InputFile => "file",
            Self::ClusterLabel => "cluster label",
        }
    }

    /// Whether the default can be taken without asking.
    pub(super) fn has_default(self) -> bool {
        !matches!(
            self,
            Self::Subscription | Self::Cluster | Self::Prometheus | Self::PrometheusFile
        )
    }

    /// What has to be known before it can be asked.
    pub(super) fn look(self) -> Option<Look> {
        match self {
            Self::Subscription => Some(Look::Subscriptions),
            Self::Cluster => Some(Look::Clusters),
            Self::Prometheus => Some(Look::Prometheus),
            Self::Workspace => Some(Look::Workspaces),
            Self::Input => Some(Look::Files),
            _ => None,
        }
    }

    /// What was looked up because of this answer, and is invalid without it.
    pub(super) fn leads_to(self) -> &'static [Look] {
        match self {
            Self::Subscription => &[Look::Clusters, Look::Prometheus, Look::Workspaces],
            Self::Cluster => &[Look::Prometheus],
            Self::Target => &[Look::Files],
            _ => &[],
        }
    }
}

/// What choosing a line means.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Meaning {
    Subscription(String),
    /// These answers and no others; may be none.
    Answers(Box<ConnectionAnswers>),
    /// The user wants to type it: ask this next.
    Ask(Topic),
}

impl Meaning {
    /// The answers that `fill` gives.
    pub(super) fn answers(fill: impl FnOnce(&mut ConnectionAnswers)) -> Self {
        let mut answers = ConnectionAnswers::default();
        fill(&mut answers);
        Self::Answers(Box::new(answers))
    }

    /// No answer: the default is right.
    pub(super) fn none() -> Self {
        Self::answers(|_| ())
    }
}

/// One line to choose.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Choice {
    pub(crate) label: String,
    /// What helps to tell it from the others.
    pub(crate) detail: String,
    pub(crate) meaning: Meaning,
}

impl Choice {
    pub(super) fn new(
        label: impl Into<String>,
        detail: impl Into<String>,
        meaning: Meaning,
    ) -> Self {
        Self {
            label: label.into(),
            detail: detail.into(),
            meaning,
        }
    }
}

/// How a question is answered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Form {
    /// One of these; `recommended` is an index.
    Choose {
        choices: Vec<Choice>,
        recommended: Option<usize>,
    },
    Type(Typed),
}

/// What may be typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    WorkspaceName,
    /// A file that exists.
    File,
    Label,
}

impl Kind {
    /// Says what is wrong with a typed answer, as far as that can be told without looking.
    pub(crate) fn check(self, text: &str) -> Result<(), String> {
        match self {
            Self::WorkspaceName => crate::spec::names::workspace(text),
            Self::File | Self::Label if text.trim().is_empty() => {
                Err("it cannot be empty".to_owned())
            }
            Self::File | Self::Label => Ok(()),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Typed {
    pub(crate) kind: Kind,
    /// What Enter alone means.
    pub(crate) preferred: Option<String>,
}

/// One question, ready to be asked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Question {
    pub(crate) topic: Topic,
    pub(crate) title: &'static str,
    /// What depends on the answer, or why one answer is recommended, in one line.
    pub(crate) reason: String,
    pub(crate) form: Form,
}

impl Question {
    /// The answer in a few words; `None` where it only leads to another question.
    pub(crate) fn told<'a>(&'a self, said: &'a Said) -> Option<&'a str> {
        match (&self.form, said) {
            (Form::Choose { choices, .. }, Said::Chose(index)) => {
                let choice = &choices[*index];
                (!matches!(choice.meaning, Meaning::Ask(_))).then_some(choice.label.as_str())
            }
            (_, Said::Typed(text)) => Some(text),
            (Form::Type(_), Said::Chose(_)) => None,
        }
    }
}

/// What the user said to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    Chose(usize),
    Typed(String),
}
