//! The tables that `kubectl get` prints, which the API server renders.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::resources::{ApiResource, partial_metadata};
use crate::sandbox::request::ServiceRequest;

/// How much of each object comes with its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Include {
    Nothing,
    Metadata,
    Object,
}

impl Include {
    pub(super) fn of(request: &ServiceRequest) -> Self {
        match request.query("includeObject") {
            Some("None") => Self::Nothing,
            Some("Object") => Self::Object,
            _ => Self::Metadata,
        }
    }
}

/// What a cell shows.
#[derive(Clone, Copy)]
enum ColumnValue {
    /// The value at a JSON pointer.
    At(&'static str),
    /// How many items or keys there are at a JSON pointer.
    Count(&'static str),
    /// Two numbers, such as `1/2`.
    Ratio(&'static str, &'static str),
    /// The status of the condition of this type.
    Condition(&'static str),
    PodReady,
    Restarts,
    NodeStatus,
    Ports,
    Age,
}

struct Column {
    title: &'static str,
    /// Columns above 0 are shown with `-o wide` only.
    priority: u8,
    cell: ColumnValue,
}

const fn column(title: &'static str, cell: ColumnValue) -> Column {
    Column {
        title,
        priority: 0,
        cell,
    }
}

const fn wide(title: &'static str, cell: ColumnValue) -> Column {
    Column {
        title,
        priority: 1,
        cell,
    }
}

/// The columns after the name.
#[rustfmt::skip]
const COLUMNS: &[(&str, &[Column])] = &[
    ("ConfigMap", &[column("Data", ColumnValue::Count("/data")), column("Age", ColumnValue::Age)]),
    ("DaemonSet", &[
        column("Desired", ColumnValue::At("/status/desiredNumberScheduled")), column("Ready", ColumnValue::At("/status/numberReady")),
        column("Age", ColumnValue::Age),
    ]),
    ("Deployment", &[
        column("Ready", ColumnValue::Ratio("/status/readyReplicas", "/spec/replicas")),
        column("Up-to-date", ColumnValue::At("/status/updatedReplicas")), column("Available", ColumnValue::At("/status/availableReplicas")),
        column("Age", ColumnValue::Age), wide("Images", ColumnValue::At("/spec/template/spec/containers/0/image")),
    ]),
    ("Job", &[
        column("Status", ColumnValue::At("/status/conditions/0/type")),
        column("Completions", ColumnValue::Ratio("/status/succeeded", "/spec/completions")), column("Age", ColumnValue::Age),
    ]),
    ("Namespace", &[column("Status", ColumnValue::At("/status/phase")), column("Age", ColumnValue::Age)]),
    ("Node", &[
        column("Status", ColumnValue::NodeStatus), column("Age", ColumnValue::Age),
        column("Version", ColumnValue::At("/status/nodeInfo/kubeletVersion")),
    ]),
    ("Pod", &[
        column("Ready", ColumnValue::PodReady), column("Status", ColumnValue::At("/status/phase")), column("Restarts", ColumnValue::Restarts),
        column("Age", ColumnValue::Age), wide("IP", ColumnValue::At("/status/podIP")), wide("Node", ColumnValue::At("/spec/nodeName")),
    ]),
    ("Prometheus", &[
        column("Version", ColumnValue::At("/spec/version")), column("Desired", ColumnValue::At("/spec/replicas")),
        column("Ready", ColumnValue::At("/status/availableReplicas")), column("Reconciled", ColumnValue::Condition("Reconciled")),
        column("Available", ColumnValue::Condition("Available")), column("Age", ColumnValue::Age), wide("Paused", ColumnValue::At("/status/paused")),
    ]),
    ("PrometheusAgent", &[
        column("Version", ColumnValue::At("/spec/version")), column("Desired", ColumnValue::At("/spec/replicas")),
        column("Ready", ColumnValue::At("/status/availableReplicas")), column("Reconciled", ColumnValue::Condition("Reconciled")),
        column("Available", ColumnValue::Condition("Available")), column("Age", ColumnValue::Age),
    ]),
    ("Secret", &[column("Type", ColumnValue::At("/type")), column("Data", ColumnValue::Count("/data")), column("Age", ColumnValue::Age)]),
    ("Service", &[
        column("Type", ColumnValue::At("/spec/type")), column("Cluster-IP", ColumnValue::At("/spec/clusterIP")),
        column("External-IP", ColumnValue::At("/status/loadBalancer/ingress/0/ip")), column("Port(s)", ColumnValue::Ports),
        column("Age", ColumnValue::Age),
    ]),
    ("StatefulSet", &[
        column("Ready", ColumnValue::Ratio("/status/readyReplicas", "/spec/replicas")), column("Age", ColumnValue::Age),
        wide("Images", ColumnValue::At("/spec/template/spec/containers/0/image")),
    ]),
];

const OTHERS: &[Column] = &[column("Age", ColumnValue::Age)];

/// A table of these objects, all of one type.
pub(super) fn render(
    resource: &ApiResource,
    objects: &[&Value],
    metadata: &Value,
    include: Include,
    now: Timestamp,
) -> Value {
    let known = COLUMNS.iter().find(|(kind, _)| *kind == resource.kind);
    let columns = known.map_or(OTHERS, |(_, columns)| columns);
    let definition = |title: &str, format: &str, priority: u8| json!({"name": title, "type": "string", "format": format, "description": "", "priority": priority});
    let mut definitions = vec![definition("Name", "name", 0)];
    definitions.extend(
        columns
            .iter()
            .map(|it| definition(it.title, "", it.priority)),
    );
    let rows: Vec<Value> = objects
        .iter()
        .map(|object| {
            let mut cells = vec![object["metadata"]["name"].clone()];
            // kubectl prints the cells as they come; it computes no column itself.
            cells.extend(columns.iter().map(|it| it.cell.show(object, now).into()));
            let mut row = json!({"cells": cells});
            match include {
                Include::Nothing => {}
                // kubectl takes the namespace of a row from here, for `--all-namespaces`.
                Include::Metadata => row["object"] = partial_metadata(object),
                Include::Object => row["object"] = (*object).clone(),
            }
            row
        })
        .collect();
    json!({
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": definitions,
        "rows": rows,
    })
}

impl ColumnValue {
    fn show(self, object: &Value, now: Timestamp) -> String {
        match self {
            Self::At(pointer) => plain(object.pointer(pointer)),
            Self::Count(pointer) => count(object.pointer(pointer)).to_string(),
            Self::Ratio(some, all) => {
                let number = |pointer| object.pointer(pointer).and_then(Value::as_u64);
                format!("{}/{}", number(some).unwrap_or(0), number(all).unwrap_or(1))
            }
            Self::Condition(name) => {
                let conditions = object["status"]["conditions"].as_array();
                let found = conditions
                    .into_iter()
                    .flatten()
                    .find(|it| it["type"] == name);
                plain(found.map(|it| &it["status"]))
            }
            Self::PodReady => {
                let containers = object["status"]["containerStatuses"].as_array();
                let ready = containers
                    .into_iter()
                    .flatten()
                    .filter(|it| it["ready"] == true);
                format!(
                    "{}/{}",
                    ready.count(),
                    count(object.pointer("/spec/containers"))
                )
            }
            Self::Restarts => {
                let containers = object["status"]["containerStatuses"].as_array();
                let restarts = containers
                    .into_iter()
                    .flatten()
                    .filter_map(|it| it["restartCount"].as_u64());
                restarts.sum::<u64>().to_string()
            }
            Self::NodeStatus => "Ready".to_owned(),
            Self::Ports => {
                let ports = object["spec"]["ports"].as_array();
                let port = |it: &Value| {
                    format!(
                        "{}/{}",
                        it["port"],
                        it["protocol"].as_str().unwrap_or("TCP")
                    )
                };
                let ports: Vec<String> = ports.into_iter().flatten().map(port).collect();
                ports.join(",")
            }
            Self::Age => {
                // The server renders the age as text, so it does not grow while kubectl watches.
                let created = object["metadata"]["creationTimestamp"].as_str();
                let created = created.and_then(|text| text.parse::<Timestamp>().ok());
                created.map_or("<unknown>".to_owned(), |created| {
                    age(now.duration_since(created).as_secs().max(0))
                })
            }
        }
    }
}

fn plain(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "<none>".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    }
}

fn count(value: Option<&Value>) -> usize {
    match value {
        Some(Value::Array(items)) => items.len(),
        Some(Value::Object(fields)) => fields.len(),
        _ => 0,
    }
}

/// Seconds as kubectl writes ages.
fn age(seconds: i64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    match () {
        // As `HumanDuration` of apimachinery has it: two units while the first one is small.
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => format!("{minutes}m{}s", seconds % 60),
        () if hours < 3 => format!("{minutes}m"),
        () if hours < 8 => format!("{hours}h{}m", minutes % 60),
        () if hours < 48 => format!("{hours}h"),
        () if days < 8 => format!("{days}d{}h", hours % 24),
        () => format!("{days}d"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::{kubernetes::resources::RESOURCES, testing::start_time};

    #[test]
    fn a_row_has_a_cell_for_each_column_and_the_metadata_of_its_object() {
        let deployment = RESOURCES.iter().find(|it| it.kind == "Deployment").unwrap();
        let object = json!({
            "metadata": {"name": "operator", "creationTimestamp": "2026-01-15T11:00:00Z"},
            "spec": {"replicas": 2}, "status": {"readyReplicas": 1},
        });

        let table = render(
            deployment,
            &[&object],
            &json!({}),
            Include::Metadata,
            start_time(),
        );

        assert_eq!(
            table["rows"][0]["cells"],
            json!(["operator", "1/2", "<none>", "<none>", "60m", "<none>"])
        );
        assert_eq!(table["columnDefinitions"].as_array().unwrap().len(), 6);
        assert_eq!(table["rows"][0]["object"]["kind"], "PartialObjectMetadata");
    }

    #[test]
    fn ages_read_like_those_of_kubectl() {
        for (seconds, text) in [
            (5, "5s"),
            (150, "2m30s"),
            (3600, "60m"),
            (15000, "4h10m"),
            (200_000, "2d7h"),
            (2_592_000, "30d"),
        ] {
            assert_eq!(age(seconds), text);
        }
    }
}
