//! As whom do we talk to Azure? The order in which sign-ins are tried, and what is said when none works.

use std::fmt;
use std::path::PathBuf;

use secrecy::SecretString;
use thiserror::Error;

use crate::spec::cloud::CloudName;

/// What the user said about the sign-in.
#[derive(Debug, Clone, Default)]
pub(crate) struct SignInOptions {
    /// `--tenant`: a GUID or a domain name.
    pub(crate) tenant: Option<String>,
    /// Use the managed identity of this machine and nothing else.
    pub(crate) managed_identity: bool,
    /// Use this service principal and nothing else, whatever the environment says.
    pub(crate) service_principal: Option<ServicePrincipal>,
}

/// An application with its secret.
#[derive(Debug, Clone)]
pub(crate) struct ServicePrincipal {
    pub(crate) tenant: String,
    pub(crate) client: String,
    pub(crate) secret: SecretString,
}

/// One way to sign in, with all it needs.
#[derive(Debug, Clone)]
pub(super) enum Candidate {
    ClientSecret {
        tenant: String,
        client: String,
        secret: SecretString,
    },
    WorkloadIdentity {
        tenant: String,
        client: String,
        token_file: PathBuf,
    },
    ManagedIdentity {
        client: Option<String>,
        /// Look first whether a metadata endpoint answers: off Azure the wait for it is long.
        probe: bool,
    },
    AzureCli {
        tenant: Option<String>,
    },
    AzureDeveloperCli {
        tenant: Option<String>,
    },
    /// Asked for, and known not to work; the text says why.
    Impossible {
        name: &'static str,
        why: String,
    },
}

impl Candidate {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::ClientSecret { .. } => "service principal from the environment",
            Self::WorkloadIdentity { .. } => "workload identity",
            Self::ManagedIdentity { .. } => "managed identity",
            Self::AzureCli { .. } => "Azure CLI",
            Self::AzureDeveloperCli { .. } => "Azure Developer CLI",
            Self::Impossible { name, .. } => name,
        }
    }

    /// Set up on purpose, so that its failure is the answer and not a reason to sign in as somebody else.
    pub(super) fn is_deliberate(&self) -> bool {
        match self {
            Self::ClientSecret { .. } | Self::WorkloadIdentity { .. } | Self::Impossible { .. } => {
                true
            }
            Self::ManagedIdentity { probe, .. } => !probe,
            Self::AzureCli { .. } | Self::AzureDeveloperCli { .. } => false,
        }
    }
}

/// The sign-ins worth trying, in order; `variable` reads the environment.
pub(super) fn candidates(
    options: &SignInOptions,
    variable: impl Fn(&str) -> Option<String>,
) -> Vec<Candidate> {
    if let Some(explicit) = options.service_principal.clone() {
        let ServicePrincipal {
            tenant,
            client,
            secret,
        } = explicit;
        return vec![Candidate::ClientSecret {
            tenant,
            client,
            secret,
        }];
    }
    let tenant = options
        .tenant
        .clone()
        .or_else(|| variable("AZURE_TENANT_ID"));
    let client = variable("AZURE_CLIENT_ID");
    let choice = variable("AZURE_TOKEN_CREDENTIALS")
        .unwrap_or_default()
        .to_lowercase();
    let hosted = variable("IDENTITY_ENDPOINT").is_some() && variable("IDENTITY_HEADER").is_some();
    let managed = |probe| Candidate::ManagedIdentity {
        client: client.clone(),
        probe,
    };
    if options.managed_identity || choice == "managedidentitycredential" {
        return vec![managed(false)];
    }
    let mut found = Vec::new();
    if wanted(&choice, "environmentcredential", true) {
        found.extend(service_principal(
            tenant.as_ref(),
            client.as_ref(),
            &variable,
        ));
    }
    if wanted(&choice, "workloadidentitycredential", true) {
        found.extend(workload_identity(
            tenant.as_ref(),
            client.as_ref(),
            &variable,
        ));
    }
    if wanted(&choice, "", true) && hosted {
        found.push(managed(false));
    }
    let tenant = options.tenant.clone();
    if wanted(&choice, "azureclicredential", false) {
        found.push(Candidate::AzureCli {
            tenant: tenant.clone(),
        });
    }
    if wanted(&choice, "azuredeveloperclicredential", false) {
        found.push(Candidate::AzureDeveloperCli { tenant });
    }
    if wanted(&choice, "", true) && !hosted {
        found.push(managed(true));
    }
    found
}

/// `AZURE_TOKEN_CREDENTIALS` names one credential, or `prod` or `dev` for a kind of them.
fn wanted(choice: &str, credential: &str, production: bool) -> bool {
    match choice {
        "" => true,
        "prod" => production,
        "dev" => !production,
        named => named == credential,
    }
}

fn service_principal(
    tenant: Option<&String>,
    client: Option<&String>,
    variable: &impl Fn(&str) -> Option<String>,
) -> Option<Candidate> {
    let name = "service principal from the environment";
    if let Some(secret) = variable("AZURE_CLIENT_SECRET") {
        return Some(match (tenant, client) {
            (Some(tenant), Some(client)) => Candidate::ClientSecret {
                tenant: tenant.clone(),
                client: client.clone(),
                secret: secret.into(),
            },
            _ => Candidate::Impossible {
                name,
                why: "AZURE_CLIENT_SECRET is set, but AZURE_TENANT_ID or AZURE_CLIENT_ID is not"
                    .into(),
            },
        });
    }
    variable("AZURE_CLIENT_CERTIFICATE_PATH").map(|_| Candidate::Impossible {
        name,
        why: "AZURE_CLIENT_CERTIFICATE_PATH is set, but signing in with a certificate is not supported; use AZURE_CLIENT_SECRET, or `az login --service-principal --certificate`".into(),
    })
}

fn workload_identity(
    tenant: Option<&String>,
    client: Option<&String>,
    variable: &impl Fn(&str) -> Option<String>,
) -> Option<Candidate> {
    let token_file = PathBuf::from(variable("AZURE_FEDERATED_TOKEN_FILE")?);
    Some(match (tenant, client) {
        (Some(tenant), Some(client)) => Candidate::WorkloadIdentity {
            tenant: tenant.clone(),
            client: client.clone(),
            token_file,
        },
        _ => Candidate::Impossible {
            name: "workload identity",
            why: "AZURE_FEDERATED_TOKEN_FILE is set, but AZURE_TENANT_ID or AZURE_CLIENT_ID is not"
                .into(),
        },
    })
}

/// No sign-in worked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) struct SignInFailure {
    /// What each one answered, in the order tried.
    pub(crate) tried: Vec<Answer>,
    pub(crate) tenant: Option<String>,
    pub(crate) cloud: CloudName,
    /// The login that a claims challenge asks for, when that was the reason.
    pub(crate) claims: Option<ClaimsChallenge>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) name: &'static str,
    pub(crate) said: String,
}

/// Azure wants a fresh proof, such as a second factor, that only the user can give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClaimsChallenge {
    pub(crate) scope: String,
    /// Base64 of the claims, as `az login --claims-challenge` takes it.
    pub(crate) claims: String,
}

impl fmt::Display for SignInFailure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [only] = &self.tried[..] else {
            return write!(out, "no sign-in to Azure worked");
        };
        write!(out, "{}: {}", only.name, only.said)
    }
}

impl SignInFailure {
    /// What to type.
    pub(crate) fn next(&self) -> Vec<String> {
        let mut login = "az login".to_owned();
        let tenant = self.tenant.as_deref().unwrap_or("TENANT");
        login.push_str(&format!(" --tenant {tenant}"));
        if let Some(challenge) = &self.claims {
            login.push_str(&format!(
                " --scope {} --claims-challenge {}",
                challenge.scope, challenge.claims
            ));
        }
        let mut next = vec![format!("sign in with `{login}`")];
        if self.cloud != CloudName::Public {
            let cloud = azure_cli_name(self.cloud);
            next.insert(
                0,
                format!("choose the cloud with `az cloud set --name {cloud}`"),
            );
        }
        if self.claims.is_none() {
            next.push(
                "in automation, set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"
                    .into(),
            );
        }
        next
    }
}

fn azure_cli_name(cloud: CloudName) -> &'static str {
    match cloud {
        CloudName::Public => "AzureCloud",
        CloudName::UsGovernment => "AzureUSGovernment",
        CloudName::China => "AzureChinaCloud",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(options: &SignInOptions, environment: &[(&str, &str)]) -> Vec<&'static str> {
        candidates_in(options, environment)
            .iter()
            .map(Candidate::name)
            .collect()
    }

    fn candidates_in(options: &SignInOptions, environment: &[(&str, &str)]) -> Vec<Candidate> {
        candidates(options, |name| {
            let (_, value) = environment.iter().find(|(key, _)| *key == name)?;
            Some((*value).to_owned())
        })
    }

    #[test]
    fn a_person_at_a_terminal_signs_in_through_a_command_line() {
        let order = order(&SignInOptions::default(), &[]);

        assert_eq!(
            order,
            ["Azure CLI", "Azure Developer CLI", "managed identity"]
        );
    }

    #[test]
    fn what_the_environment_sets_up_comes_first() {
        let order = order(
            &SignInOptions::default(),
            &[
                ("AZURE_TENANT_ID", "t"),
                ("AZURE_CLIENT_ID", "c"),
                ("AZURE_CLIENT_SECRET", "s"),
                ("AZURE_FEDERATED_TOKEN_FILE", "/token"),
                ("IDENTITY_ENDPOINT", "http://localhost:1"),
                ("IDENTITY_HEADER", "h"),
            ],
        );

        assert_eq!(
            order,
            [
                "service principal from the environment",
                "workload identity",
                "managed identity",
                "Azure CLI",
                "Azure Developer CLI"
            ]
        );
    }

    #[test]
    fn a_managed_identity_asked_for_is_the_only_one() {
        let asked = SignInOptions {
            managed_identity: true,
            ..SignInOptions::default()
        };

        let found = candidates_in(&asked, &[("AZURE_CLIENT_SECRET", "s")]);

        assert_eq!(found.len(), 1);
        assert!(found[0].is_deliberate());
    }

    #[test]
    fn the_usual_variable_chooses_a_credential() {
        let chosen = |choice| {
            order(
                &SignInOptions::default(),
                &[("AZURE_TOKEN_CREDENTIALS", choice)],
            )
        };

        assert_eq!(chosen("AzureCliCredential"), ["Azure CLI"]);
        assert_eq!(chosen("ManagedIdentityCredential"), ["managed identity"]);
        assert_eq!(chosen("dev"), ["Azure CLI", "Azure Developer CLI"]);
        assert_eq!(chosen("prod"), ["managed identity"]);
    }

    #[test]
    fn the_flag_beats_the_environment_for_the_tenant() {
        let options = SignInOptions {
            tenant: Some("flag".into()),
            ..SignInOptions::default()
        };

        let found = candidates_in(
            &options,
            &[
                ("AZURE_TENANT_ID", "env"),
                ("AZURE_CLIENT_ID", "c"),
                ("AZURE_CLIENT_SECRET", "s"),
            ],
        );

        assert!(matches!(&found[0], Candidate::ClientSecret { tenant, .. } if tenant == "flag"));
        assert!(
            matches!(&found[1], Candidate::AzureCli { tenant: Some(tenant) } if tenant == "flag")
        );
    }

    #[test]
    fn half_a_service_principal_says_what_is_missing() {
        let found = candidates_in(&SignInOptions::default(), &[("AZURE_CLIENT_SECRET", "s")]);

        assert!(
            matches!(&found[0], Candidate::Impossible { why, .. } if why.contains("AZURE_TENANT_ID"))
        );
    }

    #[test]
    fn a_secret_is_not_in_the_debug_output() {
        let found = candidates_in(
            &SignInOptions::default(),
            &[
                ("AZURE_TENANT_ID", "t"),
                ("AZURE_CLIENT_ID", "c"),
                ("AZURE_CLIENT_SECRET", "hush-hush"),
            ],
        );

        assert!(!format!("{found:?}").contains("hush"));
    }

    #[test]
    fn the_login_to_type_names_tenant_cloud_and_claims() {
        let failure = SignInFailure {
            tried: vec![],
            tenant: Some("contoso.example".into()),
            cloud: CloudName::China,
            claims: Some(ClaimsChallenge {
                scope: "https://x/.default".into(),
                claims: "e30=".into(),
            }),
        };

        assert_eq!(
            failure.next(),
            [
                "choose the cloud with `az cloud set --name AzureChinaCloud`",
                "sign in with `az login --tenant contoso.example --scope https://x/.default --claims-challenge e30=`"
            ]
        );
    }
}
