//! In which region and resource group are things created, and which workspace is used?

use super::answers::ConnectionAnswers;
use super::choices::WorkspaceChoice;
use super::discovered::DiscoveredInputs;
use super::ids::{Region, ResourceId};
use super::incomplete::{Incomplete, refused};
use super::names;

/// The region for what is created; the platform's region unless another one was chosen.
pub(super) fn location(
    answers: &ConnectionAnswers,
    found: &DiscoveredInputs,
) -> Result<Region, Incomplete> {
    let location = answers.location.as_ref().or(found.platform.region());
    location.cloned().ok_or_else(|| {
        let why = format!("a region of Azure; {} has none", found.platform.kind());
        Incomplete::Missing(vec![("--location", why)])
    })
}

pub(super) fn workspace(
    answers: &ConnectionAnswers,
    found: &DiscoveredInputs,
) -> Result<ResourceId, Incomplete> {
    const KIND: &str = "Microsoft.Monitor/accounts";
    let group = group(answers, found);
    let name = match &answers.workspace {
        Some(WorkspaceChoice::Id(id)) => {
            // The id has its own resource group. An invalid --resource-group is refused all the same.
            return match group {
                Err(refused @ Incomplete::Refused(_)) => Err(refused),
                Ok(_) | Err(Incomplete::Missing(_)) => Ok(id.clone()),
            };
        }
        Some(WorkspaceChoice::Name(name)) => name.clone(),
        None => names::default_workspace(found.platform.name()),
    };
    Ok(group?.resource(KIND, &name))
}

/// The resource group for what is created; the platform's own unless another one was chosen.
fn group(answers: &ConnectionAnswers, found: &DiscoveredInputs) -> Result<ResourceId, Incomplete> {
    let platform = &found.platform;
    let mut missing = Vec::new();
    let name = answers.resource_group.as_deref();
    let name = name.or(platform.resource_group());
    if name.is_none() {
        missing.push(("--resource-group", "where to create things".to_owned()));
    }
    let subscription = platform.subscription().or(found.subscription.clone());
    if subscription.is_none() {
        missing.push(("--subscription", "where to create things".to_owned()));
    }
    let (Some(name), Some(subscription)) = (name, subscription) else {
        return Err(Incomplete::Missing(missing));
    };
    names::resource_group(name)
        .map_err(|why| refused("--resource-group", name, why, "choose another name"))?;
    Ok(ResourceId::group(&subscription, name))
}
