//! The error responses of a Kubernetes API server: a `Status` object, except for paths that are not served.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::address::ResourcePath;
use crate::sandbox::{response::Response, tokens::TokenCaller};

/// Why a request is not answered as asked.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum StatusError {
    #[error("the sandbox has no cluster at this address")]
    NoSuchCluster,
    #[error("the API server of this cluster cannot be reached")]
    Unreachable,
    #[error("404 page not found")]
    NoSuchPath,
    #[error("the server does not allow this method on the requested resource")]
    MethodNotAllowed,
    #[error("Unauthorized")]
    Unauthorized,
    #[error("{0}")]
    Forbidden(String),
    #[error("{resource} \"{name}\" not found")]
    NotFound { resource: String, name: String },
    #[error("{resource} \"{name}\" already exists")]
    AlreadyExists { resource: String, name: String },
    #[error("Operation cannot be fulfilled on {resource} \"{name}\": {why}")]
    Conflict {
        resource: String,
        name: String,
        why: &'static str,
    },
    /// Server-side apply would change fields of other managers: each manager with one field.
    #[error("Apply failed with {}: {}", counted(.0.len()), conflicts(.0))]
    FieldConflict(Vec<(String, String)>),
    #[error("{0}")]
    BadRequest(String),
    #[error("{0}")]
    Invalid(String),
    /// A JSON Patch does not fit the object; holds the message of the patch library.
    #[error("the server rejected our request due to an error in our request")]
    PatchDoesNotFit(String),
    #[error("the body of the request was in an unknown format")]
    UnsupportedMediaType,
    #[error("too old resource version")]
    Expired,
}

/// The message of the server when an object changed under a client.
pub(super) const MODIFIED: &str =
    "the object has been modified; please apply your changes to the latest version and try again";

impl StatusError {
    pub(super) fn forbidden(
        address: &ResourcePath<'_>,
        method: &Method,
        caller: &TokenCaller,
    ) -> Self {
        let name = address
            .name
            .map(|name| format!(" \"{name}\""))
            .unwrap_or_default();
        let scope = match address.namespace {
            Some(namespace) => format!("in the namespace \"{namespace}\""),
            None => "at the cluster scope".to_owned(),
        };
        Self::Forbidden(format!(
            "{resource}{name} is forbidden: User \"{user}\" cannot {verb} resource \"{full}\" in API group \
             \"{group}\" {scope}",
            resource = address.qualified(),
            user = caller.name,
            verb = verb(method, address.name.is_some()),
            full = address.with_subresource(),
            group = address.resource.group,
        ))
    }

    pub(super) fn not_found(address: &ResourcePath<'_>, name: &str) -> Self {
        Self::NotFound {
            resource: address.qualified(),
            name: name.to_owned(),
        }
    }

    pub(super) fn conflict(address: &ResourcePath<'_>, name: &str, why: &'static str) -> Self {
        Self::Conflict {
            resource: address.qualified(),
            name: name.to_owned(),
            why,
        }
    }

    pub(super) fn response(&self) -> Response {
        let (status, reason) = match self {
            Self::NoSuchCluster | Self::NoSuchPath => {
                // No `Status` object: the answer for an unknown path is plain text.
                return Response::text(StatusCode::NOT_FOUND, format!("{self}\n"));
            }
            // What answers in place of an API server that is out of reach is the network, not HTTP.
            Self::Unreachable => return Response::withheld(StatusCode::GATEWAY_TIMEOUT),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed"),
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "Unauthorized"),
            Self::Forbidden(_) => (StatusCode::FORBIDDEN, "Forbidden"),
            Self::NotFound { .. } => (StatusCode::NOT_FOUND, "NotFound"),
            Self::AlreadyExists { .. } => (StatusCode::CONFLICT, "AlreadyExists"),
            Self::Conflict { .. } | Self::FieldConflict(_) => (StatusCode::CONFLICT, "Conflict"),
            Self::BadRequest(_) => (StatusCode::BAD_REQUEST, "BadRequest"),
            Self::Invalid(_) | Self::PatchDoesNotFit(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "Invalid")
            }
            Self::UnsupportedMediaType => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType")
            }
            // A client answers this by listing again from the start.
            Self::Expired => (StatusCode::GONE, "Expired"),
        };
        let body = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.to_string(),
            "reason": reason,
            "details": self.details(),
            "code": status.as_u16(),
        });
        Response::json(status, &body)
    }

    fn details(&self) -> Value {
        match self {
            Self::NotFound { resource, name }
            | Self::AlreadyExists { resource, name }
            | Self::Conflict { resource, name, .. } => json!({"name": name, "kind": resource}),
            Self::FieldConflict(conflicts) => {
                let cause = |(manager, field): &(String, String)| json!({"reason": "FieldManagerConflict", "message": format!("conflict with {manager}"), "field": field});
                json!({"causes": conflicts.iter().map(cause).collect::<Vec<_>>()})
            }
            Self::PatchDoesNotFit(why) => {
                json!({"causes": [{"reason": "UnexpectedServerResponse", "message": why}]})
            }
            _ => json!({}),
        }
    }
}

/// The verb of RBAC for a request.
pub(super) fn verb(method: &Method, named: bool) -> &'static str {
    match (method, named) {
        (&Method::POST, _) => "create",
        (&Method::PUT, _) => "update",
        (&Method::PATCH, _) => "patch",
        (&Method::DELETE, true) => "delete",
        // A right of its own: `delete` on objects does not include it.
        (&Method::DELETE, false) => "deletecollection",
        (_, true) => "get",
        (_, false) => "list",
    }
}

fn counted(conflicts: usize) -> String {
    match conflicts {
        1 => "1 conflict".to_owned(),
        many => format!("{many} conflicts"),
    }
}

fn conflicts(conflicts: &[(String, String)]) -> String {
    let texts: Vec<String> = conflicts
        .iter()
        .map(|(manager, field)| format!("conflict with {manager}: {field}"))
        .collect();
    texts.join("\n")
}
