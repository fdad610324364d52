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
struct QueryResponse {
    data: QueryData,
}

#[derive(Deserialize)]
struct QueryData {
    result: Vec<SeriesResponse>,
}

#[derive(Deserialize)]
struct SeriesResponse {
    metric: BTreeMap<String, String>,
    /// Seconds since 1970, and the number as text.
    value: (f64, String),
}

impl From<SeriesResponse> for Series {
    fn from(response: SeriesResponse) -> Self {
        let (seconds, value) = response.value;
        Self {
            labels: response.metric,
            // Prometheus sends numbers as text, because JSON has no NaN and no infinities.
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
    azure.metrics_host(endpoint)?;
    // The caller needs Monitoring Data Reader on the workspace; the role for writing does not allow reading.
    let address = Address::below(endpoint, Audience::Query, "api/v1/query").with("query", promql);
    let answer: QueryResponse = azure.get(&address).await?;
    Ok(answer.data.result.into_iter().map(Series::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::fake::{FakeService, says};

    #[tokio::test]
    async fn a_sample_is_found_with_labels_value_and_time() {
        let body = r#"{"status":"success","data":{"resultType":"vector","result":[
            {"metric":{"__name__":"probe","cluster":"c"},"value":[1700000000.5,"1.25"]}]}}"#;
        let fake = FakeService::in_turn([says(200, body)]).await;

        let series = instant(&fake.reader(), &fake.base, r#"probe{cluster="c"}"#)
            .await
            .unwrap();

        assert_eq!(series[0].labels["cluster"], "c");
        assert_eq!(series[0].value, 1.25);
        assert_eq!(series[0].at.as_millisecond(), 1_700_000_000_500);
        assert_eq!(
            fake.lines()[0],
            "GET /api/v1/query?query=probe%7Bcluster%3D%22c%22%7D"
        );
    }

    #[tokio::test]
    async fn a_bad_query_fails_with_the_message_of_the_service() {
        let body = r#"{"status":"error","errorType":"bad_data","error":"parse error"}"#;
        let fake = FakeService::in_turn([says(400, body)]).await;

        let error = instant(&fake.reader(), &fake.base, "{").await.unwrap_err();

        assert!(
            error
                .to_string()
                .starts_with("Azure answered 400 bad_data: parse error")
        );
    }
}
