//! The target `kube-prometheus-stack`: values of the Helm chart of that name.

use serde_yaml::Value;

use super::target::{Layout, Path, Unwritable, at_path};
use super::{Authentication, ClientSecret, Installation, Position, RemoteWrite, Wanted};

pub(super) static KUBE_PROMETHEUS_STACK: Layout = Layout {
    name: "kube-prometheus-stack",
    lists: &[
        // The chart renders this list as it is, and appends it to the other, which is a template.
        &["prometheus", "prometheusSpec", "additionalRemoteWrite"],
        &["prometheus", "prometheusSpec", "remoteWrite"],
    ],
    cluster_label: &["prometheus", "prometheusSpec", "externalLabels", "cluster"],
    second_definitions: &[
        &[
            "prometheus",
            "prometheusSpec",
            "additionalConfig",
            "remoteWrite",
        ],
        &["prometheus", "prometheusSpec", "additionalConfigString"],
    ],
    chart: Some("kube-prometheus-stack"),
    template: (
        "kube-prometheus-stack.yaml",
        include_str!("../../templates/kube-prometheus-stack.yaml"),
    ),
    entry,
    companions,
};

const SIGN_INS: [&str; 7] = [
    "azureAd",
    "authorization",
    "basicAuth",
    "bearerToken",
    "bearerTokenFile",
    "oauth2",
    "sigv4",
];
const METHODS: [&str; 4] = ["managedIdentity", "workloadIdentity", "oauth", "sdk"];

const POD_LABELS: Path = &["prometheus", "prometheusSpec", "podMetadata", "labels"];
const SERVICE_ACCOUNT_ANNOTATIONS: Path = &["prometheus", "serviceAccount", "annotations"];
const VOLUMES: Path = &["prometheus", "prometheusSpec", "volumes"];
const VOLUME_MOUNTS: Path = &["prometheus", "prometheusSpec", "volumeMounts"];

/// The name that the webhook's releases before 1.6.0 use too: they leave a volume of this name alone.
const TOKEN_VOLUME: &str = "azure-identity-token";

/// Our item of the list, in the spelling of the custom resource.
fn entry(remote_write: &RemoteWrite, installation: &Installation) -> Result<Wanted, Unwritable> {
    let (method, identity) = identity(remote_write, installation)?;
    let azure_ad = std::iter::once(("cloud".to_owned(), Wanted::is(remote_write.cloud.as_str())))
        .chain(Wanted::only(method, identity, &METHODS));
    let keys = [
        ("name".to_owned(), Wanted::is(remote_write.name.as_str())),
        ("url".to_owned(), Wanted::is(remote_write.url.as_str())),
        (
            "queueConfig".to_owned(),
            Wanted::keys([("retryOnRateLimit", Wanted::default(true))]),
        ),
    ];
    let sign_in = Wanted::only("azureAd", Wanted::keys(azure_ad), &SIGN_INS);
    Ok(Wanted::keys(keys.into_iter().chain(sign_in)))
}

fn identity(
    remote_write: &RemoteWrite,
    installation: &Installation,
) -> Result<(&'static str, Wanted), Unwritable> {
    Ok(match &remote_write.authentication {
        Authentication::ManagedIdentity { client_id } => {
            let client_id = match client_id {
                Some(client_id) => Wanted::is(client_id.as_str()),
                None if installation.requires_client_id() => Wanted::is(""),
                None => Wanted::Absent,
            };
            ("managedIdentity", Wanted::keys([("clientId", client_id)]))
        }
        Authentication::ClientSecret {
            client_id,
            tenant_id,
            secret,
        } => {
            let ClientSecret::KubernetesSecret { name, key } = secret else {
                return Err(Unwritable::SecretInValues);
            };
            let reference = [
                ("name", Wanted::is(name.as_str())),
                ("key", Wanted::is(key.as_str())),
            ];
            let keys = [
                ("clientId", Wanted::is(client_id.as_str())),
                ("clientSecret", Wanted::keys(reference)),
                ("tenantId", Wanted::is(tenant_id.as_str())),
            ];
            ("oauth", Wanted::keys(keys))
        }
        Authentication::WorkloadIdentity {
            client_id,
            tenant_id,
            ..
        } => {
            let keys = [
                ("clientId", Wanted::is(client_id.as_str())),
                ("tenantId", Wanted::is(tenant_id.as_str())),
            ];
            ("workloadIdentity", Wanted::keys(keys))
        }
    })
}

fn companions(
    remote_write: &RemoteWrite,
    installation: &Installation,
    found: &Value,
) -> Vec<(Path, Wanted)> {
    let Authentication::WorkloadIdentity {
        client_id,
        tenant_id,
        ..
    } = &remote_write.authentication
    else {
        return Vec::new();
    };
    let annotations = [
        (
            "azure.workload.identity/client-id",
            Wanted::is(client_id.as_str()),
        ),
        (
            "azure.workload.identity/tenant-id",
            Wanted::is(tenant_id.as_str()),
        ),
    ];
    let mut companions = vec![
        (
            POD_LABELS,
            Wanted::keys([("azure.workload.identity/use", Wanted::is("true"))]),
        ),
        (SERVICE_ACCOUNT_ANNOTATIONS, Wanted::keys(annotations)),
    ];
    if installation.has_fixed_token_file() {
        companions.push((VOLUMES, named_item(found, VOLUMES, token_volume())));
        companions.push((
            VOLUME_MOUNTS,
            named_item(found, VOLUME_MOUNTS, token_mount()),
        ));
    }
    companions
}

/// The item that bears the token volume's name, or a new one: Helm replaces whole lists, so theirs must stay in it.
fn named_item(found: &Value, list: Path, keys: Vec<(&str, Wanted)>) -> Wanted {
    let items = at_path(found, list).and_then(Value::as_sequence);
    let index = items.and_then(|items| items.iter().position(|item| item["name"] == TOKEN_VOLUME));
    let name = ("name", Wanted::is(TOKEN_VOLUME));
    let item = Wanted::keys(std::iter::once(name).chain(keys));
    Wanted::Items(vec![(index.map_or(Position::End, Position::At), item)])
}

/// The token, projected by ourselves to where Prometheus 3.7 to 3.13 look for it.
fn token_volume() -> Vec<(&'static str, Wanted)> {
    let token = serde_json::json!({
        "sources": [{
            "serviceAccountToken": {
                "audience": "api://AzureADTokenExchange",
                "expirationSeconds": 3600,
                "path": "azure-identity-token",
            },
        }],
    });
    let token = serde_yaml::to_value(token).expect("JSON is YAML");
    vec![("projected", Wanted::Is(token))]
}

fn token_mount() -> Vec<(&'static str, Wanted)> {
    vec![
        ("mountPath", Wanted::is("/var/run/secrets/azure/tokens")),
        ("readOnly", Wanted::is(true)),
    ]
}
