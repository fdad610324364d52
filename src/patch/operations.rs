//! Which operations make a resource in the cluster say what is wanted? A JSON Patch (RFC 6902), which touches an item of a list
//! without claiming the others.

use serde::Serialize;
use serde_yaml::Value;

use crate::render::{Position, Wanted};

/// One operation, as `kubectl patch --type json` takes it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Operation {
    op: &'static str,
    /// A JSON Pointer (RFC 6901).
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
}

/// From what is there to what is wanted; none where all is so already.
pub(super) fn operations(wanted: &Wanted, found: &Value) -> Vec<Operation> {
    let mut operations = Vec::new();
    walk(wanted, Some(found), "", &mut operations);
    operations
}

fn walk(wanted: &Wanted, found: Option<&Value>, path: &str, all: &mut Vec<Operation>) {
    let found = found.filter(|found| !found.is_null());
    if wanted.holds(found) {
        return;
    }
    match (wanted, found) {
        (Wanted::Keys(keys), Some(Value::Mapping(map))) => {
            for (key, wanted) in keys {
                let below = format!("{path}/{}", escaped(key));
                walk(wanted, map.get(key.as_str()), &below, all);
            }
        }
        (Wanted::Items(items), Some(Value::Sequence(list))) => {
            for (position, wanted) in items {
                match position {
                    Position::At(index) => item(wanted, list.get(*index), path, *index, all),
                    Position::End => {
                        all.push(Operation::new("add", format!("{path}/-"), wanted.fresh()));
                    }
                }
            }
        }
        (Wanted::Absent, _) => all.push(Operation::new("remove", path.to_owned(), None)),
        // To add a member that is there replaces it.
        _ => all.push(Operation::new("add", path.to_owned(), wanted.fresh())),
    }
}

/// An item is changed only while it is still the one that was looked at: somebody else may have moved it since.
fn item(
    wanted: &Wanted,
    found: Option<&Value>,
    path: &str,
    index: usize,
    all: &mut Vec<Operation>,
) {
    let below = format!("{path}/{index}");
    let before = all.len();
    walk(wanted, found, &below, all);
    let mark = ["name", "url"]
        .iter()
        .find_map(|key| Some((key, found?.get(*key)?.clone())));
    if let (true, Some((key, value))) = (all.len() > before, mark) {
        let test = Operation::new("test", format!("{below}/{key}"), Some(value));
        all.insert(before, test);
    }
}

impl Operation {
    fn new(op: &'static str, path: String, value: Option<Value>) -> Self {
        Self { op, path, value }
    }
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use crate::patch::json_patch;
    use crate::patch::stories::installation;
    use crate::render::Target;
    use crate::render::samples::{URL, remote_write, workload_identity};

    fn told(resource: &str) -> String {
        let installation = installation(Target::CustomResource, "3.14.0");
        let (operations, _) =
            json_patch(resource, &installation, &remote_write(workload_identity())).unwrap();
        let lines = operations
            .iter()
            .map(|operation| serde_json::to_string(operation).unwrap());
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_new_entry_is_added_after_those_of_others() {
        let resource = "
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
spec:
  podMetadata: {labels: {team: a}}
  remoteWrite:
  - url: http://mimir/api/v1/push
";

        assert_snapshot!(told(resource), @r#"
        {"op":"add","path":"/spec/externalLabels","value":{"cluster":"prod"}}
        {"op":"add","path":"/spec/remoteWrite/-","value":{"name":"amw-monitor","url":"https://monitor-abcd.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24","queueConfig":{"retryOnRateLimit":true},"azureAd":{"cloud":"AzurePublic","workloadIdentity":{"clientId":"11111111-2222-3333-4444-555555555555","tenantId":"aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"}}}}
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

        assert_snapshot!(told(&resource), @r#"
        {"op":"test","path":"/spec/remoteWrite/1/name","value":"amw-monitor"}
        {"op":"add","path":"/spec/remoteWrite/1/azureAd/workloadIdentity","value":{"clientId":"11111111-2222-3333-4444-555555555555","tenantId":"aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"}}
        {"op":"remove","path":"/spec/remoteWrite/1/azureAd/managedIdentity"}
        {"op":"remove","path":"/spec/remoteWrite/1/basicAuth"}
        "#);
    }
}
