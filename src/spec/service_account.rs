//! A Kubernetes service account: the subject that a federated credential trusts.

use std::fmt;

use super::command_line::{CommandLine, KubeContext, kubectl};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServiceAccount {
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl ServiceAccount {
    /// The line that adds the annotations for workload identity and leaves everything else of the account as it is.
    ///
    /// Not `kubectl apply`: of an account that was made with it, it removes the labels, annotations and fields that the new
    /// file lacks. Not with `--server-side` either: kubectl hands all fields to the new manager first and then deletes those
    /// (kubectl 1.35, its migration to server-side).
    pub(crate) fn annotate_line(
        &self,
        client_id: &str,
        tenant_id: &str,
        context: Option<&KubeContext>,
    ) -> CommandLine {
        kubectl::annotate_service_account(
            &self.namespace,
            &self.name,
            &[
                ("azure.workload.identity/client-id", client_id),
                ("azure.workload.identity/tenant-id", tenant_id),
            ],
            context,
        )
    }

    /// `namespace/name`, as a flag spells it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (namespace, name) = text.split_once('/')?;
        (!namespace.is_empty() && !name.is_empty()).then(|| Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        })
    }

    pub(crate) fn subject(&self) -> String {
        format!("system:serviceaccount:{}:{}", self.namespace, self.name)
    }
}

impl fmt::Display for ServiceAccount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.namespace, self.name)
    }
}
