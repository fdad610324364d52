//! The users of a control plane, from an administrator to a user without any rights, and their kubeconfigs.

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::ControlPlane;

/// A user; `tests/e2e/data/users.yaml` and each case's namespace define what they may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum User {
    Admin,
    /// Lists Prometheus resources and workloads and reads service accounts. No Secrets, no tokens.
    Reader,
    /// Everything in one namespace and nothing outside: the usual rights of an application team.
    Scoped,
    /// Lists Deployments, and nothing else.
    Partial,
    /// Signed in, without any rights.
    WithoutRights,
}

impl User {
    /// As the API server knows the user. Each namespace has a scoped user of its own.
    pub(super) fn name(self, namespace: &str) -> String {
        match self {
            User::Admin => "admin".to_owned(),
            User::Reader => "reader".to_owned(),
            User::Scoped => format!("scoped-{namespace}"),
            User::Partial => "partial".to_owned(),
            User::WithoutRights => "without-rights".to_owned(),
        }
    }

    fn group(self) -> Option<&'static str> {
        (self == User::Admin).then_some("system:masters")
    }
}

/// As `az aks get-credentials` names the user of cluster `aks-prod` in the sandbox's example. The name shows `amw-rw`
/// that a server at a plain address is that cluster.
const ENTRY: &str = "clusterUser_rg-prod_aks-prod";

impl ControlPlane {
    /// A kubeconfig whose context has this namespace. The text is JSON, which is YAML too.
    pub(super) fn kubeconfig(&self, user: User, namespace: &str) -> Result<String> {
        let credential = self.authority.client(&user.name(namespace), user.group())?;
        let config = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "aks-prod",
            "clusters": [{"name": "aks-prod", "cluster": {
                "server": self.server,
                "certificate-authority-data": STANDARD.encode(self.authority.certificate()),
            }}],
            "users": [{"name": ENTRY, "user": {
                "client-certificate-data": STANDARD.encode(credential.certificate),
                "client-key-data": STANDARD.encode(credential.key),
            }}],
            "contexts": [{"name": "aks-prod", "context": {
                "cluster": "aks-prod", "user": ENTRY, "namespace": namespace,
            }}],
        });
        Ok(format!("{config:#}\n"))
    }
}
