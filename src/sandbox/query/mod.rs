//! The query endpoints: what does a workspace hold, for those who may know?

mod evaluate;
mod expression;
mod matcher;
mod refusal;
mod scanner;

use http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use self::{
    evaluate::{Element, QueryTime, evaluate},
    refusal::QueryRefusal,
};
use super::{
    authorization::may_act_on_data,
    azure::Azure,
    request::ServiceRequest,
    response::Response,
    state::StoredWorkspace,
    tokens::{TokenCaller, TokenRejection},
};

const ACTION: &str = "Microsoft.Monitor/accounts/data/metrics/read";
const PARAMETERS: [&str; 4] = ["query", "time", "timeout", "limit"];

/// Answers one request to the query endpoint that the request's label names.
pub(crate) fn answer(request: &ServiceRequest, azure: &mut Azure) -> Response {
    respond(request, azure).unwrap_or_else(|refusal| refusal.response())
}

fn respond(request: &ServiceRequest, azure: &Azure) -> Result<Response, QueryRefusal> {
    if request.path != "/api/v1/query" || !matches!(request.method, Method::GET | Method::POST) {
        return Err(QueryRefusal::NoSuchRoute(request.path.clone()));
    }
    let token = request.bearer().ok_or(TokenRejection::Missing)?;
    let caller = azure
        .tokens
        .verify(token, &azure.state.cloud.audiences().query, request.now)?;
    let workspace = azure
        .state
        .workspaces
        .iter()
        .find(|workspace| Some(&workspace.query_label) == request.label.as_ref())
        .ok_or(QueryRefusal::NoSuchWorkspace)?;
    authorize(&caller, workspace, request, azure)?;
    let parameters = parameters(request)?;
    let elements = instant_query(workspace, &parameters, request.now, azure)?;
    let body = json!({
        "status": "success",
        "data": {"resultType": "vector", "result": vector(elements, parameters.time)},
    });
    Ok(Response::json(StatusCode::OK, &body)
        .noting("client_id", caller.name)
        .noting("principal", caller.object_id.to_string()))
}

fn authorize(
    caller: &TokenCaller,
    workspace: &StoredWorkspace,
    request: &ServiceRequest,
    azure: &Azure,
) -> Result<(), QueryRefusal> {
    if !workspace.public_network_access {
        return Err(QueryRefusal::PrivateOnly);
    }
    // The scope is the workspace: the role for writing, on the rule, does not allow a query.
    let allowed = may_act_on_data(
        &azure.state,
        caller.object_id,
        ACTION,
        &workspace.id,
        request.now,
        azure.options.role_propagation,
    );
    if allowed {
        Ok(())
    } else {
        Err(QueryRefusal::MayNotRead {
            object_id: caller.object_id,
            workspace: workspace.id.clone(),
        })
    }
}

struct Parameters {
    query: String,
    time: Timestamp,
}

/// The parameters of the URL, and of the form for a POST.
fn parameters(request: &ServiceRequest) -> Result<Parameters, QueryRefusal> {
    let mut given = request.query.clone();
    if request.method == Method::POST {
        given.extend(url::form_urlencoded::parse(&request.body).into_owned());
    }
    if let Some((unknown, _)) = given
        .iter()
        .find(|(name, _)| !PARAMETERS.contains(&name.as_str()))
    {
        return Err(QueryRefusal::BadParameter(format!(
            "unknown parameter \"{unknown}\""
        )));
    }
    let value = |name: &str| {
        given
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    };
    let time = match value("time") {
        Some(text) => parse_time(text).ok_or_else(|| {
            QueryRefusal::BadParameter(format!("invalid parameter \"time\": {text}"))
        })?,
        None => request.now,
    };
    let query = value("query")
        .ok_or_else(|| QueryRefusal::BadParameter("no parameter \"query\"".to_owned()))?;
    Ok(Parameters {
        query: query.clone(),
        time,
    })
}

/// Reads a time given as RFC 3339 or in Unix seconds, with or without a fraction.
fn parse_time(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    let seconds: f64 = text.parse().ok()?;
    let whole = jiff::SignedDuration::try_from_secs_f64(seconds).ok()?;
    Timestamp::from_duration(whole).ok()
}

fn instant_query(
    workspace: &StoredWorkspace,
    parameters: &Parameters,
    now: Timestamp,
    azure: &Azure,
) -> Result<Vec<Element>, QueryRefusal> {
    let expression = expression::parse(&parameters.query)?;
    let delay = i64::try_from(azure.options.query_delay.as_millis()).unwrap_or(i64::MAX);
    let moment = QueryTime {
        at: parameters.time.as_millisecond(),
        // A sample can be queried some time after the write was answered.
        seen_before: now.as_millisecond().saturating_sub(delay),
    };
    let series: Vec<_> = azure
        .samples
        .get(&workspace.id)
        .map(|samples| samples.series().collect())
        .unwrap_or_default();
    Ok(evaluate(&expression, &series, moment))
}

fn vector(elements: Vec<Element>, time: Timestamp) -> Vec<Value> {
    // The time of the question, not that of the sample: an instant vector has one time.
    let seconds = time.as_duration().as_secs_f64();
    elements
        .into_iter()
        .map(|Element { labels, value }| {
            let metric: Map<String, Value> = labels
                .into_iter()
                .map(|(name, value)| (name, value.into()))
                .collect();
            json!({"metric": metric, "value": [seconds, number(value)]})
        })
        .collect()
}

/// A sample's value as Prometheus writes it: never with an exponent, infinities with their sign.
fn number(value: f64) -> String {
    if value == f64::INFINITY {
        "+Inf".to_owned()
    } else if value == f64::NEG_INFINITY {
        "-Inf".to_owned()
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_may_be_a_date_or_seconds() {
        let noon: Timestamp = "2026-01-15T12:00:00.5Z".parse().unwrap();

        assert_eq!(parse_time("2026-01-15T12:00:00.5Z"), Some(noon));
        assert_eq!(parse_time("1768478400.5"), Some(noon));
        assert_eq!(parse_time("yesterday"), None);
    }

    #[test]
    fn values_are_written_as_prometheus_writes_them() {
        assert_eq!(number(1.0), "1");
        assert_eq!(number(1e21), "1000000000000000000000");
        assert_eq!(number(f64::NAN), "NaN");
        assert_eq!(number(f64::NEG_INFINITY), "-Inf");
    }
}
