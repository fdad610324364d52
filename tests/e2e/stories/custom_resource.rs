//! Would the API server take a patched Prometheus or PrometheusAgent?

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value as Json;
use serde_yaml::Value;

use super::Story;
use crate::files;
use crate::offline::{self, Wish};
use crate::programs::Release;
use crate::schema::{self, Schema};
use crate::sign_in::SignIn;

/// A kind, a file with one of it, and which Prometheus that runs.
type Resource = (&'static str, &'static str, Release);

const RESOURCES: [Resource; 2] = [
    ("Prometheus", "prometheus-resource.yaml", Release::V3_14),
    (
        "PrometheusAgent",
        "prometheusagent-resource.yaml",
        Release::V3_13,
    ),
];

pub(super) fn stories() -> Vec<Story> {
    let patched = RESOURCES.into_iter().flat_map(|resource| {
        SignIn::ALL.map(|sign_in| {
            let kind = resource.0.to_lowercase();
            let title = format!("the_schema_accepts_a_{kind}_for_{}", sign_in.title());
            Story::new(title, &[], move || {
                the_schema_accepts_a_patched_resource(resource, sign_in)
            })
        })
    });
    let schemas = RESOURCES.into_iter().flat_map(|(kind, file, _)| {
        let title = kind.to_lowercase();
        [
            Story::new(
                format!("the_schema_of_a_{title}_refuses_what_the_operator_does_not_know"),
                &[],
                move || the_schema_refuses(kind, file),
            ),
            excerpt_story(kind, &title),
        ]
    });
    patched.chain(schemas).collect()
}

fn excerpt_story(kind: &'static str, title: &str) -> Story {
    let title = format!("the_schema_of_a_{title}_is_an_excerpt_of_the_operators");
    match schema::whole(kind) {
        Some(whole) => Story::new(title, &[], move || the_schema_is_an_excerpt(kind, &whole)),
        None => Story::untold(title, "the Operator's own definitions are not here"),
    }
}

fn the_schema_accepts_a_patched_resource(
    (kind, file, release): Resource,
    sign_in: SignIn,
) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let input = files::copy(file, folder.path())?;

    let wish = Wish {
        target: "custom-resource",
        sign_in,
        release,
    };
    let written = wish.patch(&input, folder.path())?;

    let text = std::fs::read_to_string(written)?;
    let resource: Value = serde_yaml::from_str(&text)?;
    Schema::of(kind)?.accepts(&resource)?;
    let entries = resource["spec"]["remoteWrite"].as_sequence();
    let ours = entries.and_then(|all| all.last()).context("no entry")?;
    ensure!(ours["url"] == offline::WRITE_URL, "not ours: {ours:?}");
    ensure!(
        ours["azureAd"][sign_in.custom_key()].is_mapping(),
        "not {}: {ours:?}",
        sign_in.custom_key()
    );
    ensure!(
        resource["spec"]["externalLabels"]["cluster"] == "aks-prod",
        "no cluster label"
    );
    let volumes = resource["spec"]["volumes"].as_sequence();
    let projected =
        volumes.is_some_and(|all| all.iter().any(|volume| volume["projected"].is_mapping()));
    ensure!(
        projected == (sign_in.is_federated() && release == Release::V3_13),
        "volumes: {volumes:?}"
    );
    let lost = files::first_lost_line(&files::original(file)?, &text).map(str::to_owned);
    ensure!(lost.is_none(), "a line is gone: {lost:?}");
    Ok(())
}

/// A judge that takes everything would prove nothing.
fn the_schema_refuses(kind: &str, file: &str) -> Result<()> {
    let schema = Schema::of(kind)?;
    let resource: Value = serde_yaml::from_str(&files::original(file)?)?;
    let with = |azure_ad: &str| -> Result<Value> {
        let entry = format!("[{{url: 'http://receiver.example', azureAd: {azure_ad}}}]");
        let mut changed = resource.clone();
        changed["spec"]["remoteWrite"] = serde_yaml::from_str(&entry)?;
        Ok(changed)
    };
    schema.accepts(&with("{cloud: AzurePublic, managedIdentity: {}}")?)?;

    for wrong in [
        "{cloud: AzureCloud, managedIdentity: {}}",
        "{cloud: AzurePublic, managedIdentity: {clientId: ''}}",
        "{cloud: AzurePublic, managed_identity: {}}",
        "{cloud: AzurePublic, certificate: {clientId: a, tenantId: b}}",
        "{cloud: AzurePublic, workloadIdentity: {clientId: a}}",
        "{cloud: AzurePublic, workloadIdentity: {clientId: a, tenantId: b, tokenFilePath: /token}}",
        "{cloud: AzurePublic, oauth: {clientId: a, clientSecret: b, tenantId: c}}",
    ] {
        let verdict = schema.accepts(&with(wrong)?);

        ensure!(verdict.is_err(), "it takes {wrong}");
    }
    Ok(())
}

fn the_schema_is_an_excerpt(kind: &str, whole: &Path) -> Result<()> {
    let whole = schema::open_api_schema(whole)?;

    let excerpt = schema::open_api_schema(&schema::excerpt(kind))?;

    let foreign = first_foreign(&excerpt, &whole, "");
    ensure!(foreign.is_none(), "{foreign:?} is not the Operator's");
    Ok(())
}

/// The first place at which an excerpt says something else than the whole.
fn first_foreign(excerpt: &Json, whole: &Json, path: &str) -> Option<String> {
    match (excerpt, whole) {
        (Json::Object(excerpt), Json::Object(whole)) => excerpt.iter().find_map(|(key, value)| {
            let path = format!("{path}/{key}");
            match whole.get(key) {
                Some(theirs) => first_foreign(value, theirs, &path),
                None => Some(path),
            }
        }),
        _ => (excerpt != whole).then(|| path.to_owned()),
    }
}
