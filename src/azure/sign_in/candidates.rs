//! Which sign-ins are worth trying, and in which order? Decided from flags and environment alone.

use std::path::PathBuf;

use super::{ServicePrincipal, SignInOptions};
use crate::spec::names;

/// One way to sign in, with all it needs.
#[derive(Debug, Clone)]
pub(in crate::azure) enum Candidate {
    ClientSecret(ServicePrincipal),
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
    /// Asked for, and known not to work; the text has the reason.
    Impossible {
        name: &'static str,
        why: String,
    },
}

const SERVICE_PRINCIPAL: &str = "service principal";
const WORKLOAD_IDENTITY: &str = "workload identity";

impl Candidate {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::ClientSecret(_) => SERVICE_PRINCIPAL,
            Self::WorkloadIdentity { .. } => WORKLOAD_IDENTITY,
            Self::ManagedIdentity { .. } => "managed identity",
            Self::AzureCli { .. } => "Azure CLI",
            Self::AzureDeveloperCli { .. } => "Azure Developer CLI",
            Self::Impossible { name, .. } => name,
        }
    }

    /// Set up on purpose, so that its failure is the answer and not a reason to sign in with another account.
    pub(super) fn is_deliberate(&self) -> bool {
        match self {
            Self::ClientSecret(_) | Self::WorkloadIdentity { .. } | Self::Impossible { .. } => true,
            Self::ManagedIdentity { probe, .. } => !probe,
            Self::AzureCli { .. } | Self::AzureDeveloperCli { .. } => false,
        }
    }
}

/// The sign-ins worth trying, in order; `variable` reads the environment.
pub(in crate::azure) fn candidates(
    options: &SignInOptions,
    variable: impl Fn(&str) -> Option<String>,
) -> Vec<Candidate> {
    if let Some(principal) = &options.service_principal {
        return vec![Candidate::ClientSecret(principal.clone())];
    }
    let setting = CredentialSetting::read(&variable);
    let identity = EnvironmentIdentity {
        tenant: options
            .tenant
            .clone()
            .or_else(|| variable("AZURE_TENANT_ID")),
        client: variable("AZURE_CLIENT_ID"),
    };
    // App Service and Container Apps set both. Arc-enabled servers set only the first, and their service wants a file read first.
    let is_hosted =
        variable("IDENTITY_ENDPOINT").is_some() && variable("IDENTITY_HEADER").is_some();
    let probe = !(is_hosted || setting.names(MANAGED_IDENTITY));
    let managed = setting
        .allows(MANAGED_IDENTITY)
        .then(|| Candidate::ManagedIdentity {
            client: identity.client.clone(),
            probe,
        });
    // A workstation has no metadata service, and a try costs seconds: the command lines go first there.
    let (managed_first, managed_last) = if probe {
        (None, managed)
    } else {
        (managed, None)
    };
    let tenant = options.tenant.clone();
    let cli = Candidate::AzureCli {
        tenant: tenant.clone(),
    };
    let developer_cli = Candidate::AzureDeveloperCli { tenant };
    // In the order of DefaultAzureCredential of the Azure SDKs, apart from the managed identity.
    [
        setting
            .allows(ENVIRONMENT)
            .then(|| identity.with_secret(&variable))
            .flatten(),
        setting
            .allows(WORKLOAD)
            .then(|| identity.with_token_file(&variable))
            .flatten(),
        managed_first,
        setting.allows(CLI).then_some(cli),
        setting.allows(DEVELOPER_CLI).then_some(developer_cli),
        managed_last,
        setting.unknown(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

const ENVIRONMENT: &str = "environmentcredential";
const WORKLOAD: &str = "workloadidentitycredential";
const MANAGED_IDENTITY: &str = "managedidentitycredential";
const CLI: &str = "azureclicredential";
const DEVELOPER_CLI: &str = "azuredeveloperclicredential";

/// `AZURE_TOKEN_CREDENTIALS`, as the Azure SDKs know it: one credential, or `prod` or `dev` for a kind of them.
struct CredentialSetting(Option<String>);

impl CredentialSetting {
    fn read(variable: &impl Fn(&str) -> Option<String>) -> Self {
        Self(variable("AZURE_TOKEN_CREDENTIALS").map(|setting| setting.to_lowercase()))
    }

    fn names(&self, credential: &str) -> bool {
        self.0.as_deref() == Some(credential)
    }

    fn allows(&self, credential: &str) -> bool {
        let is_for_people = [CLI, DEVELOPER_CLI].contains(&credential);
        match self.0.as_deref() {
            None => true,
            Some("dev") => is_for_people,
            Some("prod") => !is_for_people,
            Some(named) => named == credential,
        }
    }

    /// A word that chooses nothing would otherwise leave no message.
    fn unknown(&self) -> Option<Candidate> {
        let all = [ENVIRONMENT, WORKLOAD, MANAGED_IDENTITY, CLI, DEVELOPER_CLI];
        let word = self.0.as_ref()?;
        let is_known = all
            .iter()
            .chain(&["dev", "prod"])
            .any(|known| known == word);
        (!is_known).then(|| Candidate::Impossible {
            name: "AZURE_TOKEN_CREDENTIALS",
            why: format!("`{word}` is not supported here; unset it, or use AzureCliCredential"),
        })
    }
}

/// The identity that the environment names.
struct EnvironmentIdentity {
    tenant: Option<String>,
    client: Option<String>,
}

impl EnvironmentIdentity {
    fn with_secret(&self, variable: &impl Fn(&str) -> Option<String>) -> Option<Candidate> {
        let Some(secret) = variable("AZURE_CLIENT_SECRET") else {
            return variable("AZURE_CLIENT_CERTIFICATE_PATH").map(|_| Candidate::Impossible {
                name: SERVICE_PRINCIPAL,
                why: NO_CERTIFICATES.to_owned(),
            });
        };
        Some(self.complete(
            SERVICE_PRINCIPAL,
            "AZURE_CLIENT_SECRET",
            |tenant, client| {
                Candidate::ClientSecret(ServicePrincipal {
                    tenant,
                    client,
                    secret: secret.into(),
                })
            },
        ))
    }

    fn with_token_file(&self, variable: &impl Fn(&str) -> Option<String>) -> Option<Candidate> {
        let file = variable("AZURE_FEDERATED_TOKEN_FILE")?;
        Some(self.complete(
            WORKLOAD_IDENTITY,
            "AZURE_FEDERATED_TOKEN_FILE",
            |tenant, client| Candidate::WorkloadIdentity {
                tenant,
                client,
                token_file: file.into(),
            },
        ))
    }

    fn complete(
        &self,
        name: &'static str,
        proof: &str,
        candidate: impl FnOnce(String, String) -> Candidate,
    ) -> Candidate {
        match (self.tenant.clone(), self.client.clone()) {
            (Some(tenant), Some(client)) => match names::tenant(&tenant) {
                Ok(()) => candidate(tenant, client),
                Err(why) => Candidate::Impossible { name, why },
            },
            _ => Candidate::Impossible {
                name,
                why: format!("{proof} is set, but AZURE_TENANT_ID or AZURE_CLIENT_ID is not"),
            },
        }
    }
}

const NO_CERTIFICATES: &str = "AZURE_CLIENT_CERTIFICATE_PATH is set, but signing in with a certificate is not supported; \
     use AZURE_CLIENT_SECRET, or sign in to the Azure CLI with it";

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
                "service principal",
                "workload identity",
                "managed identity",
                "Azure CLI",
                "Azure Developer CLI"
            ]
        );
    }

    #[test]
    fn a_managed_identity_asked_for_is_the_only_one() {
        let found = candidates_in(
            &SignInOptions::default(),
            &[
                ("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential"),
                ("AZURE_CLIENT_SECRET", "s"),
            ],
        );

        assert_eq!(found.len(), 1);
        assert!(found[0].is_deliberate());
    }

    #[test]
    fn the_usual_variable_chooses_a_credential() {
        let chosen = |setting| {
            order(
                &SignInOptions::default(),
                &[("AZURE_TOKEN_CREDENTIALS", setting)],
            )
        };

        assert_eq!(chosen("AzureCliCredential"), ["Azure CLI"]);
        assert_eq!(chosen("ManagedIdentityCredential"), ["managed identity"]);
        assert_eq!(chosen("dev"), ["Azure CLI", "Azure Developer CLI"]);
        assert_eq!(chosen("prod"), ["managed identity"]);
        assert_eq!(
            chosen("AzurePowerShellCredential"),
            ["AZURE_TOKEN_CREDENTIALS"]
        );
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

        assert!(
            matches!(&found[0], Candidate::ClientSecret(principal) if principal.tenant == "flag")
        );
        assert!(
            matches!(&found[1], Candidate::AzureCli { tenant: Some(tenant) } if tenant == "flag")
        );
    }

    #[test]
    fn half_a_service_principal_names_the_missing_variable() {
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
}
