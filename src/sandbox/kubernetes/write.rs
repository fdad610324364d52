//! Creating, changing and deleting objects, with what the API server itself adds to them.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    address::ResourcePath,
    body,
    controllers::reconcile,
    managed_fields::{self, Manager},
    objects::matching,
    patch::{self, PatchKind},
    selector::Selectors,
    server_side_apply,
    status::{MODIFIED, StatusError},
    time,
};
use crate::sandbox::{
    request::ServiceRequest,
    response::Response,
    state::{KubernetesApi, guid_for},
};

/// One write on its way.
struct Write<'a> {
    address: &'a ResourcePath<'a>,
    request: &'a ServiceRequest,
}

/// Answers everything but a GET.
pub(super) fn answer(
    address: &ResourcePath<'_>,
    request: &ServiceRequest,
    api: &mut KubernetesApi,
) -> Result<Response, StatusError> {
    let write = Write { address, request };
    match (&request.method, address.name) {
        (&Method::POST, None) => write.create(api),
        (&Method::PUT, Some(name)) => write.replace(name, api),
        (&Method::PATCH, Some(name)) => write.patch(name, api),
        (&Method::DELETE, Some(name)) => write.delete(name, api),
        (&Method::DELETE, None) => write.delete_all(api),
        _ => Err(StatusError::MethodNotAllowed),
    }
}

impl Write<'_> {
    fn create(&self, api: &mut KubernetesApi) -> Result<Response, StatusError> {
        let mut object = self.object(body::read(self.request)?)?;
        if object["metadata"]["name"].is_null() {
            let prefix = object["metadata"]["generateName"].as_str();
            let prefix = prefix.ok_or_else(|| {
                self.invalid("metadata.name: Required value: name or generateName is required")
            })?;
            // A real server adds five random characters; these repeat from run to run.
            object["metadata"]["name"] = format!("{prefix}{}", api.revision()).into();
        }
        let name = self.name_of(&object)?;
        self.check_namespace(api)?;
        if api
            .object(self.address.resource.kind, self.address.namespace, &name)
            .is_some()
        {
            return Err(StatusError::AlreadyExists {
                resource: self.address.qualified(),
                name,
            });
        }
        let stored = self.store(None, object, WriteManagement::Update, api);
        Ok(Response::json(StatusCode::CREATED, &stored))
    }

    fn replace(&self, name: &str, api: &mut KubernetesApi) -> Result<Response, StatusError> {
        let before = self.held(name, api)?.clone();
        let object = self.object(body::read(self.request)?)?;
        // A version in the body makes the write conditional; without one the last writer wins.
        self.check_same(name, &before, &object)?;
        let stored = self.store(Some(&before), object, WriteManagement::Update, api);
        Ok(Response::json(StatusCode::OK, &stored))
    }

    fn patch(&self, name: &str, api: &mut KubernetesApi) -> Result<Response, StatusError> {
        let content_type = self.request.header("content-type").unwrap_or_default();
        let kind = PatchKind::of(content_type, self.address.resource)?;
        let body = body::read(self.request)?;
        if kind == PatchKind::Apply {
            return self.apply(name, body, api);
        }
        let before = self.held(name, api)?.clone();
        let changed = patch::apply(kind, self.address.resource, &before, &body)?;
        let object = self.object(changed)?;
        self.check_same(name, &before, &object)?;
        let stored = self.store(Some(&before), object, WriteManagement::Update, api);
        Ok(Response::json(StatusCode::OK, &stored))
    }

    /// Server-side apply, which creates what is not there.
    fn apply(
        &self,
        name: &str,
        body: Value,
        api: &mut KubernetesApi,
    ) -> Result<Response, StatusError> {
        let Some(manager) = self.request.query("fieldManager") else {
            return Err(self.invalid("fieldManager: Required value: is required for apply patch"));
        };
        let mut applied = self.object(body)?;
        applied["metadata"]["name"] = name.into();
        self.check_namespace(api)?;
        let before = self.held(name, api).ok().cloned();
        if let Some(before) = &before {
            self.check_same(name, before, &applied)?;
        }
        let manager = Manager {
            name: manager,
            now: self.request.now,
        };
        let force = self.request.query("force") == Some("true");
        let resource = self.address.resource;
        let object = server_side_apply::apply(resource, before.as_ref(), &applied, manager, force)?;
        let stored = self.store(before.as_ref(), object, WriteManagement::Apply, api);
        let status = match before {
            Some(_) => StatusCode::OK,
            None => StatusCode::CREATED,
        };
        Ok(Response::json(status, &stored))
    }

    fn delete(&self, name: &str, api: &mut KubernetesApi) -> Result<Response, StatusError> {
        let options = body::read(self.request)?;
        let metadata = &self.held(name, api)?["metadata"];
        let uid = metadata["uid"].clone();
        // The uid tells an object from a later one of the same name.
        for field in ["uid", "resourceVersion"] {
            let wanted = &options["preconditions"][field];
            if !wanted.is_null() && *wanted != metadata[field] {
                let why = "the preconditions of the deletion do not hold";
                return Err(StatusError::conflict(self.address, name, why));
            }
        }
        if !self.is_dry_run(&options) {
            api.remove(self.address.resource.kind, self.address.namespace, name);
        }
        let details = json!({"name": name, "group": self.address.resource.group, "kind": self.address.resource.plural, "uid": uid});
        Ok(success(&details))
    }

    fn delete_all(&self, api: &mut KubernetesApi) -> Result<Response, StatusError> {
        let options = body::read(self.request)?;
        let selectors = Selectors::read(self.request)?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let names: Vec<_> = matching(self.address, &selectors, api)
            .iter()
            .map(|it| {
                (
                    text(&it["metadata"]["namespace"]),
                    text(&it["metadata"]["name"]),
                )
            })
            .collect();
        for (namespace, name) in names {
            if !self.is_dry_run(&options) {
                let name = name.unwrap_or_default();
                api.remove(self.address.resource.kind, namespace.as_deref(), &name);
            }
        }
        Ok(success(
            &json!({"group": self.address.resource.group, "kind": self.address.resource.plural}),
        ))
    }

    /// The body as an object of this address' type.
    fn object(&self, mut object: Value) -> Result<Value, StatusError> {
        let resource = self.address.resource;
        if !object.is_object() {
            return Err(StatusError::BadRequest(
                "the body holds no object".to_owned(),
            ));
        }
        for (field, own) in [
            ("kind", resource.kind.to_owned()),
            ("apiVersion", resource.api_version()),
        ] {
            match object[field].as_str() {
                // Typed clients leave both out.
                None | Some("") => object[field] = own.into(),
                Some(named) if named == own => {}
                Some(named) => {
                    let text = format!(
                        "the {field} of the body is `{named}`, and that of the path is `{own}`"
                    );
                    return Err(StatusError::BadRequest(text));
                }
            }
        }
        let metadata = &mut object["metadata"];
        match (metadata["namespace"].as_str(), self.address.namespace) {
            (Some(named), Some(own)) if named != own => {
                let text = "the namespace of the provided object does not match the namespace sent on the request";
                return Err(StatusError::BadRequest(text.to_owned()));
            }
            (_, Some(own)) => metadata["namespace"] = own.into(),
            (_, None) => {}
        }
        Ok(object)
    }

    fn held<'a>(&self, name: &str, api: &'a KubernetesApi) -> Result<&'a Value, StatusError> {
        api.object(self.address.resource.kind, self.address.namespace, name)
            .ok_or_else(|| StatusError::not_found(self.address, name))
    }

    fn check_namespace(&self, api: &KubernetesApi) -> Result<(), StatusError> {
        match self.address.namespace {
            Some(name) if api.object("Namespace", None, name).is_none() => {
                Err(StatusError::NotFound {
                    resource: "namespaces".to_owned(),
                    name: name.to_owned(),
                })
            }
            _ => Ok(()),
        }
    }

    /// Names, uids and versions that a client sends along must be those of the object that is there.
    fn check_same(&self, name: &str, before: &Value, object: &Value) -> Result<(), StatusError> {
        let metadata = &object["metadata"];
        if metadata["name"] != name {
            return Err(self.invalid("metadata.name: Invalid value: field is immutable"));
        }
        let differs = |field: &str| {
            !metadata[field].is_null()
                && metadata[field] != ""
                && metadata[field] != before["metadata"][field]
        };
        match differs("resourceVersion") || differs("uid") {
            true => Err(StatusError::conflict(self.address, name, MODIFIED)),
            false => Ok(()),
        }
    }

    /// Lower-case letters, digits, `-` and `.`, as the names of nearly all objects.
    fn name_of(&self, object: &Value) -> Result<String, StatusError> {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let allowed =
            // Names of RBAC objects may have a colon, as `system:node`.
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.' | ':');
        let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let valid = name.len() <= 253
            && name.chars().all(allowed)
            && ends(name.chars().next())
            && ends(name.chars().last());
        match valid {
            true => Ok(name.to_owned()),
            false => Err(self.invalid(&format!("metadata.name: Invalid value: \"{name}\": a lowercase RFC 1123 subdomain is required"))),
        }
    }

    fn invalid(&self, why: &str) -> StatusError {
        let name = self.address.name.unwrap_or_default();
        StatusError::Invalid(format!(
            "{} \"{name}\" is invalid: {why}",
            self.address.resource.kind
        ))
    }

    fn is_dry_run(&self, options: &Value) -> bool {
        self.request.query("dryRun") == Some("All") || options["dryRun"][0] == "All"
    }

    /// Adds what the server adds, and keeps the object unless this is a dry run or nothing changed.
    fn store(
        &self,
        before: Option<&Value>,
        mut object: Value,
        owner: WriteManagement,
        api: &mut KubernetesApi,
    ) -> Value {
        let resource = self.address.resource;
        encode_string_data(&mut object);
        self.complete_metadata(before, &mut object, api);
        if owner == WriteManagement::Update {
            let manager = Manager {
                name: self.manager(),
                now: self.request.now,
            };
            managed_fields::record_update(resource, before, &mut object, manager);
        }
        reconcile(&mut object, self.request.now);
        match before {
            // A write that changes nothing keeps the version, and no watcher hears of it.
            Some(before) if *before == object => object,
            _ if self.is_dry_run(&Value::Null) => object,
            _ => api.store(object),
        }
    }

    fn complete_metadata(&self, before: Option<&Value>, object: &mut Value, api: &KubernetesApi) {
        let (held, revision) = (before.map(|it| &it["metadata"]), api.revision());
        // Changes of metadata and status leave the generation as it is; controllers compare theirs with it.
        let changed = before.is_none_or(|before| before["spec"] != object["spec"]);
        let has_generation = !object["spec"].is_null();
        let metadata = &mut object["metadata"];
        let uid = || guid_for(&format!("{} {metadata} {revision}", self.request.path)).to_string();
        let (uid, created, generation) = match held {
            Some(held) => (
                held["uid"].clone(),
                held["creationTimestamp"].clone(),
                held["generation"].as_u64().unwrap_or(1),
            ),
            None => (uid().into(), time(self.request.now).into(), 0),
        };
        metadata["uid"] = uid;
        metadata["creationTimestamp"] = created;
        if has_generation {
            metadata["generation"] = (generation + u64::from(changed)).into();
        }
        match held {
            Some(held) => metadata["resourceVersion"] = held["resourceVersion"].clone(),
            None => metadata["resourceVersion"] = Value::Null,
        }
    }

    /// The name under which the client writes, which it gives or which is the start of its `User-Agent`.
    fn manager(&self) -> &str {
        let agent = self.request.header("user-agent").unwrap_or("unknown");
        let agent = agent.split('/').next().unwrap_or(agent);
        self.request
            .query("fieldManager")
            .filter(|it| !it.is_empty())
            .unwrap_or(agent)
    }
}

/// How a write counts for field management.
#[derive(Clone, Copy, PartialEq, Eq)]
enum WriteManagement {
    Update,
    /// Has been recorded already.
    Apply,
}

/// Clients may give the values of a Secret in plain text; the server keeps them in base64.
fn encode_string_data(object: &mut Value) {
    use base64::{Engine, engine::general_purpose::STANDARD};
    if object["kind"] != "Secret" {
        return;
    }
    if object["type"].is_null() {
        object["type"] = "Opaque".into();
    }
    let plain = object
        .as_object_mut()
        .and_then(|it| it.shift_remove("stringData"));
    for (key, value) in plain.iter().filter_map(Value::as_object).flatten() {
        let text = value.as_str().unwrap_or_default();
        object["data"][key.as_str()] = STANDARD.encode(text).into();
    }
}

fn success(details: &Value) -> Response {
    let body = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details});
    Response::json(StatusCode::OK, &body)
}
