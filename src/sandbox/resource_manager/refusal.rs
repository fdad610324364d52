//! The error responses of Resource Manager.

use http::StatusCode;
use serde_json::{Value, json};

use crate::sandbox::{response::Response, state::StoredResourceId};

/// What a handler comes to.
pub(super) type ArmAnswer = Result<Response, ArmRefusal>;

/// An error in Resource Manager's envelope.
#[derive(Debug)]
pub(super) struct ArmRefusal {
    status: StatusCode,
    /// What the envelope holds: `code`, `message` and perhaps more.
    error: Value,
    headers: Vec<(&'static str, String)>,
    /// AKS sends its errors without the wrapper `error`.
    is_wrapped: bool,
}

impl ArmRefusal {
    pub(super) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            error: json!({"code": code, "message": message.into()}),
            headers: Vec::new(),
            is_wrapped: true,
        }
    }

    /// A refusal of a provider that gives a code and no message.
    pub(super) fn of_provider(status: StatusCode, code: &str) -> Self {
        Self {
            error: json!({"code": code}),
            ..Self::new(status, code, "")
        }
    }

    pub(super) fn bad_request(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(super) fn forbidden(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    pub(super) fn not_found(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    pub(super) fn conflict(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    pub(super) fn no_group(name: &str) -> Self {
        Self::not_found(
            "ResourceGroupNotFound",
            format!("Resource group '{name}' could not be found."),
        )
    }

    pub(super) fn group_is_being_deleted(name: &str) -> Self {
        Self::conflict(
            "ResourceGroupBeingDeleted",
            format!(
                "The resource group '{name}' is in deprovisioning state and cannot perform this operation."
            ),
        )
    }

    /// There is no such resource in its resource group.
    pub(super) fn no_resource(id: &StoredResourceId) -> Self {
        let (_, kind_and_name) = id.as_str().rsplit_once("/providers/").unwrap_or_default();
        let group = id.resource_group().unwrap_or_default();
        Self::not_found(
            "ResourceNotFound",
            format!(
                "The Resource '{kind_and_name}' under resource group '{group}' was not found. \
                 For more details please go to https://aka.ms/ARMResourceNotFoundFix"
            ),
        )
    }

    /// A body that cannot be understood.
    pub(super) fn bad_content(message: impl Into<String>) -> Self {
        Self::bad_request("InvalidRequestContent", message)
    }

    pub(super) fn about(mut self, target: impl Into<String>) -> Self {
        self.error["target"] = target.into().into();
        self
    }

    pub(super) fn with_detail(mut self, detail: Value) -> Self {
        self.error["details"] = Value::Array(vec![detail]);
        self
    }

    pub(super) fn with_additional_information(mut self, information: Value) -> Self {
        self.error["additionalInfo"] = Value::Array(vec![information]);
        self
    }

    /// In the form of AKS: code and message at the top, with a subcode.
    pub(super) fn unwrapped(mut self, subcode: &str) -> Self {
        self.is_wrapped = false;
        // AKS writes null where Resource Manager leaves the field out; `target` is there only when it says something (recorded).
        if self.error.get("details").is_none() {
            self.error["details"] = Value::Null;
        }
        self.error["subcode"] = subcode.into();
        self
    }

    pub(super) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl From<ArmRefusal> for Response {
    fn from(refusal: ArmRefusal) -> Self {
        let code = refusal.error["code"].as_str().unwrap_or_default();
        // A client must look for the code in `error`, and then at the top.
        let body = if refusal.is_wrapped {
            json!({"error": refusal.error})
        } else {
            refusal.error.clone()
        };
        let response = Response::json(refusal.status, &body).noting("code", code);
        refusal
            .headers
            .into_iter()
            .fold(response, |response, (name, value)| {
                response.with_header(name, value)
            })
    }
}
