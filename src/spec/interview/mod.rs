//! The wizard as a state machine without a terminal: what is still to be asked, and in which order.
//!
//! A question that a flag or the spec file answers is skipped; a single choice is taken and reported.

mod creation;
pub(crate) mod found;
mod output;
mod question;
mod state;
mod topics;

use super::answers::{Answers, ConnectionAnswers, Source};
use super::choices::{ClusterChoice, PrometheusChoice, WorkspaceChoice};

pub(crate) use found::{Lookup, LookupResult};
pub(crate) use question::{
    AnswerForm, AnswerOption, Question, Topic, TypedAnswer, TypedDefault, TypedKind, UserAnswer,
    typed_path,
};

pub(crate) use state::{Interview, InterviewMode};

use found::LookupResults;
use question::ChoiceEffect;
use state::AnsweredTopic;

/// What to do next.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum NextAction {
    /// Lookup it up, then call `record_lookup`.
    Look(Lookup),
    /// Ask it, then call `answer` or `back`.
    Ask(Question),
    /// There is nothing to choose from.
    Nothing(Lookup),
    Done,
}

impl Interview {
    /// Starts from what flags and the spec file have answered already.
    pub(crate) fn new(
        asking: InterviewMode,
        answers: Answers,
        subscription: Option<String>,
    ) -> Self {
        Self {
            asking,
            answers,
            subscription,
            seen: LookupResults::default(),
            answered: Vec::new(),
            missing: Vec::new(),
            news: Vec::new(),
        }
    }

    pub(crate) fn answers(&self) -> &Answers {
        &self.answers
    }

    /// Name or id of the subscription, as far as it is known.
    pub(crate) fn subscription(&self) -> Option<String> {
        let of_cluster = match self.answers.given().cluster {
            Some(ClusterChoice::Id(id)) => Some(id.subscription().to_string()),
            _ => None,
        };
        self.subscription.clone().or(of_cluster)
    }

    /// What was taken without asking since the last call.
    pub(crate) fn news(&mut self) -> Vec<(Topic, String)> {
        std::mem::take(&mut self.news)
    }

    /// Flag and meaning of every answer that only a person could have given.
    pub(crate) fn missing(&self) -> Vec<(&'static str, String)> {
        let listed = self.missing.iter();
        listed
            .map(|(topic, what)| (topic.flag(), what.clone()))
            .collect()
    }

    /// Answers what needs no person, up to the next thing that the caller has to do.
    pub(crate) fn next(&mut self) -> NextAction {
        // Each answer can open or close other questions, so that the list is gone through again.
        while let Some(topic) = self.open_topic() {
            if self.asking < InterviewMode::AllButOutput && topic.has_default() {
                self.leave(topic);
            // Listed all the same, so that one run without a terminal names every missing flag.
            } else if let Some(condition) = self.blocked(topic) {
                self.miss(topic, condition.to_owned());
            } else if let Some(look) = topic.look().filter(|look| !self.seen.has(*look)) {
                return NextAction::Look(look);
            } else if let Some(next) = self.consider(topic) {
                return next;
            }
        }
        NextAction::Done
    }

    /// Takes a single choice without asking, and notes a question that cannot be asked as missing.
    fn consider(&mut self, topic: Topic) -> Option<NextAction> {
        let question = topics::question(topic, self);
        match &question.form {
            AnswerForm::Choose { choices, .. } => match choices.as_slice() {
                [] => return topic.look().map(NextAction::Nothing),
                [only] => self.take(topic, only),
                _ if self.asking == InterviewMode::Nothing => {
                    let labels: Vec<&str> = choices.iter().map(|one| one.label.as_str()).collect();
                    self.miss(topic, format!("one of: {}", labels.join(", ")));
                }
                _ => return Some(NextAction::Ask(question)),
            },
            AnswerForm::Type(_) if self.asking == InterviewMode::Nothing => {
                self.miss(topic, question.reason);
            }
            AnswerForm::Type(_) => return Some(NextAction::Ask(question)),
        }
        None
    }

    fn open_topic(&self) -> Option<Topic> {
        let given = self.answers.given();
        Topic::ALL
            .into_iter()
            .find(|topic| self.is_open(*topic, &given))
    }

    fn is_open(&self, topic: Topic, given: &ConnectionAnswers) -> bool {
        if self.answered.iter().any(|answered| answered.topic == topic) {
            return false;
        }
        match topic {
            Topic::Subscription => self.subscription().is_none(),
            Topic::Cluster => given.cluster.is_none(),
            Topic::Prometheus => given.prometheus.is_none(),
            Topic::SignIn => given.auth.is_none(),
            Topic::Workspace => given.workspace.is_none(),
            // A prometheus.yml is both what is patched and the way it is patched.
            Topic::Target | Topic::Input
                if matches!(given.prometheus, Some(PrometheusChoice::File(_))) =>
            {
                false
            }
            Topic::Names => creation::is_open(self, given),
            Topic::WorkspaceName => {
                self.wants(topic) || self.wants(Topic::IdentityName) && given.workspace.is_none()
            }
            Topic::ResourceGroup => given.resource_group.is_none() && self.wants_place(given),
            Topic::Location => given.location.is_none() && self.wants_place(given),
            Topic::IdentityName => given.identity.is_none() && self.wants(topic),
            Topic::Target => given.target.is_none(),
            Topic::Input => given.input.is_none() && given.out.is_none(),
            Topic::ClusterLabel => given.cluster_label.is_none(),
            Topic::PrometheusFile | Topic::InputFile | Topic::OutputFile => self.wants(topic),
            Topic::Output => {
                self.asking == InterviewMode::Everything
                    && given.out.is_none()
                    && self.named_file().is_some()
            }
        }
    }

    /// Whether the user chose to type the answer to `topic`.
    fn wants(&self, topic: Topic) -> bool {
        let effect = ChoiceEffect::Ask(topic);
        self.answered
            .iter()
            .any(|answered| answered.meaning == effect)
    }

    /// Whether the user chose to name the place of a new workspace.
    fn wants_place(&self, given: &ConnectionAnswers) -> bool {
        self.wants(Topic::IdentityName) && creation::makes_workspace(self, given)
    }

    /// What cannot be looked up before something that is missing is known, answer as a condition.
    fn blocked(&self, topic: Topic) -> Option<&'static str> {
        let (needed, condition) = match topic {
            Topic::Cluster => (
                Topic::Subscription,
                "unless there is just one cluster in it",
            ),
            Topic::Prometheus => (Topic::Cluster, "unless there is just one Prometheus in it"),
            _ => return None,
        };
        let is_missing = self.missing.iter().any(|(missing, _)| *missing == needed);
        is_missing.then_some(condition)
    }

    /// Takes note of what a look has found.
    pub(crate) fn record_lookup(&mut self, result: LookupResult) {
        self.seen.note(result);
    }

    /// Takes the answer to the question that `next` gave.
    pub(crate) fn answer(&mut self, question: &Question, answer: UserAnswer) {
        let meaning = match (&question.form, answer) {
            (AnswerForm::Choose { choices, .. }, UserAnswer::Chosen(index)) => {
                choices[index].meaning.clone()
            }
            (AnswerForm::Type(_), UserAnswer::Typed(text)) => spelled(question.topic, text),
            (AnswerForm::Type(typed), UserAnswer::Default) => self.default(question.topic, typed),
            (form, answer) => unreachable!("{answer:?} is no answer to {form:?}"),
        };
        self.record(question.topic, true, meaning);
    }

    /// A default of the connection is not recorded as an answer.
    fn default(&self, topic: Topic, typed: &TypedAnswer) -> ChoiceEffect {
        let is_of_connection = match topic {
            Topic::ResourceGroup | Topic::Location | Topic::IdentityName => true,
            // A label that is proposed for a context of a kubeconfig need not be the one that the cluster leads to.
            Topic::ClusterLabel => self.known_cluster_name().is_some(),
            _ => false,
        };
        match &typed.default {
            Some(TypedDefault::Value(text)) if !is_of_connection => spelled(topic, text.clone()),
            _ => ChoiceEffect::none(),
        }
    }

    fn take(&mut self, topic: Topic, only: &AnswerOption) {
        if !matches!(only.meaning, ChoiceEffect::Ask(_)) {
            self.news
                .push((topic, format!("{} ({})", only.label, only.detail)));
        }
        self.record(topic, false, only.meaning.clone());
    }

    /// Leaves it to the default.
    fn leave(&mut self, topic: Topic) {
        self.record(topic, false, ChoiceEffect::none());
    }

    fn miss(&mut self, topic: Topic, what: String) {
        self.missing.push((topic, what));
        self.leave(topic);
    }

    fn record(&mut self, topic: Topic, asked: bool, meaning: ChoiceEffect) {
        let source = if asked {
            Source::Asked
        } else {
            Source::Discovered
        };
        match &meaning {
            ChoiceEffect::Subscription(id) => self.subscription = Some(id.clone()),
            ChoiceEffect::Answers(answers) => self.answers.add(answers, source),
            ChoiceEffect::Ask(_) => {}
        }
        self.answered.push(AnsweredTopic {
            topic,
            asked,
            meaning,
        });
    }

    /// Returns to the question before, with everything that was decided since forgotten. False at the first one.
    pub(crate) fn back(&mut self) -> bool {
        if !self.answered.iter().any(|answered| answered.asked) {
            return false;
        }
        while let Some(answered) = self.answered.pop() {
            self.forget(&answered);
            if answered.asked {
                break;
            }
        }
        true
    }

    fn forget(&mut self, answered: &AnsweredTopic) {
        match &answered.meaning {
            ChoiceEffect::Subscription(_) => self.subscription = None,
            ChoiceEffect::Answers(answers) => {
                for (field, _, _) in Answers::from_flags(answers).explained() {
                    self.answers.forget(field);
                }
            }
            ChoiceEffect::Ask(_) => {}
        }
        for look in answered.topic.leads_to() {
            self.seen.forget(*look);
        }
    }
}

/// What a typed answer means.
fn spelled(topic: Topic, text: String) -> ChoiceEffect {
    ChoiceEffect::answers(|answers| match topic {
        Topic::PrometheusFile => {
            let path = question::typed_path(&text);
            answers.out = Some(path.clone());
            answers.prometheus = Some(PrometheusChoice::File(path));
        }
        Topic::OutputFile => answers.out = Some(question::typed_path(&text)),
        Topic::InputFile => question::patch_in_place(answers, question::typed_path(&text)),
        Topic::WorkspaceName => answers.workspace = Some(WorkspaceChoice::Name(text)),
        Topic::ResourceGroup => answers.resource_group = Some(text),
        Topic::Location => answers.location = text.parse().ok(),
        Topic::IdentityName => answers.identity = text.parse().ok(),
        Topic::ClusterLabel => answers.cluster_label = Some(text),
        // These are chosen from a list, or answered with yes or no.
        Topic::Subscription
        | Topic::Cluster
        | Topic::Prometheus
        | Topic::SignIn
        | Topic::Workspace
        | Topic::Names
        | Topic::Target
        | Topic::Input
        | Topic::Output => {}
    })
}

#[cfg(test)]
mod tests;
