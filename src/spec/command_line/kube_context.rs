//! How a printed kubectl or Helm command reaches the cluster that was looked at. The current context of the kubeconfig can
//! lead to another cluster, so every command names one.

use super::{CommandLine, az};
use crate::spec::ids::ResourceId;

/// A context of the user's kubeconfig.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KubeContext {
    name: String,
    /// The AKS cluster whose credentials have to be fetched first; `None` where the kubeconfig has the context.
    to_fetch: Option<ResourceId>,
}

impl KubeContext {
    /// A context that the kubeconfig has.
    pub(crate) fn existing(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            to_fetch: None,
        }
    }

    /// A context that `az aks get-credentials` adds. Its name has group and subscription in it, so that it cannot be that of
    /// another cluster, to which the command would go when fetching fails.
    pub(crate) fn of_aks(cluster: &ResourceId) -> Self {
        let subscription = cluster.subscription();
        let short = subscription.as_str().split('-').next().unwrap_or_default();
        let group = cluster.resource_group_name().unwrap_or_default();
        Self {
            name: format!("{}.{group}.{short}", cluster.name()),
            to_fetch: Some(cluster.clone()),
        }
    }

    /// Whether the kubeconfig has it.
    pub(crate) fn is_existing(&self) -> bool {
        self.to_fetch.is_none()
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The command that adds the context to the kubeconfig.
    pub(crate) fn preparation(&self) -> Option<CommandLine> {
        let cluster = self.to_fetch.as_ref()?;
        Some(az::get_credentials(cluster, &self.name))
    }
}

/// Several commands for one cluster fetch its credentials once, before the first of them.
pub(crate) fn with_preparation_once(
    steps: Vec<String>,
    context: Option<&KubeContext>,
) -> Vec<String> {
    let Some(preparation) = context.and_then(KubeContext::preparation) else {
        return steps;
    };
    let prefix = format!("{preparation} && ");
    if steps
        .iter()
        .filter(|step| step.starts_with(&prefix))
        .count()
        < 2
    {
        return steps;
    }
    let rest = steps
        .into_iter()
        .map(|step| match step.strip_prefix(&prefix) {
            Some(rest) => rest.to_owned(),
            None => step,
        });
    std::iter::once(preparation.to_string())
        .chain(rest)
        .collect()
}

/// The steps of a trial in a sandbox, which has ended when they are read: a command for a cluster would change a real one.
pub(crate) fn without_real_cluster(steps: Vec<String>) -> Vec<String> {
    let reaches_cluster = |step: &String| {
        let mut programs = ["kubectl ", "helm ", "az "].into_iter();
        programs.any(|program| step.starts_with(program) || step.contains(&format!(" {program}")))
    };
    let (of_cluster, mut rest): (Vec<_>, Vec<_>) = steps.into_iter().partition(reaches_cluster);
    if !of_cluster.is_empty() {
        rest.push(
            "with the real Azure, the commands that bring this to the cluster are printed here"
                .to_owned(),
        );
    }
    rest
}
