//! The complete, valid description of a connection. Its constructor holds every default; after it, nothing is optional.

use super::answers::ConnectionAnswers;
use super::choices::{AzureAd, Port, PrometheusChoice, WritePath};
use super::cloud::CloudName;
use super::credential::{Credential, Purpose};
use super::discovered::DiscoveredInputs;
use super::ids::{Region, ResourceId, TenantId};
use super::incomplete::{Incomplete, MissingAnswers};
use super::method_on_platform::MethodOnPlatform;
use super::placement;
use super::platform::Platform;
use super::rules;
use super::sending::SendSettings;
use crate::target::Target;

/// One connection: one Prometheus that writes to one workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spec {
    pub(crate) tenant: TenantId,
    pub(crate) cloud: CloudName,
    pub(crate) platform: Platform,
    pub(crate) workspace: ResourceId,
    /// Where the workspace and the identity are created; an existing workspace keeps its own region.
    pub(crate) location: Region,
    /// Whether the user chose the region: then an existing workspace in another region is a contradiction.
    pub(crate) location_asked: bool,
    pub(crate) credential: Credential,
    pub(crate) target: Target,
    pub(crate) prometheus_version: Option<String>,
    pub(crate) cluster_label: String,
    /// Whether the user chose the label: then it replaces another one in the user's file.
    pub(crate) cluster_label_asked: bool,
    /// Whether a sidecar signs in for Prometheus, and on which port it listens.
    pub(crate) path: WritePath,
    pub(crate) sidecar_port: Option<Port>,
    pub(crate) azuread: AzureAd,
    /// The token file as the pod sees it, where Prometheus would look for it in another place.
    pub(crate) token_file: Option<String>,
    pub(crate) sending: SendSettings,
}

/// A file is patched as it is. In a cluster the target is that of the Prometheus that was `found`; if none was seen, the
/// values of the most common chart.
pub(crate) fn default_target(
    prometheus: Option<&PrometheusChoice>,
    found: Option<Target>,
) -> Target {
    match prometheus {
        Some(PrometheusChoice::File(_)) => Target::PrometheusYml,
        _ => found.unwrap_or(Target::MOST_COMMON),
    }
}

impl Spec {
    pub(crate) fn complete(
        answers: &ConnectionAnswers,
        found: &DiscoveredInputs,
        purpose: Purpose,
    ) -> Result<Self, Incomplete> {
        // First, as what is missing does not matter where the combination is refused.
        rules::supported(answers)?;
        rules::consistent(answers)?;
        let mut gaps = MissingAnswers::default();
        let location = gaps.or_note(placement::location(answers, found))?;
        let workspace = gaps.or_note(placement::workspace(answers, found))?;
        let credential = Credential::complete(answers, found, workspace.as_ref(), purpose);
        let credential = gaps.or_note(credential)?;
        let (Some(location), Some(workspace), Some(credential)) = (location, workspace, credential)
        else {
            return Err(gaps.into_incomplete());
        };
        Ok(Self {
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
                // Azure's dashboards filter by the label `cluster`, and expect the cluster's name
                // in it.
                .unwrap_or_else(|| found.platform.name().to_owned()),
            cluster_label_asked: answers.cluster_label.is_some(),
            path: answers.write_path(),
            sidecar_port: answers.sidecar_port,
            azuread: answers.azuread.unwrap_or(AzureAd::Direct),
            token_file: answers.token_file.clone(),
            sending: answers.sending(),
        })
    }

    /// What decides which steps and checks it has.
    pub(crate) fn method_on_platform(&self) -> MethodOnPlatform {
        MethodOnPlatform {
            sign_in: self.credential.sign_in,
            platform: self.platform.kind(),
        }
    }

    /// The audience of the service account token that Entra exchanges for one of its own.
    pub(crate) fn exchange_audience(&self) -> &'static str {
        self.cloud.row().exchange_audience
    }

    /// The resource group of the workspace, in which everything else is created too.
    pub(crate) fn resource_group(&self) -> ResourceId {
        self.workspace
            .resource_group()
            .expect("a workspace id has a resource group")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign_in::SignIn;
    use crate::spec::choices::PrometheusChoice;
    use crate::spec::credential::CredentialSource;
    use crate::spec::ids::SubscriptionId;
    use crate::spec::platform::samples;
    use crate::spec::service_account::ServiceAccount;

    const CLUSTER: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-prod/providers/Microsoft.ContainerService/managedClusters/aks-prod";

    fn found() -> DiscoveredInputs {
        DiscoveredInputs {
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
        let spec =
            Spec::complete(&ConnectionAnswers::default(), &found(), Purpose::Connection).unwrap();

        assert_eq!(spec.workspace.name(), "amw-aks-prod");
        assert_eq!(spec.resource_group().name(), "rg-prod");
        assert_eq!(spec.credential.sign_in, SignIn::WorkloadIdentity);
        assert_eq!(spec.target, Target::CustomResource);
        assert_eq!(spec.cluster_label, "aks-prod");
        assert_eq!(spec.location.as_str(), "westeurope");
    }

    #[test]
    fn what_the_platform_does_not_have_is_a_missing_answer() {
        for platform in samples::each() {
            let is_in_azure = platform.resource().is_some();
            let kind = platform.kind();
            let found = DiscoveredInputs {
                platform,
                service_account: Err("it was not looked for".into()),
                ..found()
            };

            let missing =
                Spec::complete(&ConnectionAnswers::default(), &found, Purpose::Connection)
                    .unwrap_err();

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
    fn without_a_place_in_azure_the_answers_decide_where_resources_are_created() {
        let answers = ConnectionAnswers {
            location: Some(Region::parse("northeurope").unwrap()),
            resource_group: Some("rg-metrics".into()),
            ..Default::default()
        };
        let found = DiscoveredInputs {
            platform: Platform::Host {
                name: "db-1".into(),
            },
            subscription: Some(
                SubscriptionId::parse("33333333-3333-3333-3333-333333333333").unwrap(),
            ),
            ..found()
        };

        let spec = Spec::complete(&answers, &found, Purpose::Connection).unwrap();

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
        let found = DiscoveredInputs {
            platform: Platform::Kubernetes {
                context: "edge".into(),
            },
            ..found()
        };

        let spec = Spec::complete(&answers, &found, Purpose::Connection).unwrap();

        assert_eq!(spec.workspace.as_str(), id);
    }

    #[test]
    fn a_diagnosis_goes_on_without_the_service_account_alone() {
        let unknown = DiscoveredInputs {
            service_account: Err("the cluster did not answer".into()),
            ..found()
        };
        let complete =
            |answers: &ConnectionAnswers| Spec::complete(answers, &unknown, Purpose::Diagnosis);

        let spec = complete(&ConnectionAnswers::default()).unwrap();
        assert_eq!(spec.credential.source, CredentialSource::UnreadPodToken);
        assert_eq!(spec.credential.federation(), None);

        let wrong = ConnectionAnswers {
            service_account: Some("prometheus".into()),
            ..ConnectionAnswers::default()
        };
        assert!(matches!(complete(&wrong), Err(Incomplete::Refused(_))));
    }

    #[test]
    fn workload_identity_needs_the_service_account_and_reports_why_it_is_unknown() {
        let unknown = DiscoveredInputs {
            service_account: Err("the cluster did not answer".into()),
            ..found()
        };

        let missing = Spec::complete(&ConnectionAnswers::default(), &unknown, Purpose::Connection)
            .unwrap_err();

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

        let Err(Incomplete::Refused(refusal)) =
            Spec::complete(&answers, &found(), Purpose::Connection)
        else {
            panic!("accepted")
        };

        let next = crate::next_step::lines(refusal.next_steps()).join("\n");
        assert!(next.contains("workload-identity"), "{refusal:?}");
    }

    #[test]
    fn a_prometheus_yml_is_the_target_when_the_prometheus_is_a_file() {
        let answers = ConnectionAnswers {
            prometheus: Some(PrometheusChoice::File("p.yml".into())),
            ..Default::default()
        };

        assert_eq!(
            Spec::complete(&answers, &found(), Purpose::Connection)
                .unwrap()
                .target,
            Target::PrometheusYml
        );
    }
}
