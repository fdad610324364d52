//! How Prometheus signs in: the principal in Entra, and the credential that Prometheus shows.

use std::fmt;

use super::answers::ConnectionAnswers;
use super::choices::IdentityChoice;
use super::discovered::DiscoveredInputs;
use super::ids::{ClientId, ResourceId};
use super::incomplete::{Incomplete, MissingAnswers, refused};
use super::names;
use super::service_account::ServiceAccount;
use crate::sign_in::{CredentialKind, PrincipalKind, SignIn};

/// A sign-in method with everything that it needs. The row of the method decides which parts it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Credential {
    pub(crate) sign_in: SignIn,
    pub(crate) principal: PrincipalChoice,
    pub(crate) source: CredentialSource,
}

/// What Entra knows Prometheus as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PrincipalChoice {
    UserAssignedIdentity(ResourceId),
    Application(ApplicationChoice),
}

/// What Prometheus shows to Entra.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CredentialSource {
    /// Nothing: the metadata service returns the tokens, so every machine must have the identity.
    Machine,
    ClientSecret,
    /// A token of this service account.
    PodToken(ServiceAccount),
    /// A token of a service account that could not be read from the cluster. Only a diagnosis goes on without it.
    UnreadPodToken,
}

/// What a specification is completed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A plan or a file, which need every answer.
    Connection,
    /// Doctor, which checks the rest where the service account could not be read from the cluster.
    Diagnosis,
}

/// The Entra application to use: an existing one by its client id, or one of our own by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApplicationChoice {
    ClientId(ClientId),
    Name(String),
}

impl fmt::Display for ApplicationChoice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClientId(id) => write!(out, "{id}"),
            Self::Name(name) => out.write_str(name),
        }
    }
}

impl Credential {
    /// The user-assigned identity, if the method has one.
    pub(crate) fn identity(&self) -> Option<&ResourceId> {
        match &self.principal {
            PrincipalChoice::UserAssignedIdentity(identity) => Some(identity),
            PrincipalChoice::Application(_) => None,
        }
    }

    /// The Entra application, if the method has one.
    pub(crate) fn application(&self) -> Option<&ApplicationChoice> {
        match &self.principal {
            PrincipalChoice::Application(application) => Some(application),
            PrincipalChoice::UserAssignedIdentity(_) => None,
        }
    }

    /// The identity that must be assigned to every machine.
    pub(crate) fn machine_identity(&self) -> Option<&ResourceId> {
        self.identity()
            .filter(|_| self.source == CredentialSource::Machine)
    }

    /// The identity that needs a federated credential, and the service account that this one trusts.
    pub(crate) fn federation(&self) -> Option<(&ResourceId, &ServiceAccount)> {
        match &self.source {
            CredentialSource::PodToken(service_account) => {
                Some((self.identity()?, service_account))
            }
            CredentialSource::Machine
            | CredentialSource::ClientSecret
            | CredentialSource::UnreadPodToken => None,
        }
    }

    /// `workspace` is `None` if it could not be determined: then only the other missing answers are reported.
    pub(super) fn complete(
        answers: &ConnectionAnswers,
        found: &DiscoveredInputs,
        workspace: Option<&ResourceId>,
        purpose: Purpose,
    ) -> Result<Self, Incomplete> {
        let sign_in = answers.sign_in();
        let mut gaps = MissingAnswers::default();
        let principal = match sign_in.method().principal {
            PrincipalKind::UserAssignedIdentity => {
                identity(answers, found, workspace).map(PrincipalChoice::UserAssignedIdentity)
            }
            PrincipalKind::Application => {
                application(answers, found).map(PrincipalChoice::Application)
            }
            PrincipalKind::OfMachine => Err(not_provisioned(answers)),
        };
        let principal = gaps.or_note(principal)?;
        let source = match sign_in.needs().credential {
            CredentialKind::Machine => Ok(CredentialSource::Machine),
            CredentialKind::ClientSecret => Ok(CredentialSource::ClientSecret),
            // Doctor can still look at the other things; a connection without the account would trust no pod.
            CredentialKind::PodToken => match (service_account(answers, found), purpose) {
                (Err(Incomplete::Missing(_)), Purpose::Diagnosis) => {
                    Ok(CredentialSource::UnreadPodToken)
                }
                (account, _) => account.map(CredentialSource::PodToken),
            },
            CredentialKind::Certificate => Err(not_provisioned(answers)),
        };
        match (principal, gaps.or_note(source)?) {
            (Some(principal), Some(source)) => Ok(Self {
                sign_in,
                principal,
                source,
            }),
            _ => Err(gaps.into_incomplete()),
        }
    }
}

/// The support table refuses these methods first; the types agree with it.
fn not_provisioned(answers: &ConnectionAnswers) -> Incomplete {
    Incomplete::Refused(answers.combination().no_method())
}

const KIND: &str = "Microsoft.ManagedIdentity/userAssignedIdentities";

/// The managed identity that we make in the workspace's resource group where none is named.
pub(crate) fn default_identity(group: &ResourceId, platform: &str) -> ResourceId {
    group.resource(KIND, &names::default_identity(platform))
}

fn identity(
    answers: &ConnectionAnswers,
    found: &DiscoveredInputs,
    workspace: Option<&ResourceId>,
) -> Result<ResourceId, Incomplete> {
    // Without a workspace there is no group to create the identity in; that answer is reported as missing already.
    let group = workspace.ok_or_else(|| Incomplete::Missing(Vec::new()))?;
    let group = group
        .resource_group()
        .expect("a workspace id has a resource group");
    match &answers.identity {
        None => Ok(default_identity(&group, found.platform.name())),
        Some(IdentityChoice::Id(id)) if id.is_kind(KIND) => Ok(id.clone()),
        Some(IdentityChoice::Id(id)) => Err(refused(
            "--identity",
            id.as_str(),
            "this is not a user-assigned identity",
            "give its name or resource id",
        )),
        Some(IdentityChoice::Name(name)) => match names::identity(name) {
            Ok(()) => Ok(group.resource(KIND, name)),
            Err(why) => Err(refused("--identity", name, why, "choose another name")),
        },
        // Resource Manager has no look-up by client id, and a federated credential and a role need the resource.
        Some(IdentityChoice::ClientId(id)) => Err(refused(
            "--identity",
            id.as_str(),
            "a user-assigned identity is found by name or resource id, not by client id",
            "give its resource id",
        )),
    }
}

fn application(
    answers: &ConnectionAnswers,
    found: &DiscoveredInputs,
) -> Result<ApplicationChoice, Incomplete> {
    match &answers.identity {
        None => Ok(ApplicationChoice::Name(names::default_identity(
            found.platform.name(),
        ))),
        Some(IdentityChoice::Name(name)) => Ok(ApplicationChoice::Name(name.clone())),
        Some(IdentityChoice::ClientId(id)) => Ok(ApplicationChoice::ClientId(id.clone())),
        Some(IdentityChoice::Id(id)) => Err(refused(
            "--identity",
            id.as_str(),
            "an Entra application has no resource id",
            "give its name or client id",
        )),
    }
}

fn service_account(
    answers: &ConnectionAnswers,
    found: &DiscoveredInputs,
) -> Result<ServiceAccount, Incomplete> {
    match &answers.service_account {
        Some(text) => ServiceAccount::parse(text).ok_or_else(|| {
            refused(
                "--service-account",
                text,
                "it is not namespace/name with names that Kubernetes takes",
                "write it as namespace/name, in lower-case letters, digits, - and .",
            )
        }),
        None => found.service_account.clone().map_err(|why| {
            Incomplete::Missing(vec![(
                "--service-account",
                format!("namespace/name that Prometheus runs as ({why})"),
            )])
        }),
    }
}
