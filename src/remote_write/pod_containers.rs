//! The containers of a pod that a file describes, and which of them are proxies.

use serde_yaml::Value;

use super::container::{ContainerVariable, variable, variable_in};
use super::sidecar::Sidecar;
use crate::target::{Containers, PathSegment, PodPaths, at_path, key_path};

/// The position of a container: in a list, or in a map by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ContainerPosition {
    Item(usize),
    Key(String),
    /// In the list of init containers.
    Init(usize),
}

/// Whether an init container runs beside the others: <https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/>.
fn keeps_running(container: &Value) -> bool {
    container["restartPolicy"] == "Always"
}

/// What the lists of init containers are called in resources and charts.
const INIT_CONTAINER_KEYS: [&str; 2] = ["initContainers", "extraInitContainers"];

/// Whether this path ends in a list of init containers.
pub(crate) fn is_init_containers(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or_default();
    INIT_CONTAINER_KEYS.contains(&last)
}

impl PodPaths {
    /// All proxies among the containers, and among the init containers that run beside them.
    pub(crate) fn proxies(&self, found: &Value) -> Vec<(ContainerPosition, Sidecar)> {
        let read = |position: ContainerPosition, name: Option<&str>, container: &Value| {
            Sidecar::read(name, container).map(|sidecar| (position, sidecar))
        };
        let mut proxies = match at_path(found, self.containers.path()) {
            Some(Value::Sequence(list)) => list
                .iter()
                .enumerate()
                .filter_map(|(index, container)| {
                    read(ContainerPosition::Item(index), None, container)
                })
                .collect(),
            // The chart `prometheus` has a map of containers by their names (`server.sidecarContainers`).
            Some(Value::Mapping(map)) => map
                .iter()
                .filter_map(|(key, container)| {
                    let key = key.as_str()?;
                    read(ContainerPosition::Key(key.to_owned()), Some(key), container)
                })
                .collect(),
            _ => Vec::new(),
        };
        let native = self.native_sidecars(found).into_iter();
        proxies.extend(native.filter_map(|(index, container)| {
            read(ContainerPosition::Init(index), None, container)
        }));
        proxies
    }

    /// The init containers that run beside the others, each with its place in the list.
    pub(crate) fn native_sidecars<'a>(&self, found: &'a Value) -> Vec<(usize, &'a Value)> {
        let list = at_path(found, self.init_containers).and_then(Value::as_sequence);
        let all = list.into_iter().flatten().enumerate();
        all.filter(|(_, container)| keeps_running(container))
            .collect()
    }

    /// The container at this position.
    pub(crate) fn container<'a>(
        &self,
        found: &'a Value,
        position: &ContainerPosition,
    ) -> Option<&'a Value> {
        let containers = || at_path(found, self.containers.path());
        match position {
            ContainerPosition::Item(index) => containers()?.get(*index),
            ContainerPosition::Key(key) => containers()?.get(key.as_str()),
            ContainerPosition::Init(index) => at_path(found, self.init_containers)?.get(*index),
        }
    }

    /// A variable in the environment of Prometheus itself.
    pub(super) fn prometheus_variable(&self, found: &Value, name: &str) -> ContainerVariable {
        // The chart `prometheus` keeps the environment of its server outside of the containers (`server.env`).
        if let Some(path) = self.environment {
            return at_path(found, path)
                .map_or(ContainerVariable::Absent, |list| variable_in(list, name));
        }
        let Containers::List { path, prometheus } = self.containers else {
            return ContainerVariable::Absent;
        };
        let containers = at_path(found, path).and_then(Value::as_sequence);
        // The Operator merges an item of this name into the container that it generates, so its variables are
        // those of Prometheus.
        let own = containers
            .into_iter()
            .flatten()
            .find(|each| each["name"] == prometheus);
        own.map_or(ContainerVariable::Absent, |own| variable(own, name))
    }
}

/// All proxies among the containers of these documents, in any kind of resource.
pub(crate) fn proxies_in(documents: &[Value]) -> Vec<Sidecar> {
    let mut found = Vec::new();
    for document in documents {
        walk_containers(document, None, &mut |name, container| {
            found.extend(Sidecar::read(name, container));
        });
    }
    found
}

/// The images of Prometheus among the containers of a document, in any kind of resource.
pub(crate) fn images_of_prometheus(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk_containers(document, None, &mut |_, container| {
        let image = container["image"].as_str().unwrap_or_default();
        let name = image.rsplit('/').next().unwrap_or_default();
        if name.split([':', '@']).next() == Some("prometheus") {
            found.push(image.to_owned());
        }
    });
    found
}

/// A proxy at a place from which nothing takes containers.
pub(crate) struct MisplacedProxy {
    /// Down to the list or map of containers.
    pub(crate) path: Vec<PathSegment>,
    pub(crate) proxy: Sidecar,
}

/// What lists and maps of containers are called in one chart or another.
const CONTAINER_KEYS: [&str; 4] = [
    "containers",
    "sidecarContainers",
    "extraContainers",
    "sidecars",
];

impl PodPaths {
    /// The proxies in the sections of Prometheus that are outside of its containers.
    pub(crate) fn misplaced_proxies(&self, found: &Value) -> Vec<MisplacedProxy> {
        let own = self.containers.path();
        let is_section = |key: &str| own.contains(&key) || is_container_list(key);
        let mut misplaced = Vec::new();
        for (key, below) in found.as_mapping().into_iter().flatten() {
            if let Some(key) = key.as_str().filter(|key| is_section(key)) {
                search(
                    below,
                    &mut vec![PathSegment::Key(key.to_owned())],
                    own,
                    &mut misplaced,
                );
            }
        }
        misplaced
    }
}

fn is_container_list(key: &str) -> bool {
    CONTAINER_KEYS.contains(&key) || INIT_CONTAINER_KEYS.contains(&key)
}

fn search(
    value: &Value,
    path: &mut Vec<PathSegment>,
    own: &[&str],
    found: &mut Vec<MisplacedProxy>,
) {
    // A whole resource that the chart creates has containers of its own.
    if value.get("kind").is_some() && value.get("apiVersion").is_some() {
        return;
    }
    let is_own = key_path(path) == own.join(".");
    let is_list = matches!(path.last(), Some(PathSegment::Key(key)) if is_container_list(key));
    if is_own {
        return;
    }
    let is_init = is_init_containers(&key_path(path));
    if is_list {
        let items = value
            .as_sequence()
            .into_iter()
            .flatten()
            .map(|item| (None, item));
        let named = value.as_mapping().into_iter().flatten();
        let named = named.map(|(key, item)| (key.as_str(), item));
        let proxies = items
            .chain(named)
            .filter(|(_, item)| !is_init || !keeps_running(item))
            .filter_map(|(name, item)| Sidecar::read(name, item));
        found.extend(proxies.map(|proxy| MisplacedProxy {
            path: path.clone(),
            proxy,
        }));
        return;
    }
    for (key, below) in value.as_mapping().into_iter().flatten() {
        if let Some(key) = key.as_str() {
            path.push(PathSegment::Key(key.to_owned()));
            search(below, path, own, found);
            path.pop();
        }
    }
}

/// Calls `visit` for every map that may be a container, with its name: a key of its own, or the key of the map.
pub(crate) fn walk_containers<'a>(
    value: &'a Value,
    key: Option<&'a str>,
    visit: &mut impl FnMut(Option<&'a str>, &'a Value),
) {
    match value {
        Value::Mapping(map) => {
            let name = map.get("name").and_then(Value::as_str).or(key);
            // Any map may be a container: charts and manifests put them in many places, and a proxy is recognised by
            // its image or variables.
            visit(name, value);
            for (key, below) in map {
                let key = key.as_str();
                let items = below
                    .as_sequence()
                    .filter(|_| key.is_some_and(is_init_containers));
                match items {
                    // The others end before Prometheus starts.
                    Some(items) => items
                        .iter()
                        .filter(|item| keeps_running(item))
                        .for_each(|item| walk_containers(item, None, visit)),
                    None => walk_containers(below, key, visit),
                }
            }
        }
        Value::Sequence(items) => items
            .iter()
            .for_each(|item| walk_containers(item, None, visit)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;

    fn misplaced(target: Target, text: &str) -> Vec<String> {
        let found = serde_yaml::from_str(text).unwrap();
        let all = target.pod().unwrap().misplaced_proxies(&found);
        all.iter().map(|one| key_path(&one.path)).collect()
    }

    #[test]
    fn a_proxy_outside_of_the_containers_of_prometheus_is_misplaced() {
        let stack = |text: &str| misplaced(Target::KubePrometheusStack, text);
        let proxy = "[{name: s, image: prom-remotewrite}]";

        assert_eq!(
            stack(&format!("prometheus: {{containers: {proxy}}}")),
            ["prometheus.containers"]
        );
        assert_eq!(stack(&format!("containers: {proxy}")), ["containers"]);
        assert_eq!(
            misplaced(
                Target::PrometheusChart,
                "server: {extraContainers: {s: {image: prom-remotewrite}}}"
            ),
            ["server.extraContainers"]
        );
    }

    #[test]
    fn an_init_container_runs_beside_prometheus_only_with_its_restart_policy() {
        let init = |policy: &str| format!("[{{name: s, image: prom-remotewrite{policy}}}]");
        let (native, before) = (init(", restartPolicy: Always"), init(""));

        for (target, path) in [
            (Target::CustomResource, "spec.initContainers"),
            (
                Target::KubePrometheusStack,
                "prometheus.prometheusSpec.initContainers",
            ),
            (Target::PrometheusChart, "server.extraInitContainers"),
        ] {
            let text = |list: &str| {
                let keys: Vec<&str> = path.split('.').collect();
                format!(
                    "{}{list}{}",
                    keys.iter()
                        .map(|key| format!("{{{key}: "))
                        .collect::<String>(),
                    "}".repeat(keys.len())
                )
            };
            let proxies = |list: &str| {
                let found: Value = serde_yaml::from_str(&text(list)).unwrap();
                target.pod().unwrap().proxies(&found).len()
            };
            assert_eq!((proxies(&native), proxies(&before)), (1, 0), "{target}");
            assert_eq!(misplaced(target, &text(&native)), [""; 0], "{target}");
            assert_eq!(misplaced(target, &text(&before)), [path], "{target}");
        }
        let pod = |list: &str| {
            serde_yaml::from_str(&format!("{{kind: Pod, spec: {{initContainers: {list}}}}}"))
                .unwrap()
        };
        assert_eq!(proxies_in(&[pod(&native)]).len(), 1);
        assert_eq!(proxies_in(&[pod(&before)]).len(), 0);
    }

    #[test]
    fn a_proxy_that_runs_is_not_misplaced() {
        let proxy = "[{name: s, image: prom-remotewrite}]";
        for text in [
            format!("prometheus: {{prometheusSpec: {{containers: {proxy}}}}}"),
            format!("extraManifests: [{{spec: {{containers: {proxy}}}}}]"),
            format!("prometheus: {{x: {{apiVersion: v1, kind: Pod, containers: {proxy}}}}}"),
        ] {
            assert_eq!(
                misplaced(Target::KubePrometheusStack, &text),
                [""; 0],
                "{text}"
            );
        }
    }
}
