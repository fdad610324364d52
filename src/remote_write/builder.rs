//! What does Prometheus have to be told? From what is wanted and what is in place to one remote write. No I/O.

use super::model::{
    Authentication, Certificate, ClientSecret, ClusterLabel, RemoteWrite, Route, SIDECAR_PORT,
};
use crate::facts::Facts;
use crate::spec::choices::{AzureAd, CertificateChoice, Port, WritePath};
use crate::spec::{Credential, Spec, names};
use crate::target::SecretPlace;

/// Stands where a value is known only after the plan is applied.
pub(crate) const AFTER_APPLY: &str = "(known after apply)";

/// The key under which a Kubernetes Secret holds the client secret.
pub(crate) const SECRET_KEY: &str = "client-secret";

/// Who signs in, and how it knows as whom.
pub(crate) fn route(path: WritePath, azuread: AzureAd, port: Option<Port>) -> Route {
    match (path, azuread) {
        (WritePath::Sidecar, _) => Route::Sidecar {
            port: port.map_or(SIDECAR_PORT, |Port(number)| number),
        },
        (_, AzureAd::Direct) => Route::Direct,
        (_, AzureAd::Sdk) => Route::Sdk,
    }
}

/// Where the certificate will be; without a choice in a Secret named like that of a client secret.
pub(crate) fn certificate(choice: Option<&CertificateChoice>, workspace: &str) -> Certificate {
    match choice {
        Some(CertificateChoice::File(path)) => Certificate::File(path.clone()),
        Some(CertificateChoice::Secret { name, key }) => Certificate::KubernetesSecret {
            name: name.clone(),
            key: key.clone(),
        },
        Some(CertificateChoice::KeyVault { vault, certificate }) => Certificate::KeyVault {
            class: secret_name(workspace),
            vault: vault.clone(),
            certificate: certificate.clone(),
        },
        None => Certificate::KubernetesSecret {
            name: secret_name(workspace),
            key: CERTIFICATE_KEY.to_owned(),
        },
    }
}

/// The key under which a Kubernetes Secret holds the client certificate with its private key.
const CERTIFICATE_KEY: &str = "client-certificate.pem";

/// The Kubernetes Secret that a custom resource refers to.
pub(crate) fn secret_name(workspace: &str) -> String {
    names::remote_write(workspace).to_lowercase()
}

/// Whether everything that the remote write names exists.
pub(crate) fn is_complete(spec: &Spec, facts: &Facts) -> bool {
    let secret = spec.credential.application().is_none() || facts.client_secret.known().is_some();
    facts.workspace.known().is_some() && facts.principal.known().is_some() && secret
}

/// The remote write of this connection, with [`AFTER_APPLY`] where something does not exist yet.
pub(crate) fn remote_write(spec: &Spec, facts: &Facts) -> RemoteWrite {
    let url = facts.workspace.known().map_or_else(
        || format!("https://{AFTER_APPLY}"),
        |workspace| workspace.rule.write_url(),
    );
    RemoteWrite {
        name: names::remote_write(spec.workspace.name()),
        url,
        cloud: spec.cloud,
        authentication: authentication(spec, facts),
        route: route(spec.path, spec.azuread, spec.sidecar_port),
        sending: spec.sending.clone(),
        cluster_label: if spec.cluster_label_asked {
            ClusterLabel::Explicit(spec.cluster_label.clone())
        } else {
            ClusterLabel::Default(spec.cluster_label.clone())
        },
    }
}

fn authentication(spec: &Spec, facts: &Facts) -> Authentication {
    let client_id = facts
        .principal
        .known()
        .map_or_else(|| AFTER_APPLY.to_owned(), |one| one.client_id.to_string());
    let tenant_id = spec.tenant.to_string();
    match &spec.credential {
        Credential::UserIdentity { .. } => Authentication::ManagedIdentity {
            client_id: Some(client_id),
        },
        Credential::WorkloadIdentity { .. } => Authentication::WorkloadIdentity {
            client_id,
            tenant_id,
            token_file: spec.token_file.clone(),
        },
        Credential::EntraSecret { .. } => Authentication::ClientSecret {
            client_id,
            tenant_id,
            secret: secret(spec, facts),
        },
    }
}

fn secret(spec: &Spec, facts: &Facts) -> ClientSecret {
    if spec.target.secret_place() == SecretPlace::InFile && spec.azuread == AzureAd::Direct {
        let held = facts.client_secret.known().map(|held| held.value.clone());
        return ClientSecret::Inline(held.unwrap_or_else(|| AFTER_APPLY.into()));
    }
    ClientSecret::KubernetesSecret {
        name: secret_name(spec.workspace.name()),
        key: SECRET_KEY.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::examples;
    use crate::target::Target;

    #[test]
    fn before_the_first_apply_the_remote_write_says_what_is_not_known_yet() {
        let remote_write = remote_write(&examples::spec(), &Facts::default());

        assert!(remote_write.url.contains(AFTER_APPLY));
        assert!(!is_complete(&examples::spec(), &Facts::default()));
    }

    #[test]
    fn once_everything_exists_it_names_the_rule_and_the_client() {
        let facts = examples::everything_in_place();

        let remote_write = remote_write(&examples::spec(), &facts);

        assert!(is_complete(&examples::spec(), &facts));
        assert_eq!(
            remote_write.url,
            facts.workspace.known().unwrap().rule.write_url()
        );
        let Authentication::WorkloadIdentity { client_id, .. } = remote_write.authentication else {
            panic!("wrong kind")
        };
        assert_eq!(
            client_id,
            facts.principal.known().unwrap().client_id.as_str()
        );
    }

    #[test]
    fn helm_values_never_hold_the_secret_itself() {
        let spec = Spec {
            target: Target::KubePrometheusStack,
            ..examples::spec_with_secret()
        };

        let remote_write = remote_write(&spec, &examples::everything_in_place());

        assert!(!remote_write.carries_secret());
    }
}
