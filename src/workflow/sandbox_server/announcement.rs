//! What does a user of a running sandbox need to know?

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::sandbox::{Sandbox, SandboxCredentials, Urls};

/// Where a sandbox is, and how to enter it.
#[derive(Debug)]
pub(super) struct Announcement {
    pub(super) urls: Urls,
    pub(super) signed_in: SandboxCredentials,
    pub(super) kubeconfig: PathBuf,
    /// What clients have to trust; there is one exactly when the sandbox goes by Azure's names.
    pub(super) authority_file: Option<PathBuf>,
}

impl Announcement {
    pub(super) fn of(sandbox: &Sandbox, authority_file: Option<PathBuf>) -> Self {
        Self {
            urls: sandbox.urls().clone(),
            signed_in: sandbox.signed_in().clone(),
            kubeconfig: sandbox.kubeconfig_path(),
            authority_file,
        }
    }

    /// For scripts; the secret is only in the environment file.
    pub(super) fn document(&self) -> Value {
        json!({
            "schema": "amw-rw/sandbox/v1",
            "resource_manager": self.urls.resource_manager,
            "entra": self.urls.entra,
            "graph": self.urls.graph,
            "imds": self.urls.instance_metadata,
            "identity_endpoint": self.urls.identity_endpoint,
            "kubeconfig": self.kubeconfig,
            "tenant_id": self.signed_in.tenant_id,
            "subscription_id": self.signed_in.subscription_id,
            "client_id": self.signed_in.client_id,
            "ca_file": self.authority_file,
        })
    }

    /// For people.
    pub(super) fn text(&self, env_file: Option<&Path>) -> String {
        let mut lines = vec![
            format!("Resource Manager  {}", self.urls.resource_manager),
            format!("Entra             {}", self.urls.entra),
            format!("Graph             {}", self.urls.graph),
            format!("kubeconfig        {}", self.kubeconfig.display()),
        ];
        if let Some(file) = &self.authority_file {
            lines.push(format!("authority         {}", file.display()));
        }
        lines.push(match env_file {
            // Without a slash a shell would look for the file in its PATH.
            Some(file) if file.is_relative() => format!("To use it, type:  . ./{}", file.display()),
            Some(file) => format!("To use it, type:  . {}", file.display()),
            None => "To use it from another shell, start it with --env-file FILE".to_owned(),
        });
        lines.push("Ctrl-C ends it.\n".to_owned());
        lines.join("\n")
    }
}

#[cfg(test)]
pub(super) fn example() -> Announcement {
    Announcement {
        urls: Urls {
            resource_manager: "http://127.0.0.1:4041/resource-manager".to_owned(),
            entra: "http://127.0.0.1:4041/entra".to_owned(),
            graph: "http://127.0.0.1:4041/graph".to_owned(),
            instance_metadata: "http://127.0.0.1:4041/imds".to_owned(),
            identity_endpoint: "http://127.0.0.1:4041/identity-endpoint".to_owned(),
        },
        signed_in: SandboxCredentials {
            cloud: None,
            tenant_id: uuid::Uuid::from_u128(1),
            subscription_id: uuid::Uuid::from_u128(2),
            client_id: uuid::Uuid::from_u128(3),
            client_secret: "it's a secret".into(),
        },
        kubeconfig: "/tmp/amw-rw-sandbox-x/kubeconfig".into(),
        authority_file: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_form_contains_the_secret() {
        let announcement = example();

        let printed = format!("{}{}", announcement.document(), announcement.text(None));

        assert!(!printed.contains("secret"), "{printed}");
        assert_eq!(announcement.document()["schema"], "amw-rw/sandbox/v1");
    }

    #[test]
    fn the_form_for_people_has_the_commands() {
        let text = example().text(Some(Path::new("sandbox.env")));

        insta::assert_snapshot!(text, @r"
        Resource Manager  http://127.0.0.1:4041/resource-manager
        Entra             http://127.0.0.1:4041/entra
        Graph             http://127.0.0.1:4041/graph
        kubeconfig        /tmp/amw-rw-sandbox-x/kubeconfig
        To use it, type:  . ./sandbox.env
        Ctrl-C ends it.
        ");
    }
}
