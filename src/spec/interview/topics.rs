//! The words and choices of each question: one function per topic, from what was found to a `Question`.

use std::path::Path;

use super::Interview;
use super::creation;
use super::found::{ListedCluster, ListedWorkspace};
use super::output;
use super::question::{
    AnswerOption, ChoiceEffect, ONLY_OUR_BLOCK, PATCHED, Question, Topic, TypedKind, choose,
    patch_in_place, typed,
};
use crate::spec::choices::{ClusterChoice, SignIn, WorkspaceChoice};
use crate::spec::ids::{Region, ResourceId};
use crate::spec::{default_target, names, support};
use crate::target::Target;

pub(super) fn question(topic: Topic, interview: &Interview) -> Question {
    match topic {
        Topic::Subscription => subscription(interview),
        Topic::Cluster => cluster(interview),
        Topic::Prometheus => prometheus(interview),
        Topic::SignIn => sign_in(interview),
        Topic::Workspace => workspace(interview),
        Topic::Target => target(interview),
        Topic::Input => input(interview),
        Topic::PrometheusFile => prometheus_file(interview),
        Topic::InputFile => file(topic, "Which file?", ONLY_OUR_BLOCK),
        Topic::Output => output::place(interview),
        Topic::OutputFile => output::other_file(),
        Topic::WorkspaceName => workspace_name(interview),
        Topic::Names => creation::names(interview),
        Topic::ResourceGroup => creation::resource_group(interview),
        Topic::Location => creation::location(interview),
        Topic::IdentityName => creation::identity_name(interview),
        Topic::ClusterLabel => cluster_label(interview),
    }
}

fn subscription(interview: &Interview) -> Question {
    let found = interview.seen.subscriptions.as_deref().unwrap_or_default();
    let choices = found.iter().map(|one| {
        let meaning = ChoiceEffect::Subscription(one.id.to_string());
        // Names of subscriptions need not be unique, as their ids are.
        let namesakes = found.iter().filter(|other| other.name == one.name);
        let label = match namesakes.count() {
            1 => one.name.clone(),
            _ => format!("{} ({})", one.name, one.id),
        };
        AnswerOption::new(label, one.id.as_str(), meaning)
    });
    choose(
        Topic::Subscription,
        "Which subscription?",
        "where the cluster is, and where things are created",
        choices.collect(),
        found.iter().position(|one| one.current),
    )
}

fn cluster(interview: &Interview) -> Question {
    let found = interview.seen.clusters.as_deref().unwrap_or_default();
    let choices = found.iter().map(|one| listed_cluster(one, found));
    let current = found.iter().position(|one| one.current);
    let reason = match current {
        Some(_) => "your kubeconfig points at the recommended one",
        None => "where the Prometheus runs",
    };
    choose(
        Topic::Cluster,
        "Which cluster?",
        reason,
        choices.collect(),
        current,
    )
}

fn listed_cluster(one: &ListedCluster, all: &[ListedCluster]) -> AnswerOption {
    let ids = || all.iter().filter_map(|one| one.platform.resource());
    let platform = &one.platform;
    let (label, choice) = match platform.resource() {
        Some(id) if has_namesake(id, ids()) => (label(id, ids()), ClusterChoice::Id(id.clone())),
        _ => (platform.name().to_owned(), platform.choice()),
    };
    let place = match (platform.resource(), platform.region()) {
        (Some(id), Some(region)) => place(id, region),
        _ => platform.kind().to_string(),
    };
    let meaning = ChoiceEffect::answers(|answers| answers.cluster = Some(choice));
    AnswerOption::new(label, place, meaning)
}

fn prometheus(interview: &Interview) -> Question {
    let found = interview.seen.prometheus.as_deref().unwrap_or_default();
    let mut choices: Vec<AnswerOption> = found
        .iter()
        .map(|one| {
            let meaning =
                ChoiceEffect::answers(|answers| answers.prometheus = Some(one.choice.clone()));
            AnswerOption::new(one.choice.to_string(), &one.about, meaning)
        })
        .collect();
    // With a single one the question is not asked at all; `--prometheus file:PATH` still works.
    if found.len() != 1 {
        let typed_path = ChoiceEffect::Ask(Topic::PrometheusFile);
        choices.push(AnswerOption::new(
            "a prometheus.yml ...",
            "a file that you maintain by hand; patched, with a backup",
            typed_path,
        ));
    }
    choose(
        Topic::Prometheus,
        "Which Prometheus?",
        "the server that is to write to Azure",
        choices,
        None,
    )
}

fn sign_in(interview: &Interview) -> Question {
    let refuses = interview
        .prometheus()
        .map_or(&[][..], |found| &found.refuses);
    let refusal = |method: SignIn| refuses.iter().find(|(refused, _)| *refused == method);
    let given = interview.answers.given();
    let supported = || support::sign_ins(given.platform_kind(), given.write_path());
    let choices = supported()
        .filter(|method| refusal(*method).is_none())
        .map(|method| {
            let meaning = ChoiceEffect::answers(|answers| answers.auth = Some(method));
            AnswerOption::new(method.as_str(), method.method().summary, meaning)
        });
    let reason = match supported().next().and_then(refusal) {
        Some((recommended, why)) => format!("not {recommended}: {why}"),
        None => "how Prometheus authenticates to Azure".to_owned(),
    };
    choose(
        Topic::SignIn,
        "How should it sign in?",
        reason,
        choices.collect(),
        Some(0),
    )
}

fn workspace(interview: &Interview) -> Question {
    let found = interview.seen.workspaces.as_deref().unwrap_or_default();
    let ids = || found.iter().map(|one| &one.id);
    let own_name = names::default_workspace(&interview.cluster_name());
    let mut choices: Vec<AnswerOption> = found
        .iter()
        .map(|one| {
            let existing = WorkspaceChoice::Id(one.id.clone());
            let meaning = ChoiceEffect::answers(|answers| answers.workspace = Some(existing));
            AnswerOption::new(label(&one.id, ids()), place(&one.id, &one.region), meaning)
        })
        .collect();
    // Azure Monitor writes ids of workspaces in lower case, whatever was asked for.
    let is_own = |one: &ListedWorkspace| one.id.name().eq_ignore_ascii_case(&own_name);
    let own = found.iter().position(is_own);
    if own.is_none() {
        choices.push(AnswerOption::new(
            own_name.clone(),
            "a new one",
            new_workspace(interview, own_name),
        ));
    }
    let preferred = own
        .or_else(|| only_one_nearby(interview, found))
        .unwrap_or(choices.len() - 1);
    if !found.is_empty() {
        let other_name = ChoiceEffect::Ask(Topic::WorkspaceName);
        choices.push(AnswerOption::new(
            "another name ...",
            "a new one, named by you",
            other_name,
        ));
    }
    choose(
        Topic::Workspace,
        "Which workspace?",
        "where the metrics are kept; one can serve many clusters",
        choices,
        Some(preferred),
    )
}

/// The name is the default where the cluster is known by its own name, and can be changed by a later question.
fn new_workspace(interview: &Interview, name: String) -> ChoiceEffect {
    match interview.known_cluster_name() {
        Some(_) => ChoiceEffect::none(),
        None => ChoiceEffect::answers(|answers| {
            answers.workspace = Some(WorkspaceChoice::Name(name));
        }),
    }
}

/// The index of the only workspace in the cluster's region.
fn only_one_nearby(interview: &Interview, found: &[ListedWorkspace]) -> Option<usize> {
    let region = interview.found_cluster()?.platform.region()?;
    let mut nearby = found
        .iter()
        .enumerate()
        .filter(|(_, one)| one.region == *region);
    let (first, _) = nearby.next()?;
    nearby.next().is_none().then_some(first)
}

fn workspace_name(interview: &Interview) -> Question {
    typed(
        Topic::WorkspaceName,
        "What is the new workspace called?",
        "letters, digits and inner hyphens",
        TypedKind::WorkspaceName,
        Some(names::default_workspace(&interview.cluster_name())),
    )
}

fn target(interview: &Interview) -> Question {
    let possible = interview.prometheus().map(|found| found.targets.as_slice());
    let mut targets = Target::ALL.to_vec();
    if let Some(possible) = possible {
        let rank = |target| possible.iter().position(|one| *one == target);
        targets.retain(|target| rank(*target).is_some());
        targets.sort_by_key(|target| rank(*target));
    }
    let choices = targets.into_iter().map(|target| {
        let meaning = ChoiceEffect::answers(|answers| answers.target = Some(target));
        AnswerOption::new(target.as_str(), target.summary(), meaning)
    });
    choose(
        Topic::Target,
        "What should be written?",
        "the file that makes Prometheus write to Azure",
        choices.collect(),
        Some(0),
    )
}

fn input(interview: &Interview) -> Question {
    let given = interview.answers.given();
    let target = given
        .target
        .unwrap_or(default_target(given.prometheus.as_ref(), None));
    let found = interview.seen.files.iter().flatten();
    let (earlier, found): (Vec<_>, Vec<_>) =
        found.partition(|path| target.new_file().map(Path::new) == Some(path.as_path()));
    let mut choices: Vec<AnswerOption> = found
        .into_iter()
        .map(|path| {
            let meaning = ChoiceEffect::answers(|answers| patch_in_place(answers, path.clone()));
            AnswerOption::new(path.display().to_string(), PATCHED, meaning)
        })
        .collect();
    if let Some(new_file) = target.new_file() {
        let about = match earlier.is_empty() {
            true => "a new file",
            false => "the file of an earlier run, written again",
        };
        choices.push(AnswerOption::new(
            new_file,
            about,
            ChoiceEffect::answers(|answers| answers.out = Some(new_file.into())),
        ));
    }
    let other_file = ChoiceEffect::Ask(Topic::InputFile);
    choices.push(AnswerOption::new("another file ...", PATCHED, other_file));
    choose(
        Topic::Input,
        "Into which file?",
        ONLY_OUR_BLOCK,
        choices,
        Some(0),
    )
}

fn prometheus_file(interview: &Interview) -> Question {
    let found = interview.seen.prometheus.as_deref().unwrap_or_default();
    let reason = match found.is_empty() {
        true => "none was found in the cluster, so give file:PATH",
        false => ONLY_OUR_BLOCK,
    };
    file(Topic::PrometheusFile, "Which prometheus.yml?", reason)
}

fn file(topic: Topic, title: &'static str, reason: &str) -> Question {
    typed(topic, title, reason, TypedKind::File, None)
}

fn cluster_label(interview: &Interview) -> Question {
    typed(
        Topic::ClusterLabel,
        "Which `cluster` label?",
        "distinguishes this Prometheus from others in the same workspace",
        TypedKind::Label,
        Some(interview.cluster_name()),
    )
}

fn is_namesake(one: &ResourceId, other: &ResourceId) -> bool {
    one != other && other.name().eq_ignore_ascii_case(one.name())
}

fn has_namesake<'a>(id: &ResourceId, mut all: impl Iterator<Item = &'a ResourceId>) -> bool {
    all.any(|other| is_namesake(id, other))
}

/// The name, and what distinguishes it from others of the same name: the answer is shown without the place.
fn label<'a>(id: &ResourceId, all: impl Iterator<Item = &'a ResourceId>) -> String {
    // Resource Manager tells no names apart by letter case.
    let group = |id: &ResourceId| id.resource_group_name().unwrap_or_default().to_lowercase();
    let namesakes: Vec<&ResourceId> = all.filter(|other| is_namesake(id, other)).collect();
    let name = id.name();
    if namesakes.is_empty() {
        name.to_owned()
    } else if namesakes.iter().any(|other| group(other) == group(id)) {
        let place = id.resource_group_name().unwrap_or_default();
        format!("{name} ({place} of subscription {})", id.subscription())
    } else {
        format!("{name} ({})", id.resource_group_name().unwrap_or_default())
    }
}

/// Resource group and region, which distinguish resources of the same name.
fn place(id: &ResourceId, region: &Region) -> String {
    format!("{}, {region}", id.resource_group_name().unwrap_or_default())
}
