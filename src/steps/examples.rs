//! One connection as the tests of the steps see it: what is wanted, and a world in which it is all there.

use crate::azure::roles::MONITORING_METRICS_PUBLISHER;
use crate::facts::{
    Application, Fact, Facts, FederatedCredential, Grant, ManagedCluster, Principal, Provider,
    Rule, ScaleSet, Workspace,
};
use crate::spec::choices::{AzureAd, SignIn, WritePath};
use crate::spec::cloud::CloudName;
use crate::spec::credential::{Credential, PrincipalChoice};
use crate::spec::ids::{
    ApplicationObjectId, ClientId, PrincipalId, Region, ResourceId, SubscriptionId, TenantId,
};
use crate::spec::platform::Platform;
use crate::spec::sending::SendSettings;
use crate::spec::{ApplicationChoice, CredentialSource, ServiceAccount, Spec};
use crate::target::Target;

const SUBSCRIPTION: &str = "11111111-1111-1111-1111-111111111111";
const ISSUER: &str =
    "https://westeurope.oic.prod-aks.azure.com/22222222-2222-2222-2222-222222222222/33333333/";

fn group() -> ResourceId {
    ResourceId::group(&SubscriptionId::parse(SUBSCRIPTION).unwrap(), "rg-prod")
}

fn westeurope() -> Region {
    Region::parse("westeurope").unwrap()
}

fn service_account() -> ServiceAccount {
    ServiceAccount {
        namespace: "monitoring".into(),
        name: "prometheus".into(),
    }
}

/// Workload identity on an AKS cluster.
pub(crate) fn spec() -> Spec {
    Spec {
        tenant: TenantId::parse("22222222-2222-2222-2222-222222222222").unwrap(),
        cloud: CloudName::Public,
        platform: Platform::Aks {
            cluster: group().resource("Microsoft.ContainerService/managedClusters", "aks-prod"),
            region: westeurope(),
        },
        workspace: group().resource("Microsoft.Monitor/accounts", "amw-aks-prod"),
        location: westeurope(),
        location_asked: false,
        credential: Credential {
            sign_in: SignIn::WorkloadIdentity,
            principal: PrincipalChoice::UserAssignedIdentity(group().resource(
                "Microsoft.ManagedIdentity/userAssignedIdentities",
                "amw-rw-aks-prod",
            )),
            source: CredentialSource::PodToken(service_account()),
        },
        target: Target::PrometheusYml,
        prometheus_version: Some("3.14.0".into()),
        cluster_label: "aks-prod".into(),
        cluster_label_asked: false,
        path: WritePath::Native,
        sidecar_port: None,
        azuread: AzureAd::Direct,
        token_file: None,
        sending: SendSettings::default(),
    }
}

pub(crate) fn spec_with_secret() -> Spec {
    let application = ApplicationChoice::Name("amw-rw-aks-prod".into());
    Spec {
        credential: Credential {
            sign_in: SignIn::EntraSecret,
            principal: PrincipalChoice::Application(application),
            source: CredentialSource::ClientSecret,
        },
        ..spec()
    }
}

pub(crate) fn spec_with_machine_identity() -> Spec {
    Spec {
        credential: Credential {
            sign_in: SignIn::UserIdentity,
            source: CredentialSource::Machine,
            ..spec().credential
        },
        ..spec()
    }
}

pub(crate) fn provider(namespace: &str, registered: bool) -> Provider {
    Provider {
        subscription: SubscriptionId::parse(SUBSCRIPTION).unwrap(),
        namespace: namespace.into(),
        state: if registered {
            "Registered".into()
        } else {
            "NotRegistered".into()
        },
        workspace_regions: vec![westeurope()],
    }
}

pub(crate) fn principal() -> Principal {
    Principal {
        client_id: ClientId::parse("cccccccc-cccc-cccc-cccc-cccccccccccc").unwrap(),
        principal_id: PrincipalId::parse("aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa").unwrap(),
    }
}

pub(crate) fn application() -> Application {
    Application {
        object_id: ApplicationObjectId::parse("bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb").unwrap(),
        client_id: principal().client_id,
        name: "amw-rw-aks-prod".into(),
        key: None,
        tags: Vec::new(),
        created: None,
    }
}

pub(crate) fn node_group() -> ResourceId {
    ResourceId::group(
        &SubscriptionId::parse(SUBSCRIPTION).unwrap(),
        "MC_rg-prod_aks-prod_westeurope",
    )
}

pub(crate) fn cluster() -> ManagedCluster {
    ManagedCluster {
        id: group().resource("Microsoft.ContainerService/managedClusters", "aks-prod"),
        region: westeurope(),
        fqdn: None,
        managed_prometheus: false,
        power: Some("Running".into()),
        issuer: Some(ISSUER.into()),
        workload_identity: true,
        node_resource_group: Some(node_group()),
        node_group_locked: false,
    }
}

fn workspace() -> Workspace {
    let managed = ResourceId::group(
        &SubscriptionId::parse(SUBSCRIPTION).unwrap(),
        "MA_amw-aks-prod_westeurope_managed",
    );
    Workspace {
        id: spec().workspace,
        region: westeurope(),
        query_endpoint: "https://amw-aks-prod-ab12.westeurope.prometheus.monitor.azure.com".into(),
        rule: Rule {
            id: managed.resource("Microsoft.Insights/dataCollectionRules", "amw-aks-prod"),
            immutable_id: "dcr-0123456789abcdef0123456789abcdef".into(),
            metrics_endpoint:
                "https://amw-aks-prod-cd34.westeurope-1.metrics.ingest.monitor.azure.com".into(),
        },
    }
}

/// Everything that `spec()` wants, as if it had been applied.
pub(crate) fn everything_in_place() -> Facts {
    let identity = spec().credential.identity().unwrap().clone();
    let scale_set = node_group().resource("Microsoft.Compute/virtualMachineScaleSets", "pool");
    Facts {
        providers: Fact::Known(vec![provider("Microsoft.Monitor", true)]),
        resource_group: Fact::Known(westeurope()),
        grants: Fact::Known(vec![Grant {
            id: "/assignment".into(),
            description: None,
            scope: workspace().rule.id,
            role: MONITORING_METRICS_PUBLISHER.id.into(),
            principal: principal().principal_id,
        }]),
        former_grants: Fact::Known(Vec::new()),
        workspace: Fact::Known(workspace()),
        principal: Fact::Known(principal()),
        application: Fact::Known(application()),
        application_doubts: Fact::Known(Vec::new()),
        extra_applications: Fact::Known(Vec::new()),
        client_secret: Fact::Absent,
        refused_secret: Fact::Absent,
        recorded_secret: Fact::Absent,
        unheld_secrets: Fact::Absent,
        cluster: Fact::Known(cluster()),
        federated_credentials: Fact::Known(vec![FederatedCredential {
            name: "amw-rw-12345678".into(),
            issuer: ISSUER.into(),
            subject: service_account().subject(),
            audiences: vec!["api://AzureADTokenExchange".into()],
        }]),
        scale_sets: Fact::Known(vec![ScaleSet {
            id: scale_set,
            identities: vec![identity],
        }]),
    }
}
