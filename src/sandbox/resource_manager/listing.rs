//! Lists in pages that each name the next.

use serde_json::{Value, json};

use super::{
    call::{ArmCall, found},
    refusal::{ArmAnswer, ArmRefusal},
};

/// Items on one page.
const PAGE: usize = 500;

/// What names the place where a page begins.
pub(super) const SKIP_TOKEN: &str = "$skiptoken";

/// The page that the request asks for, with a link to the next one while there is more.
pub(super) fn page<T>(
    call: &ArmCall<'_>,
    items: impl Iterator<Item = T>,
    render: impl Fn(T) -> Value,
) -> ArmAnswer {
    page_of(PAGE, call, items, render)
}

/// As `page`, for the providers that have `"nextLink": null` on the last page.
pub(super) fn page_with_null_link<T>(
    call: &ArmCall<'_>,
    items: impl Iterator<Item = T>,
    render: impl Fn(T) -> Value,
) -> ArmAnswer {
    let mut page = value_of(PAGE, call, items, render)?;
    // An empty list is answered without the key.
    let has_items = page["value"]
        .as_array()
        .is_some_and(|items| !items.is_empty());
    if has_items && page.get("nextLink").is_none() {
        page["nextLink"] = Value::Null;
    }
    found(&page)
}

/// As `page`, with `size` items on a page.
pub(super) fn page_of<T>(
    size: usize,
    call: &ArmCall<'_>,
    items: impl Iterator<Item = T>,
    render: impl Fn(T) -> Value,
) -> ArmAnswer {
    found(&value_of(size, call, items, render)?)
}

fn value_of<T>(
    size: usize,
    call: &ArmCall<'_>,
    items: impl Iterator<Item = T>,
    render: impl Fn(T) -> Value,
) -> Result<Value, ArmRefusal> {
    let start = start(call)?;
    let mut items = items.skip(start);
    let shown: Vec<Value> = items.by_ref().take(size).map(render).collect();
    let mut page = json!({"value": shown});
    if items.next().is_some() {
        page["nextLink"] = next_link(call, start + size).into();
    }
    Ok(page)
}

fn start(call: &ArmCall<'_>) -> Result<usize, ArmRefusal> {
    let Some(token) = call.request.query(SKIP_TOKEN) else {
        return Ok(0);
    };
    token.parse().map_err(|_| {
        let message = format!("The skip token '{token}' is not one of ours.");
        ArmRefusal::bad_request("InvalidSkipToken", message)
    })
}

fn next_link(call: &ArmCall<'_>, start: usize) -> String {
    let base = call.azure.addresses.resource_manager();
    let others = call
        .request
        .query
        .iter()
        .filter(|(name, _)| !name.eq_ignore_ascii_case(SKIP_TOKEN));
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(others)
        .append_pair(SKIP_TOKEN, &start.to_string())
        .finish();
    // Absolute, with the api-version: clients follow it as it is.
    format!("{base}{}?{query}", call.request.path)
}
