//! Where Prometheus runs: each platform with what it has, so that nothing assumes a cluster or a region.

use super::choices::{ClusterChoice, PlatformKind};
use super::ids::{Region, ResourceId, SubscriptionId};

/// One place where a Prometheus runs, as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    not(test),
    expect(
        dead_code,
        reason = "the support table refuses all but aks until they can be found"
    )
)]
pub(crate) enum Platform {
    /// A managed cluster of Azure Kubernetes Service.
    Aks {
        cluster: ResourceId,
        region: Region,
    },
    /// A cluster elsewhere that Azure Arc knows.
    Arc {
        cluster: ResourceId,
        region: Region,
    },
    /// A cluster that Azure does not know, by the context of the kubeconfig.
    Kubernetes {
        context: String,
    },
    AzureVm {
        machine: ResourceId,
        region: Region,
    },
    AzureVmss {
        scale_set: ResourceId,
        region: Region,
    },
    /// A machine that Azure does not know, by its name.
    Host {
        name: String,
    },
}

impl PlatformKind {
    /// Whether AKS runs the cluster, so that Azure can change it and its nodes.
    pub(super) fn is_managed_cluster(self) -> bool {
        self == Self::Aks
    }
}

impl Platform {
    pub(crate) fn kind(&self) -> PlatformKind {
        match self {
            Self::Aks { .. } => PlatformKind::Aks,
            Self::Arc { .. } => PlatformKind::Arc,
            Self::Kubernetes { .. } => PlatformKind::Kubernetes,
            Self::AzureVm { .. } => PlatformKind::AzureVm,
            Self::AzureVmss { .. } => PlatformKind::AzureVmss,
            Self::Host { .. } => PlatformKind::Host,
        }
    }

    /// The short name, from which names of resources and the label `cluster` are made.
    pub(crate) fn name(&self) -> &str {
        match self {
            // Kubernetes gives a cluster no name of its own; the context is the user's.
            Self::Kubernetes { context } => context,
            Self::Host { name } => name,
            Self::Aks { .. } | Self::Arc { .. } | Self::AzureVm { .. } | Self::AzureVmss { .. } => {
                self.resource().map_or("", ResourceId::name)
            }
        }
    }

    /// The answer that chooses it by its name. Two resources of Azure can have one name.
    pub(crate) fn choice(&self) -> ClusterChoice {
        match self {
            Self::Kubernetes { context } => ClusterChoice::Context(context.clone()),
            Self::Aks { .. }
            | Self::Arc { .. }
            | Self::AzureVm { .. }
            | Self::AzureVmss { .. }
            | Self::Host { .. } => ClusterChoice::Name(self.name().to_owned()),
        }
    }

    /// Its resource id, if it is in Azure.
    pub(crate) fn resource(&self) -> Option<&ResourceId> {
        match self {
            Self::Aks { cluster, .. } | Self::Arc { cluster, .. } => Some(cluster),
            Self::AzureVm { machine, .. } => Some(machine),
            Self::AzureVmss { scale_set, .. } => Some(scale_set),
            Self::Kubernetes { .. } | Self::Host { .. } => None,
        }
    }

    pub(crate) fn region(&self) -> Option<&Region> {
        match self {
            Self::Aks { region, .. }
            | Self::Arc { region, .. }
            | Self::AzureVm { region, .. }
            | Self::AzureVmss { region, .. } => Some(region),
            Self::Kubernetes { .. } | Self::Host { .. } => None,
        }
    }

    /// The cluster's id, where AKS runs it: what can be turned on, and whose nodes can be given an identity.
    pub(crate) fn managed_cluster(&self) -> Option<&ResourceId> {
        match self {
            Self::Aks { cluster, .. } => Some(cluster),
            Self::Arc { .. }
            | Self::Kubernetes { .. }
            | Self::AzureVm { .. }
            | Self::AzureVmss { .. }
            | Self::Host { .. } => None,
        }
    }

    pub(crate) fn subscription(&self) -> Option<SubscriptionId> {
        self.resource().map(ResourceId::subscription)
    }

    pub(crate) fn resource_group(&self) -> Option<&str> {
        self.resource().and_then(ResourceId::resource_group_name)
    }
}

#[cfg(test)]
pub(crate) mod samples {
    use super::*;

    /// One of each platform; those in Azure are in `westeurope` and in the group `rg-prod`.
    pub(crate) fn each() -> [Platform; 6] {
        let region = || Region::parse("westeurope").unwrap();
        [
            Platform::Aks {
                cluster: resource("Microsoft.ContainerService/managedClusters/prod"),
                region: region(),
            },
            Platform::Arc {
                cluster: resource("Microsoft.Kubernetes/connectedClusters/prod"),
                region: region(),
            },
            Platform::Kubernetes {
                context: "prod".into(),
            },
            Platform::AzureVm {
                machine: resource("Microsoft.Compute/virtualMachines/prod"),
                region: region(),
            },
            Platform::AzureVmss {
                scale_set: resource("Microsoft.Compute/virtualMachineScaleSets/prod"),
                region: region(),
            },
            Platform::Host {
                name: "prod".into(),
            },
        ]
    }

    fn resource(rest: &str) -> ResourceId {
        const GROUP: &str =
            "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-prod";
        ResourceId::parse(&format!("{GROUP}/providers/{rest}")).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_in_azure_has_a_place_there_and_any_platform_has_a_name() {
        for platform in samples::each() {
            let is_in_azure = platform.resource().is_some();

            assert_eq!(platform.name(), "prod", "{}", platform.kind());
            assert_eq!(platform.region().is_some(), is_in_azure);
            assert_eq!(platform.subscription().is_some(), is_in_azure);
            assert_eq!(platform.resource_group().is_some(), is_in_azure);
        }
    }

    #[test]
    fn only_aks_has_a_managed_cluster() {
        let kinds = samples::each().map(|one| one.managed_cluster().is_some());

        assert_eq!(kinds, [true, false, false, false, false, false]);
        let by_kind = samples::each().map(|one| one.kind().is_managed_cluster());
        assert_eq!(by_kind, kinds);
    }
}
