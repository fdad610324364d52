//! Does the cluster issue tokens that Entra can check? Workload identity needs the OIDC issuer and the webhook.

use async_trait::async_trait;

use super::{Requirement, Step, Tools};
use crate::azure::{Reader, workload_identity};
use crate::error::Failure;
use crate::facts::{Fact, Facts, Observation};
use crate::observe;
use crate::plan::change::{Change, GrantedAccess};
use crate::spec::Spec;
use crate::spec::command_line::az;
use crate::spec::ids::ResourceId;
use crate::spec::method_on_platform::MethodOnPlatform;

pub(super) struct TokenIssuerStep;

/// The cluster that can be made to issue tokens.
fn cluster(spec: &Spec) -> &ResourceId {
    let cluster = spec.platform.managed_cluster();
    cluster.expect("`applies` holds")
}

#[async_trait]
impl Step for TokenIssuerStep {
    fn id(&self) -> &'static str {
        "token-issuer"
    }

    fn grants(&self) -> GrantedAccess {
        GrantedAccess::None
    }

    fn applies(&self, connection: MethodOnPlatform) -> bool {
        connection.has_managed_issuer()
    }

    fn observes(&self) -> &'static [Observation] {
        &[Observation::Cluster]
    }

    fn needs(&self) -> &'static [Observation] {
        &[Observation::Cluster]
    }

    async fn observe(&self, azure: &Reader, spec: &Spec, facts: &Facts) -> Result<Facts, Failure> {
        // Read while the platform was found; a second read would cost a request and could disagree with it.
        if facts.cluster.known().is_some() {
            return Ok(Facts::default());
        }
        let found = observe::managed_cluster(azure, cluster(spec)).await?;
        Ok(Facts {
            cluster: Fact::from(found),
            ..Facts::default()
        })
    }

    fn plan(&self, spec: &Spec, facts: &Facts) -> Change {
        let cluster_id = cluster(spec).as_str();
        let (issuer, webhook) = facts.cluster.known().map_or((false, false), |state| {
            (state.issuer.is_some(), state.workload_identity)
        });
        let missing = match (issuer, webhook) {
            (true, true) => {
                return Change::keep(cluster_id, "OIDC issuer and workload identity are on");
            }
            // Only the issuer is permanent. The webhook can be turned off again, so it needs no consent.
            (true, false) => return Change::update(cluster_id, "turn on workload identity"),
            (false, true) => "turn on the OIDC issuer",
            (false, false) => "turn on the OIDC issuer and workload identity",
        };
        Change::update(cluster_id, missing).irreversible(format!(
            "turning on the OIDC issuer of `{}` cannot be undone and restarts its API server",
            cluster(spec).name()
        ))
    }

    fn requires(&self, spec: &Spec, _: &Facts) -> Vec<Requirement> {
        vec![Requirement {
            action: "Microsoft.ContainerService/managedClusters/write".to_owned(),
            scope: cluster(spec).clone(),
        }]
    }

    async fn apply(&self, tools: &Tools<'_>, spec: &Spec, _: &Facts) -> Result<Facts, Failure> {
        let doing = || {
            format!(
                "turn on workload identity of cluster `{}`",
                cluster(spec).name()
            )
        };
        let watch = |state: &str| tools.progress.detail(self.id(), state);
        let updated = workload_identity::enable(tools.azure, cluster(spec), &watch)
            .await
            .map_err(|error| Failure::new(doing()).azure(error))?;
        // All recorded answers name the URL, the first one included; no credential can be made without it.
        if updated.issuer.is_none() {
            return Err(Failure::new(doing())
                .reason("Azure finished the update but names no issuer URL")
                .next(az::show_oidc_issuer(cluster(spec).as_str())));
        }
        Ok(Facts {
            cluster: Fact::Known(updated),
            ..Facts::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::ManagedCluster;
    use crate::plan::change::Action;
    use crate::steps::examples;

    #[test]
    fn turning_on_the_issuer_asks_for_a_consent_of_its_own() {
        let cluster = ManagedCluster {
            issuer: None,
            workload_identity: false,
            ..examples::cluster()
        };
        let facts = Facts {
            cluster: Fact::Known(cluster),
            ..Facts::default()
        };

        let change = TokenIssuerStep.plan(&examples::spec(), &facts);

        assert_eq!(change.action, Action::Update);
        assert!(change.irreversible.unwrap().contains("cannot be undone"));
    }

    #[test]
    fn turning_on_only_the_webhook_can_be_undone() {
        let facts = Facts {
            cluster: Fact::Known(ManagedCluster {
                workload_identity: false,
                ..examples::cluster()
            }),
            ..Facts::default()
        };

        assert_eq!(
            TokenIssuerStep.plan(&examples::spec(), &facts).irreversible,
            None
        );
    }
}
