//! A question: its topic, its words, and what each answer means.

use std::path::PathBuf;

use super::found::Lookup;
use crate::spec::answers::ConnectionAnswers;
use crate::spec::choices::{IdentityChoice, PrometheusChoice};
use crate::spec::ids::Region;
use crate::spec::names;

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
    /// Whether what is created gets the proposed names and place.
    Names,
    ResourceGroup,
    Location,
    IdentityName,
    Target,
    Input,
    InputFile,
    /// Where the patched file goes.
    Output,
    OutputFile,
    ClusterLabel,
}

impl Topic {
    /// The order of the questions: each may build on those before it.
    pub(super) const ALL: [Self; 17] = [
        Self::Subscription,
        Self::Cluster,
        Self::Prometheus,
        Self::PrometheusFile,
        Self::SignIn,
        Self::Workspace,
        Self::WorkspaceName,
        Self::Names,
        Self::ResourceGroup,
        Self::Location,
        Self::IdentityName,
        Self::Target,
        Self::Input,
        Self::InputFile,
        Self::Output,
        Self::OutputFile,
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
            Self::Names | Self::IdentityName => "--identity",
            Self::ResourceGroup => "--resource-group",
            Self::Location => "--location",
            Self::Target => "--target",
            Self::Input | Self::InputFile => "--input",
            Self::Output | Self::OutputFile => "--out",
            Self::ClusterLabel => "--cluster-label",
        }
    }

    /// What it is called once it is answered.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Subscription => "subscription",
            Self::Cluster => "cluster",
            Self::Prometheus | Self::PrometheusFile => "Prometheus",
            Self::SignIn => "sign-in",
            Self::Workspace | Self::WorkspaceName => "workspace",
            Self::Names => "names",
            Self::ResourceGroup => "resource group",
            Self::Location => "region",
            Self::IdentityName => "identity",
            Self::Target => "target",
            Self::Input | Self::InputFile => "file",
            Self::Output | Self::OutputFile => "result",
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
    pub(super) fn look(self) -> Option<Lookup> {
        match self {
            Self::Subscription => Some(Lookup::Subscriptions),
            Self::Cluster => Some(Lookup::Clusters),
            Self::Prometheus => Some(Lookup::Prometheus),
            Self::Workspace => Some(Lookup::Workspaces),
            Self::Input => Some(Lookup::Files),
            _ => None,
        }
    }

    /// What was looked up because of this answer, and is invalid without it.
    pub(super) fn leads_to(self) -> &'static [Lookup] {
        match self {
            Self::Subscription => &[Lookup::Clusters, Lookup::Prometheus, Lookup::Workspaces],
            Self::Cluster => &[Lookup::Prometheus],
            Self::Target => &[Lookup::Files],
            _ => &[],
        }
    }
}

/// What choosing a line means.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ChoiceEffect {
    Subscription(String),
    /// These answers and no others; may be none.
    Answers(Box<ConnectionAnswers>),
    /// The user wants to type it: ask this next.
    Ask(Topic),
}

impl ChoiceEffect {
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

pub(super) const PATCHED: &str = "patched, with a backup";
pub(super) const ONLY_OUR_BLOCK: &str =
    "only our block is changed, and the difference is shown first";

pub(super) fn choose(
    topic: Topic,
    title: &'static str,
    reason: impl Into<String>,
    choices: Vec<AnswerOption>,
    recommended: Option<usize>,
) -> Question {
    Question {
        topic,
        title,
        reason: reason.into(),
        form: AnswerForm::Choose {
            choices,
            recommended,
        },
    }
}

pub(super) fn typed(
    topic: Topic,
    title: &'static str,
    reason: impl Into<String>,
    kind: TypedKind,
    default: Option<String>,
) -> Question {
    Question {
        topic,
        title,
        reason: reason.into(),
        form: AnswerForm::Type(TypedAnswer {
            kind,
            default: default.map(TypedDefault::Value),
        }),
    }
}

/// The file is patched, and the result is written to it: an input alone is printed.
pub(super) fn patch_in_place(answers: &mut ConnectionAnswers, path: PathBuf) {
    answers.out = Some(path.clone());
    answers.input = Some(path);
}

/// The path that was typed, with or without the `file:` of `--prometheus`.
pub(crate) fn typed_path(text: &str) -> PathBuf {
    match text.parse() {
        Ok(PrometheusChoice::File(path)) => path,
        _ => PathBuf::from(text),
    }
}

/// One line to choose.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AnswerOption {
    pub(crate) label: String,
    /// What distinguishes it from the others.
    pub(crate) detail: String,
    pub(crate) meaning: ChoiceEffect,
}

impl AnswerOption {
    pub(super) fn new(
        label: impl Into<String>,
        detail: impl Into<String>,
        meaning: ChoiceEffect,
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
pub(crate) enum AnswerForm {
    /// One of these; `recommended` is an index.
    Choose {
        choices: Vec<AnswerOption>,
        recommended: Option<usize>,
    },
    Type(TypedAnswer),
}

/// What may be typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TypedKind {
    WorkspaceName,
    ResourceGroup,
    Region,
    /// A user-assigned identity: name or resource id.
    Identity,
    /// An Entra application: name or client id.
    Application,
    /// A file that exists.
    File,
    /// A file that need not exist.
    OutputFile,
    Label,
}

impl TypedKind {
    fn check(self, text: &str) -> Result<(), String> {
        match self {
            Self::WorkspaceName => names::workspace(text),
            Self::ResourceGroup => names::resource_group(text),
            // The form only: which regions there are depends on the subscription.
            Self::Region => Region::parse(text).map(drop).map_err(|why| why.to_string()),
            Self::Identity => match text.parse()? {
                IdentityChoice::Name(name) => names::identity(&name),
                IdentityChoice::Id(_) => Ok(()),
                IdentityChoice::ClientId(_) => {
                    Err("an identity is found by its name or resource id".to_owned())
                }
            },
            Self::Application => match text.parse()? {
                IdentityChoice::Id(_) => Err("an application has no resource id".to_owned()),
                IdentityChoice::Name(_) | IdentityChoice::ClientId(_) => Ok(()),
            },
            Self::File | Self::OutputFile | Self::Label if text.trim().is_empty() => {
                Err("it cannot be empty".to_owned())
            }
            Self::File | Self::OutputFile | Self::Label => Ok(()),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TypedAnswer {
    pub(crate) kind: TypedKind,
    /// What Enter alone means.
    pub(crate) default: Option<TypedDefault>,
}

/// What a question that is answered by typing proposes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TypedDefault {
    Value(String),
    /// Only known once the cluster is looked up, which happens after the last question.
    OfCluster,
}

impl TypedDefault {
    /// The known value, or that of the cluster.
    pub(super) fn or_of_cluster(value: Option<String>) -> Self {
        value.map_or(Self::OfCluster, Self::Value)
    }

    /// As the terminal shows it.
    pub(crate) fn shown(&self) -> &str {
        match self {
            Self::Value(text) => text,
            Self::OfCluster => "the cluster's",
        }
    }
}

impl TypedAnswer {
    /// The answer that a line of text gives. Enter alone gives the text that is shown for the default.
    pub(crate) fn read(&self, text: String) -> UserAnswer {
        match &self.default {
            Some(default) if default.shown() == text => UserAnswer::Default,
            _ => UserAnswer::Typed(text),
        }
    }

    /// Says what is wrong with a line of text, as far as that shows without looking it up.
    pub(crate) fn check(&self, text: &str) -> Result<(), String> {
        match (&self.default, self.read(text.to_owned())) {
            (Some(TypedDefault::OfCluster), UserAnswer::Default) => Ok(()),
            _ => self.kind.check(text),
        }
    }
}

/// One question, ready to be asked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Question {
    pub(crate) topic: Topic,
    pub(crate) title: &'static str,
    /// What depends on the answer, or why one answer is recommended, in one line.
    pub(crate) reason: String,
    pub(crate) form: AnswerForm,
}

impl Question {
    /// The answer in a few words; `None` where it only leads to another question.
    pub(crate) fn answer_text<'a>(&'a self, answer: &'a UserAnswer) -> Option<&'a str> {
        match (&self.form, answer) {
            (AnswerForm::Choose { choices, .. }, UserAnswer::Chosen(index)) => {
                let choice = &choices[*index];
                (!matches!(choice.meaning, ChoiceEffect::Ask(_))).then_some(choice.label.as_str())
            }
            (_, UserAnswer::Typed(text)) => Some(text),
            (AnswerForm::Type(typed), UserAnswer::Default) => {
                typed.default.as_ref().map(TypedDefault::shown)
            }
            (AnswerForm::Type(_), UserAnswer::Chosen(_))
            | (AnswerForm::Choose { .. }, UserAnswer::Default) => None,
        }
    }
}

/// What the user answers to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UserAnswer {
    Chosen(usize),
    Typed(String),
    /// The proposal of a question that is answered by typing.
    Default,
}
