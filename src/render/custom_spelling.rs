//! A remote write in the spelling of the Prometheus Operator's custom resources, which its Helm chart shares.

use super::target::Unwritable;
use super::{Authentication, ClientSecret, Installation, RemoteWrite, Wanted};

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

/// Our item of the list, in the spelling of the custom resource.
pub(super) fn entry(
    remote_write: &RemoteWrite,
    installation: &Installation,
) -> Result<Wanted, Unwritable> {
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
                return Err(Unwritable::SecretInPlainView);
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
