//! What the pod of Prometheus needs beside its configuration, so that it can sign in.

use serde_yaml::Value;

use super::target::{Path, at_path};
use super::{Authentication, ClientSecret, Installation, Position, RemoteWrite, Wanted};

/// Where a target describes the pod.
pub(super) struct Pod {
    pub(super) labels: Path,
    /// Of its service account; none where that account is another object.
    pub(super) account_annotations: Option<Path>,
    pub(super) volumes: Path,
    pub(super) volume_mounts: Path,
    /// Environment of the container, where a target lets it be given by itself.
    pub(super) environment: Option<Path>,
}

/// The name that the webhook's releases before 1.6.0 use too: they leave a volume of this name alone.
const TOKEN_VOLUME: &str = "azure-identity-token";

impl Pod {
    /// All places that it may touch.
    pub(super) fn paths(&self) -> impl Iterator<Item = Path> {
        let optional = [self.account_annotations, self.environment]
            .into_iter()
            .flatten();
        [self.labels, self.volumes, self.volume_mounts]
            .into_iter()
            .chain(optional)
    }

    /// What this connection asks of the pod, beside what the file says of it already.
    pub(super) fn wanted(
        &self,
        remote_write: &RemoteWrite,
        installation: &Installation,
        found: &Value,
    ) -> Vec<(Path, Wanted)> {
        match &remote_write.authentication {
            Authentication::ManagedIdentity { .. } => Vec::new(),
            Authentication::ClientSecret {
                client_id,
                tenant_id,
                secret,
            } => self.credentials(client_id, tenant_id, secret, found),
            Authentication::WorkloadIdentity {
                client_id,
                tenant_id,
                ..
            } => {
                let mut wanted = self.federation(client_id, tenant_id);
                if installation.projects_token(&remote_write.authentication) {
                    wanted.push((self.volumes, token_volume(found, self.volumes)));
                    wanted.push((self.volume_mounts, token_mount(found, self.volume_mounts)));
                }
                wanted
            }
        }
    }

    /// Label and annotations by which the webhook knows that and as whom this pod signs in.
    fn federation(&self, client_id: &str, tenant_id: &str) -> Vec<(Path, Wanted)> {
        let label = Wanted::keys([("azure.workload.identity/use", Wanted::is("true"))]);
        let annotations = Wanted::keys([
            ("azure.workload.identity/client-id", Wanted::is(client_id)),
            ("azure.workload.identity/tenant-id", Wanted::is(tenant_id)),
        ]);
        let annotations = self.account_annotations.map(|path| (path, annotations));
        annotations
            .into_iter()
            .chain([(self.labels, label)])
            .collect()
    }

    /// The variables that `azuread.sdk` reads, the secret among them only by reference.
    fn credentials(
        &self,
        client_id: &str,
        tenant_id: &str,
        secret: &ClientSecret,
        found: &Value,
    ) -> Vec<(Path, Wanted)> {
        let (Some(list), ClientSecret::KubernetesSecret { name, key }) = (self.environment, secret)
        else {
            return Vec::new();
        };
        let reference = [
            ("name", Wanted::is(name.as_str())),
            ("key", Wanted::is(key.as_str())),
        ];
        let reference = Wanted::keys([("secretKeyRef", Wanted::keys(reference))]);
        let variables = [
            ("AZURE_TENANT_ID", "value", Wanted::is(tenant_id)),
            ("AZURE_CLIENT_ID", "value", Wanted::is(client_id)),
            ("AZURE_CLIENT_SECRET", "valueFrom", reference),
        ];
        let variables = variables.map(|(name, key, wanted)| {
            (
                list,
                named_item(
                    found,
                    list,
                    name,
                    Wanted::only(key, wanted, &["value", "valueFrom"]),
                ),
            )
        });
        variables.into()
    }
}

/// The item of a list that bears this name, or a new one: Helm replaces whole lists, so the others must stay in it.
fn named_item(found: &Value, list: Path, name: &str, keys: Vec<(String, Wanted)>) -> Wanted {
    let items = at_path(found, list).and_then(Value::as_sequence);
    let index = items.and_then(|items| items.iter().position(|item| item["name"] == name));
    let name = ("name".to_owned(), Wanted::is(name));
    let item = Wanted::keys(std::iter::once(name).chain(keys));
    Wanted::Items(vec![(index.map_or(Position::End, Position::At), item)])
}

/// The token, projected by ourselves to where Prometheus 3.7 to 3.13 look for it.
fn token_volume(found: &Value, list: Path) -> Wanted {
    let projection = serde_json::json!({
        "sources": [{
            "serviceAccountToken": {
                "audience": "api://AzureADTokenExchange",
                "expirationSeconds": 3600,
                "path": "azure-identity-token",
            },
        }],
    });
    let projection = serde_yaml::to_value(projection).expect("JSON is YAML");
    named_item(
        found,
        list,
        TOKEN_VOLUME,
        vec![("projected".to_owned(), Wanted::Is(projection))],
    )
}

fn token_mount(found: &Value, list: Path) -> Wanted {
    let keys = vec![
        (
            "mountPath".to_owned(),
            Wanted::is("/var/run/secrets/azure/tokens"),
        ),
        ("readOnly".to_owned(), Wanted::is(true)),
    ];
    named_item(found, list, TOKEN_VOLUME, keys)
}
