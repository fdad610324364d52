//! The target `prometheus-yml`: Prometheus' own configuration file.

use secrecy::ExposeSecret;
use serde_yaml::Value;

use super::target::{Layout, Path, Unwritable};
use super::{Authentication, ClientSecret, Installation, RemoteWrite, Wanted};

pub(super) static PROMETHEUS_YML: Layout = Layout {
    name: "prometheus-yml",
    lists: &[&["remote_write"]],
    cluster_label: &["global", "external_labels", "cluster"],
    second_definitions: &[],
    chart: None,
    template: (
        "prometheus.yml",
        include_str!("../../templates/prometheus.yml"),
    ),
    entry,
    companions,
};

/// Ways to sign in that Prometheus accepts only one of in an entry.
const SIGN_INS: [&str; 6] = [
    "azuread",
    "authorization",
    "basic_auth",
    "oauth2",
    "sigv4",
    "google_iam",
];

/// Ways to sign in to Entra, of which there may be only one.
const METHODS: [&str; 5] = [
    "managed_identity",
    "workload_identity",
    "oauth",
    "sdk",
    "certificate",
];

/// Our item of `remote_write`, also as other targets hold it that keep Prometheus' own spelling.
pub(super) fn entry(
    remote_write: &RemoteWrite,
    installation: &Installation,
) -> Result<Wanted, Unwritable> {
    let (method, identity) = identity(remote_write, installation)?;
    let azuread = std::iter::once(("cloud".to_owned(), Wanted::is(remote_write.cloud.as_str())))
        .chain(Wanted::only(method, identity, &METHODS));
    let keys = [
        ("name".to_owned(), Wanted::is(remote_write.name.as_str())),
        ("url".to_owned(), Wanted::is(remote_write.url.as_str())),
        (
            "queue_config".to_owned(),
            Wanted::keys([("retry_on_http_429", Wanted::default(true))]),
        ),
    ];
    let sign_in = Wanted::only("azuread", Wanted::keys(azuread), &SIGN_INS);
    Ok(Wanted::keys(keys.into_iter().chain(sign_in)))
}

fn identity(
    remote_write: &RemoteWrite,
    installation: &Installation,
) -> Result<(&'static str, Wanted), Unwritable> {
    Ok(match &remote_write.authentication {
        // An empty client id is how Prometheus spells the machine's own identity.
        Authentication::ManagedIdentity { client_id } => (
            "managed_identity",
            Wanted::keys([(
                "client_id",
                Wanted::is(client_id.as_deref().unwrap_or_default()),
            )]),
        ),
        Authentication::ClientSecret {
            client_id,
            tenant_id,
            secret,
        } => {
            let ClientSecret::Inline(secret) = secret else {
                return Err(Unwritable::ReferenceInPlainFile);
            };
            let keys = [
                ("client_id", Wanted::is(client_id.as_str())),
                ("client_secret", Wanted::is(secret.expose_secret())),
                ("tenant_id", Wanted::is(tenant_id.as_str())),
            ];
            ("oauth", Wanted::keys(keys))
        }
        Authentication::WorkloadIdentity {
            client_id,
            tenant_id,
            ..
        } => {
            let token_file = installation.token_file(&remote_write.authentication);
            let keys = [
                Some(("client_id", client_id.as_str())),
                Some(("tenant_id", tenant_id.as_str())),
                token_file.map(|file| ("token_file_path", file)),
            ];
            let keys = keys
                .into_iter()
                .flatten()
                .map(|(key, value)| (key, Wanted::is(value)));
            ("workload_identity", Wanted::keys(keys))
        }
    })
}

fn companions(_: &RemoteWrite, _: &Installation, _: &Value) -> Vec<(Path, Wanted)> {
    Vec::new()
}
