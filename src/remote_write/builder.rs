//! Builds a remote write from its input, or names every part of the input that is missing. The only place that decides.

use super::input::{InputField, RemoteWriteInput, RouteChoice};
use super::model::{
    Authentication, Certificate, ClientSecret, RemoteWrite, Route, SIDECAR_PORT, workspace_in,
};
use super::pending::Pending;
use crate::compat::{Feature, Installation};
use crate::sign_in::{CredentialKind, SignIn};
use crate::spec::choices::{AzureAd, CertificateChoice, Port, WritePath};
use crate::spec::cloud::CloudName;
use crate::spec::names;
use crate::target::SecretPlace;

/// The key under which a Kubernetes Secret holds the client secret.
pub(crate) const SECRET_KEY: &str = "client-secret";
/// The annotation of that Secret: the application whose secret it holds.
pub(crate) const CLIENT_ID_ANNOTATION: &str = "amw-rw/client-id";

/// The key under which a Kubernetes Secret holds the client certificate with its private key.
const CERTIFICATE_KEY: &str = "client-certificate.pem";

/// The Kubernetes Secret that a file refers to.
pub(crate) fn secret_name(workspace: &str) -> String {
    secret_name_of(&names::remote_write(workspace))
}

/// Kubernetes takes no capitals in names of objects, and a workspace can have them.
fn secret_name_of(entry: &str) -> String {
    entry.to_lowercase()
}

/// The remote write, or every part of the input that is missing, in the order of [`InputField`].
pub(crate) fn build(input: RemoteWriteInput) -> Result<RemoteWrite, Vec<InputField>> {
    let mut gaps = MissingFields::default();
    let url = gaps.need(input.url.as_ref(), InputField::Url);
    let authentication = authentication(&input, &mut gaps);
    let cluster_label = gaps.need(input.cluster_label.clone(), InputField::ClusterLabel);
    let (Some(url), Some(authentication), Some(cluster_label)) =
        (url, authentication, cluster_label)
    else {
        return Err(gaps.0);
    };
    let own_cloud = || url.known().map(|url| CloudName::of_ingestion(url));
    Ok(RemoteWrite {
        name: input.entry_name.clone().unwrap_or_else(|| own_name(&input)),
        url: url.clone(),
        // Prometheus takes audience and sign-in host from `cloud`, never from the URL, so the two must agree.
        cloud: input.cloud.or_else(own_cloud).unwrap_or_default(),
        route: route(&input.route, &authentication),
        authentication,
        sending: input.sending,
        cluster_label,
    })
}

/// Notes what is missing, so that all of it is reported at once.
#[derive(Default)]
struct MissingFields(Vec<InputField>);

impl MissingFields {
    fn need<T>(&mut self, value: Option<T>, field: InputField) -> Option<T> {
        if value.is_none() {
            self.0.push(field);
        }
        value
    }
}

impl RemoteWriteInput {
    /// Whether the secret itself ends up in the file.
    pub(crate) fn writes_secret(&self) -> bool {
        let is_sdk = matches!(
            self.route,
            RouteChoice::Chosen {
                azuread: AzureAd::Sdk,
                ..
            }
        );
        let has_secret = |sign_in: SignIn| sign_in.uses(CredentialKind::ClientSecret);
        self.sign_in.is_some_and(has_secret)
            && self.target.secret_place() == SecretPlace::InFile
            && !is_sdk
    }
}

/// The name that an entry of ours has by default.
fn own_name(input: &RemoteWriteInput) -> String {
    let url = input.url.as_ref().and_then(Pending::known);
    let in_url = || workspace_in(url?);
    match input.workspace.clone().or_else(in_url) {
        Some(workspace) => names::remote_write(&workspace),
        None => names::REMOTE_WRITE.to_owned(),
    }
}

fn authentication(input: &RemoteWriteInput, gaps: &mut MissingFields) -> Option<Authentication> {
    let Some(sign_in) = gaps.need(input.sign_in, InputField::SignIn) else {
        // Most methods need both ids, so they are asked for together with the method.
        ids(input, gaps);
        return None;
    };
    let needs = sign_in.needs();
    match needs.credential {
        // An empty or absent client id means the identity of the machine itself (Prometheus 3.5.0 and newer).
        CredentialKind::Machine if !needs.client_id => {
            Some(Authentication::ManagedIdentity { client_id: None })
        }
        CredentialKind::Machine => {
            let client_id = gaps.need(input.client_id.clone(), InputField::ClientId)?;
            Some(Authentication::ManagedIdentity {
                client_id: Some(client_id),
            })
        }
        CredentialKind::PodToken => {
            let (client_id, tenant_id) = ids(input, gaps)?;
            Some(Authentication::WorkloadIdentity {
                client_id,
                tenant_id,
                token_file: input.token_file.clone(),
            })
        }
        CredentialKind::ClientSecret => {
            let (ids, secret) = (ids(input, gaps), client_secret(input, gaps));
            let ((client_id, tenant_id), secret) = ids.zip(secret)?;
            Some(Authentication::ClientSecret {
                client_id,
                tenant_id,
                secret,
            })
        }
        CredentialKind::Certificate => {
            let (ids, certificate) = (ids(input, gaps), certificate(input, gaps));
            let ((client_id, tenant_id), certificate) = ids.zip(certificate)?;
            Some(Authentication::Certificate {
                client_id,
                tenant_id,
                certificate,
            })
        }
    }
}

fn ids(
    input: &RemoteWriteInput,
    gaps: &mut MissingFields,
) -> Option<(Pending<String>, Pending<String>)> {
    let client_id = gaps.need(input.client_id.clone(), InputField::ClientId);
    let tenant_id = gaps.need(input.tenant_id.clone(), InputField::TenantId);
    client_id.zip(tenant_id)
}

fn client_secret(input: &RemoteWriteInput, gaps: &mut MissingFields) -> Option<ClientSecret> {
    // `azuread.oauth` has no field that names a file (up to 3.14), so a prometheus.yml holds the secret itself.
    if input.writes_secret() {
        let secret = gaps.need(input.client_secret.clone(), InputField::ClientSecret);
        return secret.map(ClientSecret::Inline);
    }
    Some(ClientSecret::KubernetesSecret {
        name: secret_name_of(&own_name(input)),
        key: SECRET_KEY.to_owned(),
    })
}

/// Without a choice, a Secret with the name of that of a client secret, where the target can mount it.
fn certificate(input: &RemoteWriteInput, gaps: &mut MissingFields) -> Option<Certificate> {
    let secret_name = || secret_name_of(&own_name(input));
    let choice = match &input.certificate {
        Some(Pending::Known(choice)) => Some(choice),
        Some(Pending::AfterApply) => return Some(Certificate::File(Pending::AfterApply)),
        Some(Pending::ByUser(word)) => return Some(Certificate::File(Pending::ByUser(word))),
        None => None,
    };
    match choice {
        Some(CertificateChoice::File(path)) => {
            Some(Certificate::File(Pending::Known(path.clone())))
        }
        Some(CertificateChoice::Secret { name, key }) => Some(Certificate::KubernetesSecret {
            name: name.clone(),
            key: key.clone(),
        }),
        Some(CertificateChoice::KeyVault { vault, certificate }) => Some(Certificate::KeyVault {
            class: secret_name(),
            vault: vault.clone(),
            certificate: certificate.clone(),
        }),
        None if input.may_name_new_secret && input.target.describes_pod() => {
            Some(Certificate::KubernetesSecret {
                name: secret_name(),
                key: CERTIFICATE_KEY.to_owned(),
            })
        }
        None => gaps.need(None, InputField::Certificate),
    }
}

fn route(choice: &RouteChoice, authentication: &Authentication) -> Route {
    match choice {
        RouteChoice::Chosen {
            path,
            azuread,
            port,
        } => chosen_route(*path, *azuread, *port),
        RouteChoice::Supported(installation) => {
            supported_route(authentication.sign_in(), installation)
        }
    }
}

fn chosen_route(path: WritePath, azuread: AzureAd, port: Option<Port>) -> Route {
    match (path, azuread) {
        (WritePath::Sidecar, _) => Route::Sidecar {
            port: port.map_or(SIDECAR_PORT, |Port(number)| number),
        },
        (_, AzureAd::Direct) => Route::Direct,
        (_, AzureAd::Sdk) => Route::Sdk,
    }
}

/// Azure's SDK in Prometheus supports what the configuration of an older version has no field for. Which version has which
/// field is in the table of versions.
fn supported_route(sign_in: SignIn, installation: &Installation) -> Route {
    let feature = sign_in.feature();
    // The custom resource of the Operator has no field for a certificate, for example; the SDK reads the same settings
    // from the environment of the container.
    if installation.needs_environment(feature) {
        return Route::Sdk;
    }
    let has_sdk = installation.prometheus.is_some() && !installation.lacks(Feature::Sdk);
    if has_sdk && installation.lacks(feature) {
        Route::Sdk
    } else {
        Route::Direct
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote_write::ClusterLabel;
    use crate::remote_write::samples;
    use crate::spec::sending::SendSettings;
    use crate::target::Target;

    fn input(target: Target, sign_in: Option<SignIn>) -> RemoteWriteInput {
        RemoteWriteInput {
            target,
            url: Some(samples::URL.into()),
            cloud: None,
            entry_name: None,
            workspace: None,
            sign_in,
            client_id: Some(samples::CLIENT.into()),
            tenant_id: Some(samples::TENANT.into()),
            client_secret: Some(Pending::Known("hunter2".into())),
            certificate: None,
            may_name_new_secret: true,
            token_file: None,
            route: RouteChoice::Chosen {
                path: WritePath::Native,
                azuread: AzureAd::Direct,
                port: None,
            },
            sending: SendSettings::default(),
            cluster_label: Some(ClusterLabel::Default("prod".into())),
        }
    }

    fn empty(sign_in: Option<SignIn>) -> RemoteWriteInput {
        RemoteWriteInput {
            url: None,
            client_id: None,
            tenant_id: None,
            client_secret: None,
            may_name_new_secret: false,
            cluster_label: None,
            ..input(Target::PrometheusYml, sign_in)
        }
    }

    #[test]
    fn each_method_needs_its_own_parts_and_all_that_is_missing_is_named_at_once() {
        use InputField::{Certificate, ClientId, ClientSecret, ClusterLabel, TenantId, Url};
        let cases: [(Option<SignIn>, &[InputField]); 6] = [
            (
                None,
                &[Url, InputField::SignIn, ClientId, TenantId, ClusterLabel],
            ),
            (Some(SignIn::SystemIdentity), &[Url, ClusterLabel]),
            (Some(SignIn::UserIdentity), &[Url, ClientId, ClusterLabel]),
            (
                Some(SignIn::WorkloadIdentity),
                &[Url, ClientId, TenantId, ClusterLabel],
            ),
            (
                Some(SignIn::EntraSecret),
                &[Url, ClientId, TenantId, ClientSecret, ClusterLabel],
            ),
            (
                Some(SignIn::EntraCertificate),
                &[Url, ClientId, TenantId, Certificate, ClusterLabel],
            ),
        ];
        for (sign_in, expected) in cases {
            assert_eq!(build(empty(sign_in)).unwrap_err(), expected, "{sign_in:?}");
        }
    }

    #[test]
    fn the_target_decides_where_a_client_secret_is() {
        let secret = |target| {
            let built = build(input(target, Some(SignIn::EntraSecret))).unwrap();
            match built.authentication {
                Authentication::ClientSecret { secret, .. } => secret,
                other => panic!("{other:?}"),
            }
        };

        assert!(matches!(
            secret(Target::PrometheusYml),
            ClientSecret::Inline(_)
        ));
        let ClientSecret::KubernetesSecret { name, key } = secret(Target::KubePrometheusStack)
        else {
            panic!("helm values never hold the secret itself")
        };
        assert_eq!((&*name, &*key), ("azure-monitor-monitor", "client-secret"));
    }

    #[test]
    fn the_url_gives_the_cloud_and_the_name_unless_they_are_known() {
        let of_url = build(input(Target::ConfigMap, Some(SignIn::UserIdentity))).unwrap();
        let known = build(RemoteWriteInput {
            cloud: Some(CloudName::China),
            entry_name: Some("mine".into()),
            ..input(Target::ConfigMap, Some(SignIn::UserIdentity))
        })
        .unwrap();

        assert_eq!(of_url.name, "azure-monitor-monitor");
        assert_eq!(of_url.cloud, CloudName::Public);
        assert_eq!((&*known.name, known.cloud), ("mine", CloudName::China));
    }

    #[test]
    fn an_old_version_gets_the_sdk_where_the_route_is_not_chosen() {
        let route = |version: &str, sign_in| {
            let installation = Installation {
                target: Target::PrometheusYml,
                prometheus: version.parse().ok(),
                operator: None,
            };
            let input = RemoteWriteInput {
                route: RouteChoice::Supported(installation),
                ..input(Target::PrometheusYml, Some(sign_in))
            };
            build(input).unwrap().route
        };

        assert_eq!(route("3.6.0", SignIn::WorkloadIdentity), Route::Sdk);
        assert_eq!(route("3.7.0", SignIn::WorkloadIdentity), Route::Direct);
        assert_eq!(route("2.51.0", SignIn::WorkloadIdentity), Route::Direct);
        assert_eq!(route("2.45.0", SignIn::UserIdentity), Route::Direct);
    }
}
