//! A Kubernetes service account: the subject that a federated credential trusts.

use std::fmt;

use super::command_line::{CommandLine, KubeContext, kubectl};
use super::{names, webhook_keys};

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
                (webhook_keys::CLIENT_ID, client_id),
                (webhook_keys::TENANT_ID, tenant_id),
            ],
            context,
        )
    }

    /// `namespace/name`, as a flag spells it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (namespace, name) = text.split_once('/')?;
        Self::named(namespace, name)
    }

    /// None if Kubernetes has no such names: they become part of a path, and of the subject that Azure trusts.
    pub(crate) fn named(namespace: &str, name: &str) -> Option<Self> {
        (names::is_namespace(namespace) && names::is_object(name)).then(|| Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        })
    }

    pub(crate) fn subject(&self) -> String {
        // Entra compares it with `sub` of the token to the letter, upper and lower case included.
        format!("system:serviceaccount:{}:{}", self.namespace, self.name)
    }
}

impl fmt::Display for ServiceAccount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.namespace, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::ServiceAccount;

    #[test]
    fn only_names_that_kubernetes_has_are_taken() {
        let account = ServiceAccount::parse("monitoring/prometheus.k8s").unwrap();
        assert_eq!(
            account.subject(),
            "system:serviceaccount:monitoring:prometheus.k8s"
        );
        for text in [
            "monitoring",
            "/a",
            "a/",
            "a/b/c",
            "../../x/y",
            "a/../../secrets/x",
            "a:b/c",
            "a/b:c",
            "a/b?c",
            "A/b",
            "a.b/c",
            "a/b c",
            "a/.",
            "a/-b",
        ] {
            assert_eq!(ServiceAccount::parse(text), None, "{text}");
        }
    }
}
