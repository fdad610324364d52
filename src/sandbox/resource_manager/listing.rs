//! Lists in pages that each name the next.

use serde_json::{Value, json};

use super::{
    call::{Call, found},
    refusal::{Answer, Refusal},
};

/// Items on one page.
const PAGE: usize = 500;

/// What names the place where a page begins.
pub(super) const SKIP_TOKEN: &str = "$skiptoken";

/// The page that the request asks for, with a link to the next one while there is more.
pub(super) fn page(call: &Call<'_>, items: Vec<Value>) -> Answer {
    page_of(call, items, PAGE)
}

/// As `page`, with as many items on it as the caller wishes.
pub(super) fn page_of(call: &Call<'_>, items: Vec<Value>, size: usize) -> Answer {
    let start = match call.request.query(SKIP_TOKEN) {
        Some(token) => token.parse().map_err(|_| {
            Refusal::bad_request(
                "InvalidSkipToken",
                format!("The skip token '{token}' is not one of ours."),
            )
        })?,
        None => 0,
    };
    let end = start + size;
    let is_last = end >= items.len();
    let items: Vec<Value> = items.into_iter().skip(start).take(size).collect();
    let mut page = json!({"value": items});
    if !is_last {
        page["nextLink"] = next_link(call, end).into();
    }
    found(&page)
}

fn next_link(call: &Call<'_>, start: usize) -> String {
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
    format!("{base}{}?{query}", call.request.path)
}
