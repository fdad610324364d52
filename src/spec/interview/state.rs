//! How far an interview is, and what it knows by now.

use std::path::PathBuf;

use super::found::{ListedCluster, ListedPrometheus, LookupResults};
use super::question::{ChoiceEffect, Topic};
use crate::spec::answers::Answers;
use crate::spec::choices::{ClusterChoice, PrometheusChoice};

/// How much may be asked, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum InterviewMode {
    /// No terminal, or `doctor`: what has no default is listed as missing.
    Nothing,
    /// What has no default: `--yes` on a terminal, and every command but `init`.
    OnlyNeeded,
    /// Everything that is not answered yet but where the result goes: `init --write`.
    AllButOutput,
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

impl Interview {
    /// The file that is named by a flag or the spec file, and is patched. What has no place is only printed.
    pub(super) fn named_file(&self) -> Option<PathBuf> {
        let given = self.answers.given();
        let file = given.input.or(match given.prometheus {
            Some(PrometheusChoice::File(path)) => Some(path),
            _ => None,
        });
        file.filter(|path| !path.starts_with("/dev"))
    }

    /// The cluster as it was found, where it was looked for.
    pub(super) fn found_cluster(&self) -> Option<&ListedCluster> {
        let wanted = self.answers.given().cluster?;
        self.seen
            .clusters
            .iter()
            .flatten()
            .find(|one| match &wanted {
                ClusterChoice::Id(id) => one.platform.resource() == Some(id),
                // Names in Resource Manager are compared without regard to case.
                ClusterChoice::Name(name) => one.platform.name().eq_ignore_ascii_case(name),
                ClusterChoice::Context(_) => one.platform.choice() == wanted,
            })
    }

    /// The name of the cluster in Azure. A context of a kubeconfig has a name of its own.
    pub(super) fn known_cluster_name(&self) -> Option<String> {
        match self.answers.given().cluster? {
            ClusterChoice::Id(id) => Some(id.name().to_owned()),
            ClusterChoice::Name(name) => Some(name),
            ClusterChoice::Context(_) => None,
        }
    }

    pub(super) fn cluster_name(&self) -> String {
        match self.answers.given().cluster {
            Some(ClusterChoice::Id(id)) => id.name().to_owned(),
            Some(ClusterChoice::Name(name) | ClusterChoice::Context(name)) => name,
            None => "prometheus".to_owned(),
        }
    }

    /// The Prometheus as it was found, where it was looked for.
    pub(super) fn prometheus(&self) -> Option<&ListedPrometheus> {
        let wanted = self.answers.given().prometheus?;
        self.seen
            .prometheus
            .iter()
            .flatten()
            .find(|one| one.choice == wanted)
    }
}
