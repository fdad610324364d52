//! What exactly is wanted? The constructor of `Spec` holds every default and every rule; after it, nothing is optional.

use std::fmt;

use super::answers::ConnectionAnswers;
use super::choices::{
    AzureAd, IdentityChoice, Ingestion, PlatformKind, Port, PrometheusChoice, SignIn,
    WorkspaceChoice, WritePath,
};
use super::cloud::CloudName;
use super::ids::{ClientId, Region, ResourceId, SubscriptionId, TenantId};
use super::names;
use super::platform::Platform;
use super::sending::Sending;
use super::support::{Combination, Refusal, Support};
use crate::sign_in::CredentialKind;
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
    pub(crate) platform: Platform,
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
    /// The only one that may be looked at, where it was named.
    pub(crate) subscription: Option<SubscriptionId>,
    pub(crate) tenant: TenantId,
    pub(crate) cloud: CloudName,
    pub(crate) platform: Platform,
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

/// Refuses what this version cannot provision, before anything is looked up.
pub(crate) fn supported(answers: &ConnectionAnswers) -> Result<(), Incomplete> {
    if answers.ingestion == Some(Ingestion::Dedicated) {
        let why = "not supported yet";
        return Err(refused(
            "--ingestion",
            "dedicated",
            why,
            "use --ingestion default",
        ));
    }
    match combination(answers).support() {
        Support::Works => Ok(()),
        Support::RenderOnly(refusal) | Support::Refused(refusal) => Err(refusal.into()),
    }
}

/// What was asked for, with the defaults for the rest.
fn combination(answers: &ConnectionAnswers) -> Combination {
    Combination {
        platform: answers.platform.unwrap_or(PlatformKind::Aks),
        sign_in: answers.auth.unwrap_or(SignIn::USUAL),
        path: answers.path.unwrap_or(WritePath::Native),
    }
}

impl From<Refusal> for Incomplete {
    fn from(refusal: Refusal) -> Self {
        Self::Refused {
            answer: refusal.answer,
            why: refusal.why.to_owned(),
            next: refusal.next,
        }
    }
}

/// Refuses answers that do not go together, and ways that nothing here knows.
pub(crate) fn consistent(answers: &ConnectionAnswers) -> Result<(), Incomplete> {
    let path = answers.path.unwrap_or(WritePath::Native);
    if let Support::Refused(refusal) = combination(answers).support() {
        return Err(refusal.into());
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
        && !auth.uses(CredentialKind::PodToken)
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
        && !auth.uses(CredentialKind::Certificate)
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
        let mut gaps = Gaps::default();
        let location = gaps.or_note(location(answers, found))?;
        let workspace = gaps.or_note(workspace(answers, found))?;
        let credential = gaps.or_note(credential(answers, found, workspace.as_ref()))?;
        let (Some(location), Some(workspace), Some(credential)) = (location, workspace, credential)
        else {
            return Err(Incomplete::Missing(gaps.missing));
        };
        let spec = Self {
            tenant: found.tenant.clone(),
            cloud: found.cloud,
            platform: found.platform.clone(),
            location,
            location_asked: answers.location.is_some(),
            credential,
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
                .unwrap_or_else(|| found.platform.name().to_owned()),
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

/// The answers that are missing so far, so that all of them are told at once.
#[derive(Default)]
struct Gaps {
    missing: Vec<(&'static str, String)>,
}

impl Gaps {
    /// The part, or nothing once its missing answers are noted; a refusal is passed on.
    fn or_note<T>(&mut self, part: Result<T, Incomplete>) -> Result<Option<T>, Incomplete> {
        match part {
            Ok(part) => Ok(Some(part)),
            Err(Incomplete::Missing(missing)) => {
                self.missing.extend(missing);
                Ok(None)
            }
            Err(refused) => Err(refused),
        }
    }
}

/// Where things are created that have no place yet; the platform's region unless another one was asked for.
fn location(answers: &ConnectionAnswers, found: &Surroundings) -> Result<Region, Incomplete> {
    let location = answers.location.as_ref().or(found.platform.region());
    location.cloned().ok_or_else(|| {
        let why = format!("a region of Azure; {} has none", found.platform.kind());
        Incomplete::Missing(vec![("--location", why)])
    })
}

fn workspace(answers: &ConnectionAnswers, found: &Surroundings) -> Result<ResourceId, Incomplete> {
    const KIND: &str = "Microsoft.Monitor/accounts";
    let group = group(answers, found);
    let name = match &answers.workspace {
        Some(WorkspaceChoice::Id(id)) => {
            // It has a group of its own. What was said of another one is checked all the same.
            return match group {
                Err(refused @ Incomplete::Refused { .. }) => Err(refused),
                Ok(_) | Err(Incomplete::Missing(_)) => Ok(id.clone()),
            };
        }
        Some(WorkspaceChoice::Name(name)) => name.clone(),
        None => names::default_workspace(found.platform.name()),
    };
    Ok(group?.resource(KIND, &name))
}

/// The resource group for what is created; the platform's own unless another one was asked for.
fn group(answers: &ConnectionAnswers, found: &Surroundings) -> Result<ResourceId, Incomplete> {
    let platform = &found.platform;
    let mut missing = Vec::new();
    let name = answers.resource_group.as_deref();
    let name = name.or(platform.resource_group());
    if name.is_none() {
        missing.push(("--resource-group", "where to create things".to_owned()));
    }
    let subscription = platform.subscription().or(found.subscription.clone());
    if subscription.is_none() {
        missing.push(("--subscription", "where to create things".to_owned()));
    }
    let (Some(name), Some(subscription)) = (name, subscription) else {
        return Err(Incomplete::Missing(missing));
    };
    names::resource_group(name)
        .map_err(|why| refused("--resource-group", name, why, "choose another name"))?;
    Ok(ResourceId::group(&subscription, name))
}

/// Without a workspace, whose missing answers are noted elsewhere, only what else is missing is told.
fn credential(
    answers: &ConnectionAnswers,
    found: &Surroundings,
    workspace: Option<&ResourceId>,
) -> Result<Credential, Incomplete> {
    match answers.auth.unwrap_or(SignIn::USUAL) {
        SignIn::UserIdentity => Ok(Credential::UserIdentity {
            identity: identity(answers, found, workspace)?,
        }),
        SignIn::EntraSecret => Ok(Credential::EntraSecret {
            application: application(answers, found)?,
        }),
        SignIn::WorkloadIdentity => {
            let mut gaps = Gaps::default();
            let identity = gaps.or_note(identity(answers, found, workspace))?;
            let service_account = gaps.or_note(service_account(answers, found))?;
            match (identity, service_account) {
                (Some(identity), Some(service_account)) => Ok(Credential::WorkloadIdentity {
                    identity,
                    service_account,
                }),
                _ => Err(Incomplete::Missing(gaps.missing)),
            }
        }
        other => Err(refused(
            "--auth",
            other.as_str(),
            "not supported yet",
            "choose another sign-in method",
        )),
    }
}

fn identity(
    answers: &ConnectionAnswers,
    found: &Surroundings,
    workspace: Option<&ResourceId>,
) -> Result<ResourceId, Incomplete> {
    const KIND: &str = "Microsoft.ManagedIdentity/userAssignedIdentities";
    let group = workspace.ok_or_else(|| Incomplete::Missing(Vec::new()))?;
    let group = group
        .resource_group()
        .expect("a workspace id lies in a resource group");
    match &answers.identity {
        None => Ok(group.resource(KIND, &names::default_identity(found.platform.name()))),
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
    use crate::spec::platform::samples;

    const CLUSTER: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-prod/providers/Microsoft.ContainerService/managedClusters/aks-prod";

    fn found() -> Surroundings {
        Surroundings {
            tenant: TenantId::parse("22222222-2222-2222-2222-222222222222").unwrap(),
            cloud: CloudName::Public,
            subscription: None,
            platform: Platform::Aks {
                cluster: CLUSTER.parse().unwrap(),
                region: Region::parse("westeurope").unwrap(),
            },
            service_account: Ok(ServiceAccount {
                namespace: "monitoring".into(),
                name: "prometheus".into(),
            }),
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
    fn what_the_platform_does_not_have_is_a_missing_answer() {
        for platform in samples::each() {
            let is_in_azure = platform.resource().is_some();
            let kind = platform.kind();
            let found = Surroundings {
                platform,
                service_account: Err("it was not looked for".into()),
                ..found()
            };

            let missing = Spec::complete(&ConnectionAnswers::default(), &found).unwrap_err();

            let Incomplete::Missing(list) = missing else {
                panic!("{missing:?}")
            };
            let flags: Vec<&str> = list.iter().map(|(flag, _)| *flag).collect();
            let of_azure = ["--location", "--resource-group", "--subscription"];
            let of_azure = if is_in_azure { &[][..] } else { &of_azure };
            assert_eq!(flags, [of_azure, &["--service-account"]].concat(), "{kind}");
        }
    }

    #[test]
    fn without_a_place_in_azure_the_answers_say_where_things_are_created() {
        let answers = ConnectionAnswers {
            location: Some(Region::parse("northeurope").unwrap()),
            resource_group: Some("rg-metrics".into()),
            ..Default::default()
        };
        let found = Surroundings {
            platform: Platform::Host {
                name: "db-1".into(),
            },
            subscription: Some(
                SubscriptionId::parse("33333333-3333-3333-3333-333333333333").unwrap(),
            ),
            ..found()
        };

        let spec = Spec::complete(&answers, &found).unwrap();

        assert_eq!(
            spec.workspace.as_str(),
            "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-metrics/providers/Microsoft.Monitor/accounts/amw-db-1"
        );
        assert_eq!(spec.cluster_label, "db-1");
    }

    #[test]
    fn a_workspace_that_is_there_needs_no_place_for_new_things() {
        let id = "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-metrics/providers/Microsoft.Monitor/accounts/amw";
        let answers = ConnectionAnswers {
            location: Some(Region::parse("northeurope").unwrap()),
            workspace: Some(id.parse().unwrap()),
            ..Default::default()
        };
        let found = Surroundings {
            platform: Platform::Kubernetes {
                context: "edge".into(),
            },
            ..found()
        };

        let spec = Spec::complete(&answers, &found).unwrap();

        assert_eq!(spec.workspace.as_str(), id);
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
