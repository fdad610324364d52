//! The questions about the names and the place of what is created in Azure.

use super::Interview;
use super::question::{
    AnswerForm, AnswerOption, ChoiceEffect, Question, Topic, TypedAnswer, TypedDefault, TypedKind,
};
use crate::spec::answers::ConnectionAnswers;
use crate::spec::choices::WorkspaceChoice;
use crate::spec::names;

/// Whether there is anything to name: a new workspace without a place, or an identity.
pub(super) fn is_open(interview: &Interview, given: &ConnectionAnswers) -> bool {
    given.identity.is_none() || !has_place(given) && makes_workspace(interview, given)
}

fn has_place(given: &ConnectionAnswers) -> bool {
    given.resource_group.is_some() && given.location.is_some()
}

/// Whether a workspace is created. One that is there has its resource group and its region already.
pub(super) fn makes_workspace(interview: &Interview, given: &ConnectionAnswers) -> bool {
    let exists = |name: &str| {
        let mut found = interview.seen.workspaces.iter().flatten();
        // Resource Manager takes a name in other letter case for the same resource.
        found.any(|one| one.id.name().eq_ignore_ascii_case(name))
    };
    match &given.workspace {
        Some(WorkspaceChoice::Id(_)) => false,
        Some(WorkspaceChoice::Name(name)) => !exists(name),
        None => true,
    }
}

pub(super) fn names(interview: &Interview) -> Question {
    let other = "choose names and place";
    let choices = vec![
        AnswerOption::new(
            proposed(interview),
            place(interview).unwrap_or_default(),
            ChoiceEffect::none(),
        ),
        AnswerOption::new("others ...", other, ChoiceEffect::Ask(Topic::IdentityName)),
    ];
    Question {
        topic: Topic::Names,
        title: "Use these names?",
        reason: "for what is created in Azure".to_owned(),
        form: AnswerForm::Choose {
            choices,
            recommended: None,
        },
    }
}

/// What is created, with the names that the answers so far lead to.
fn proposed(interview: &Interview) -> String {
    let given = interview.answers.given();
    let principal = principal(&given);
    let Some(cluster) = interview.known_cluster_name() else {
        return format!("names after the cluster, for the workspace and the {principal}");
    };
    let identity = match &given.identity {
        Some(_) => None,
        None => Some(format!("{principal} {}", names::default_identity(&cluster))),
    };
    let workspace = makes_workspace(interview, &given).then(|| {
        let own = names::default_workspace(&cluster);
        let name = given.workspace.map_or(own, |choice| choice.to_string());
        format!("workspace {name}")
    });
    let parts: Vec<String> = workspace.into_iter().chain(identity).collect();
    parts.join(", ")
}

/// The word for what Prometheus signs in as.
fn principal(given: &ConnectionAnswers) -> &'static str {
    let is_application = given.sign_in().has_application();
    if is_application {
        "application"
    } else {
        "identity"
    }
}

fn place(interview: &Interview) -> Option<String> {
    let given = interview.answers.given();
    if let Some(WorkspaceChoice::Id(workspace)) = &given.workspace {
        return Some(format!("in {}", workspace.resource_group_name()?));
    }
    Some(format!(
        "in {}, {}",
        group_of(interview, &given)?,
        region_of(interview, &given)?
    ))
}

fn group_of(interview: &Interview, given: &ConnectionAnswers) -> Option<String> {
    // The cluster's own group, not the node group `MC_…`, which AKS deletes with the cluster.
    let of_cluster = || {
        let platform = &interview.found_cluster()?.platform;
        Some(platform.resource_group()?.to_owned())
    };
    given.resource_group.clone().or_else(of_cluster)
}

fn region_of(interview: &Interview, given: &ConnectionAnswers) -> Option<String> {
    let of_cluster = || Some(interview.found_cluster()?.platform.region()?.to_string());
    let region = given.location.as_ref().map(ToString::to_string);
    region.or_else(of_cluster)
}

pub(super) fn resource_group(interview: &Interview) -> Question {
    let group = group_of(interview, &interview.answers.given());
    typed(
        Topic::ResourceGroup,
        "Which resource group?",
        "one that exists, or a new one",
        TypedKind::ResourceGroup,
        group,
    )
}

pub(super) fn location(interview: &Interview) -> Question {
    let region = region_of(interview, &interview.answers.given());
    typed(
        Topic::Location,
        "Which region?",
        "a name such as westeurope; Prometheus may run in another one",
        TypedKind::Region,
        region,
    )
}

pub(super) fn identity_name(interview: &Interview) -> Question {
    let given = interview.answers.given();
    let is_application = given.sign_in().has_application();
    let (title, reason, kind) = match is_application {
        true => (
            "Which application?",
            "the name of a new one, or the client id of one that exists",
            TypedKind::Application,
        ),
        false => (
            "Which identity?",
            "the name of a new one, or the resource id of one that exists",
            TypedKind::Identity,
        ),
    };
    let cluster = interview.known_cluster_name();
    let own = cluster.map(|cluster| names::default_identity(&cluster));
    typed(Topic::IdentityName, title, reason, kind, own)
}

/// A question whose default is that of the cluster, known or not.
fn typed(
    topic: Topic,
    title: &'static str,
    reason: &str,
    kind: TypedKind,
    known_default: Option<String>,
) -> Question {
    Question {
        topic,
        title,
        reason: reason.to_owned(),
        form: AnswerForm::Type(TypedAnswer {
            kind,
            default: Some(TypedDefault::or_of_cluster(known_default)),
        }),
    }
}
