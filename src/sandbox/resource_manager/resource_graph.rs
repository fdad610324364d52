//! Resource Graph: one query over everything the caller may read, a little behind the truth.

use http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    call::ArmCall,
    collection::CollectionHandlers,
    kusto::{KustoRow, Query},
    refusal::{ArmAnswer, ArmRefusal},
    resource_graph_rows::{is_known, rows},
    route::ArmRoute,
    verb::Verb,
};
use crate::sandbox::response::Response;

/// Rows on a page when the caller names no number, and as many as it may name.
const USUAL_PAGE: usize = 100;
const LARGEST_PAGE: usize = 1000;

pub(super) static COLLECTION: CollectionHandlers = CollectionHandlers::new(ROUTES);

const ROUTES: &[ArmRoute] = &[ArmRoute::new(
    Verb::Post,
    "/providers/Microsoft.ResourceGraph/resources",
    &["2021-03-01", "2022-10-01", "2024-04-01"],
    query,
)
.with_fields(&[
    "subscriptions",
    "query",
    "options.resultFormat",
    "options.$top",
    "options.$skip",
    "options.$skipToken",
    "options.allowPartialScopes",
])];

fn query(call: &mut ArmCall<'_>) -> ArmAnswer {
    let query = parse(call)?;
    let lag =
        SignedDuration::try_from(call.azure.options.replication_lag).unwrap_or(SignedDuration::MAX);
    // Resource Graph is an index: a new resource appears in it after seconds or minutes.
    let seen_at = call.now() - lag;
    let subscriptions = subscriptions(call);
    let rows = query.apply(rows(
        call.azure,
        &call.caller,
        &query.table,
        &subscriptions,
        seen_at,
    ));
    page(call, &rows)
}

fn parse(call: &ArmCall<'_>) -> Result<Query, ArmRefusal> {
    let text = call.text("/query").unwrap_or_default();
    let text = with_table(text);
    let query = Query::parse(&text).map_err(|reason| invalid("ParserFailure", &reason))?;
    if !["resources", "resourcecontainers"].contains(&query.table.as_str()) {
        return Err(invalid(
            "InvalidQuery",
            &format!("there is no table '{}'", query.table),
        ));
    }
    let unknown = query.types().find(|kind| !is_known(kind));
    match unknown {
        Some(kind) => Err(invalid(
            "InvalidQuery",
            &format!("there is no resource type '{kind}'"),
        )),
        None => Ok(query),
    }
}

/// A query that begins with an operator is about `resources`.
fn with_table(query: String) -> String {
    const OPERATORS: [&str; 5] = ["project", "where", "order", "limit", "take"];
    let first = query.split_whitespace().next().unwrap_or_default();
    match OPERATORS.contains(&first) {
        true => format!("resources | {query}"),
        false => query,
    }
}

/// The ids that the query is restricted to; all visible ones when it names none.
fn subscriptions(call: &ArmCall<'_>) -> Vec<String> {
    let named = call.body["subscriptions"].as_array();
    let named: Vec<String> = named
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_ascii_lowercase)
        .collect();
    if !named.is_empty() {
        return named;
    }
    let all = call.azure.state.subscriptions.iter();
    all.map(|subscription| subscription.id.to_string())
        .collect()
}

/// The page that the options ask for. Without an `id` column there is no way to the next one.
fn page(call: &ArmCall<'_>, rows: &[KustoRow]) -> ArmAnswer {
    let options = &call.body["options"];
    if options["resultFormat"]
        .as_str()
        .is_some_and(|it| it != "objectArray")
    {
        return Err(invalid(
            "InvalidOption",
            "only the result format 'objectArray' is understood",
        ));
    }
    let size = match options["$top"].as_u64() {
        None => USUAL_PAGE,
        Some(top) => usize::try_from(top)
            .ok()
            .filter(|top| (1..=LARGEST_PAGE).contains(top))
            .ok_or_else(|| invalid("InvalidOption", "$top must be from 1 to 1000"))?,
    };
    let start = start(options)?;
    let shown: Vec<&KustoRow> = rows.iter().skip(start).take(size).collect();
    let is_last = start + size >= rows.len();
    let mut body = json!({
        "totalRecords": rows.len(),
        "count": shown.len(),
        // A text, not a truth value.
        "resultTruncated": if is_last { "false" } else { "true" },
        "data": shown,
        "facets": [],
    });
    let can_continue = rows.first().is_some_and(|row| row.contains_key("id"));
    if !is_last && can_continue {
        body["$skipToken"] = format!("sandbox-{}", start + size).into();
    }
    Ok(Response::json(StatusCode::OK, &body))
}

fn start(options: &Value) -> Result<usize, ArmRefusal> {
    let Some(token) = options["$skipToken"].as_str() else {
        // A token holds its own offset, so `$skip` counts for the first page only.
        let skip = options["$skip"].as_u64().unwrap_or_default();
        return Ok(usize::try_from(skip).unwrap_or(usize::MAX));
    };
    token
        .strip_prefix("sandbox-")
        .and_then(|start| start.parse().ok())
        .ok_or_else(|| invalid("InvalidOption", "the skip token is not one of ours"))
}

fn invalid(code: &str, reason: &str) -> ArmRefusal {
    let message = "Please provide below info when asking for support.";
    ArmRefusal::bad_request("BadRequest", message)
        .with_detail(json!({"code": code, "message": reason}))
}
