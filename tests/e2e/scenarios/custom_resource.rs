//! Would the API server take a Prometheus or PrometheusAgent that was written, and is its JSON Patch the same?

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value as Json;
use serde_yaml::Value;

use super::EndToEndScenario;
use super::table::{self, FileKind, Judge, RenderedFile};
use crate::entry;
use crate::files;
use crate::pod::PodDescription;
use crate::programs::{Program, Release};
use crate::run::run;
use crate::schema::{self, Schema};
use crate::target::TargetFlag;

const NEW: FileKind = FileKind {
    file: "new_prometheus",
    target: TargetFlag::CustomResource,
    input: None,
    release: Release::V3_14,
};

pub(super) static ROWS: [FileKind; 3] = [
    NEW,
    FileKind {
        file: "patched_prometheus",
        input: Some("prometheus-resource.yaml"),
        ..NEW
    },
    // For a release that looks for its token in one place only, so that the file must see to it that one is there.
    FileKind {
        file: "patched_prometheusagent",
        input: Some("prometheusagent-resource.yaml"),
        release: Release::V3_13,
        ..NEW
    },
];

/// A kind, and a file with one of it.
const KINDS: [(&str, &str); 2] = [
    ("Prometheus", "prometheus-resource.yaml"),
    ("PrometheusAgent", "prometheusagent-resource.yaml"),
];

pub(super) fn scenarios() -> Vec<EndToEndScenario> {
    let of_new = Judge {
        title: "the_schema_accepts",
        needs: |_| Vec::new(),
        judge: the_schema_accepts,
    };
    let of_patched = Judge {
        title: "the_schema_accepts_and_kubectl_makes",
        needs: |_| vec![Program::Kubectl],
        judge: the_schema_accepts,
    };
    let (new, patched) = ROWS.split_at(1);
    let cases = [(new, of_new), (patched, of_patched)];
    let rendered = cases
        .into_iter()
        .flat_map(|(rows, judge)| table::scenarios(rows, rows, judge));
    let schemas = KINDS.into_iter().flat_map(|(kind, file)| {
        let title = kind.to_lowercase();
        [
            EndToEndScenario::new(
                format!("the_schema_of_a_{title}_refuses_what_the_operator_does_not_know"),
                &[],
                move || the_schema_refuses(kind, file),
            ),
            excerpt_scenario(kind, &title),
        ]
    });
    rendered.chain(schemas).collect()
}

fn excerpt_scenario(kind: &'static str, title: &str) -> EndToEndScenario {
    let title = format!("the_schema_of_a_{title}_is_an_excerpt_of_the_operators");
    match schema::whole(kind) {
        Some(whole) => {
            EndToEndScenario::new(title, &[], move || the_schema_is_an_excerpt(kind, &whole))
        }
        None => EndToEndScenario::ignored(title, "the Operator's own definitions are not here"),
    }
}

fn the_schema_accepts(written: &RenderedFile) -> Result<()> {
    let RenderedFile {
        render_input,
        endpoint,
        ..
    } = written;
    let resource = written.parsed()?;
    let kind = resource["kind"].as_str().context("no kind")?;
    Schema::of(kind)?.accepts(&resource)?;
    let spec = &resource["spec"];
    entry::suits(
        &spec["remoteWrite"],
        render_input.way,
        render_input.target,
        endpoint,
    )?;
    PodDescription::of_resource(spec).suits(*render_input, endpoint)?;
    ensure!(
        spec["externalLabels"]["cluster"] == "aks-prod",
        "no cluster label"
    );
    match &written.input {
        Some(input) => kubectl_makes_the_same(input, &resource, written),
        None => Ok(()),
    }
}

/// The JSON Patch, applied by the real kubectl, leads where the patched file is already.
fn kubectl_makes_the_same(input: &Path, resource: &Value, written: &RenderedFile) -> Result<()> {
    let mut render = written
        .render_input
        .command(Some(input), written.folder())?;
    let operations = run(render.arg("--json-patch"))?.succeeds()?;
    let file = written.folder().join("operations.json");
    std::fs::write(&file, operations)?;

    let mut kubectl = Command::new(Program::Kubectl.path()?);
    kubectl
        .args(["patch", "--local", "--type", "json", "--output", "yaml"])
        .arg("--filename")
        .arg(input)
        .arg("--patch-file")
        .arg(file);
    let patched = run(kubectl.env_clear().env("HOME", written.folder()))?.succeeds()?;

    let patched: Value = serde_yaml::from_str(&patched)?;
    ensure!(
        patched == *resource,
        "kubectl made\n{patched:#?}\nand the file says\n{resource:#?}"
    );
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

/// The first place at which an excerpt differs from the whole.
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
