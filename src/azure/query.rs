//! Did the sample arrive? Instant queries against the workspace, as the caller.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use url::Url;

use super::address::{Address, Audience};
use super::error::AzureError;
use super::reader::Reader;

/// One series of an instant vector.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Series {
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) value: f64,
    pub(crate) at: Timestamp,
}

#[derive(Deserialize)]
struct Answer {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    result: Vec<Told>,
}

#[derive(Deserialize)]
struct Told {
    metric: BTreeMap<String, String>,
    /// Seconds since 1970, and the number as text.
    value: (f64, String),
}

impl From<Told> for Series {
    fn from(told: Told) -> Self {
        let (seconds, value) = told.value;
        Self {
            labels: told.metric,
            value: value.parse().unwrap_or(f64::NAN),
            at: Timestamp::from_millisecond((seconds * 1000.0) as i64).unwrap_or_default(),
        }
    }
}

/// `endpoint` is the workspace's query endpoint, without `/api/v1`. Every selector needs a metric name there.
pub(crate) async fn instant(
    azure: &Reader,
    endpoint: &Url,
    promql: &str,
) -> Result<Vec<Series>, AzureError> {
    let address = Address::below(endpoint, Audience::Query, "api/v1/query").with("query", promql);
    let answer: Answer = azure.get(&address).await?;
    Ok(answer.data.result.into_iter().map(Series::from).collect())
}
