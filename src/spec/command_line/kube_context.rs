//! How a printed kubectl or Helm command reaches the cluster that was looked at. The current context of the kubeconfig can
//! lead to another cluster, so every command names one.

use std::path::Path;

use super::{CommandLine, az};
use crate::spec::ids::ResourceId;
use crate::text::path_text;

/// A context of the user's kubeconfig.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KubeContext {
    name: String,
    /// The AKS cluster whose credentials have to be fetched first; `None` where the kubeconfig has the context.
    to_fetch: Option<ResourceId>,
    /// The kubeconfig, where it is not the one that kubectl reads by itself.
    file: Option<String>,
}

impl KubeContext {
    /// A context that the kubeconfig has.
    pub(crate) fn existing(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            to_fetch: None,
            file: None,
        }
    }

    /// A context that `az aks get-credentials` adds. Its name has group and subscription in it, so that it cannot be that of
    /// another cluster, to which the command would go when fetching fails.
    pub(crate) fn of_aks(cluster: &ResourceId) -> Self {
        let subscription = cluster.subscription();
        // The first 8 digits: enough to tell the subscriptions of one user apart, and short to
        // read.
        let short = subscription.as_str().split('-').next().unwrap_or_default();
        let group = cluster.resource_group_name().unwrap_or_default();
        Self {
            name: format!("{}.{group}.{short}", cluster.name()),
            to_fetch: Some(cluster.clone()),
            file: None,
        }
    }

    /// The same context in a kubeconfig that was named by a flag.
    pub(crate) fn in_file(self, file: Option<&Path>) -> Self {
        Self {
            file: file.map(path_text::encode),
            ..self
        }
    }

    pub(super) fn file(&self) -> Option<&str> {
        self.file.as_deref()
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
        Some(az::get_credentials(cluster, &self.name, self.file()))
    }
}
