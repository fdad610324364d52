//! What is there? Observations only, never a decision; the same type whether things were found or just made.

mod application;
mod cluster;

pub(crate) use application::{
    Application, ExtraApplication, HeldSecret, ListedSecret, RecordedSecret, SecretAnswer,
    UnheldSecret,
};
pub(crate) use cluster::ManagedCluster;

use crate::spec::ids::{ClientId, PrincipalId, Region, ResourceId, SubscriptionId};

/// Something that may not have been looked at, may not exist, or is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Fact<T> {
    #[default]
    Unseen,
    Absent,
    Known(T),
}

impl<T> Fact<T> {
    pub(crate) fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unseen | Self::Absent => None,
        }
    }

    fn take_from(&mut self, newer: Self) {
        if !matches!(newer, Self::Unseen) {
            *self = newer;
        }
    }
}

impl<T> From<Option<T>> for Fact<T> {
    fn from(found: Option<T>) -> Self {
        found.map_or(Self::Absent, Self::Known)
    }
}

/// A resource provider of one subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Provider {
    pub(crate) subscription: SubscriptionId,
    pub(crate) namespace: String,
    pub(crate) registered: bool,
    /// Regions that offer workspaces; filled for `Microsoft.Monitor` only.
    pub(crate) workspace_regions: Vec<Region>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Workspace {
    pub(crate) id: ResourceId,
    pub(crate) region: Region,
    /// Base URL of the query API, without `/api/v1`.
    pub(crate) query_endpoint: String,
    pub(crate) rule: Rule,
}

/// The data collection rule that takes the samples, with the endpoint it is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) id: ResourceId,
    /// `dcr-` and 32 hexadecimal digits: what the write URL names.
    pub(crate) immutable_id: String,
    /// Base URL of the endpoint that takes metrics.
    pub(crate) metrics_endpoint: String,
}

impl Rule {
    /// The whole remote-write URL; the stream and api-version are the ones the portal shows.
    pub(crate) fn write_url(&self) -> String {
        format!(
            "{}/dataCollectionRules/{}/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24",
            self.metrics_endpoint.trim_end_matches('/'),
            self.immutable_id
        )
    }
}

/// Whom Prometheus signs in as: a managed identity, or the service principal of an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Principal {
    pub(crate) client_id: ClientId,
    pub(crate) principal_id: PrincipalId,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FederatedCredential {
    pub(crate) name: String,
    /// With its trailing slash: Entra compares issuer, subject and audience byte for byte.
    pub(crate) issuer: String,
    /// `system:serviceaccount:{namespace}:{name}` for a pod.
    pub(crate) subject: String,
    pub(crate) audiences: Vec<String>,
}

/// A scale set of nodes and the user-assigned identities on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ScaleSet {
    pub(crate) id: ResourceId,
    pub(crate) identities: Vec<ResourceId>,
}

/// A role that the principal holds at or above the rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) scope: ResourceId,
    /// The GUID of the role definition, in lower case.
    pub(crate) role: String,
    pub(crate) principal: PrincipalId,
}

/// A role assignment that we made for another principal of the same identity, which is not used any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FormerGrant {
    /// The assignment's whole id.
    pub(crate) id: String,
    pub(crate) principal: PrincipalId,
    /// Of an application that is removed too, so that the directory still knows the principal.
    pub(crate) of_extra_application: bool,
}

/// Everything observed about one connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    pub(crate) providers: Fact<Vec<Provider>>,
    /// The region of the resource group.
    pub(crate) resource_group: Fact<Region>,
    pub(crate) workspace: Fact<Workspace>,
    pub(crate) principal: Fact<Principal>,
    pub(crate) application: Fact<Application>,
    pub(crate) extra_applications: Fact<Vec<ExtraApplication>>,
    pub(crate) client_secret: Fact<HeldSecret>,
    /// Why the value in the file is not used, in Entra's words.
    pub(crate) refused_secret: Fact<String>,
    pub(crate) recorded_secret: Fact<RecordedSecret>,
    pub(crate) unheld_secrets: Fact<Vec<UnheldSecret>>,
    pub(crate) cluster: Fact<ManagedCluster>,
    pub(crate) federated_credentials: Fact<Vec<FederatedCredential>>,
    pub(crate) scale_sets: Fact<Vec<ScaleSet>>,
    pub(crate) grants: Fact<Vec<Grant>>,
    pub(crate) former_grants: Fact<Vec<FormerGrant>>,
}

impl Facts {
    /// Takes over what `newer` has seen and keeps the rest: steps that run side by side each add their own part.
    pub(crate) fn absorb(&mut self, newer: Self) {
        self.providers.take_from(newer.providers);
        self.resource_group.take_from(newer.resource_group);
        self.workspace.take_from(newer.workspace);
        self.principal.take_from(newer.principal);
        self.application.take_from(newer.application);
        self.extra_applications.take_from(newer.extra_applications);
        self.client_secret.take_from(newer.client_secret);
        self.refused_secret.take_from(newer.refused_secret);
        self.recorded_secret.take_from(newer.recorded_secret);
        self.unheld_secrets.take_from(newer.unheld_secrets);
        self.cluster.take_from(newer.cluster);
        self.federated_credentials
            .take_from(newer.federated_credentials);
        self.scale_sets.take_from(newer.scale_sets);
        self.grants.take_from(newer.grants);
        self.former_grants.take_from(newer.former_grants);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_step_did_not_look_at_stays_as_it_was() {
        let mut facts = Facts {
            resource_group: Fact::Known(Region::parse("westeurope").unwrap()),
            ..Facts::default()
        };

        facts.absorb(Facts {
            grants: Fact::Absent,
            ..Facts::default()
        });

        assert!(facts.resource_group.known().is_some());
        assert_eq!(facts.grants, Fact::Absent);
    }

    #[test]
    fn the_write_url_has_one_slash_between_host_and_path() {
        let rule = Rule {
            id: "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.Insights/dataCollectionRules/r".parse().unwrap(),
            immutable_id: "dcr-0123456789abcdef0123456789abcdef".into(),
            metrics_endpoint: "https://w-ab12.westeurope-1.metrics.ingest.monitor.azure.com/".into(),
        };

        assert!(rule.write_url().starts_with(
            "https://w-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-"
        ));
    }
}
