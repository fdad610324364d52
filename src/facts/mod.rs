//! What is there? Observations only, never a decision; the same type whether things were found or just made.

mod access;
mod application;
mod cluster;
mod observation;
mod workspace;

pub(crate) use access::{DenyAssignment, Lock, Permission, ScopeAccess};
pub(crate) use application::{
    Application, ExtraApplication, HeldSecret, ListedSecret, RecordedSecret, SecretAnswer,
    UnheldSecret,
};
pub(crate) use cluster::ManagedCluster;
pub(crate) use observation::Observation;
pub(crate) use workspace::{
    DataCollectionEndpoint, DataCollectionRule, FoundWorkspace, Ingestion, Rule, Workspace,
};

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
        // What is absent was looked at, and may be gone since the last look.
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
    /// `Registered`, `Registering`, `NotRegistered`, …
    pub(crate) state: String,
    /// Regions that offer workspaces; filled for `Microsoft.Monitor` only.
    pub(crate) workspace_regions: Vec<Region>,
}

impl Provider {
    pub(crate) fn is_registered(&self) -> bool {
        // While it is `Registering`, which takes minutes, Azure can refuse a write with 409 MissingSubscriptionRegistration.
        self.state.eq_ignore_ascii_case("Registered")
    }
}

/// The identity that Prometheus signs in as: a managed identity, or the service principal of an application.
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

/// A role assignment: a role that a principal holds at a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    /// The assignment's whole id, which ends in a GUID.
    pub(crate) id: String,
    /// Where it was made; for one on a management group, the subscription that inherits it.
    pub(crate) scope: ResourceId,
    /// The GUID of the role definition, in lower case.
    pub(crate) role: String,
    pub(crate) principal: PrincipalId,
    pub(crate) description: Option<String>,
}

impl Grant {
    /// The GUID at the end of its id.
    pub(crate) fn name(&self) -> &str {
        self.id.rsplit('/').next().unwrap_or_default()
    }

    /// Whether it is of the role whose definition has this GUID, which is the same in every tenant for a built-in role.
    pub(crate) fn is_of_role(&self, role: &str) -> bool {
        self.role.eq_ignore_ascii_case(role)
    }

    /// Whether it gives the principal this role on a resource, there or inherited from above.
    pub(crate) fn allows(&self, role: &str, principal: &PrincipalId, on: &ResourceId) -> bool {
        // A role is inherited from the resource group, subscription or management group above.
        self.is_of_role(role) && self.principal == *principal && on.is_within(&self.scope)
    }
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
    /// Why an application that was named by its client id would not be taken for ours.
    pub(crate) application_doubts: Fact<Vec<String>>,
    pub(crate) extra_applications: Fact<Vec<ExtraApplication>>,
    pub(crate) client_secret: Fact<HeldSecret>,
    /// Why the value in the file is not used, in Entra's words.
    pub(crate) refused_secret: Fact<String>,
    pub(crate) recorded_secret: Fact<RecordedSecret>,
    pub(crate) unheld_secrets: Fact<Vec<UnheldSecret>>,
    pub(crate) cluster: Fact<ManagedCluster>,
    pub(crate) federated_credentials: Fact<Vec<FederatedCredential>>,
    pub(crate) scale_sets: Fact<Vec<ScaleSet>>,
    /// What anybody holds on the rule or above it.
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
        self.application_doubts.take_from(newer.application_doubts);
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

    /// As if this had not been looked at.
    #[cfg(test)]
    pub(crate) fn without(mut self, observation: Observation) -> Self {
        match observation {
            Observation::Providers => self.providers = Fact::Unseen,
            Observation::ResourceGroup => self.resource_group = Fact::Unseen,
            Observation::Workspace => self.workspace = Fact::Unseen,
            Observation::Cluster => self.cluster = Fact::Unseen,
            Observation::Principal => self.principal = Fact::Unseen,
            Observation::Application => {
                self.application = Fact::Unseen;
                self.application_doubts = Fact::Unseen;
                self.extra_applications = Fact::Unseen;
            }
            Observation::ClientSecrets => {
                self.client_secret = Fact::Unseen;
                self.refused_secret = Fact::Unseen;
                self.unheld_secrets = Fact::Unseen;
            }
            Observation::FederatedCredentials => self.federated_credentials = Fact::Unseen,
            Observation::ScaleSets => self.scale_sets = Fact::Unseen,
            Observation::Roles => {
                self.grants = Fact::Unseen;
                self.former_grants = Fact::Unseen;
            }
            // Not part of the facts about Azure.
            _ => {}
        }
        self
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
}
