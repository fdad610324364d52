//! Adds a Prometheus that writes through the Azure Monitor sidecar, as Microsoft's older guides set it up.
//!
//! The container is that of <https://learn.microsoft.com/azure/azure-monitor/containers/prometheus-remote-write-managed-identity>.

use serde_json::{Map, Value, json};

use super::{REGION, kube_prometheus_stack, seed::Seed};
use crate::sandbox::state::{
    RoleAssignment, StoredPrincipalKind, StoredRule, guid_for, role_named,
};

const GROUP: &str = "rg-prod";
const WORKSPACE: &str = "amw-aks-prod";
const IDENTITY: &str = "prometheus-sidecar";
const IMAGE: &str = "mcr.microsoft.com/azuremonitor/containerinsights/ciprod/prometheus-remote-write/images:prom-remotewrite-20250814.1";

impl Seed {
    /// A workspace, an identity that all nodes have and that may write, and the container that signs in as it.
    pub(super) fn run_prometheus_with_sidecar(&mut self) {
        self.workspace(GROUP, WORKSPACE, REGION);
        let client_id = self.writing_identity();
        let settings = settings(&self.write_url(), &client_id);
        for api in self.state.kubernetes.values_mut() {
            kube_prometheus_stack::configure(&mut api.objects, &settings);
        }
    }

    /// The same with the container in pods of its own, which a Service leads to.
    pub(super) fn run_prometheus_with_proxy_service(&mut self) {
        self.workspace(GROUP, WORKSPACE, REGION);
        let client_id = self.writing_identity();
        let containers = settings(&self.write_url(), &client_id)["containers"].clone();
        let remote_write = json!({
            "externalLabels": {"cluster": "aks-prod"},
            "remoteWrite": [{"url": "http://metrics-out:8081/api/v1/write"}],
        });
        for api in self.state.kubernetes.values_mut() {
            kube_prometheus_stack::configure(&mut api.objects, &remote_write);
            api.objects.extend(proxy_behind_service(&containers));
        }
    }

    /// Makes the identity and gives its client id.
    fn writing_identity(&mut self) -> String {
        let id = self
            .group(GROUP, REGION)
            .resource("Microsoft.ManagedIdentity/userAssignedIdentities", IDENTITY);
        self.state
            .add_identity(id.clone(), REGION, Map::new(), self.long_ago);
        for machine in self.state.machines.iter_mut() {
            // The sidecar asks the metadata service, which knows only what its node has.
            machine.identities.push(id.clone());
        }
        let identity = self.state.identities.get(&id).expect("it was just added");
        let (client_id, principal_id) = (identity.client_id, identity.principal_id);
        let scope = self.rule().id.clone();
        let role = role_named("Monitoring Metrics Publisher");
        self.state.role_assignments.push(RoleAssignment {
            name: guid_for(&format!("{} of {IDENTITY}", role.name)),
            scope,
            role: role.id,
            principal_id,
            principal_type: StoredPrincipalKind::ServicePrincipal.name(),
            description: None,
            condition: None,
            condition_version: None,
            created: self.long_ago,
            created_by: principal_id,
        });
        client_id.to_string()
    }

    /// The rule that came with the workspace.
    fn rule(&self) -> &StoredRule {
        let mut rules = self.state.data_collection_rules.iter();
        rules.next().expect("a workspace brings its rule")
    }

    /// With the host that the workspace's endpoint has in Azure.
    fn write_url(&self) -> String {
        let rule = self.rule();
        let endpoint = self
            .state
            .data_collection_endpoints
            .iter()
            .next()
            .expect("a workspace brings its endpoint");
        format!(
            "https://{}.metrics.ingest.monitor.azure.com/dataCollectionRules/{}/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24",
            endpoint.ingestion_label, rule.immutable_id
        )
    }
}

/// The fields of `prometheusSpec`, which the custom resource shares.
fn settings(write_url: &str, client_id: &str) -> Value {
    let probe = |path: &str| json!({"httpGet": {"path": path, "port": "rw-port"}, "initialDelaySeconds": 10, "timeoutSeconds": 10});
    json!({
        "externalLabels": {"cluster": "aks-prod"},
        // Plain HTTP without sign-in: the sidecar adds the token, within the pod.
        "remoteWrite": [{"url": "http://localhost:8081/api/v1/write"}],
        "containers": [{
            "name": "prom-remotewrite",
            "image": IMAGE,
            "imagePullPolicy": "Always",
            "ports": [{"name": "rw-port", "containerPort": 8081}],
            "livenessProbe": probe("/health"),
            "readinessProbe": probe("/ready"),
            "env": [
                {"name": "INGESTION_URL", "value": write_url},
                {"name": "LISTENING_PORT", "value": "8081"},
                {"name": "IDENTITY_TYPE", "value": "userAssigned"},
                {"name": "AZURE_CLIENT_ID", "value": client_id},
                // The sidecar can label by itself; the external label says the same.
                {"name": "CLUSTER", "value": "aks-prod"},
            ],
        }],
    })
}

fn proxy_behind_service(containers: &Value) -> [Value; 2] {
    let metadata = json!({"name": "metrics-out", "namespace": "monitoring"});
    let labels = json!({"app": "metrics-out"});
    let template = json!({"metadata": {"labels": labels}, "spec": {"containers": containers}});
    [
        json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": metadata,
            "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
        }),
        json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata,
            "spec": {"selector": labels, "ports": [{"port": 8081, "targetPort": "rw-port"}]},
        }),
    ]
}
