//! What a cluster holds after `helm install kube-prometheus-stack`, as far as anyone looks.

use std::io::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use crate::sandbox::state::{StoredCluster, guid_for};

const NAMESPACE: &str = "monitoring";
const RELEASE: &str = "kube-prometheus-stack";
/// Names the Prometheus and its service account.
const PROMETHEUS: &str = "kube-prometheus-stack-prometheus";
const OPERATOR: &str = "kube-prometheus-stack-operator";
const CHART: &str = "88.5.3";
const OPERATOR_VERSION: &str = "v0.93.0";
const NODE: &str = "aks-system-10000001-vmss000000";
const VERSION: &str = "v3.14.0-distroless";

/// All objects, for one cluster.
pub(super) fn objects(cluster: &StoredCluster) -> Vec<Value> {
    vec![
        namespace("default"),
        namespace("kube-system"),
        namespace(NAMESPACE),
        node(cluster),
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": managed_by_helm(PROMETHEUS)}),
        prometheus(),
        stateful_set(),
        operator(),
        pod(
            &format!("prometheus-{PROMETHEUS}-0"),
            "prometheus",
            PROMETHEUS,
            &image(),
        ),
        pod(
            &format!("{OPERATOR}-5d9c7b6f4-x2v8k"),
            "kube-prometheus-stack",
            OPERATOR,
            &operator_image(),
        ),
        service(),
        release(&json!({"prometheusSpec": {"retention": "10d"}})),
        workload_identity_webhook(),
    ]
}

fn namespace(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
}

fn pod(name: &str, container: &str, account: &str, image: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"app.kubernetes.io/instance": account}},
        "spec": {
            "nodeName": NODE,
            "serviceAccountName": account,
            "containers": [{"name": container, "image": image}],
        },
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [{"name": container, "ready": true, "restartCount": 0, "image": image}],
        },
    })
}

fn service() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": managed_by_helm(PROMETHEUS),
        "spec": {
            "type": "ClusterIP",
            "clusterIP": "10.0.171.20",
            "ports": [{"name": "http-web", "port": 9090, "protocol": "TCP", "targetPort": 9090}],
            "selector": {"app.kubernetes.io/instance": PROMETHEUS},
        },
    })
}

fn node(cluster: &StoredCluster) -> Value {
    let subscription = cluster.id.subscription().unwrap_or_default();
    let group = cluster.node_resource_group();
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": NODE,
            "labels": {"kubernetes.azure.com/cluster": group},
        },
        "spec": {"providerID": format!(
            "azure:///subscriptions/{subscription}/resourceGroups/{}/providers/Microsoft.Compute\
             /virtualMachineScaleSets/aks-system-10000001-vmss/virtualMachines/0",
            // The cloud provider writes the node resource group in lower case here.
            group.to_lowercase(),
        )},
    })
}

fn prometheus() -> Value {
    json!({
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "Prometheus",
        "metadata": managed_by_helm(PROMETHEUS),
        "spec": {
            // The chart passes the image's tag on, with its suffix `-distroless`.
            "version": VERSION,
            "image": image(),
            "replicas": 1,
            "shards": 1,
            "retention": "10d",
            "serviceAccountName": PROMETHEUS,
            "podMonitorSelector": {"matchLabels": {"release": RELEASE}},
            "serviceMonitorSelector": {"matchLabels": {"release": RELEASE}},
        },
        "status": {
            "replicas": 1,
            "availableReplicas": 1,
            "conditions": [
                {"type": "Available", "status": "True"},
                {"type": "Reconciled", "status": "True"},
            ],
        },
    })
}

fn stateful_set() -> Value {
    // The Operator gives these labels; `podMetadata` cannot change them.
    let labels = json!({
        "app.kubernetes.io/instance": PROMETHEUS,
        "app.kubernetes.io/managed-by": "prometheus-operator",
        "app.kubernetes.io/name": "prometheus",
        "managed-by": "prometheus-operator",
        "operator.prometheus.io/mode": "server",
        "operator.prometheus.io/name": PROMETHEUS,
        "operator.prometheus.io/shard": "0",
        "prometheus": PROMETHEUS,
    });
    json!({
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": format!("prometheus-{PROMETHEUS}"), "namespace": NAMESPACE, "labels": labels},
        "spec": {
            "replicas": 1,
            // One governing service for all Prometheus resources of a namespace.
            "serviceName": "prometheus-operated",
            "selector": {"matchLabels": {"prometheus": PROMETHEUS}},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "serviceAccountName": PROMETHEUS,
                    "containers": [{
                        "name": "prometheus",
                        "image": image(),
                        "args": ["--config.file=/etc/prometheus/config_out/prometheus.env.yaml",
                                 "--storage.tsdb.path=/prometheus"],
                    }],
                },
            },
        },
    })
}

fn operator() -> Value {
    let labels = json!({"app": OPERATOR, "release": RELEASE});
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": managed_by_helm(OPERATOR),
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "serviceAccountName": OPERATOR,
                    "containers": [{
                        // The chart calls the container of the Operator after itself.
                        "name": "kube-prometheus-stack",
                        "image": operator_image(),
                    }],
                },
            },
        },
    })
}

/// Takes away the release and its Prometheus; the Operator stays.
pub(super) fn keep_operator_only(objects: &mut Vec<Value>) {
    objects.retain(|object| {
        let is_release = object["type"] == "helm.sh/release.v1";
        // The Operator's Deployment stays, and with it the definitions of its types.
        let kinds = ["Prometheus", "StatefulSet", "ServiceAccount", "Service"];
        let is_its_pod =
            object["kind"] == "Pod" && object["spec"]["serviceAccountName"] == PROMETHEUS;
        !is_release && !is_its_pod && !kinds.iter().any(|kind| object["kind"] == *kind)
    });
}

/// Gives the Prometheus these fields of its specification, as the values of its release have them.
pub(super) fn configure(objects: &mut [Value], settings: &Value) {
    for object in objects {
        if object["kind"] == "Prometheus" {
            merge(&mut object["spec"], settings);
        } else if object["type"] == "helm.sh/release.v1" {
            let mut values = json!({"retention": "10d"});
            merge(&mut values, settings);
            *object = release(&json!({"prometheusSpec": values}));
        }
    }
}

/// Runs the Prometheus as an agent, as the value `prometheus.agentMode` makes the chart do it.
pub(super) fn run_as_agent(objects: &mut [Value]) {
    for object in objects {
        if object["kind"] == "Prometheus" {
            object["apiVersion"] = json!("monitoring.coreos.com/v1alpha1");
            object["kind"] = json!("PrometheusAgent");
            if let Some(spec) = object["spec"].as_object_mut() {
                // An agent stores no blocks: its definition has no such field.
                spec.remove("retention");
            }
        } else if object["type"] == "helm.sh/release.v1" {
            *object = release(&json!({"agentMode": true, "prometheusSpec": {}}));
        }
    }
}

/// Lets the Prometheus write to a Mimir too, by the list that the chart adds to others.
pub(super) fn write_to_mimir(objects: &mut [Value]) {
    let mimir = json!([{"name": "mimir", "url": "https://mimir.example.com/api/v1/push"}]);
    for object in objects {
        if object["kind"] == "Prometheus" {
            // The chart appends `additionalRemoteWrite` to `remoteWrite`: the resource has one
            // list.
            object["spec"]["remoteWrite"] = mimir.clone();
        } else if object["type"] == "helm.sh/release.v1" {
            let spec = json!({"retention": "10d", "additionalRemoteWrite": mimir});
            *object = release(&json!({"prometheusSpec": spec}));
        }
    }
}

/// Adds a second revision of the release with this status, newer than the deployed one.
pub(super) fn add_revision(objects: &mut Vec<Value>, status: &str) {
    let values = json!({"prometheusSpec": {"retention": "30d"}});
    objects.push(revision(&values, 2, status));
}

/// Makes it what kube-prometheus installs with kubectl: the same objects, with other labels and without a release.
pub(super) fn forget_helm(objects: &mut Vec<Value>) {
    objects.retain(|object| object["type"] != "helm.sh/release.v1");
    for object in objects {
        let metadata = &mut object["metadata"];
        if let Some(fields) = metadata.as_object_mut() {
            fields.remove("annotations");
        }
        if metadata["labels"]["release"] == RELEASE {
            // The manifests of kube-prometheus have these labels, and no annotation of a release.
            metadata["labels"] = json!({
                "app.kubernetes.io/instance": "k8s",
                "app.kubernetes.io/part-of": "kube-prometheus",
            });
        }
    }
}

/// A second server, which is a plain Deployment in a namespace of its own.
pub(super) fn plain_server() -> Value {
    let labels = json!({"app": "prometheus"});
    let container = json!({
        "name": "prometheus",
        "image": image(),
        "args": ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"],
    });
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "own", "namespace": "apps", "labels": labels},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    })
}

fn merge(into: &mut Value, settings: &Value) {
    for (key, value) in settings.as_object().into_iter().flatten() {
        into[key] = value.clone();
    }
}

/// The release as Helm keeps it: JSON in gzip in base64, in a field that the API encodes once more.
fn release(prometheus: &Value) -> Value {
    revision(prometheus, 1, "deployed")
}

fn revision(prometheus: &Value, number: u32, status: &str) -> Value {
    let release = json!({
        "name": RELEASE,
        "namespace": NAMESPACE,
        "version": number,
        "info": {"status": status},
        "chart": {"metadata": {"name": "kube-prometheus-stack", "version": CHART, "appVersion": OPERATOR_VERSION}},
        "config": {"prometheus": prometheus},
        "manifest": "",
    });
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed
        .write_all(release.to_string().as_bytes())
        .expect("a vector takes any bytes");
    let packed = packed.finish().expect("a vector takes any bytes");
    json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "helm.sh/release.v1",
        "metadata": {
            // Helm finds its releases by the labels; the name has the revision for people.
            "name": format!("sh.helm.release.v1.{RELEASE}.v{number}"),
            "namespace": NAMESPACE,
            "labels": {"owner": "helm", "name": RELEASE, "status": status, "version": number.to_string()},
        },
        "data": {"release": STANDARD.encode(STANDARD.encode(packed))},
    })
}

/// What AKS installs with workload identity, before the release that moved the token's file.
fn workload_identity_webhook() -> Value {
    json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": "azure-wi-webhook-mutating-webhook-configuration"},
        "webhooks": [{
            "name": "mutation.azure-workload-identity.io",
            "admissionReviewVersions": ["v1"],
            "sideEffects": "None",
            // The webhook runs in `kube-system` on AKS, and changes no pod there.
            "clientConfig": {"service": {"name": "azure-wi-webhook-webhook-service", "namespace": "kube-system"}},
        }],
    })
}

fn managed_by_helm(name: &str) -> Value {
    json!({
        "name": name,
        "namespace": NAMESPACE,
        "uid": guid_for(&format!("object {name}")),
        "labels": {"app.kubernetes.io/managed-by": "Helm", "app.kubernetes.io/instance": RELEASE, "release": RELEASE},
        "annotations": {"meta.helm.sh/release-name": RELEASE, "meta.helm.sh/release-namespace": NAMESPACE},
    })
}

fn operator_image() -> String {
    format!("quay.io/prometheus-operator/prometheus-operator:{OPERATOR_VERSION}")
}

fn image() -> String {
    format!("quay.io/prometheus/prometheus:{VERSION}")
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn the_release_can_be_unpacked_the_way_helm_does() {
        let packed = release(&json!({}))["data"]["release"]
            .as_str()
            .unwrap()
            .to_owned();

        let packed = STANDARD.decode(STANDARD.decode(packed).unwrap()).unwrap();
        let mut text = String::new();
        flate2::read::GzDecoder::new(packed.as_slice())
            .read_to_string(&mut text)
            .unwrap();

        let release: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            release["chart"]["metadata"]["name"],
            "kube-prometheus-stack"
        );
    }
}
