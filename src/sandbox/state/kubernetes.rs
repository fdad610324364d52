//! The objects of a cluster that its API server serves.

use std::{collections::VecDeque, sync::Arc};

use serde_json::Value;
use tokio::sync::broadcast;

/// How many past changes a late watcher can still get; a real server forgets them after some minutes.
const REMEMBERED: usize = 1000;
/// The version of a cluster that nothing has changed yet.
const FIRST_REVISION: u64 = 1000;

/// The API server of one cluster.
#[derive(Clone, Debug)]
pub(crate) struct KubernetesApi {
    /// Whether it answers.
    pub(crate) reachable: bool,
    /// What the kubeconfig's user may not touch, such as `secrets` or `serviceaccounts/token`.
    pub(crate) forbidden: Vec<&'static str>,
    /// The only namespace that the kubeconfig's user may look into.
    pub(crate) only_namespace: Option<&'static str>,
    /// The program that the kubeconfig of Azure runs to sign in, instead of holding a token.
    pub(crate) sign_in_plugin: Option<&'static str>,
    /// Whole objects with `apiVersion`, `kind` and `metadata`.
    pub(crate) objects: Vec<Value>,
    /// Counts the changes; each object carries the one that it was written at as its `resourceVersion`.
    revision: u64,
    changes: VecDeque<Arc<ObjectChange>>,
    watchers: broadcast::Sender<Arc<ObjectChange>>,
}

/// One change, as a watcher hears of it.
#[derive(Debug)]
pub(crate) struct ObjectChange {
    pub(crate) revision: u64,
    /// The object before; `None` when it was created.
    pub(crate) before: Option<Value>,
    /// The object after; `None` when it was deleted.
    pub(crate) after: Option<Value>,
}

/// Changes that were, and those to come.
pub(crate) type ChangeFeed = (
    Vec<Arc<ObjectChange>>,
    broadcast::Receiver<Arc<ObjectChange>>,
);

impl KubernetesApi {
    pub(crate) fn new(objects: Vec<Value>) -> Self {
        Self {
            reachable: true,
            forbidden: Vec::new(),
            only_namespace: None,
            sign_in_plugin: None,
            objects,
            revision: FIRST_REVISION,
            changes: VecDeque::new(),
            watchers: broadcast::Sender::new(REMEMBERED),
        }
    }

    /// The object of that kind and name; cluster-wide objects have no namespace.
    pub(crate) fn object(&self, kind: &str, namespace: Option<&str>, name: &str) -> Option<&Value> {
        self.objects
            .iter()
            .find(|object| is_called(object, kind, namespace, name))
    }

    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// Stores an object in place of the one with its kind and name, or as a new one, and gives it its version.
    pub(crate) fn store(&mut self, mut object: Value) -> Value {
        self.revision += 1;
        // One counter for all objects, as in etcd: a list and a watch of different kinds can be compared.
        object["metadata"]["resourceVersion"] = self.revision.to_string().into();
        let (kind, namespace, name) = identity(&object);
        let place = self
            .objects
            .iter_mut()
            .find(|held| is_called(held, kind, namespace, name));
        let before = match place {
            Some(held) => Some(std::mem::replace(held, object.clone())),
            None => {
                self.objects.push(object.clone());
                None
            }
        };
        self.announce(before, Some(object.clone()));
        object
    }

    /// Removes the object of that kind and name, and what it owns.
    pub(crate) fn remove(&mut self, kind: &str, namespace: Option<&str>, name: &str) {
        let found = self
            .objects
            .iter()
            .position(|object| is_called(object, kind, namespace, name));
        let Some(found) = found else { return };
        let gone = self.objects.remove(found);
        let depends = |object: &Value| {
            let owners = object["metadata"]["ownerReferences"].as_array();
            let owned = owners
                .into_iter()
                .flatten()
                .any(|owner| owner["uid"] == gone["metadata"]["uid"]);
            // A namespace takes everything in it along; other objects take what names them as its owner.
            owned || gone["kind"] == "Namespace" && object["metadata"]["namespace"] == name
        };
        let dependents: Vec<Value> = self
            .objects
            .iter()
            .filter(|it| depends(it))
            .cloned()
            .collect();
        self.revision += 1;
        self.announce(Some(gone), None);
        for dependent in dependents {
            let (kind, namespace, name) = identity(&dependent);
            self.remove(kind, namespace, name);
        }
    }

    /// The changes after a version, and those to come; `None` when they are forgotten.
    pub(crate) fn changes_after(&self, revision: u64) -> Option<ChangeFeed> {
        let oldest = self
            .changes
            .front()
            .map_or(self.revision, |change| change.revision - 1);
        let missed = self
            .changes
            .iter()
            .filter(|change| change.revision > revision);
        // A server that has forgotten a version answers 410: the client must list again.
        (revision >= oldest).then(|| (missed.cloned().collect(), self.watchers.subscribe()))
    }

    fn announce(&mut self, before: Option<Value>, after: Option<Value>) {
        let change = Arc::new(ObjectChange {
            revision: self.revision,
            before,
            after,
        });
        // A real server forgets by age, after some minutes; here the number of changes is the
        // limit.
        if self.changes.len() == REMEMBERED {
            self.changes.pop_front();
        }
        self.changes.push_back(Arc::clone(&change));
        // An error means that no one watches.
        self.watchers.send(change).ok();
    }
}

fn is_called(object: &Value, kind: &str, namespace: Option<&str>, name: &str) -> bool {
    let metadata = &object["metadata"];
    object["kind"] == kind
        && metadata["name"] == name
        // The same name in two namespaces is two objects.
        && metadata["namespace"].as_str() == namespace
}

/// Kind, namespace and name.
fn identity(object: &Value) -> (&str, Option<&str>, &str) {
    let metadata = &object["metadata"];
    (
        object["kind"].as_str().unwrap_or_default(),
        metadata["namespace"].as_str(),
        metadata["name"].as_str().unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(kind: &str, name: &str, owner: Option<&str>) -> Value {
        let owners: Vec<Value> = owner.iter().map(|uid| json!({"uid": uid})).collect();
        json!({"kind": kind, "metadata": {"name": name, "uid": name, "ownerReferences": owners}})
    }

    #[test]
    fn what_an_object_owns_goes_with_it() {
        let mut api = KubernetesApi::new(Vec::new());
        api.store(object("StatefulSet", "a", None));
        api.store(object("Pod", "a-0", Some("a")));
        api.store(object("Pod", "b-0", Some("b")));

        api.remove("StatefulSet", None, "a");

        assert_eq!(api.objects.len(), 1);
        assert_eq!(api.objects[0]["metadata"]["name"], "b-0");
    }

    #[test]
    fn a_late_watcher_hears_of_every_change_since_the_version_it_names() {
        let mut api = KubernetesApi::new(Vec::new());
        let first = api.store(object("Pod", "a", None));
        api.store(object("Pod", "a", None));
        api.remove("Pod", None, "a");

        let seen: u64 = first["metadata"]["resourceVersion"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        let (missed, _) = api.changes_after(seen).unwrap();

        let kinds: Vec<_> = missed
            .iter()
            .map(|it| (it.before.is_some(), it.after.is_some()))
            .collect();
        assert_eq!(kinds, [(true, true), (true, false)]);
        assert!(api.changes_after(1).is_none());
    }
}
