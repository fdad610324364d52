//! Request bodies in Kubernetes' protobuf, which typed clients (kubectl create, Helm's Secrets) send for built-in types.
//!
//! Field numbers: the `generated.proto` files of <https://github.com/kubernetes/api> and apimachinery.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use prost::Message;
use serde_json::{Value, json};

/// Objects in protobuf begin with this, and lie inside an envelope that names their type.
pub(super) const MAGIC: &[u8] = b"k8s\0";
pub(super) const CONTENT_TYPE: &str = "application/vnd.kubernetes.protobuf";

#[derive(Message)]
pub(super) struct Envelope {
    #[prost(message, optional, tag = "1")]
    pub(super) type_meta: Option<TypeMeta>,
    #[prost(bytes = "vec", tag = "2")]
    pub(super) object: Vec<u8>,
}

#[derive(Message)]
pub(super) struct TypeMeta {
    #[prost(string, tag = "1")]
    api_version: String,
    #[prost(string, tag = "2")]
    kind: String,
}

#[derive(Message)]
struct ObjectMeta {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    generate_name: String,
    #[prost(string, tag = "3")]
    namespace: String,
    #[prost(string, tag = "5")]
    uid: String,
    #[prost(string, tag = "6")]
    resource_version: String,
    #[prost(btree_map = "string, string", tag = "11")]
    labels: BTreeMap<String, String>,
    #[prost(btree_map = "string, string", tag = "12")]
    annotations: BTreeMap<String, String>,
}

/// Namespaces and service accounts, of which clients send nothing but metadata.
#[derive(Message)]
struct MetadataOnly {
    #[prost(message, optional, tag = "1")]
    metadata: Option<ObjectMeta>,
}

#[derive(Message)]
struct Secret {
    #[prost(message, optional, tag = "1")]
    metadata: Option<ObjectMeta>,
    #[prost(btree_map = "string, bytes", tag = "2")]
    data: BTreeMap<String, Vec<u8>>,
    #[prost(string, tag = "3")]
    secret_type: String,
    #[prost(btree_map = "string, string", tag = "4")]
    string_data: BTreeMap<String, String>,
    #[prost(bool, optional, tag = "5")]
    immutable: Option<bool>,
}

#[derive(Message)]
struct ConfigMap {
    #[prost(message, optional, tag = "1")]
    metadata: Option<ObjectMeta>,
    #[prost(btree_map = "string, string", tag = "2")]
    data: BTreeMap<String, String>,
    #[prost(btree_map = "string, bytes", tag = "3")]
    binary_data: BTreeMap<String, Vec<u8>>,
}

#[derive(Message)]
struct SelfSubjectAccessReview {
    #[prost(message, optional, tag = "2")]
    spec: Option<AccessReviewSpec>,
}

#[derive(Message)]
struct AccessReviewSpec {
    #[prost(message, optional, tag = "1")]
    resource_attributes: Option<ResourceAttributes>,
    #[prost(message, optional, tag = "2")]
    non_resource_attributes: Option<NonResourceAttributes>,
}

#[derive(Message)]
struct ResourceAttributes {
    #[prost(string, tag = "1")]
    namespace: String,
    #[prost(string, tag = "2")]
    verb: String,
    #[prost(string, tag = "3")]
    group: String,
    #[prost(string, tag = "4")]
    version: String,
    #[prost(string, tag = "5")]
    resource: String,
    #[prost(string, tag = "6")]
    subresource: String,
    #[prost(string, tag = "7")]
    name: String,
}

#[derive(Message)]
struct NonResourceAttributes {
    #[prost(string, tag = "1")]
    path: String,
    #[prost(string, tag = "2")]
    verb: String,
}

#[derive(Message)]
struct SelfSubjectRulesReview {
    #[prost(message, optional, tag = "2")]
    spec: Option<RulesReviewSpec>,
}

#[derive(Message)]
struct RulesReviewSpec {
    #[prost(string, tag = "1")]
    namespace: String,
}

#[derive(Message)]
struct DeleteOptions {
    #[prost(message, optional, tag = "2")]
    preconditions: Option<Preconditions>,
    #[prost(string, repeated, tag = "5")]
    dry_run: Vec<String>,
}

#[derive(Message)]
struct Preconditions {
    #[prost(string, optional, tag = "1")]
    uid: Option<String>,
    #[prost(string, optional, tag = "2")]
    resource_version: Option<String>,
}

/// The object in the body as JSON would spell it; `None` for types that the sandbox knows in JSON only.
pub(super) fn to_json(body: &[u8]) -> Option<Value> {
    // Every message of Kubernetes starts with these four bytes, so that JSON is not taken for it.
    let envelope = Envelope::decode(body.strip_prefix(MAGIC)?).ok()?;
    let TypeMeta { api_version, kind } = envelope.type_meta.unwrap_or_default();
    let bytes = envelope.object.as_slice();
    let mut object = match kind.as_str() {
        "Secret" => secret(Secret::decode(bytes).ok()?),
        "ConfigMap" => config_map(ConfigMap::decode(bytes).ok()?),
        "Namespace" | "ServiceAccount" => {
            json!({"metadata": metadata(MetadataOnly::decode(bytes).ok()?.metadata)})
        }
        "SelfSubjectAccessReview" => access_review(SelfSubjectAccessReview::decode(bytes).ok()?),
        "SelfSubjectRulesReview" => {
            let review = SelfSubjectRulesReview::decode(bytes).ok()?;
            json!({"spec": {"namespace": review.spec.unwrap_or_default().namespace}})
        }
        // `kubectl auth whoami` sends no field: the question is about the caller.
        "SelfSubjectReview" => json!({}),
        "DeleteOptions" => delete_options(DeleteOptions::decode(bytes).ok()?),
        _ => return None,
    };
    object["apiVersion"] = api_version.into();
    object["kind"] = kind.into();
    Some(object)
}

fn metadata(metadata: Option<ObjectMeta>) -> Value {
    let metadata = metadata.unwrap_or_default();
    let mut fields = json!({});
    for (key, value) in [
        ("name", metadata.name),
        ("generateName", metadata.generate_name),
        ("namespace", metadata.namespace),
        ("uid", metadata.uid),
        ("resourceVersion", metadata.resource_version),
    ] {
        // Go writes empty texts in protobuf, and leaves them out in JSON.
        if !value.is_empty() {
            fields[key] = value.into();
        }
    }
    for (key, map) in [
        ("labels", metadata.labels),
        ("annotations", metadata.annotations),
    ] {
        if !map.is_empty() {
            fields[key] = json!(map);
        }
    }
    fields
}

fn encoded(data: BTreeMap<String, Vec<u8>>) -> Value {
    // Protobuf carries bytes; JSON carries them as base64.
    data.into_iter()
        .map(|(key, value)| (key, Value::from(STANDARD.encode(value))))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn secret(secret: Secret) -> Value {
    let mut object = json!({"metadata": metadata(secret.metadata)});
    if !secret.data.is_empty() {
        object["data"] = encoded(secret.data);
    }
    if !secret.string_data.is_empty() {
        object["stringData"] = json!(secret.string_data);
    }
    if !secret.secret_type.is_empty() {
        object["type"] = secret.secret_type.into();
    }
    if let Some(immutable) = secret.immutable {
        object["immutable"] = immutable.into();
    }
    object
}

fn config_map(config_map: ConfigMap) -> Value {
    let mut object = json!({"metadata": metadata(config_map.metadata)});
    if !config_map.data.is_empty() {
        object["data"] = json!(config_map.data);
    }
    if !config_map.binary_data.is_empty() {
        object["binaryData"] = encoded(config_map.binary_data);
    }
    object
}

fn access_review(review: SelfSubjectAccessReview) -> Value {
    let spec = review.spec.unwrap_or_default();
    match (spec.resource_attributes, spec.non_resource_attributes) {
        (Some(it), _) => json!({"spec": {"resourceAttributes": {
            "namespace": it.namespace, "verb": it.verb, "group": it.group, "version": it.version,
            "resource": it.resource, "subresource": it.subresource, "name": it.name,
        }}}),
        (None, Some(it)) => {
            json!({"spec": {"nonResourceAttributes": {"path": it.path, "verb": it.verb}}})
        }
        (None, None) => json!({"spec": {}}),
    }
}

fn delete_options(options: DeleteOptions) -> Value {
    let preconditions = options.preconditions.unwrap_or_default();
    json!({
        "preconditions": {"uid": preconditions.uid, "resourceVersion": preconditions.resource_version},
        "dryRun": options.dry_run,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_comes_out_as_json_would_spell_it() {
        let secret = Secret {
            metadata: Some(ObjectMeta {
                name: "a".to_owned(),
                labels: [("owner".to_owned(), "helm".to_owned())].into(),
                ..ObjectMeta::default()
            }),
            data: [("release".to_owned(), b"x".to_vec())].into(),
            secret_type: "helm.sh/release.v1".to_owned(),
            ..Secret::default()
        };
        let envelope = Envelope {
            type_meta: Some(TypeMeta {
                api_version: "v1".to_owned(),
                kind: "Secret".to_owned(),
            }),
            object: secret.encode_to_vec(),
        };

        let object = to_json(&[MAGIC, &envelope.encode_to_vec()].concat());

        assert_eq!(
            object.unwrap(),
            json!({
                "metadata": {"name": "a", "labels": {"owner": "helm"}},
                "data": {"release": "eA=="},
                "type": "helm.sh/release.v1",
                "apiVersion": "v1",
                "kind": "Secret",
            })
        );
    }
}
