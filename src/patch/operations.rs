//! Which operations make a resource in the cluster contain what is desired? A JSON Patch (RFC 6902), which touches an item of a list
//! without claiming the others.
//!
//! Before each change a `test` checks that the place is as it was seen, so the API server refuses the whole patch when it is
//! applied a second time or when another user changed the resource meanwhile.

use serde::Serialize;
use serde_yaml::Value;

use crate::render::Desired;
use crate::target::Position;
use crate::target::list_item::mark;

/// One operation, as `kubectl patch --type json` takes it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct PatchOperation {
    op: &'static str,
    /// A JSON Pointer (RFC 6901).
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
}

/// From what is there to what is desired; none where all is so already.
pub(super) fn operations(desired: &Desired, found: &Value) -> Vec<PatchOperation> {
    // To the API server `remoteWrite` is one value: a merge patch or a server-side apply replaces the whole list.
    let mut operations = Vec::new();
    walk(desired, Some(found), "", &mut operations);
    operations
}

/// From one text of a resource to another. A list that differs is replaced as a whole, and only while it is as it was seen.
pub(super) fn differences(before: &Value, after: &Value) -> Vec<PatchOperation> {
    let mut operations = Vec::new();
    differ(before, after, "", &mut operations);
    operations
}

fn differ(before: &Value, after: &Value, path: &str, all: &mut Vec<PatchOperation>) {
    let (Value::Mapping(old), Value::Mapping(new)) = (before, after) else {
        // No operation is needed where a list is equal; otherwise the whole list is tested, since its items have no
        // identity in a pointer.
        if before != after {
            all.push(PatchOperation::test(path, before.clone()));
            all.push(PatchOperation::new(
                "add",
                path.to_owned(),
                Some(after.clone()),
            ));
        }
        return;
    };
    let below = |key: &Value| format!("{path}/{}", escaped(key.as_str().unwrap_or_default()));
    for (key, value) in new {
        differ(
            old.get(key).unwrap_or(&Value::Null),
            value,
            &below(key),
            all,
        );
    }
    for (key, value) in old.iter().filter(|(key, _)| !new.contains_key(*key)) {
        all.push(PatchOperation::test(&below(key), value.clone()));
        all.push(PatchOperation::new("remove", below(key), None));
    }
}

fn walk(desired: &Desired, found: Option<&Value>, path: &str, all: &mut Vec<PatchOperation>) {
    let found = found.filter(|found| !found.is_null());
    if desired.holds(found) {
        return;
    }
    // Of an absent member, a `test` for null holds in kubectl and in the API server (evanphx/json-patch), though RFC 6902
    // would have it fail.
    let as_seen = || PatchOperation::test(path, found.cloned().unwrap_or_default());
    match (desired, found) {
        (Desired::Keys(keys), Some(Value::Mapping(map))) => {
            for (key, desired) in keys {
                let below = format!("{path}/{}", escaped(key));
                walk(desired, map.get(key.as_str()), &below, all);
            }
        }
        (Desired::Items(items), Some(Value::Sequence(list))) => {
            // No `test` operation compares the length of a list, so an item is added only to the very list that was seen.
            if items.iter().any(|(position, _)| *position == Position::End) {
                all.push(as_seen());
            }
            for (position, desired) in items {
                match position {
                    Position::At(index) => item(desired, list.get(*index), path, *index, all),
                    // Appended twice, the entry would be there under one name twice, and Prometheus would not start.
                    Position::End => {
                        all.push(PatchOperation::new(
                            "add",
                            format!("{path}/-"),
                            desired.new_value(),
                        ));
                    }
                }
            }
        }
        // What is not there cannot be removed, so this needs no test; and a test would spell out a value that may be secret.
        (Desired::Absent, _) => all.push(PatchOperation::new("remove", path.to_owned(), None)),
        // To add a member that is there replaces it.
        _ => {
            all.push(as_seen());
            all.push(PatchOperation::new(
                "add",
                path.to_owned(),
                desired.new_value(),
            ));
        }
    }
}

/// An item is changed only while it is still the one that was looked at: another user may have moved it since.
fn item(
    desired: &Desired,
    found: Option<&Value>,
    path: &str,
    index: usize,
    all: &mut Vec<PatchOperation>,
) {
    let below = format!("{path}/{index}");
    let before = all.len();
    walk(desired, found, &below, all);
    if let (true, Some((key, value))) = (all.len() > before, found.and_then(mark)) {
        let is_still_it = PatchOperation::test(&format!("{below}/{key}"), value.into());
        all.insert(before, is_still_it);
    }
}

impl PatchOperation {
    fn new(op: &'static str, path: String, value: Option<Value>) -> Self {
        Self { op, path, value }
    }

    fn test(path: &str, value: Value) -> Self {
        Self::new("test", path.to_owned(), Some(value))
    }

    /// The keys down to what is changed, where a list is changed as a whole; `None` for a test.
    pub(crate) fn changed_keys(&self) -> Option<Vec<String>> {
        let keys = self.path.split('/').skip(1);
        let keys = keys.take_while(|key| *key != "-" && key.parse::<usize>().is_err());
        (self.op != "test").then(|| keys.map(unescaped).collect())
    }
}

fn escaped(key: &str) -> String {
    // The order matters: the other way round, the `~` of `~1` would be escaped again.
    key.replace('~', "~0").replace('/', "~1")
}

fn unescaped(key: &str) -> String {
    // In the reverse order, so that `~01` becomes `~1`.
    key.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::patch::examples::installation;
    use crate::patch::json_patch;
    use crate::remote_write::samples::{URL, remote_write, workload_identity};
    use crate::target::Target;

    const WITH_ANOTHER: &str = "
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
spec:
  podMetadata: {labels: {team: a}}
  remoteWrite:
  - url: http://mimir/api/v1/push
";

    fn patch_of(resource: &str) -> Vec<PatchOperation> {
        let installation = installation(Target::CustomResource, "3.14.0");
        let (operations, _) =
            json_patch(resource, &installation, &remote_write(workload_identity())).unwrap();
        operations
    }

    fn printed(resource: &str) -> String {
        let operations = patch_of(resource);
        let lines = operations
            .iter()
            .map(|operation| serde_json::to_string(operation).unwrap());
        lines.collect::<Vec<_>>().join("\n")
    }

    fn step<'a>(value: &'a mut Value, key: &str) -> Option<&'a mut Value> {
        match key.parse::<usize>() {
            Ok(index) => value.get_mut(index),
            Err(_) => value.get_mut(unescaped(key).as_str()),
        }
    }

    /// Applies the patch the way the API server does; the path whose test failed, if one did.
    fn applied(operations: &[PatchOperation], resource: &str) -> Result<String, String> {
        let mut document: Value = serde_yaml::from_str(resource).unwrap();
        for PatchOperation { op, path, value } in operations {
            let (parent, last) = path.rsplit_once('/').unwrap();
            let parent = parent
                .split('/')
                .skip(1)
                .try_fold(&mut document, |value, key| step(value, key))
                .ok_or_else(|| path.clone())?;
            let value = value.clone().unwrap_or_default();
            match (*op, parent) {
                ("test", parent) => {
                    let found = step(parent, last).cloned().unwrap_or_default();
                    if found != value {
                        return Err(path.clone());
                    }
                }
                ("add", Value::Sequence(list)) if last == "-" => list.push(value),
                ("add", Value::Mapping(map)) => {
                    map.insert(unescaped(last).into(), value);
                }
                ("remove", Value::Mapping(map)) => {
                    map.remove(unescaped(last).as_str()).unwrap();
                }
                _ => panic!("{op} {path}"),
            }
        }
        Ok(serde_yaml::to_string(&document).unwrap())
    }

    #[test]
    fn what_differs_is_changed_only_while_it_is_as_it_was_seen() {
        let before =
            "spec: {replicas: 2, containers: [{name: proxy}], remoteWrite: [{url: a}, {url: m}]}";
        let after =
            "spec: {replicas: 2, remoteWrite: [{url: b}, {url: m}], externalLabels: {cluster: c}}";
        let read = |text| serde_yaml::from_str::<Value>(text).unwrap();

        let operations = differences(&read(before), &read(after));

        let paths: Vec<_> = operations
            .iter()
            .map(|each| format!("{} {}", each.op, each.path))
            .collect();
        assert_eq!(
            paths,
            [
                "test /spec/remoteWrite",
                "add /spec/remoteWrite",
                "test /spec/externalLabels",
                "add /spec/externalLabels",
                "test /spec/containers",
                "remove /spec/containers"
            ]
        );
        let applied_once = applied(&operations, before).unwrap();
        assert_eq!(read(&applied_once), read(after));
        assert_eq!(
            applied(&operations, &applied_once),
            Err("/spec/remoteWrite".into())
        );
    }

    #[test]
    fn a_new_entry_is_added_after_those_of_others_and_only_to_the_list_that_was_seen() {
        assert_snapshot!(printed(WITH_ANOTHER), @r#"
        {"op":"test","path":"/spec/externalLabels","value":null}
        {"op":"add","path":"/spec/externalLabels","value":{"cluster":"prod"}}
        {"op":"test","path":"/spec/remoteWrite","value":[{"url":"http://mimir/api/v1/push"}]}
        {"op":"add","path":"/spec/remoteWrite/-","value":{"name":"amw-monitor","url":"https://monitor-abcd.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24","queueConfig":{"retryOnRateLimit":true},"azureAd":{"cloud":"AzurePublic","workloadIdentity":{"clientId":"11111111-2222-3333-4444-555555555555","tenantId":"aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"}}}}
        {"op":"test","path":"/spec/podMetadata/labels/azure.workload.identity~1use","value":null}
        {"op":"add","path":"/spec/podMetadata/labels/azure.workload.identity~1use","value":"true"}
        "#);
    }

    #[test]
    fn our_entry_is_changed_only_while_it_is_the_one_that_was_seen() {
        let resource = format!(
            "
apiVersion: monitoring.coreos.com/v1
kind: PrometheusAgent
spec:
  externalLabels: {{cluster: prod}}
  podMetadata: {{labels: {{azure.workload.identity/use: 'true'}}}}
  remoteWrite:
  - {{url: http://mimir}}
  - name: amw-monitor
    url: {URL}
    basicAuth: {{}}
    queueConfig: {{retryOnRateLimit: true}}
    azureAd: {{cloud: AzurePublic, managedIdentity: {{}}}}
"
        );

        assert_snapshot!(printed(&resource), @r#"
        {"op":"test","path":"/spec/remoteWrite/1/name","value":"amw-monitor"}
        {"op":"test","path":"/spec/remoteWrite/1/azureAd/workloadIdentity","value":null}
        {"op":"add","path":"/spec/remoteWrite/1/azureAd/workloadIdentity","value":{"clientId":"11111111-2222-3333-4444-555555555555","tenantId":"aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"}}
        {"op":"remove","path":"/spec/remoteWrite/1/azureAd/managedIdentity"}
        {"op":"remove","path":"/spec/remoteWrite/1/basicAuth"}
        "#);
    }

    #[test]
    fn a_patch_that_is_applied_twice_fails_the_second_time_and_none_is_made_for_the_result() {
        let empty = "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nspec: {}\n";
        for resource in [WITH_ANOTHER, empty] {
            let operations = patch_of(resource);

            let once = applied(&operations, resource).unwrap();
            let twice = applied(&operations, &once);

            assert_eq!(twice, Err("/spec/externalLabels".to_owned()));
            assert_eq!(patch_of(&once), []);
        }
    }

    #[test]
    fn a_list_made_meanwhile_is_not_replaced() {
        let empty = "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nspec: {externalLabels: {cluster: a}}\n";
        let meanwhile = "spec: {externalLabels: {cluster: a}, remoteWrite: [{url: http://mimir}]}";

        let refused = applied(&patch_of(empty), meanwhile);

        assert_eq!(refused, Err("/spec/remoteWrite".to_owned()));
    }

    #[test]
    fn a_change_within_a_list_counts_for_the_list() {
        let keys = |path: &str| PatchOperation::new("add", path.to_owned(), None).changed_keys();

        assert_eq!(
            keys("/spec/remoteWrite/-").unwrap(),
            ["spec", "remoteWrite"]
        );
        assert_eq!(keys("/spec/volumes/2/name").unwrap(), ["spec", "volumes"]);
        assert_eq!(
            keys("/spec/podMetadata/labels/azure.workload.identity~1use").unwrap(),
            [
                "spec",
                "podMetadata",
                "labels",
                "azure.workload.identity/use"
            ]
        );
        assert_eq!(
            PatchOperation::test("/spec", Value::Null).changed_keys(),
            None
        );
    }
}
