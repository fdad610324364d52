//! Which Prometheus resources does an Operator act on? Pure reading of its Deployment.

use super::server::{PrometheusServer, Workload, repository, tag, version};

/// A Deployment of the Prometheus Operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operator {
    /// `namespace/name` of its Deployment.
    reference: String,
    /// `None` where the tag of its image is not a version.
    pub(super) version: Option<String>,
    scope: WatchedNamespaces,
    /// Why it does not run, such as `has no replicas`.
    stopped: Option<&'static str>,
}

/// <https://prometheus-operator.dev/docs/platform/operator/>: `--prometheus-instance-namespaces` wins over `--namespaces`,
/// which excludes `--deny-namespaces`.
#[derive(Debug, Clone, PartialEq, Eq)]
enum WatchedNamespaces {
    All,
    Only(Vec<String>),
    Except(Vec<String>),
}

impl WatchedNamespaces {
    fn of(arguments: &[String]) -> Self {
        for flag in ["prometheus-instance-namespaces", "namespaces"] {
            let named = namespaces(arguments, flag);
            if !named.is_empty() {
                return Self::Only(named);
            }
        }
        match namespaces(arguments, "deny-namespaces") {
            denied if denied.is_empty() => Self::All,
            denied => Self::Except(denied),
        }
    }

    fn has(&self, namespace: &str) -> bool {
        let is_named = |all: &Vec<String>| all.iter().any(|one| one == namespace);
        match self {
            Self::All => true,
            // The value of a variable such as `$(POD_NAMESPACE)` is not known here.
            Self::Only(all) => is_named(all) || all.iter().any(|one| one.contains("$(")),
            Self::Except(all) => !is_named(all),
        }
    }
}

impl Operator {
    /// `None` for every other Deployment.
    pub(super) fn from_workload(workload: &Workload) -> Option<Self> {
        let containers = &workload.pod()?.containers;
        let is_operator = |image: &str| {
            let name = repository(image).rsplit('/').next().unwrap_or_default();
            // Red Hat calls its build `ose-prometheus-operator`.
            name == "prometheus-operator" || name.ends_with("-prometheus-operator")
        };
        let container = containers
            .iter()
            .find(|one| one.image.as_deref().is_some_and(is_operator))?;
        let arguments = container.command.iter().chain(&container.args);
        let arguments: Vec<String> = arguments.flatten().cloned().collect();
        let metadata = &workload.metadata;
        Some(Self {
            reference: format!("{}/{}", metadata.namespace, metadata.name),
            version: container.image.as_deref().and_then(tag).and_then(version),
            scope: WatchedNamespaces::of(&arguments),
            stopped: stopped(workload),
        })
    }
}

/// Why no Operator acts on the resource of this server; `None` where one does, or may.
pub(crate) fn absence(operators: &[Operator], server: &PrometheusServer) -> Option<String> {
    let kind = server.resource_kind()?;
    let (watching, others): (Vec<&Operator>, Vec<&Operator>) = operators
        .iter()
        .partition(|one| one.scope.has(&server.namespace));
    let resource = format!("{kind} {}", server.reference());
    let stopped: Vec<String> = watching
        .iter()
        .filter_map(|one| Some(format!("{} {}", one.reference, one.stopped?)))
        .collect();
    if watching.len() > stopped.len() {
        return None;
    }
    if !stopped.is_empty() {
        return Some(format!(
            "the Prometheus Operator for {resource} is not running: Deployment {}",
            stopped.join(", ")
        ));
    }
    // An Operator that was not found, such as one outside the cluster, has reported on the newest change.
    if server.is_observed {
        return None;
    }
    Some(match others.as_slice() {
        [] => format!(
            "no Deployment of the Prometheus Operator is visible, so changes of {resource} have no effect"
        ),
        others => {
            let names: Vec<&str> = others.iter().map(|one| one.reference.as_str()).collect();
            format!(
                "the Prometheus Operator does not watch namespace `{}`, so changes of {resource} have no effect \
                 (arguments of Deployment {})",
                server.namespace,
                names.join(", ")
            )
        }
    })
}

fn stopped(workload: &Workload) -> Option<&'static str> {
    if workload.spec.as_ref()?.replicas == Some(0) {
        return Some("has no replicas");
    }
    workload
        .status
        .denies("Available")
        .then_some("has no available pod")
}

/// The names that a flag of Go's `flag` package gives: one or two hyphens, its value behind `=` or in the next word.
fn namespaces(arguments: &[String], flag: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (index, argument) in arguments.iter().enumerate() {
        let Some(word) = argument.strip_prefix('-') else {
            continue;
        };
        let word = word.strip_prefix('-').unwrap_or(word);
        let value = match word.strip_prefix(flag) {
            Some("") => arguments.get(index + 1).map(String::as_str),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        let names = value.into_iter().flat_map(|value| value.split(','));
        all.extend(names.filter(|name| !name.is_empty()).map(str::to_owned));
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::cluster::server::WorkloadKind;
    use crate::target::resource_kind::ResourceKind;

    fn operator(change: &Value) -> Operator {
        let mut container = json!({"name": "operator",
            "image": "quay.io/prometheus-operator/prometheus-operator:v0.88.1"});
        if let Some(arguments) = change.get("args") {
            container["args"] = arguments.clone();
        }
        let workload = json!({
            "metadata": {"name": "operator", "namespace": "operators"},
            "spec": {"replicas": change.get("replicas").unwrap_or(&json!(1)),
                     "template": {"spec": {"containers": [container]}}},
            "status": {"conditions": change.get("conditions").unwrap_or(&json!([]))},
        });
        Operator::from_workload(&serde_json::from_value(workload).unwrap()).unwrap()
    }

    fn server() -> PrometheusServer {
        let kind = WorkloadKind::CustomResource(ResourceKind::Prometheus);
        PrometheusServer::example("monitoring/main", kind)
    }

    fn with(arguments: &[&str]) -> Option<String> {
        absence(&[operator(&json!({"args": arguments}))], &server())
    }

    #[test]
    fn the_version_of_the_operator_is_read_from_its_image() {
        let deployment = |image: &str| {
            let containers = json!([{"name": "main", "image": image}]);
            let workload =
                json!({"metadata": {}, "spec": {"template": {"spec": {"containers": containers}}}});
            Operator::from_workload(&serde_json::from_value(workload).unwrap())
        };

        let released = operator(&json!({}));
        assert_eq!(released.version.as_deref(), Some("0.88.1"));
        let digest = "registry.example/openshift4/ose-prometheus-operator@sha256:0123";
        assert_eq!(deployment(digest).unwrap().version, None);
        let reloader = "quay.io/prometheus-operator/prometheus-config-reloader:v0.88.1";
        assert_eq!(deployment(reloader), None);
    }

    #[test]
    fn an_operator_acts_on_the_namespaces_that_its_arguments_name() {
        for watching in [
            &[][..],
            &["--namespaces=apps,monitoring"],
            &["-namespaces", "monitoring"],
            &[
                "--namespaces=apps",
                "--prometheus-instance-namespaces=monitoring",
            ],
            &["--deny-namespaces=apps"],
            &["--namespaces=$(POD_NAMESPACE)"],
            &["--namespaces="],
            &["--alertmanager-instance-namespaces=apps"],
        ] {
            assert_eq!(with(watching), None, "{watching:?}");
        }
        for other in [
            &["--namespaces=apps"][..],
            &[
                "--namespaces=monitoring",
                "--prometheus-instance-namespaces=apps",
            ],
            &["--deny-namespaces", "apps,monitoring"],
        ] {
            let why = with(other).unwrap();
            assert!(
                why.contains("does not watch namespace `monitoring`"),
                "{other:?}: {why}"
            );
        }
    }

    #[test]
    fn an_operator_that_does_not_run_is_named() {
        let none = operator(&json!({"replicas": 0}));
        let failing = operator(&json!({"conditions": [{"type": "Available", "status": "False"}]}));
        let observed = PrometheusServer {
            is_observed: true,
            ..server()
        };

        let why = absence(std::slice::from_ref(&none), &observed).unwrap();
        assert!(why.ends_with("operators/operator has no replicas"), "{why}");
        let why = absence(std::slice::from_ref(&failing), &server()).unwrap();
        assert!(
            why.ends_with("operators/operator has no available pod"),
            "{why}"
        );
        assert_eq!(absence(&[none, operator(&json!({}))], &server()), None);
    }

    #[test]
    fn an_operator_that_is_not_found_may_have_reported_on_the_resource() {
        let observed = PrometheusServer {
            is_observed: true,
            ..server()
        };

        assert!(
            absence(&[], &server())
                .unwrap()
                .starts_with("no Deployment")
        );
        assert_eq!(absence(&[], &observed), None);
        let plain = PrometheusServer {
            kind: WorkloadKind::Deployment,
            ..server()
        };
        assert_eq!(absence(&[], &plain), None);
    }
}
