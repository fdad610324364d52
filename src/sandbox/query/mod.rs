//! The query endpoints: what does a workspace hold, for those who may know?

mod aggregate;
mod answers;
mod evaluate;
mod expression;
mod expression_error;
mod functions;
mod matcher;
mod operators;
mod parameters;
mod range_values;
mod refusal;
mod scanner;
mod selector;
#[cfg(test)]
mod tests;
mod vector;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use self::{answers::VisibleSeries, parameters::QueryParameters, refusal::QueryRefusal};
use super::{
    authorization::may_act_on_data,
    azure::Azure,
    request::ServiceRequest,
    response::Response,
    state::StoredWorkspace,
    tokens::{TokenCaller, TokenRejection},
};

const ACTION: &str = "Microsoft.Monitor/accounts/data/metrics/read";

/// One path of the endpoint.
#[derive(Clone, Copy)]
enum QueryRoute {
    Instant,
    Range,
    Series,
    LabelNames,
    MetricNames,
}

impl QueryRoute {
    fn of(request: &ServiceRequest) -> Result<Self, QueryRefusal> {
        let route = match request.path.as_str() {
            "/api/v1/query" => Self::Instant,
            "/api/v1/query_range" => Self::Range,
            "/api/v1/series" => Self::Series,
            "/api/v1/labels" => Self::LabelNames,
            "/api/v1/label/__name__/values" => Self::MetricNames,
            // Prometheus answers for every label.
            path if path.starts_with("/api/v1/label/") && path.ends_with("/values") => {
                return Err(QueryRefusal::BadParameter(
                    "the values of a label are listed for __name__ only".to_owned(),
                ));
            }
            path => return Err(QueryRefusal::NoSuchRoute(path.to_owned())),
        };
        // A POST has its parameters in the body; the values of a label have no such form.
        match request.method {
            Method::GET => Ok(route),
            Method::POST if !matches!(route, Self::MetricNames) => Ok(route),
            _ => Err(QueryRefusal::NoSuchMethod(request.method.clone())),
        }
    }

    fn parameters(self) -> &'static [&'static str] {
        match self {
            Self::Instant => &["query", "time", "timeout", "limit"],
            Self::Range => &["query", "start", "end", "step", "timeout", "limit"],
            Self::Series | Self::LabelNames | Self::MetricNames => {
                &["match[]", "start", "end", "limit"]
            }
        }
    }

    fn data(
        self,
        series: &VisibleSeries<'_>,
        parameters: &QueryParameters,
    ) -> Result<Value, QueryRefusal> {
        Ok(match self {
            Self::Instant => {
                let expression = parameters.expression()?;
                let at = parameters.moment()?.as_millisecond();
                series.instant(&expression, at, parameters.limit()?)?
            }
            Self::Range => {
                let expression = parameters.expression()?;
                series.range(&expression, parameters.steps()?, parameters.limit()?)?
            }
            Self::Series => series.labels_of_series(&parameters.series_question()?),
            Self::LabelNames => series.label_names(&parameters.label_question()?),
            Self::MetricNames => series.label_values("__name__", &parameters.label_question()?),
        })
    }
}

/// Answers one request to the query endpoint that the request's label names.
pub(crate) fn answer(request: &ServiceRequest, azure: &mut Azure) -> Response {
    respond(request, azure).unwrap_or_else(|refusal| refusal.response())
}

fn respond(request: &ServiceRequest, azure: &Azure) -> Result<Response, QueryRefusal> {
    let route = QueryRoute::of(request)?;
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
    let parameters = QueryParameters::read(request, route.parameters())?;
    let data = route.data(&visible(workspace, request, azure), &parameters)?;
    let body = json!({"status": "success", "data": data});
    Ok(Response::json(StatusCode::OK, &body)
        .noting("client_id", caller.name)
        .noting("principal", caller.object_id.to_string()))
}

fn visible<'a>(
    workspace: &StoredWorkspace,
    request: &ServiceRequest,
    azure: &'a Azure,
) -> VisibleSeries<'a> {
    let delay = i64::try_from(azure.options.query_delay.as_millis()).unwrap_or(i64::MAX);
    VisibleSeries {
        series: azure
            .samples
            .get(&workspace.id)
            .map(|samples| samples.series().collect())
            .unwrap_or_default(),
        // A sample can be queried some time after the write was answered.
        seen_before: request.now.as_millisecond().saturating_sub(delay),
    }
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
