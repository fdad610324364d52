//! What is given by flag can work, or is refused with what it is before anything is written.

use crate::support::World;

const HOST: &str = "https://w-ab12.westeurope-1.metrics.ingest.monitor.azure.com";
const RULE: &str = "/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef";
const WRITE: &str = "/streams/Microsoft-PrometheusMetrics/api/v1/write";
const CLIENT: &str = "cccccccc-cccc-cccc-cccc-cccccccccccc";

fn rendered(url: &str, client: &str) -> crate::support::CommandOutcome {
    World::new().run_alone(&format!(
        "render --auth user-identity --target prometheus-yml --prometheus-version 3.14.0 --cluster-label prod \
         --write-url {url} --client-id {client}"
    ))
}

#[test]
fn a_write_url_that_cannot_work_is_named_for_what_it_is() {
    for (url, words) in [
        (HOST.to_owned(), "only the host"),
        (
            "https://w-ab12.westeurope.prometheus.monitor.azure.com/api/v1/write".to_owned(),
            "query endpoint",
        ),
        (
            format!(
                "https://w-ab12.westeurope-1.ingest.monitor.azure.com{RULE}{WRITE}?api-version=2023-04-24"
            ),
            "logs ingestion endpoint",
        ),
        (format!("{HOST}{RULE}{WRITE}"), "no `api-version`"),
        (
            format!("{HOST}{RULE}{WRITE}?api-version=2023-04-24").replace("azure.com", "azure.us"),
            "--cloud us-government",
        ),
    ] {
        let run = rendered(&url, CLIENT);

        let run = run.ends_with(2).mentions(&[words, "--write-url"]);
        assert_eq!(run.stdout(), "");
    }
}

#[test]
fn an_old_version_in_the_write_url_is_renewed_with_a_note() {
    let run = rendered(
        &format!("{HOST}{RULE}{WRITE}?api-version=2021-11-01-preview"),
        CLIENT,
    );

    let run = run.succeeds().mentions(&["2021-11-01-preview"]);
    assert!(run.stdout().contains("api-version=2023-04-24"));
}

#[test]
fn a_client_id_is_a_guid() {
    let url = format!("{HOST}{RULE}{WRITE}?api-version=2023-04-24");

    let run = rendered(&url, "contoso.onmicrosoft.com");

    run.ends_with(2).mentions(&["a domain name", "--client-id"]);
}
