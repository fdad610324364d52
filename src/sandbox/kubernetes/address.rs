//! Which objects does a path of the Kubernetes API stand for?

use axum::http::Method;

use super::status::Failure;
use crate::sandbox::{state::KubernetesApi, tokens::Caller};

/// A type of object that the sandbox's API servers know.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Resource {
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
) -> Resource {
    Resource {
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
) -> Resource {
    let resource = namespaced(group_version, plural, kind, short_name);
    Resource {
        namespaced: false,
        ..resource
    }
}

pub(super) const OPERATOR_GROUP: &str = "monitoring.coreos.com";

const CORE: (&str, &str) = ("", "v1");
const APPS: (&str, &str) = ("apps", "v1");
const ADMISSION: (&str, &str) = ("admissionregistration.k8s.io", "v1");
const EXTENSIONS: (&str, &str) = ("apiextensions.k8s.io", "v1");
const OPERATOR: (&str, &str) = (OPERATOR_GROUP, "v1");
const OPERATOR_ALPHA: (&str, &str) = (OPERATOR_GROUP, "v1alpha1");

/// Every type there is.
#[rustfmt::skip]
pub(super) static RESOURCES: &[Resource] = &[
    namespaced(CORE, "configmaps", "ConfigMap", "cm"),
    cluster_wide(CORE, "namespaces", "Namespace", "ns"),
    cluster_wide(CORE, "nodes", "Node", "no"),
    namespaced(CORE, "pods", "Pod", "po"),
    namespaced(CORE, "secrets", "Secret", ""),
    namespaced(CORE, "serviceaccounts", "ServiceAccount", "sa"),
    namespaced(CORE, "services", "Service", "svc"),
    namespaced(APPS, "daemonsets", "DaemonSet", "ds"),
    namespaced(APPS, "deployments", "Deployment", "deploy"),
    namespaced(APPS, "statefulsets", "StatefulSet", "sts"),
    cluster_wide(ADMISSION, "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", ""),
    cluster_wide(EXTENSIONS, "customresourcedefinitions", "CustomResourceDefinition", "crd"),
    namespaced(OPERATOR, "prometheuses", "Prometheus", "prom"),
    namespaced(OPERATOR_ALPHA, "prometheusagents", "PrometheusAgent", "promagent"),
];

/// A path, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address<'a> {
    pub(super) resource: &'static Resource,
    pub(super) namespace: Option<&'a str>,
    /// Without a name the path stands for a list.
    pub(super) name: Option<&'a str>,
    pub(super) subresource: Option<&'a str>,
}

impl<'a> Address<'a> {
    /// Reads the segments of a path below `/api` or `/apis`.
    pub(super) fn read(segments: &[&'a str]) -> Option<Self> {
        let (group, version, rest) = match segments {
            ["api", version, rest @ ..] => ("", version, rest),
            ["apis", group, version, rest @ ..] => (*group, version, rest),
            _ => return None,
        };
        let find = |plural: &str, namespaced: bool| {
            RESOURCES.iter().find(|it| {
                (it.group, it.version, it.plural) == (group, *version, plural)
                    && (it.namespaced || !namespaced)
            })
        };
        let at = |resource, namespace, rest: &[&'a str]| match rest {
            [] => Some((resource, namespace, None, None)),
            [name] => Some((resource, namespace, Some(*name), None)),
            [name, subresource] => Some((resource, namespace, Some(*name), Some(*subresource))),
            _ => None,
        };
        let (resource, namespace, name, subresource) = match rest {
            ["namespaces", namespace, plural, rest @ ..] => {
                at(find(plural, true)?, Some(*namespace), rest)?
            }
            [plural, rest @ ..] => at(find(plural, false)?, None, rest)?,
            [] => return None,
        };
        let nameable = namespace.is_some() || !resource.namespaced;
        (name.is_none() || nameable).then_some(Self {
            resource,
            namespace,
            name,
            subresource,
        })
    }

    /// The types of the operator are there only where its objects are.
    pub(super) fn check_served(&self, api: &KubernetesApi) -> Result<(), Failure> {
        if self.resource.group != OPERATOR_GROUP || has_operator(api) {
            Ok(())
        } else {
            Err(Failure::NoSuchPath)
        }
    }

    pub(super) fn check_allowed(
        &self,
        api: &KubernetesApi,
        method: &Method,
        caller: &Caller,
    ) -> Result<(), Failure> {
        let is_elsewhere = api.only_namespace.is_some() && api.only_namespace != self.namespace;
        let mut forbidden = api.forbidden.iter();
        if is_elsewhere || forbidden.any(|it| *it == self.with_subresource()) {
            Err(Failure::forbidden(self, method, caller))
        } else {
            Ok(())
        }
    }

    /// The plural with its group, as messages write it.
    pub(super) fn qualified(&self) -> String {
        match self.resource.group {
            "" => self.resource.plural.to_owned(),
            group => format!("{}.{group}", self.resource.plural),
        }
    }

    /// Such as `serviceaccounts/token`.
    pub(super) fn with_subresource(&self) -> String {
        match self.subresource {
            Some(subresource) => format!("{}/{subresource}", self.resource.plural),
            None => self.resource.plural.to_owned(),
        }
    }
}

impl Resource {
    /// The `apiVersion` of its objects.
    pub(super) fn api_version(&self) -> String {
        match self.group {
            "" => self.version.to_owned(),
            group => format!("{group}/{}", self.version),
        }
    }
}

/// Whether the cluster has the types of the Prometheus operator.
pub(super) fn has_operator(api: &KubernetesApi) -> bool {
    api.objects.iter().any(|object| {
        object["apiVersion"]
            .as_str()
            .is_some_and(|version| version.starts_with(OPERATOR_GROUP))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(
        path: &'static str,
    ) -> Option<(&'static str, Option<&'static str>, Option<&'static str>)> {
        let segments: Vec<_> = path.split('/').skip(1).collect();
        let address = Address::read(&segments)?;
        Some((address.resource.kind, address.namespace, address.name))
    }

    #[test]
    fn a_path_stands_for_a_list_or_for_one_object() {
        for (path, expected) in [
            ("/api/v1/secrets", ("Secret", None, None)),
            ("/api/v1/namespaces", ("Namespace", None, None)),
            ("/api/v1/namespaces/a", ("Namespace", None, Some("a"))),
            ("/api/v1/namespaces/a/secrets", ("Secret", Some("a"), None)),
            (
                "/apis/apps/v1/namespaces/a/deployments/b",
                ("Deployment", Some("a"), Some("b")),
            ),
        ] {
            assert_eq!(read(path), Some(expected), "{path}");
        }
    }

    #[test]
    fn other_paths_stand_for_nothing() {
        for path in [
            "/api/v1",
            "/api/v2/secrets",
            "/api/v1/secrets/a",
            "/api/v1/namespaces/a/nodes",
            "/apis/apps/v1/secrets",
            "/healthz",
        ] {
            assert_eq!(read(path), None, "{path}");
        }
    }
}
