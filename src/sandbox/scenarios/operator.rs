//! What people do with the Prometheus Operator without its chart: a resource of their own, and definitions that were not upgraded.

use serde_json::{Value, json};

use super::kube_prometheus_stack;
use crate::sandbox::state::{KubernetesApi, guid_for};

const NAMESPACE: &str = "monitoring";
const PROMETHEUS: &str = "plain";

/// Puts a Prometheus in place of the chart's that was made with `kubectl apply`, with settings that a connection must not touch.
pub(super) fn apply_a_plain_resource(api: &mut KubernetesApi) {
    kube_prometheus_stack::keep_operator_only(&mut api.objects);
    api.objects.push(json!({
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "prometheus", "namespace": NAMESPACE},
    }));
    api.objects.push(plain_resource());
}

fn plain_resource() -> Value {
    let spec = json!({
        "version": "v3.14.0",
        "replicas": 2,
        "serviceAccountName": "prometheus",
        "serviceMonitorSelector": {"matchLabels": {"team": "shop"}},
        "externalLabels": {"region": "north"},
        "remoteWrite": [{"name": "mimir", "url": "http://mimir.example/api/v1/push"}],
        "volumes": [{"name": "rules", "configMap": {"name": "rules"}}],
        "volumeMounts": [{"name": "rules", "mountPath": "/etc/rules"}],
    });
    let metadata = json!({"annotations": {}, "name": PROMETHEUS, "namespace": NAMESPACE});
    let mut resource = json!({
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "Prometheus",
        "metadata": metadata,
        "spec": spec,
    });
    // kubectl keeps what was applied last in an annotation, with a line break at the end, and merges three ways from it.
    let last_applied = format!("{resource}\n");
    resource["metadata"] = json!({
        "name": PROMETHEUS,
        "namespace": NAMESPACE,
        "uid": guid_for("object plain"),
        "generation": 1,
        "resourceVersion": "1000",
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": last_applied},
        "managedFields": [{
            "manager": "kubectl-client-side-apply",
            "operation": "Update",
            "apiVersion": "monitoring.coreos.com/v1",
            "fieldsType": "FieldsV1",
            "fieldsV1": {"f:spec": {".": {}, "f:remoteWrite": {}, "f:volumes": {}, "f:volumeMounts": {}}},
        }],
    });
    resource
}

fn plain_of(api: &mut KubernetesApi) -> &mut Value {
    let mut objects = api.objects.iter_mut();
    objects
        .find(|object| object["kind"] == "Prometheus")
        .expect("the plain resource is there")
}

/// Leaves the resource without any selector.
pub(super) fn select_nothing(api: &mut KubernetesApi) {
    // Without any selector the Operator leaves the configuration Secret to the user.
    let spec = plain_of(api)["spec"].as_object_mut();
    spec.expect("it is a map").remove("serviceMonitorSelector");
}

pub(super) fn pause(api: &mut KubernetesApi) {
    plain_of(api)["spec"]["paused"] = json!(true);
}

pub(super) fn watch_apps_only(api: &mut KubernetesApi) {
    let mut deployments = api.objects.iter_mut();
    let operator = deployments.find(|object| object["kind"] == "Deployment");
    let operator = operator.expect("the Operator is there");
    operator["spec"]["template"]["spec"]["containers"][0]["args"] =
        // The Operator ignores resources elsewhere without a word in their status.
        json!(["--namespaces=apps", "--log-level=info"]);
}

/// Gives the name of our remote write to one that writes to another service.
pub(super) fn take_the_name(api: &mut KubernetesApi) {
    plain_of(api)["spec"]["remoteWrite"][0]["name"] = json!("azure-monitor-amw-aks-prod");
}

pub(super) fn annotate_for_another(api: &mut KubernetesApi) {
    let annotations = json!({"azure.workload.identity/client-id": guid_for("another identity")});
    for object in &mut api.objects {
        if object["kind"] == "ServiceAccount" {
            object["metadata"]["annotations"] = annotations.clone();
        }
    }
}

pub(super) fn track_by_argo_cd(api: &mut KubernetesApi) {
    // Argo CD tracks by annotation: `APP:GROUP/KIND:NAMESPACE/NAME`.
    let id = "shop:monitoring.coreos.com/Prometheus:monitoring/plain";
    plain_of(api)["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"] = json!(id);
}

/// Marks everything of the release as Flux's helm-controller does.
pub(super) fn install_by_flux(api: &mut KubernetesApi) {
    for object in &mut api.objects {
        let labels = object["metadata"]["labels"].as_object_mut();
        if let Some(labels) = labels.filter(|labels| labels.contains_key("release")) {
            labels.insert("helm.toolkit.fluxcd.io/name".to_owned(), json!("stack"));
            labels.insert(
                "helm.toolkit.fluxcd.io/namespace".to_owned(),
                json!(NAMESPACE),
            );
        }
    }
}

/// Has the Operator 0.93 run with the definitions of release 0.72, as `helm upgrade` leaves them.
pub(super) fn keep_old_definitions(api: &mut KubernetesApi) {
    let text = json!({"type": "string"});
    // An API server drops what the schema lacks, so other methods vanish without an error.
    let azure_ad = json!({"type": "object", "properties": {
        "cloud": text,
        "managedIdentity": {"type": "object", "properties": {"clientId": text}},
    }});
    let queue = json!({"type": "object", "properties": {"maxShards": {"type": "integer"}, "retryOnRateLimit": {"type": "boolean"}}});
    let entry = json!({"type": "object", "properties": {
        "name": text, "url": text, "azureAd": azure_ad, "queueConfig": queue}});
    let spec = json!({"type": "object", "properties": {
        "externalLabels": {"type": "object", "additionalProperties": text},
        "podMetadata": {"type": "object", "properties": {"labels": {"additionalProperties": text}}},
        "remoteWrite": {"type": "array", "items": entry},
    }});
    api.objects.push(json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": "prometheuses.monitoring.coreos.com",
            // The release of the Operator that the schema is from; very old definitions lack it.
            "annotations": {"operator.prometheus.io/version": "0.72.0"},
        },
        "spec": {
            "group": "monitoring.coreos.com",
            "names": {"kind": "Prometheus", "plural": "prometheuses"},
            "scope": "Namespaced",
            "versions": [{
                "name": "v1",
                "served": true,
                "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}},
            }],
        },
    }));
}
