//! The types of objects that the sandbox's API servers know: those of an install of kube-prometheus-stack.

use serde_json::{Value, json};

use crate::sandbox::state::KubernetesApi;

/// A type of object.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ApiResource {
    /// Empty for the core group.
    pub(super) group: &'static str,
    pub(super) version: &'static str,
    pub(super) plural: &'static str,
    pub(super) kind: &'static str,
    /// What people type; empty where there is none.
    pub(super) short_name: &'static str,
    pub(super) namespaced: bool,
}

/// A type of objects that live in namespaces.
const fn namespaced(
    (group, version): (&'static str, &'static str),
    plural: &'static str,
    kind: &'static str,
    short_name: &'static str,
) -> ApiResource {
    ApiResource {
        group,
        version,
        plural,
        kind,
        short_name,
        namespaced: true,
    }
}

/// A type of objects that belong to the cluster as a whole.
const fn cluster_wide(
    group_version: (&'static str, &'static str),
    plural: &'static str,
    kind: &'static str,
    short_name: &'static str,
) -> ApiResource {
    let resource = namespaced(group_version, plural, kind, short_name);
    ApiResource {
        namespaced: false,
        ..resource
    }
}

const OPERATOR_GROUP: &str = "monitoring.coreos.com";

const CORE: (&str, &str) = ("", "v1");
const ADMISSION: (&str, &str) = ("admissionregistration.k8s.io", "v1");
const APPS: (&str, &str) = ("apps", "v1");
const BATCH: (&str, &str) = ("batch", "v1");
const COORDINATION: (&str, &str) = ("coordination.k8s.io", "v1");
const EXTENSIONS: (&str, &str) = ("apiextensions.k8s.io", "v1");
const NETWORKING: (&str, &str) = ("networking.k8s.io", "v1");
const OPERATOR: (&str, &str) = (OPERATOR_GROUP, "v1");
const OPERATOR_ALPHA: (&str, &str) = (OPERATOR_GROUP, "v1alpha1");
const POLICY: (&str, &str) = ("policy", "v1");
const RBAC: (&str, &str) = ("rbac.authorization.k8s.io", "v1");

/// Every type there is.
#[rustfmt::skip]
pub(super) static RESOURCES: &[ApiResource] = &[
    namespaced(CORE, "configmaps", "ConfigMap", "cm"),
    namespaced(CORE, "endpoints", "Endpoints", "ep"),
    namespaced(CORE, "events", "Event", "ev"),
    cluster_wide(CORE, "namespaces", "Namespace", "ns"),
    cluster_wide(CORE, "nodes", "Node", "no"),
    namespaced(CORE, "persistentvolumeclaims", "PersistentVolumeClaim", "pvc"),
    namespaced(CORE, "pods", "Pod", "po"),
    namespaced(CORE, "secrets", "Secret", ""),
    namespaced(CORE, "serviceaccounts", "ServiceAccount", "sa"),
    namespaced(CORE, "services", "Service", "svc"),
    cluster_wide(ADMISSION, "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", ""),
    cluster_wide(ADMISSION, "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", ""),
    cluster_wide(EXTENSIONS, "customresourcedefinitions", "CustomResourceDefinition", "crd"),
    namespaced(APPS, "daemonsets", "DaemonSet", "ds"),
    namespaced(APPS, "deployments", "Deployment", "deploy"),
    namespaced(APPS, "replicasets", "ReplicaSet", "rs"),
    namespaced(APPS, "statefulsets", "StatefulSet", "sts"),
    namespaced(BATCH, "jobs", "Job", ""),
    namespaced(COORDINATION, "leases", "Lease", ""),
    namespaced(NETWORKING, "ingresses", "Ingress", "ing"),
    namespaced(NETWORKING, "networkpolicies", "NetworkPolicy", "netpol"),
    namespaced(POLICY, "poddisruptionbudgets", "PodDisruptionBudget", "pdb"),
    cluster_wide(RBAC, "clusterrolebindings", "ClusterRoleBinding", ""),
    cluster_wide(RBAC, "clusterroles", "ClusterRole", ""),
    namespaced(RBAC, "rolebindings", "RoleBinding", ""),
    namespaced(RBAC, "roles", "Role", ""),
    namespaced(OPERATOR, "alertmanagers", "Alertmanager", "am"),
    namespaced(OPERATOR, "podmonitors", "PodMonitor", "pmon"),
    namespaced(OPERATOR, "probes", "Probe", "prb"),
    namespaced(OPERATOR, "prometheuses", "Prometheus", "prom"),
    namespaced(OPERATOR, "prometheusrules", "PrometheusRule", "promrule"),
    namespaced(OPERATOR, "servicemonitors", "ServiceMonitor", "smon"),
    namespaced(OPERATOR, "thanosrulers", "ThanosRuler", "ruler"),
    namespaced(OPERATOR_ALPHA, "alertmanagerconfigs", "AlertmanagerConfig", "amcfg"),
    namespaced(OPERATOR_ALPHA, "prometheusagents", "PrometheusAgent", "promagent"),
    namespaced(OPERATOR_ALPHA, "scrapeconfigs", "ScrapeConfig", "scfg"),
];

/// Types that `kubectl get all` shows.
const CATEGORY_ALL: [&str; 7] = [
    "Pod",
    "Service",
    "DaemonSet",
    "Deployment",
    "ReplicaSet",
    "StatefulSet",
    "Job",
];

impl ApiResource {
    /// The `apiVersion` of its objects.
    pub(super) fn api_version(&self) -> String {
        match self.group {
            "" => self.version.to_owned(),
            group => format!("{group}/{}", self.version),
        }
    }

    /// Whether an object is of this type.
    pub(super) fn describes(&self, object: &Value) -> bool {
        // The kind alone is not enough: groups of other vendors have kinds of the same name.
        object["kind"] == self.kind && object["apiVersion"] == self.api_version().as_str()
    }

    /// Whether the type is not one of Kubernetes' own.
    pub(super) fn is_custom(&self) -> bool {
        self.group == OPERATOR_GROUP
    }

    pub(super) fn categories(&self) -> Vec<&'static str> {
        if CATEGORY_ALL.contains(&self.kind) {
            vec!["all"]
        } else if self.is_custom() {
            vec!["prometheus-operator"]
        } else {
            Vec::new()
        }
    }

    pub(super) fn short_names(&self) -> Vec<&'static str> {
        match self.short_name {
            "" => Vec::new(),
            name => vec![name],
        }
    }
}

/// The types of this cluster: those of the Operator are there only where it is installed.
pub(super) fn served(api: &KubernetesApi) -> impl Iterator<Item = &'static ApiResource> {
    let operator = has_operator(api);
    RESOURCES
        .iter()
        .filter(move |resource| operator || !resource.is_custom())
}

/// Whether the cluster has the types of the Prometheus Operator: an object of one, or their definitions.
pub(super) fn has_operator(api: &KubernetesApi) -> bool {
    api.objects.iter().any(|object| {
        let is_custom = |text: &Value| text.as_str().is_some_and(|it| it.contains(OPERATOR_GROUP));
        is_custom(&object["apiVersion"])
            || object["kind"] == "CustomResourceDefinition" && is_custom(&object["metadata"]["name"])
            // The Operator brings the definitions along.
            || object["kind"] == "Deployment" && object["metadata"]["name"].as_str().is_some_and(|it| it.ends_with("-operator"))
    })
}

/// An object of any type, reduced to its metadata.
pub(super) fn partial_metadata(object: &Value) -> Value {
    json!({
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": object["metadata"],
    })
}
