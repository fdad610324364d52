//! The evidence of a healthy connection, from which tests take one thing away.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;

use super::evidence::{
    ConfiguredEntry, ConfiguredFile, Evidence, Observed, RunningWriters, SignedInAccount,
};
use crate::azure::roles::MONITORING_METRICS_PUBLISHER as PUBLISHER;
use crate::cluster::server::{PrometheusServer, WorkloadKind};
use crate::cluster::service_account::LiveServiceAccount;
use crate::compat::Installation;
use crate::discover::prometheus::DiscoveryError;
use crate::facts::{
    DataCollectionEndpoint, DataCollectionRule, FederatedCredential, Grant, Ingestion,
    ManagedCluster, Observation, Principal, Rule, Workspace,
};
use crate::probe::stage::{ProbeReport, Stage, StageName, StageOutcome};
use crate::problem::Problem;
use crate::remote_write::{LostSamples, WrittenEntry, WrittenForm, WrittenIds};
use crate::spec::answers::ConnectionAnswers;
use crate::spec::cloud::CloudName;
use crate::spec::command_line::own;
use crate::spec::ids::{ClientId, PrincipalId, Region, ResourceId, TenantId};
use crate::spec::platform::Platform;
use crate::spec::webhook_keys;
use crate::spec::{DiscoveredInputs, Purpose, ServiceAccount, Spec};
use crate::target::resource_kind::ResourceKind;

const TENANT: &str = "22222222-2222-2222-2222-222222222222";
const CLIENT: &str = "33333333-3333-3333-3333-333333333333";
const PRINCIPAL: &str = "44444444-4444-4444-4444-444444444444";
const GROUP: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-prod";
const ISSUER: &str = "https://westeurope.oic.prod-aks.azure.com/t/c/";
const AUDIENCE: &str = "api://AzureADTokenExchange";
const ENDPOINT: &str = "https://prod-ab12.westeurope-1.metrics.ingest.monitor.azure.com";

impl<T> Observed<T> {
    pub(crate) fn known(value: T) -> Self {
        Self::at_once(Ok(value))
    }

    pub(crate) fn unseen(why: impl Into<String>) -> Self {
        Self::at_once(Err(Problem::new(why)))
    }
}

impl Evidence {
    pub(crate) fn example() -> Self {
        let workspace = workspace();
        Self {
            installation: installation(),
            accepts_known_issues: false,
            spec: spec(),
            now: "2026-11-22T10:00:00Z".parse().unwrap(),
            caller: SignedInAccount {
                name: "ada@example.com".into(),
                method: "Azure CLI",
                tenant: TenantId::parse(TENANT).ok(),
            },
            clock_ahead: Observed::known(SignedDuration::from_secs(2)),
            cluster: Observed::known(Some(cluster())),
            prometheus: Ok(server()),
            inaction: None,
            prometheus_is_named: false,
            kube_context: None,
            cluster_took: Duration::from_millis(80),
            service_account: Observed::known(Some(LiveServiceAccount {
                annotations: BTreeMap::from([(webhook_keys::CLIENT_ID.into(), CLIENT.into())]),
                ..LiveServiceAccount::default()
            })),
            announced_issuer: Observed::known(Some(ISSUER.into())),
            ingestion: Observed::known(ingestion()),
            application_doubts: Vec::new(),
            foreign_applications: None,
            principal: Observed::known(Some(Principal {
                client_id: ClientId::parse(CLIENT).unwrap(),
                principal_id: PrincipalId::parse(PRINCIPAL).unwrap(),
            })),
            grants: Observed::known(vec![grant(&workspace)]),
            federated_credentials: Observed::known(vec![FederatedCredential {
                name: "amw-rw-1".into(),
                issuer: ISSUER.into(),
                subject: "system:serviceaccount:monitoring:prometheus".into(),
                audiences: vec![AUDIENCE.into()],
            }]),
            scale_sets: Observed::known(Vec::new()),
            client_secrets: Observed::known(Vec::new()),
            secret_held: true,
            secret_file: Some("amw-rw-prod.client-secret".into()),
            configured: Observed::known(ConfiguredFile {
                path: "prometheus.yml".into(),
                entry: Some(configured(&workspace)),
                faults: Vec::new(),
                unread: None,
            }),
            running: Observed::known(running(&workspace)),
            workspace: Observed::known(Some(workspace)),
            probe: Observed::known(probe(|stage| {
                StageOutcome::Passed(format!("{} passed", stage.as_str()))
            })),
        }
    }

    /// As if this could not be looked at.
    pub(crate) fn without(mut self, observation: Observation) -> Self {
        fn hide<T>(seen: &mut Observed<T>) {
            *seen = Observed::unseen("hidden");
        }
        match observation {
            Observation::SignIn => self.caller.name = "hidden".into(),
            Observation::Clock => hide(&mut self.clock_ahead),
            Observation::Cluster => hide(&mut self.cluster),
            Observation::Prometheus => {
                self.prometheus = Err(DiscoveryError::Absent("hidden".into()));
            }
            Observation::ServiceAccount => hide(&mut self.service_account),
            Observation::AnnouncedIssuer => hide(&mut self.announced_issuer),
            Observation::Workspace => hide(&mut self.workspace),
            Observation::Ingestion => hide(&mut self.ingestion),
            Observation::Principal => hide(&mut self.principal),
            Observation::Roles => hide(&mut self.grants),
            Observation::FederatedCredentials => hide(&mut self.federated_credentials),
            Observation::ScaleSets => hide(&mut self.scale_sets),
            Observation::ClientSecrets => hide(&mut self.client_secrets),
            Observation::ConfiguredEntry => hide(&mut self.configured),
            Observation::RunningEntries => hide(&mut self.running),
            Observation::Sample => hide(&mut self.probe),
            Observation::Providers | Observation::ResourceGroup | Observation::Application => {}
        }
        self
    }

    /// As if no sample could be sent from here.
    pub(crate) fn without_proof(self) -> Self {
        let not_tried = |_| StageOutcome::NotTried(Problem::new("not from here"));
        Self {
            probe: Observed::known(probe(not_tried)),
            ..self
        }
    }
}

fn group() -> ResourceId {
    GROUP.parse().unwrap()
}

fn spec() -> Spec {
    let found = DiscoveredInputs {
        target: None,
        tenant: TenantId::parse(TENANT).unwrap(),
        cloud: CloudName::Public,
        subscription: None,
        platform: Platform::Aks {
            cluster: cluster().id,
            region: Region::parse("westeurope").unwrap(),
        },
        service_account: Ok(server().service_account),
        prometheus_version: Some("3.14.0".into()),
    };
    Spec::complete(&ConnectionAnswers::default(), &found, Purpose::Connection).unwrap()
}

fn installation() -> Installation {
    Installation {
        target: spec().target,
        prometheus: "3.14.0".parse().ok(),
        operator: "0.93.0".parse().ok(),
    }
}

fn cluster() -> ManagedCluster {
    ManagedCluster {
        id: group().resource("Microsoft.ContainerService/managedClusters", "aks-prod"),
        region: Region::parse("westeurope").unwrap(),
        fqdn: Some("aks-prod-dns-1.hcp.westeurope.azmk8s.io".into()),
        node_resource_group: None,
        issuer: Some(ISSUER.into()),
        workload_identity: true,
        managed_prometheus: false,
        power: Some("Running".into()),
        node_group_locked: false,
    }
}

fn server() -> PrometheusServer {
    let kind = WorkloadKind::CustomResource(ResourceKind::Prometheus);
    PrometheusServer {
        version: Some("3.14.0".into()),
        service_account: ServiceAccount::parse("monitoring/prometheus").unwrap(),
        pod_labels: BTreeMap::from([(webhook_keys::USE.into(), "true".into())]),
        ..PrometheusServer::example("monitoring/main", kind)
    }
}

fn workspace() -> Workspace {
    Workspace {
        id: group().resource("Microsoft.Monitor/accounts", "amw-aks-prod"),
        region: Region::parse("westeurope").unwrap(),
        query_endpoint: "https://prod-ab12.westeurope.prometheus.monitor.azure.com".into(),
        rule: Rule {
            id: group().resource("Microsoft.Insights/dataCollectionRules", "amw-aks-prod"),
            immutable_id: "dcr-0123456789abcdef0123456789abcdef".into(),
            metrics_endpoint: ENDPOINT.into(),
        },
    }
}

fn ingestion() -> Ingestion {
    let region = Region::parse("westeurope").unwrap();
    let endpoint = group().resource("Microsoft.Insights/dataCollectionEndpoints", "amw-aks-prod");
    Ingestion {
        rule: Some(DataCollectionRule {
            id: workspace().rule.id,
            region: region.clone(),
            immutable_id: workspace().rule.immutable_id,
            endpoint: Some(endpoint.clone()),
        }),
        endpoint: Some(DataCollectionEndpoint {
            id: endpoint,
            region,
            metrics: format!("{ENDPOINT}/"),
        }),
    }
}

fn configured(workspace: &Workspace) -> ConfiguredEntry {
    ConfiguredEntry {
        file: "prometheus.yml".into(),
        entry: WrittenEntry {
            block: None,
            has_other_sign_in: false,
            cloud: None,
            scope: None,
            place: spec().target.new_place(),
            name: None,
            url: workspace.rule.write_url().into(),
            form: WrittenForm::Native(WrittenIds {
                client_id: Some(CLIENT.to_uppercase()),
                tenant_id: Some(TENANT.into()),
            }),
        },
        cluster_label: Some("aks-prod".into()),
        lost: LostSamples::default(),
        jobs_with_cluster: Vec::new(),
        lacks_token: false,
        duplicates: Vec::new(),
    }
}

fn running(workspace: &Workspace) -> RunningWriters {
    RunningWriters {
        place: "Prometheus monitoring/main".into(),
        entries: vec![configured(workspace).entry],
        unread: None,
        migrate: own::migrate_cluster("aks-prod", None),
    }
}

fn grant(workspace: &Workspace) -> Grant {
    Grant {
        id: "/assignment".into(),
        description: None,
        scope: workspace.rule.id.clone(),
        role: PUBLISHER.id.into(),
        principal: PrincipalId::parse(PRINCIPAL).unwrap(),
    }
}

fn probe(outcome: impl Fn(StageName) -> StageOutcome) -> ProbeReport {
    let stage = |name| Stage {
        name,
        took: Duration::from_millis(120),
        outcome: outcome(name),
    };
    ProbeReport {
        token: stage(StageName::Token),
        write: stage(StageName::Write),
        read_back: stage(StageName::ReadBack),
    }
}
