//! What the pod of Prometheus needs in addition to its configuration, so that it can authenticate.

use serde_yaml::Value;

use super::environment::{
    EnvironmentVariable, credentials, environment, named_items, of_other_identity,
    replaced_variable, without_credentials,
};
use super::{Desired, sidecar};
use crate::compat::Installation;
use crate::problem::Problem;
use crate::remote_write::{
    Authentication, CERTIFICATE_FOLDER, Certificate, RemoteWrite, Route, sdk,
};
use crate::spec::cloud::CloudName;
use crate::spec::webhook_keys;
use crate::target::{Containers, KeyPath, PodPaths, Target, at_path};

const CERTIFICATE_VOLUME: &str = "azure-client-certificate";
/// The name that the webhook's releases before 1.6.0 use too: they leave a volume of this name alone.
const TOKEN_VOLUME: &str = "azure-identity-token";

/// Whether an item of a list has this name because a connection made it: a volume, a variable or a container.
pub(crate) fn is_item_of_connection(name: &str) -> bool {
    [CERTIFICATE_VOLUME, TOKEN_VOLUME, sidecar::NAME].contains(&name) || sdk::ALL.contains(&name)
}

/// Files that a container sees.
pub(super) struct Mount {
    volume: &'static str,
    source: (&'static str, Value),
    path: &'static str,
}

impl Installation {
    /// The sidecar that the file has for this connection so far: its name and its container.
    pub(crate) fn present_sidecar(
        &self,
        remote_write: &RemoteWrite,
        found: &Value,
    ) -> Option<(String, Value)> {
        let Ok(Route::Sidecar { port }) = self.route(remote_write) else {
            return None;
        };
        let pod = self.target.pod()?;
        let (name, container) = sidecar::own(self.target, pod, found, remote_write, port).ok()?;
        (!container.is_null()).then(|| (name, container.clone()))
    }
}

impl PodPaths {
    /// Whether the pod has a token of workload identity: the webhook gives it one, or the file projects it.
    pub(crate) fn has_identity_token(&self, found: &Value) -> bool {
        let labels = at_path(found, self.labels);
        let label = labels.and_then(|labels| labels.get(webhook_keys::USE));
        // Text is an expression of Helm, whose result only Helm knows.
        let is_asked = label.is_some_and(|label| label == "true" || *label == true)
            || labels.is_some_and(Value::is_string);
        let volumes = at_path(found, self.volumes).and_then(Value::as_sequence);
        let mut volumes = volumes.into_iter().flatten();
        is_asked || volumes.any(|volume| volume["name"] == TOKEN_VOLUME)
    }

    /// What this connection needs in the pod, given what the file already has.
    pub(super) fn desired(
        &self,
        remote_write: &RemoteWrite,
        installation: &Installation,
        found: &Value,
    ) -> Result<Vec<(KeyPath, Desired)>, Problem> {
        let route = installation.route(remote_write)?;
        let mounts = mounts(remote_write, installation, route);
        let volumes = mounts.iter().map(|mount| {
            let (kind, source) = &mount.source;
            let keys = vec![((*kind).to_owned(), Desired::Is(source.clone()))];
            let list = at_path(found, self.volumes);
            (self.volumes, named_items(list, [(mount.volume, keys)]))
        });
        let mut desired = self.federation(&remote_write.authentication, found);
        desired.extend(volumes);
        match route {
            Route::Sidecar { port } => {
                let target = installation.target;
                desired.push(self.sidecar(remote_write, port, &mounts, found, target)?);
            }
            Route::Sdk => {
                let variables = credentials(&remote_write.authentication);
                desired.extend(self.prometheus(&variables, &mounts, found));
            }
            Route::Direct => desired.extend(self.prometheus(&[], &mounts, found)),
        }
        Ok(desired)
    }

    /// The label and annotations that the workload identity webhook reads: that this pod signs in, and its identity.
    fn federation(
        &self,
        authentication: &Authentication,
        found: &Value,
    ) -> Vec<(KeyPath, Desired)> {
        let Authentication::WorkloadIdentity {
            client_id,
            tenant_id,
            ..
        } = authentication
        else {
            return Vec::new();
        };
        // A string: the API server refuses a label whose value is a boolean.
        let label = Desired::keys([(webhook_keys::USE, Desired::is("true"))]);
        let annotations = Desired::keys([
            (webhook_keys::CLIENT_ID, Desired::shown(client_id)),
            (webhook_keys::TENANT_ID, Desired::shown(tenant_id)),
        ]);
        // Of an account that the chart does not render, it ignores the annotations.
        let place = self
            .account_annotations
            .filter(|_| !self.has_own_account(found));
        let annotations = place.map(|path| (path, annotations));
        annotations
            .into_iter()
            .chain([(self.labels, label)])
            .collect()
    }

    /// The container of Prometheus, where the file describes it in a list.
    fn own_container<'a>(&self, found: &'a Value) -> Option<&'a Value> {
        match self.containers {
            Containers::List { path, prometheus } => at_path(found, path)
                .and_then(Value::as_sequence)
                // The Operator merges a container of this name into the one that it makes.
                .and_then(|all| all.iter().find(|each| each["name"] == prometheus)),
            Containers::Others(_) => None,
        }
    }

    /// Refuses a container in which Azure's SDK would sign in as somebody else, or in which somebody else would sign in as this
    /// connection. `is_of_connection`: the variables that this connection sets were set for it.
    pub(super) fn check_identity(
        &self,
        authentication: &Authentication,
        found: &Value,
        is_of_connection: bool,
    ) -> Result<(), Problem> {
        let variables = match self.environment {
            Some(path) => at_path(found, path),
            None => inner(self.own_container(found), "env"),
        };
        let because = match of_other_identity(variables, authentication) {
            Some(name) => format!(
                "Prometheus would sign in with variable `{name}` of its container, which is of another identity"
            ),
            None if is_of_connection => return Ok(()),
            None => match replaced_variable(variables, authentication) {
                Some(name) => format!(
                    "variable `{name}` of Prometheus' container would change to this identity, and it was not set for this connection"
                ),
                None => return Ok(()),
            },
        };
        Err(Problem::new(format!("with azuread.sdk, {because}"))
            .next("remove the variable if nothing else in Prometheus uses it, and run the command again")
            .next("or choose another sign-in; where --azuread sdk was given, leave it out: then Prometheus reads the identity from its configuration"))
    }

    /// What the container of Prometheus gets.
    fn prometheus(
        &self,
        variables: &[EnvironmentVariable],
        mounts: &[Mount],
        found: &Value,
    ) -> Vec<(KeyPath, Desired)> {
        let mut desired = Vec::new();
        let mut container = Vec::new();
        let own = self.own_container(found);
        if !variables.is_empty() {
            match self.environment {
                Some(path) => desired.push((path, environment(at_path(found, path), variables))),
                None => container.push(("env", environment(inner(own, "env"), variables))),
            }
        }
        if !mounts.is_empty() {
            match self.volume_mounts {
                Some(path) => desired.push((path, volume_mounts(at_path(found, path), mounts))),
                None => {
                    let list = inner(own, "volumeMounts");
                    container.push(("volumeMounts", volume_mounts(list, mounts)));
                }
            }
        }
        if let (Containers::List { path, prometheus }, false) =
            (&self.containers, container.is_empty())
        {
            let keys = container
                .into_iter()
                .map(|(key, desired)| (key.to_owned(), desired));
            let list = at_path(found, path);
            desired.push((path, named_items(list, [(*prometheus, keys.collect())])));
        }
        desired
    }

    /// The container that signs in instead of Prometheus.
    fn sidecar(
        &self,
        remote_write: &RemoteWrite,
        port: u16,
        mounts: &[Mount],
        found: &Value,
        target: Target,
    ) -> Result<(KeyPath, Desired), Problem> {
        let (Containers::List { path, .. } | Containers::Others(path)) = self.containers;
        let present = at_path(found, path);
        let (name, container) = sidecar::own(target, self, found, remote_write, port)?;
        sidecar::check_ports(self, found, &name, port)?;
        let mut keys = sidecar::container(port);
        let list = container.get("env");
        let variables = sidecar::environment(remote_write, port);
        // An id or certificate that is left of another sign-in is used instead of what the webhook sets.
        let leftovers = without_credentials(list, &variables);
        let variables = environment(list, &variables).and(leftovers);
        keys.push(("env".to_owned(), variables));
        if !mounts.is_empty() {
            let list = volume_mounts(container.get("volumeMounts"), mounts);
            keys.push(("volumeMounts".to_owned(), list));
        }
        let desired = match self.containers {
            Containers::List { .. } => named_items(present, [(name.as_str(), keys)]),
            Containers::Others(_) => Desired::keys([(name, Desired::Keys(keys))]),
        };
        Ok((path, desired))
    }
}

/// The files that the one who signs in has to see.
fn mounts(remote_write: &RemoteWrite, installation: &Installation, route: Route) -> Vec<Mount> {
    let authentication = &remote_write.authentication;
    match authentication {
        Authentication::Certificate { certificate, .. } => {
            certificate_mount(certificate).into_iter().collect()
        }
        Authentication::WorkloadIdentity { .. }
            if route == Route::Direct && installation.projects_token(authentication) =>
        {
            vec![token_mount(remote_write.cloud)]
        }
        _ => Vec::new(),
    }
}

fn certificate_mount(certificate: &Certificate) -> Option<Mount> {
    let source = match certificate {
        Certificate::File(_) => return None,
        Certificate::KubernetesSecret { name, .. } => {
            ("secret", serde_json::json!({ "secretName": name }))
        }
        Certificate::KeyVault { class, .. } => (
            "csi",
            serde_json::json!({
                "driver": "secrets-store.csi.k8s.io",
                "readOnly": true,
                "volumeAttributes": { "secretProviderClass": class },
            }),
        ),
    };
    Some(Mount {
        volume: CERTIFICATE_VOLUME,
        source: (source.0, yaml(source.1)),
        path: CERTIFICATE_FOLDER,
    })
}

/// The token, projected by ourselves to where Prometheus 3.7 to 3.13 look for it. Entra takes it only when its audience is
/// that of the federated credential, to the letter.
fn token_mount(cloud: CloudName) -> Mount {
    let projection = serde_json::json!({
        "sources": [{
            "serviceAccountToken": {
                "audience": cloud.row().exchange_audience,
                // The kubelet renews the token after 80 % of this time; Prometheus reads the file again every ten
                // minutes.
                "expirationSeconds": 3600,
                "path": "azure-identity-token",
            },
        }],
    });
    Mount {
        volume: TOKEN_VOLUME,
        source: ("projected", yaml(projection)),
        path: "/var/run/secrets/azure/tokens",
    }
}

fn yaml(value: serde_json::Value) -> Value {
    serde_yaml::to_value(value).expect("JSON is YAML")
}

fn volume_mounts(found: Option<&Value>, mounts: &[Mount]) -> Desired {
    let items = mounts.iter().map(|mount| {
        let keys = vec![
            // A mount of a whole folder: with `subPath` a file would never be updated after a rotation.
            ("mountPath".to_owned(), Desired::is(mount.path)),
            ("readOnly".to_owned(), Desired::is(true)),
        ];
        (mount.volume, keys)
    });
    named_items(found, items)
}

fn inner<'a>(container: Option<&'a Value>, key: &str) -> Option<&'a Value> {
    container.and_then(|container| container.get(key))
}
