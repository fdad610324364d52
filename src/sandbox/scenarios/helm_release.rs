//! Completes the Helm releases of a scenario, so that Helm itself can list, upgrade and roll them back.

use std::io::{Read, Write};

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use jiff::Timestamp;
use serde_json::{Value, json};

const RELEASE_SECRET: &str = "helm.sh/release.v1";
/// What the charts of the end-to-end suite render too. An upgrade would delete anything else that the manifest has.
const IN_MANIFEST: [&str; 3] = ["ServiceAccount", "Prometheus", "PrometheusAgent"];

/// Adds to each release what Helm expects of one and scenarios leave out.
pub(super) fn complete(objects: &mut [Value], created: Timestamp) {
    let releases: Vec<usize> = (0..objects.len())
        .filter(|index| objects[*index]["type"] == RELEASE_SECRET)
        .collect();
    for index in releases {
        let Some(mut release) = unpack(&objects[index]) else {
            continue;
        };
        let manifest = manifest(objects, &release);
        fill(&mut release, created, &manifest);
        objects[index]["data"]["release"] = pack(&release).into();
    }
}

fn fill(release: &mut Value, created: Timestamp, manifest: &str) {
    let time = created.to_string();
    for (pointer, key, value) in [
        // Helm 4 writes this; releases of Helm 3 lack it.
        ("", "apply_method", json!("ssa")),
        ("", "hooks", json!([])),
        ("/info", "first_deployed", json!(time)),
        ("/info", "last_deployed", json!(time)),
        ("/info", "deleted", json!("")),
        ("/chart", "lock", Value::Null),
        ("/chart", "templates", json!([])),
        ("/chart", "values", json!({})),
        ("/chart", "files", json!([])),
        ("/chart/metadata", "apiVersion", json!("v2")),
    ] {
        if let Some(Value::Object(fields)) = release.pointer_mut(pointer) {
            fields.entry(key).or_insert(value);
        }
    }
    if release["manifest"].as_str().unwrap_or_default().is_empty() {
        release["manifest"] = manifest.into();
    }
}

/// The objects of the release as its chart renders them.
fn manifest(objects: &[Value], release: &Value) -> String {
    let of_release = |object: &&Value| {
        let annotations = &object["metadata"]["annotations"];
        annotations["meta.helm.sh/release-name"] == release["name"]
            && annotations["meta.helm.sh/release-namespace"] == release["namespace"]
            && IN_MANIFEST.iter().any(|kind| object["kind"] == *kind)
    };
    objects
        .iter()
        .filter(of_release)
        .map(|object| {
            let metadata = &object["metadata"];
            let mut rendered = json!({
                "apiVersion": object["apiVersion"],
                "kind": object["kind"],
                "metadata": {"name": metadata["name"], "namespace": metadata["namespace"]},
            });
            if !object["spec"].is_null() {
                // Without the status and the fields of the server, which no chart renders.
                rendered["spec"] = object["spec"].clone();
            }
            // JSON is YAML.
            format!("---\n{rendered}\n")
        })
        .collect()
}

/// The release that a Secret of Helm holds.
pub(super) fn unpack(secret: &Value) -> Option<Value> {
    let packed = STANDARD.decode(secret["data"]["release"].as_str()?).ok()?;
    // Twice: once for the Secret, and once because Helm encodes the compressed text itself.
    let packed = STANDARD.decode(packed).ok()?;
    let mut text = String::new();
    GzDecoder::new(packed.as_slice())
        .read_to_string(&mut text)
        .ok()?;
    serde_json::from_str(&text).ok()
}

pub(super) fn pack(release: &Value) -> String {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed
        .write_all(release.to_string().as_bytes())
        .expect("a vector takes any bytes");
    let packed = packed.finish().expect("a vector takes any bytes");
    STANDARD.encode(STANDARD.encode(packed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::{scenarios, testing::start_time};

    #[test]
    fn the_manifest_holds_the_prometheus_of_the_release() {
        let state = scenarios::named("sidecar").unwrap().build(start_time());
        let api = state.kubernetes.values().next().unwrap();
        let is_release = |it: &&Value| it["type"] == RELEASE_SECRET;

        let release = unpack(api.objects.iter().find(is_release).unwrap()).unwrap();

        let manifest = release["manifest"].as_str().unwrap();
        assert!(manifest.contains("prom-remotewrite"), "{manifest}");
        assert_eq!(release["apply_method"], "ssa");
    }
}
