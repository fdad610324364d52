//! What does the container of the Azure Monitor sidecar look like?
//!
//! Names and values are those of <https://learn.microsoft.com/azure/azure-monitor/containers/prometheus-remote-write>.

use serde_yaml::Value;

use super::Desired;
use super::environment::EnvironmentVariable;
use crate::remote_write::{Authentication, ProxyKind, RemoteWrite};

/// The container's usual name.
pub(super) const NAME: &str = "prom-remotewrite";

/// The newest release in Microsoft's notes of July 2026.
const IMAGE: &str = "mcr.microsoft.com/azuremonitor/containerinsights/ciprod/prometheus-remote-write/images:prom-remotewrite-20260713.1";

/// The sidecar among containers, which are a list or a map by name.
pub(super) fn found(containers: Option<&Value>) -> Option<(&str, &Value)> {
    let is_sidecar = |(name, container): &(&str, &Value)| {
        *name == NAME || ProxyKind::of(container) == Some(ProxyKind::Sidecar)
    };
    match containers? {
        Value::Sequence(list) => list
            .iter()
            .filter_map(|container| Some((container["name"].as_str()?, container)))
            .find(is_sidecar),
        Value::Mapping(map) => map
            .iter()
            .filter_map(|(name, container)| Some((name.as_str()?, container)))
            .find(is_sidecar),
        _ => None,
    }
}

/// The keys of the container without its name and environment; an image that the user chose is kept.
pub(super) fn container(port: u16) -> Vec<(String, Desired)> {
    let probe = |path: &str| {
        Desired::keys([
            (
                "httpGet",
                Desired::keys([
                    ("path", Desired::is(path)),
                    ("port", Desired::default(u64::from(port))),
                ]),
            ),
            ("initialDelaySeconds", Desired::default(10_u64)),
            ("timeoutSeconds", Desired::default(10_u64)),
        ])
    };
    [
        ("image", Desired::default(IMAGE)),
        ("livenessProbe", probe("/health")),
        ("readinessProbe", probe("/ready")),
    ]
    .map(|(key, desired)| (key.to_owned(), desired))
    .into()
}

/// The variables that configure where the sidecar writes to and its identity.
pub(super) fn environment(remote_write: &RemoteWrite, port: u16) -> Vec<EnvironmentVariable> {
    let authentication = &remote_write.authentication;
    let kind = authentication.sign_in().method().identity_type;
    // The webhook of workload identity sets both ids.
    let has_ids = !matches!(authentication, Authentication::WorkloadIdentity { .. });
    let client_id = authentication.client_id().filter(|_| has_ids);
    let tenant_id = authentication.tenant_id().filter(|_| has_ids);
    let certificate = match authentication {
        Authentication::Certificate { certificate, .. } => Some(certificate.path()),
        _ => None,
    };
    let (cloud, audience) = remote_write.cloud.sidecar();
    let variables = [
        ("INGESTION_URL", Some(remote_write.url.to_string())),
        ("LISTENING_PORT", Some(port.to_string())),
        ("IDENTITY_TYPE", kind.map(str::to_owned)),
        ("AZURE_CLIENT_ID", client_id.map(ToString::to_string)),
        ("AZURE_TENANT_ID", tenant_id.map(str::to_owned)),
        ("AZURE_CLIENT_CERTIFICATE_PATH", certificate),
        ("CLOUD", Some(cloud.to_owned())),
        ("INGESTION_AAD_AUDIENCE", audience),
    ];
    let set = variables
        .into_iter()
        .filter_map(|(name, value)| Some(EnvironmentVariable::plain(name, value?)));
    set.collect()
}
