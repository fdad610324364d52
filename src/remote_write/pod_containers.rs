//! The containers of a pod that a file describes, and which of them are proxies.

use serde_yaml::Value;

use super::container::{ContainerVariable, variable, variable_in};
use super::sidecar::Sidecar;
use crate::target::{Containers, PodPaths, at_path};

/// The position of a container: in a list, or in a map by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ContainerPosition {
    Item(usize),
    Key(String),
}

impl PodPaths {
    /// All proxies among the containers.
    pub(crate) fn proxies(&self, found: &Value) -> Vec<(ContainerPosition, Sidecar)> {
        let read = |position: ContainerPosition, name: Option<&str>, container: &Value| {
            Sidecar::read(name, container).map(|sidecar| (position, sidecar))
        };
        match at_path(found, self.containers.path()) {
            Some(Value::Sequence(list)) => list
                .iter()
                .enumerate()
                .filter_map(|(index, container)| {
                    read(ContainerPosition::Item(index), None, container)
                })
                .collect(),
            Some(Value::Mapping(map)) => map
                .iter()
                .filter_map(|(key, container)| {
                    let key = key.as_str()?;
                    read(ContainerPosition::Key(key.to_owned()), Some(key), container)
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The container at this position.
    pub(crate) fn container<'a>(
        &self,
        found: &'a Value,
        position: &ContainerPosition,
    ) -> Option<&'a Value> {
        let containers = at_path(found, self.containers.path())?;
        match position {
            ContainerPosition::Item(index) => containers.get(*index),
            ContainerPosition::Key(key) => containers.get(key.as_str()),
        }
    }

    /// A variable in the environment of Prometheus itself.
    pub(super) fn prometheus_variable(&self, found: &Value, name: &str) -> ContainerVariable {
        if let Some(path) = self.environment {
            return at_path(found, path)
                .map_or(ContainerVariable::Absent, |list| variable_in(list, name));
        }
        let Containers::List { path, prometheus } = self.containers else {
            return ContainerVariable::Absent;
        };
        let containers = at_path(found, path).and_then(Value::as_sequence);
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

/// Calls `visit` for every map that may be a container, with its name: a key of its own, or the key of the map.
pub(crate) fn walk_containers<'a>(
    value: &'a Value,
    key: Option<&'a str>,
    visit: &mut impl FnMut(Option<&'a str>, &'a Value),
) {
    match value {
        Value::Mapping(map) => {
            let name = map.get("name").and_then(Value::as_str).or(key);
            visit(name, value);
            for (key, below) in map {
                walk_containers(below, key.as_str(), visit);
            }
        }
        Value::Sequence(items) => items
            .iter()
            .for_each(|item| walk_containers(item, None, visit)),
        _ => {}
    }
}
