//! A remote write in the spelling of Prometheus' own configuration.

use secrecy::ExposeSecret;

use super::target::Unwritable;
use super::{Authentication, ClientSecret, Installation, RemoteWrite, Wanted};

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

/// Our item of `remote_write`, a client secret in clear within it.
pub(super) fn entry(
    remote_write: &RemoteWrite,
    installation: &Installation,
) -> Result<Wanted, Unwritable> {
    let (method, identity) = identity(remote_write, installation)?;
    Ok(item(remote_write, method, identity))
}

/// The same for a file that others can read: a client secret comes from the environment of the process.
pub(super) fn entry_in_plain_view(
    remote_write: &RemoteWrite,
    installation: &Installation,
) -> Result<Wanted, Unwritable> {
    match &remote_write.authentication {
        Authentication::ClientSecret {
            secret: ClientSecret::Inline(_),
            ..
        } => Err(Unwritable::SecretInPlainView),
        Authentication::ClientSecret { .. } => {
            Ok(item(remote_write, "sdk", Wanted::Keys(Vec::new())))
        }
        _ => entry(remote_write, installation),
    }
}

fn item(remote_write: &RemoteWrite, method: &str, identity: Wanted) -> Wanted {
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
    Wanted::keys(keys.into_iter().chain(sign_in))
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
