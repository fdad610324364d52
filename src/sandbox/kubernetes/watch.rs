//! Watching: what changed since a version, and then every change as it happens.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::{sync::broadcast, time::Instant};

use super::{
    address::ResourcePath, representation::Representation, selector::Selectors, status::StatusError,
};
use crate::sandbox::{
    request::ServiceRequest,
    response::{BodyStream, Response},
    state::{KubernetesApi, ObjectChange},
};

/// A watch without a limit ends after this, as those of a real server do.
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// Which changes one watcher hears of, and in which form.
struct WatchFilter {
    address: ResourcePath<'static>,
    namespace: Option<String>,
    name: Option<String>,
    selectors: Selectors,
    representation: Representation,
    now: Timestamp,
}

/// Answers a list with `watch=true`.
pub(super) fn answer(
    address: &ResourcePath<'_>,
    request: &ServiceRequest,
    representation: Representation,
    api: &KubernetesApi,
) -> Result<Response, StatusError> {
    let filter = WatchFilter {
        namespace: address.namespace.map(str::to_owned),
        name: address.name.map(str::to_owned),
        selectors: Selectors::read(request)?,
        address: ResourcePath {
            resource: address.resource,
            namespace: None,
            name: None,
            subresource: None,
        },
        representation,
        now: request.now,
    };
    let from = request.query("resourceVersion").unwrap_or_default();
    let sends_all = request.query("sendInitialEvents") == Some("true");
    // Version 0 means "any", and no version "the newest": both begin with what exists now.
    let from: Option<u64> = from.parse().ok().filter(|from| *from > 0 && !sends_all);
    let (missed, changes) = api
        .changes_after(from.unwrap_or_else(|| api.revision()))
        .ok_or(StatusError::Expired)?;
    let mut first: Vec<Value> = match from {
        // From a version on, a watch begins with what the client has missed since.
        Some(_) => missed.iter().filter_map(|it| filter.event(it)).collect(),
        None => api
            .objects
            .iter()
            .filter_map(|it| filter.added(it))
            .collect(),
    };
    if sends_all {
        // This bookmark shows a client with `sendInitialEvents` that its list is complete.
        first.push(filter.end_of_initial_events(api.revision()));
    }
    let limit = request
        .query("timeoutSeconds")
        .and_then(|it| it.parse().ok());
    let end = Instant::now() + limit.map_or(LONGEST, Duration::from_secs);
    let lines = stream::iter(first)
        .chain(later(changes, filter, end))
        .map(|event| format!("{event}\n").into_bytes());
    Ok(Response::streaming(BodyStream::new(lines)))
}

/// The events to come, until the watch has lasted long enough or missed something.
fn later(
    changes: broadcast::Receiver<Arc<ObjectChange>>,
    filter: WatchFilter,
    end: Instant,
) -> impl futures_util::Stream<Item = Value> + Send {
    stream::unfold((changes, filter), move |(mut changes, filter)| async move {
        loop {
            // A watcher that read too slowly has missed changes: its watch ends, and it lists again.
            let change = tokio::time::timeout_at(end, changes.recv())
                .await
                .ok()?
                .ok()?;
            if let Some(event) = filter.event(&change) {
                return Some((event, (changes, filter)));
            }
        }
    })
}

impl WatchFilter {
    fn lets_through(&self, object: &Value) -> bool {
        let metadata = &object["metadata"];
        self.address.resource.describes(object)
            && self
                .namespace
                .as_deref()
                .is_none_or(|it| metadata["namespace"] == it)
            && self.name.as_deref().is_none_or(|it| metadata["name"] == it)
            && self.selectors.select(object)
    }

    fn added(&self, object: &Value) -> Option<Value> {
        self.lets_through(object)
            .then(|| self.written("ADDED", object))
    }

    /// What a change is to this watcher: an object that begins to match was added, one that ceases to was deleted.
    fn event(&self, change: &ObjectChange) -> Option<Value> {
        let matching =
            |object: &Option<Value>| object.as_ref().is_some_and(|it| self.lets_through(it));
        let (before, after) = (matching(&change.before), matching(&change.after));
        match (before, after, &change.before, &change.after) {
            (false, true, _, Some(object)) => Some(self.written("ADDED", object)),
            (true, true, _, Some(object)) => Some(self.written("MODIFIED", object)),
            (true, false, Some(object), _) => {
                // The last state of the object, but with the version of its deletion.
                let mut gone = object.clone();
                gone["metadata"]["resourceVersion"] = change.revision.to_string().into();
                Some(self.written("DELETED", &gone))
            }
            _ => None,
        }
    }

    fn written(&self, kind: &str, object: &Value) -> Value {
        json!({"type": kind, "object": self.representation.one(self.address.resource, object, self.now)})
    }

    /// Tells a client that asked for a list in the form of events that the list is complete.
    fn end_of_initial_events(&self, revision: u64) -> Value {
        let resource = self.address.resource;
        json!({"type": "BOOKMARK", "object": {
            "kind": resource.kind,
            "apiVersion": resource.api_version(),
            "metadata": {
                "resourceVersion": revision.to_string(),
                "annotations": {"k8s.io/initial-events-end": "true"},
            },
        }})
    }
}
