//! Long-running operations: begun by other collections, asked for here in the style of a status body or of a location.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{
    call::{ArmCall, found},
    collection::CollectionHandlers,
    refusal::{ArmAnswer, ArmRefusal},
    route::{ArmRoute, in_subscription},
    verb::Verb,
};
use crate::sandbox::{
    faults::FaultEffect,
    response::Response,
    state::{Operation, OperationStatus},
};

pub(super) static COLLECTION: CollectionHandlers = CollectionHandlers::new(ROUTES);

const ROUTES: &[ArmRoute] = &[
    ArmRoute::new(
        Verb::Get,
        in_subscription!(
            "providers/{namespace}/locations/{location}/operationStatuses/{operation}"
        ),
        &[],
        status,
    ),
    ArmRoute::new(
        Verb::Get,
        in_subscription!("providers/{namespace}/locations/{location}/operationResults/{operation}"),
        &[],
        result,
    ),
];

/// The end state, and the error code, of an operation that was canceled.
const CANCELED: &str = "Canceled";

/// The error message of a failed operation.
const FAILURE: &str = "The sandbox was asked to let this operation fail.";

/// Begins an operation that will take as many looks as this sandbox, or a fault, wants.
pub(super) fn begin(call: &mut ArmCall<'_>) -> Uuid {
    let fault = call.request.fault.as_ref().map(|fault| &fault.kind);
    let (more_looks, failure) = match fault {
        Some(FaultEffect::SlowOperation { polls }) => (*polls, None),
        Some(FaultEffect::FailedOperation { code }) => (0, Some(code.clone())),
        Some(FaultEffect::CanceledOperation) => (0, Some(CANCELED.to_owned())),
        _ => (0, None),
    };
    let operation = Operation {
        looks_left: call.azure.options.slow_operations + more_looks,
        failure,
        started: call.now(),
    };
    let id = call.fresh_guid();
    call.state().operations.insert(id, operation);
    id
}

/// Adds the header of the status-body style.
pub(super) fn with_status_url(
    call: &ArmCall<'_>,
    response: Response,
    operation: Uuid,
    location: &str,
) -> Response {
    let url = url(call, "operationStatuses", operation, location);
    with_pace(call, response.with_header("azure-asyncoperation", url))
}

/// 202 with the header of the location style.
pub(super) fn accepted(call: &ArmCall<'_>, operation: Uuid, location: &str) -> Response {
    let url = url(call, "operationResults", operation, location);
    let response = Response::empty(StatusCode::ACCEPTED).with_header("location", url);
    with_pace(call, response)
}

fn url(call: &ArmCall<'_>, style: &str, operation: Uuid, location: &str) -> String {
    let action = call.action().unwrap_or_default();
    let (namespace, _) = action.split_once('/').unwrap_or_default();
    format!(
        "{}/subscriptions/{}/providers/{namespace}/locations/{location}/{style}/{operation}?api-version={}",
        call.azure.addresses.resource_manager(),
        call.subscription_id(),
        call.version(),
    )
}

/// Adds the `Retry-After` header.
pub(super) fn with_pace(call: &ArmCall<'_>, response: Response) -> Response {
    response.with_header("retry-after", call.azure.options.retry_after.to_string())
}

fn status(call: &mut ArmCall<'_>) -> ArmAnswer {
    let id = call.path.get("operation").to_owned();
    let (standing, started) = look(call)?;
    let mut body = json!({"name": id, "status": "InProgress", "startTime": started.to_string()});
    if standing != OperationStatus::InProgress {
        body["status"] = "Succeeded".into();
        body["endTime"] = call.now().to_string().into();
    }
    if let OperationStatus::Failed { code } = standing {
        body["status"] = if code == CANCELED { CANCELED } else { "Failed" }.into();
        body["error"] = json!({"code": code, "message": FAILURE});
    }
    Ok(with_pace(call, Response::json(StatusCode::OK, &body)))
}

fn result(call: &mut ArmCall<'_>) -> ArmAnswer {
    match look(call)?.0 {
        OperationStatus::InProgress => {
            let same = format!(
                "{}{}?api-version={}",
                call.azure.addresses.resource_manager(),
                call.request.path,
                call.version()
            );
            let response = Response::empty(StatusCode::ACCEPTED).with_header("location", same);
            Ok(with_pace(call, response))
        }
        OperationStatus::Succeeded => found(&json!({})),
        OperationStatus::Failed { code } => Err(ArmRefusal::conflict(&code, FAILURE)),
    }
}

/// The status of the operation after this poll, and when it started.
fn look(call: &mut ArmCall<'_>) -> Result<(OperationStatus, Timestamp), ArmRefusal> {
    let name = call.path.get("operation").to_owned();
    let state = call.state();
    name.parse()
        .ok()
        .and_then(|id: Uuid| {
            let started = state.operations.get(&id)?.started;
            Some((state.look_at(id)?, started))
        })
        .ok_or_else(|| {
            ArmRefusal::not_found("NotFound", format!("There is no operation '{name}'."))
        })
}
