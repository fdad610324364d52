//! The metrics endpoints: who may write to which rule, and what happens to the samples.

mod access;
mod admission;
mod refusal;
mod remote_write;
mod samples;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use http::{Method, StatusCode};

use self::refusal::IngestionRefusal;
#[cfg(test)]
pub(crate) use self::remote_write::packed_sample;
pub(crate) use self::samples::{Samples, StoredSample, StoredSeries};
use super::{
    azure::Azure,
    request::ServiceRequest,
    response::Response,
    state::{StoredResourceId, StoredRule},
};

const STREAM: &str = "Microsoft-PrometheusMetrics";
const API_VERSIONS: [&str; 2] = ["2023-04-24", "2021-11-01-preview"];

/// Answers one request to the metrics endpoint that the request's label names.
pub(crate) fn answer(request: &ServiceRequest, azure: &mut Azure) -> Response {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match (&request.method, segments.as_slice()) {
        (
            &Method::POST,
            [
                "dataCollectionRules",
                rule,
                "streams",
                stream,
                "api",
                "v1",
                "write",
            ],
        ) => write(rule, stream, request, azure).unwrap_or_else(|refusal| refusal.response()),
        _ => IngestionRefusal::NoSuchRoute(request.path.clone()).response(),
    }
}

fn write(
    immutable_id: &str,
    stream: &str,
    request: &ServiceRequest,
    azure: &mut Azure,
) -> Result<Response, IngestionRefusal> {
    let caller = access::authenticate(request, azure)?;
    check_api_version(request)?;
    if stream != STREAM {
        return Err(IngestionRefusal::NoSuchStream(stream.to_owned()));
    }
    let rule = azure
        .state
        .data_collection_rules
        .iter()
        // By the immutable id, not by the name: a rule that was deleted and created again has another URL.
        .find(|rule| rule.immutable_id.eq_ignore_ascii_case(immutable_id))
        .ok_or_else(|| IngestionRefusal::NoSuchRule(immutable_id.to_owned()))?;
    access::authorize(&caller, rule, request, azure)?;
    check_headers(request)?;
    let workspaces = destinations(rule);
    let now = request.now.as_millisecond();
    let (admitted, drops) = admission::admit(remote_write::decode(&request.body)?, now)?;
    let count = admitted.len();
    let dropped: u64 = drops.values().sum();
    for workspace in workspaces {
        let samples = azure.samples.entry(workspace).or_default();
        samples.store(&admitted, &drops, now);
    }
    // Success even if every sample was dropped.
    // Whether Azure answers 200 or 204 is not documented; to Prometheus every 2xx is success.
    Ok(Response::empty(StatusCode::NO_CONTENT)
        .noting("client_id", caller.name)
        .noting("principal", caller.object_id.to_string())
        .noting("samples", count)
        .noting("dropped", dropped))
}

fn check_api_version(request: &ServiceRequest) -> Result<(), IngestionRefusal> {
    // The portal shows the newer one; older pages, and their sidecars, have the preview.
    match request.query("api-version") {
        Some(version) if API_VERSIONS.contains(&version) => Ok(()),
        other => Err(IngestionRefusal::ApiVersion(
            other.unwrap_or_default().to_owned(),
        )),
    }
}

fn check_headers(request: &ServiceRequest) -> Result<(), IngestionRefusal> {
    let content_type = request.header("content-type").unwrap_or_default();
    let (media, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    // Azure documents remote write 1.0 only. A receiver that lacks 2.0 has to answer 415.
    let speaks_version_2 = parameters.contains("io.prometheus.write.v2.Request");
    if media.trim() != "application/x-protobuf" || speaks_version_2 {
        return Err(IngestionRefusal::MediaType(content_type.to_owned()));
    }
    match request.header("content-encoding") {
        Some("snappy") => Ok(()),
        other => Err(IngestionRefusal::Encoding(
            other.unwrap_or_default().to_owned(),
        )),
    }
}

/// The workspaces that the rule's flows lead the stream to.
fn destinations(rule: &StoredRule) -> BTreeSet<StoredResourceId> {
    rule.flows
        .iter()
        .filter(|flow| flow.streams.iter().any(|stream| stream == STREAM))
        .flat_map(|flow| &flow.destinations)
        .filter_map(|name| rule.accounts.iter().find(|account| account.name == *name))
        .map(|account| account.workspace.clone())
        .collect()
}
