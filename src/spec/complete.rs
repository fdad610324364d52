//! What exactly is wanted? The constructor of `Spec` holds every default and every rule; after it, nothing is optional.

use std::fmt;

use super::answers::ConnectionAnswers;
use super::choices::{
    AzureAd, IdentityChoice, Ingestion, Platform, Port, PrometheusChoice, SignIn, WorkspaceChoice,
    WritePath,
};
use super::cloud::CloudName;
use super::ids::{ClientId, Region, ResourceId, TenantId};
use super::names;
use super::sending::Sending;
use crate::target::Target;

/// A Kubernetes service account: the subject that a federated credential trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServiceAccount {
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl ServiceAccount {
    /// `namespace/name`, as a flag spells it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (namespace, name) = text.split_once('/')?;
        (!namespace.is_empty() && !name.is_empty()).then(|| Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        })
    }

    pub(crate) fn subject(&self) -> String {
        format!("system:serviceaccount:{}:{}", self.namespace, self.name)
    }
}

impl fmt::Display for ServiceAccount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.namespace, self.name)
    }
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

/// How Prometheus signs in, with what that way needs and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Credential {
    UserIdentity {
        identity: ResourceId,
    },
    EntraSecret {
        application: ApplicationChoice,
    },
    WorkloadIdentity {
        identity: ResourceId,
        service_account: ServiceAccount,
    },
}

impl Credential {
    /// The user-assigned identity, where this way has one.
    pub(crate) fn identity(&self) -> Option<&ResourceId> {
        match self {
            Self::UserIdentity { identity } | Self::WorkloadIdentity { identity, .. } => {
                Some(identity)
            }
            Self::EntraSecret { .. } => None,
        }
    }

    /// The identity whose tokens the machines hand out, so that each of them has to carry it.
    pub(crate) fn machine_identity(&self) -> Option<&ResourceId> {
        match self {
            Self::UserIdentity { identity } => Some(identity),
            Self::EntraSecret { .. } | Self::WorkloadIdentity { .. } => None,
        }
    }

    /// The identity that trusts a service account, and that account.
    pub(crate) fn federation(&self) -> Option<(&ResourceId, &ServiceAccount)> {
        match self {
            Self::WorkloadIdentity {
                identity,
                service_account,
            } => Some((identity, service_account)),
            Self::UserIdentity { .. } | Self::EntraSecret { .. } => None,
        }
    }

    /// The Entra application with a secret of its own.
    pub(crate) fn application(&self) -> Option<&ApplicationChoice> {
        match self {
            Self::EntraSecret { application } => Some(application),
            Self::UserIdentity { .. } | Self::WorkloadIdentity { .. } => None,
        }
    }

    pub(crate) fn kind(&self) -> SignIn {
        match self {
            Self::UserIdentity { .. } => SignIn::UserIdentity,
            Self::EntraSecret { .. } => SignIn::EntraSecret,
            Self::WorkloadIdentity { .. } => SignIn::WorkloadIdentity,
        }
    }
}

/// A complete, valid wish for one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spec {
    pub(crate) tenant: TenantId,
    pub(crate) cloud: CloudName,
    pub(crate) cluster: ResourceId,
    pub(crate) cluster_region: Region,
    pub(crate) workspace: ResourceId,
    /// Where the workspace and the identity are created; an existing workspace keeps its own region.
    pub(crate) location: Region,
    /// Whether that region was asked for, so that another one is a contradiction and not just a fact.
    pub(crate) location_asked: bool,
    pub(crate) credential: Credential,
    pub(crate) target: Target,
    pub(crate) prometheus_version: Option<String>,
    pub(crate) cluster_label: String,
    /// Whether that label was asked for, so that it replaces another one in the user's file.
    pub(crate) cluster_label_asked: bool,
    /// Whether a sidecar signs in for Prometheus, and on which port it listens.
    pub(crate) path: WritePath,
    pub(crate) sidecar_port: Option<Port>,
    pub(crate) azuread: AzureAd,
    /// Where the pod has the token, where Prometheus has to be told.
    pub(crate) token_file: Option<String>,
    pub(crate) sending: Sending,
}

/// What was found that completes the answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Surroundings {
    pub(crate) tenant: TenantId,
    pub(crate) cloud: CloudName,
    pub(crate) cluster: ResourceId,
    pub(crate) cluster_region: Region,
    /// The service account that the live Prometheus runs as, or why it is not known.
    pub(crate) service_account: Result<ServiceAccount, String>,
    pub(crate) prometheus_version: Option<String>,
    /// What goes with the Prometheus that was found.
    pub(crate) target: Option<Target>,
}

/// Why answers do not make a `Spec`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Incomplete {
    /// Every missing answer at once: flag and what it is.
    Missing(Vec<(&'static str, String)>),
    /// An answer that cannot be: what it says, why not, and what to say instead.
    Refused {
        answer: String,
        why: String,
        next: String,
    },
}

fn refused(flag: &str, value: &str, why: impl Into<String>, next: impl Into<String>) -> Incomplete {
    Incomplete::Refused {
        answer: format!("{flag} {value}"),
        why: why.into(),
        next: next.into(),
    }
}

/// The ways to sign in that this version provisions.
pub(crate) const SIGN_INS: [SignIn; 3] = [
    SignIn::WorkloadIdentity,
    SignIn::UserIdentity,
    SignIn::EntraSecret,
];

/// Refuses what this version does not do, before anything is looked up.
pub(crate) fn supported(answers: &ConnectionAnswers) -> Result<(), Incomplete> {
    let later = |flag: &str, value: &str, instead: &str| {
        Err(refused(
            flag,
            value,
            "this version cannot do that yet",
            format!("use {flag} {instead}"),
        ))
    };
    if let Some(platform) = answers
        .platform
        .filter(|platform| *platform != Platform::Aks)
    {
        return later("--platform", platform.as_str(), "aks");
    }
    if answers.ingestion == Some(Ingestion::Dedicated) {
        return later("--ingestion", "dedicated", "default");
    }
    if let Some(auth) = answers.auth.filter(|auth| !SIGN_INS.contains(auth)) {
        return later(
            "--auth",
            auth.as_str(),
            "user-identity, entra-secret or workload-identity",
        );
    }
    Ok(())
}

/// Refuses answers that do not go together, and ways that nothing here knows.
pub(crate) fn consistent(answers: &ConnectionAnswers) -> Result<(), Incomplete> {
    let path = answers.path.unwrap_or(WritePath::Native);
    if path == WritePath::Proxy {
        return Err(refused(
            "--path",
            path.as_str(),
            "this version cannot do that yet",
            "use --path native or --path sidecar",
        ));
    }
    if let Some(port) = answers.sidecar_port.filter(|_| path != WritePath::Sidecar) {
        let why = "there is no sidecar with --path native";
        return Err(refused(
            "--sidecar-port",
            &port.to_string(),
            why,
            "leave it out, or add --path sidecar",
        ));
    }
    if let Some(azuread) = answers.azuread.filter(|_| path == WritePath::Sidecar) {
        let why = "with --path sidecar it is not Prometheus that signs in";
        return Err(refused(
            "--azuread",
            azuread.as_str(),
            why,
            "leave one of the two out",
        ));
    }
    if let (Some(file), Some(auth)) = (&answers.token_file, answers.auth)
        && auth != SignIn::WorkloadIdentity
    {
        let why = format!("{auth} needs no token of the pod");
        return Err(refused(
            "--token-file",
            file,
            why,
            "leave it out, or use --auth workload-identity",
        ));
    }
    if let (Some(certificate), Some(auth)) = (&answers.certificate, answers.auth)
        && auth != SignIn::EntraCertificate
    {
        let why = format!("{auth} needs no certificate");
        return Err(refused(
            "--certificate",
            &certificate.to_string(),
            why,
            "leave it out, or use --auth entra-certificate",
        ));
    }
    Ok(())
}

/// The target that goes with a Prometheus: a file is patched as it is, anything in a cluster as it was `found`, and what was
/// not seen through the values of the most usual chart.
pub(crate) fn default_target(
    prometheus: Option<&PrometheusChoice>,
    found: Option<Target>,
) -> Target {
    match prometheus {
        Some(PrometheusChoice::File(_)) => Target::PrometheusYml,
        _ => found.unwrap_or(Target::KubePrometheusStack),
    }
}

impl Spec {
    pub(crate) fn complete(
        answers: &ConnectionAnswers,
        found: &Surroundings,
    ) -> Result<Self, Incomplete> {
        supported(answers)?;
        consistent(answers)?;
        let group_name = answers
            .resource_group
            .clone()
            .or_else(|| found.cluster.resource_group_name().map(str::to_owned));
        let group_name = group_name.ok_or_else(|| {
            Incomplete::Missing(vec![("--resource-group", "where to create things".into())])
        })?;
        names::resource_group(&group_name)
            .map_err(|why| refused("--resource-group", &group_name, why, "choose another name"))?;
        let group = ResourceId::group(&found.cluster.subscription(), &group_name);
        let workspace = match &answers.workspace {
            Some(WorkspaceChoice::Id(id)) => id.clone(),
            Some(WorkspaceChoice::Name(name)) => group.resource("Microsoft.Monitor/accounts", name),
            None => group.resource(
                "Microsoft.Monitor/accounts",
                &names::default_workspace(found.cluster.name()),
            ),
        };
        let spec = Self {
            tenant: found.tenant.clone(),
            cloud: found.cloud,
            cluster: found.cluster.clone(),
            cluster_region: found.cluster_region.clone(),
            location: answers
                .location
                .clone()
                .unwrap_or_else(|| found.cluster_region.clone()),
            location_asked: answers.location.is_some(),
            credential: credential(answers, found, &workspace)?,
            workspace,
            target: answers
                .target
                .unwrap_or_else(|| default_target(answers.prometheus.as_ref(), found.target)),
            prometheus_version: answers
                .prometheus_version
                .clone()
                .or_else(|| found.prometheus_version.clone()),
            cluster_label: answers
                .cluster_label
                .clone()
                .unwrap_or_else(|| found.cluster.name().to_owned()),
            cluster_label_asked: answers.cluster_label.is_some(),
            path: answers.path.unwrap_or(WritePath::Native),
            sidecar_port: answers.sidecar_port,
            azuread: answers.azuread.unwrap_or(AzureAd::Direct),
            token_file: answers.token_file.clone(),
            sending: Sending::of(answers),
        };
        Ok(spec)
    }

    /// The audience of the token that is exchanged for this connection.
    pub(crate) fn exchange_audience(&self) -> &'static str {
        self.cloud.row().exchange_audience
    }

    /// The resource group that holds the workspace, and what we create beside it.
    pub(crate) fn resource_group(&self) -> ResourceId {
        self.workspace
            .resource_group()
            .expect("a workspace id lies in a resource group")
    }
}

fn credential(
    answers: &ConnectionAnswers,
    found: &Surroundings,
    workspace: &ResourceId,
) -> Result<Credential, Incomplete> {
    match answers.auth.unwrap_or(SignIn::WorkloadIdentity) {
        SignIn::UserIdentity => Ok(Credential::UserIdentity {
            identity: identity(answers, found, workspace)?,
        }),
        SignIn::EntraSecret => Ok(Credential::EntraSecret {
            application: application(answers, found)?,
        }),
        SignIn::WorkloadIdentity => Ok(Credential::WorkloadIdentity {
            identity: identity(answers, found, workspace)?,
            service_account: service_account(answers, found)?,
        }),
        other => Err(refused(
            "--auth",
            other.as_str(),
            "this version cannot do that yet",
            "choose another sign-in",
        )),
    }
}

fn identity(
    answers: &ConnectionAnswers,
    found: &Surroundings,
    workspace: &ResourceId,
) -> Result<ResourceId, Incomplete> {
    const KIND: &str = "Microsoft.ManagedIdentity/userAssignedIdentities";
    let group = workspace
        .resource_group()
        .expect("a workspace id lies in a resource group");
    match &answers.identity {
        None => Ok(group.resource(KIND, &names::default_identity(found.cluster.name()))),
        Some(IdentityChoice::Id(id)) if id.is_kind(KIND) => Ok(id.clone()),
        Some(IdentityChoice::Id(id)) => Err(refused(
            "--identity",
            id.as_str(),
            "that is not a user-assigned identity",
            "give its name or resource id",
        )),
        Some(IdentityChoice::Name(name)) => match names::identity(name) {
            Ok(()) => Ok(group.resource(KIND, name)),
            Err(why) => Err(refused("--identity", name, why, "choose another name")),
        },
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
    found: &Surroundings,
) -> Result<ApplicationChoice, Incomplete> {
    match &answers.identity {
        None => Ok(ApplicationChoice::Name(names::default_identity(
            found.cluster.name(),
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
    found: &Surroundings,
) -> Result<ServiceAccount, Incomplete> {
    match &answers.service_account {
        Some(text) => ServiceAccount::parse(text).ok_or_else(|| {
            refused(
                "--service-account",
                text,
                "it is not namespace/name",
                "write it as namespace/name",
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

#[cfg(test)]
mod tests {
    use super::*;

    fn found() -> Surroundings {
        Surroundings {
            tenant: TenantId::parse("22222222-2222-2222-2222-222222222222").unwrap(),
            cloud: CloudName::Public,
            cluster: "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-prod/providers/Microsoft.ContainerService/managedClusters/aks-prod"
                .parse()
                .unwrap(),
            cluster_region: Region::parse("westeurope").unwrap(),
            service_account: Ok(ServiceAccount { namespace: "monitoring".into(), name: "prometheus".into() }),
            prometheus_version: Some("3.14.0".into()),
            target: Some(Target::CustomResource),
        }
    }

    #[test]
    fn without_an_answer_everything_has_a_default() {
        let spec = Spec::complete(&ConnectionAnswers::default(), &found()).unwrap();

        assert_eq!(spec.workspace.name(), "amw-aks-prod");
        assert_eq!(spec.resource_group().name(), "rg-prod");
        assert_eq!(spec.credential.kind(), SignIn::WorkloadIdentity);
        assert_eq!(spec.target, Target::CustomResource);
        assert_eq!(spec.cluster_label, "aks-prod");
        assert_eq!(spec.location.as_str(), "westeurope");
    }

    #[test]
    fn workload_identity_needs_the_service_account_and_says_why_it_is_unknown() {
        let unknown = Surroundings {
            service_account: Err("the cluster did not answer".into()),
            ..found()
        };

        let missing = Spec::complete(&ConnectionAnswers::default(), &unknown).unwrap_err();

        let Incomplete::Missing(list) = missing else {
            panic!("{missing:?}")
        };
        assert_eq!(list[0].0, "--service-account");
        assert!(list[0].1.contains("did not answer"));
    }

    #[test]
    fn what_comes_later_is_refused_with_what_works_now() {
        let answers = ConnectionAnswers {
            auth: Some(SignIn::EntraCertificate),
            ..Default::default()
        };

        let Err(Incomplete::Refused { next, .. }) = Spec::complete(&answers, &found()) else {
            panic!("accepted")
        };

        assert!(next.contains("workload-identity"), "{next}");
    }

    #[test]
    fn a_prometheus_yml_is_the_target_when_the_prometheus_is_a_file() {
        let answers = ConnectionAnswers {
            prometheus: Some(PrometheusChoice::File("p.yml".into())),
            ..Default::default()
        };

        assert_eq!(
            Spec::complete(&answers, &found()).unwrap().target,
            Target::PrometheusYml
        );
    }
}
