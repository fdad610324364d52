//! Long-running operations: started by other collections, asked for here in the style of a status body or of a location.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};
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
        in_subscription!("operationresults/{operation}"),
        &[],
        result,
    ),
    ArmRoute::new(
        Verb::Get,
        in_subscription!(
            "providers/Microsoft.Monitor/locations/{location}/operationResults/{operation}"
        ),
        &[],
        short_status,
    ),
    ArmRoute::new(
        Verb::Get,
        in_subscription!(
            "providers/Microsoft.Monitor/locations/{location}/locationOperationStatuses/{operation}"
        ),
        &[],
        result,
    ),
    ArmRoute::new(
        Verb::Get,
        in_subscription!(
            "providers/Microsoft.ContainerService/locations/{location}/operations/{operation}"
        ),
        &[],
        cluster_status,
    ),
    ArmRoute::new(
        Verb::Get,
        in_subscription!(
            "providers/Microsoft.ContainerService/locations/{location}/operationresults/{operation}"
        ),
        &[],
        cluster_result,
    ),
    ArmRoute::new(
        Verb::Get,
        in_subscription!("providers/Microsoft.Compute/locations/{location}/operations/{operation}"),
        &[],
        compute_status,
    )
    .with_parameters(&["p"]),
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
        // Counted in polls and not in seconds, so that a test need not wait.
        looks_left: call.azure.options.slow_operations + more_looks,
        failure,
        started: call.now(),
    };
    let id = call.fresh_guid();
    call.state().operations.insert(id, operation);
    id
}

/// Adds the header of the status-body style, as AKS does: no pace, and an api-version that is not the resource's.
pub(super) fn with_cluster_status(
    call: &ArmCall<'_>,
    response: Response,
    operation: Uuid,
    location: &str,
) -> Response {
    let path = format!("Microsoft.ContainerService/locations/{location}/operations/{operation}");
    let url = provider_url(call, &path, "api-version=2017-08-31");
    response.with_header("azure-asyncoperation", url)
}

/// Adds both headers, as AKS does for a deletion.
pub(super) fn with_cluster_result(
    call: &ArmCall<'_>,
    response: Response,
    operation: Uuid,
    location: &str,
) -> Response {
    let path =
        format!("Microsoft.ContainerService/locations/{location}/operationresults/{operation}");
    let url = provider_url(call, &path, "api-version=2017-08-31");
    let response = response.with_header("location", url);
    with_cluster_status(call, response, operation, location)
}

/// Adds the header of the status-body style, as Compute does.
pub(super) fn with_compute_status(
    call: &ArmCall<'_>,
    response: Response,
    operation: Uuid,
    location: &str,
) -> Response {
    let path = format!("Microsoft.Compute/locations/{location}/operations/{operation}");
    // Recorded with `p`: the address is to be followed as it is.
    let query = format!("p={}&api-version={}", Uuid::nil(), call.version());
    let url = provider_url(call, &path, &query);
    with_pace(call, response.with_header("azure-asyncoperation", url))
}

/// 202 with the header of the location style.
pub(super) fn accepted(call: &ArmCall<'_>, operation: Uuid) -> Response {
    let url = format!(
        // Azure has a long text in base64 in place of this id (recorded).
        "{}/subscriptions/{}/operationresults/{operation}?api-version={}",
        call.azure.addresses.resource_manager(),
        call.subscription_id(),
        call.version(),
    );
    let response = Response::empty(StatusCode::ACCEPTED).with_header("location", url);
    with_pace(call, response)
}

/// 202 with the headers of both styles, as Azure Monitor does; the names of their addresses are the other way round.
pub(super) fn accepted_by_monitor(call: &ArmCall<'_>, operation: Uuid, location: &str) -> Response {
    let query = format!("api-version={}", call.version());
    let url = |style: &str| {
        let path = format!("Microsoft.Monitor/locations/{location}/{style}/{operation}");
        provider_url(call, &path, &query)
    };
    let response = Response::empty(StatusCode::ACCEPTED)
        .with_header("azure-asyncoperation", url("operationResults"))
        .with_header("location", url("locationOperationStatuses"));
    with_pace(call, response)
}

fn provider_url(call: &ArmCall<'_>, path: &str, query: &str) -> String {
    format!(
        "{}/subscriptions/{}/providers/{path}?{query}",
        call.azure.addresses.resource_manager(),
        call.subscription_id(),
    )
}

/// Adds the `Retry-After` header.
fn with_pace(call: &ArmCall<'_>, response: Response) -> Response {
    response.with_header("retry-after", call.azure.options.retry_after.to_string())
}

/// AKS: the end is named only once there is one, and no pace.
fn cluster_status(call: &mut ArmCall<'_>) -> ArmAnswer {
    let body = full_status(call, |time| time.to_string())?;
    found(&body)
}

/// The same in the style of a location: 202 with the body of a status, and 204 at the end (recorded).
fn cluster_result(call: &mut ArmCall<'_>) -> ArmAnswer {
    let body = full_status(call, |time| time.to_string())?;
    let response = match body["status"].as_str() {
        Some("InProgress") => Response::json(StatusCode::ACCEPTED, &body),
        Some("Succeeded") => Response::empty(StatusCode::NO_CONTENT),
        _ => return Err(failed(&body)),
    };
    Ok(response.with_header("location", own_address(call)))
}

fn failed(status: &Value) -> ArmRefusal {
    let code = status["error"]["code"].as_str().unwrap_or_default();
    ArmRefusal::conflict(code, FAILURE)
}

/// Compute writes times with an offset.
fn compute_status(call: &mut ArmCall<'_>) -> ArmAnswer {
    let body = full_status(call, |time| {
        time.strftime("%Y-%m-%dT%H:%M:%S%.7f+00:00").to_string()
    })?;
    Ok(with_pace(call, Response::json(StatusCode::OK, &body)))
}

/// Azure Monitor sends only the word.
fn short_status(call: &mut ArmCall<'_>) -> ArmAnswer {
    let body = full_status(call, |time| time.to_string())?;
    let mut short = json!({"status": body["status"]});
    if let Some(error) = body.get("error") {
        short["error"] = error.clone();
    }
    Ok(with_pace(call, Response::json(StatusCode::OK, &short)))
}

fn full_status(
    call: &mut ArmCall<'_>,
    write: impl Fn(Timestamp) -> String,
) -> Result<Value, ArmRefusal> {
    let id = call.path.get("operation").to_owned();
    let (standing, started) = look(call)?;
    // AKS has been recorded with other words as well, such as `CreatingAgentPool`: only an end counts.
    let mut body = json!({"name": id, "status": "InProgress", "startTime": write(started)});
    if standing != OperationStatus::InProgress {
        body["status"] = "Succeeded".into();
        body["endTime"] = write(call.now()).into();
    }
    if let OperationStatus::Failed { code } = standing {
        body["status"] = if code == CANCELED { CANCELED } else { "Failed" }.into();
        body["error"] = json!({"code": code, "message": FAILURE});
    }
    Ok(body)
}

fn result(call: &mut ArmCall<'_>) -> ArmAnswer {
    match look(call)?.0 {
        OperationStatus::InProgress => {
            // Some polls name another address, and most name none (recorded).
            let same = own_address(call);
            let response = Response::empty(StatusCode::ACCEPTED).with_header("location", same);
            Ok(with_pace(call, response))
        }
        // The deletion of a group ends with 200 and no body.
        OperationStatus::Succeeded => Ok(Response::empty(StatusCode::OK)),
        // In the style of a location, a failure is the HTTP status of the poll itself.
        OperationStatus::Failed { code } => Err(ArmRefusal::conflict(&code, FAILURE)),
    }
}

/// The address of this poll.
fn own_address(call: &ArmCall<'_>) -> String {
    format!(
        "{}{}?api-version={}",
        call.azure.addresses.resource_manager(),
        call.request.path,
        call.version()
    )
}

/// The status of the operation after this poll, and when it started.
fn look(call: &mut ArmCall<'_>) -> Result<(OperationStatus, Timestamp), ArmRefusal> {
    let name = call.path.get("operation").to_owned();
    look_by_name(call, &name)
}

/// The same for an operation whose name is only a part of the path's segment.
pub(super) fn look_by_name(
    call: &mut ArmCall<'_>,
    name: &str,
) -> Result<(OperationStatus, Timestamp), ArmRefusal> {
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
