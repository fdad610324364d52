//! Does helm make of the values that were written what the Prometheus Operator must see?

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::EndToEndScenario;
use super::table::{self, FileKind, Judge, RenderedFile};
use crate::entry;
use crate::expected::ExpectedEndpoint;
use crate::files;
use crate::helm::{Manifest, TestChart};
use crate::offline::RenderInput;
use crate::pod::PodDescription;
use crate::programs::{Program, Release};
use crate::schema::Schema;
use crate::sign_in::AuthFlag;
use crate::target::TargetFlag;
use crate::way::PathAndSignIn;
use crate::world::EndToEndWorld;

/// For a release that looks for its token in one place only, so that the file must see to it that one is there.
const NEW: FileKind = FileKind {
    file: "file_of_new_values",
    target: TargetFlag::KubePrometheusStack,
    input: None,
    release: Release::V3_13,
};

pub(super) static ROWS: [FileKind; 2] = [
    NEW,
    FileKind {
        file: "file_of_patched_values",
        input: Some("values.yaml"),
        release: Release::V3_14,
        ..NEW
    },
];

pub(super) fn scenarios() -> Vec<EndToEndScenario> {
    let judge = Judge {
        title: "helm_renders",
        needs: |_| vec![Program::Helm],
        judge: helm_renders,
    };
    let provisioned = AuthFlag::PROVISIONED.map(|sign_in| {
        let title = format!(
            "helm_renders_the_values_that_init_patched_for_{}",
            sign_in.title()
        );
        EndToEndScenario::new(title, &[Program::Helm], move || {
            helm_renders_what_init_patched(sign_in)
        })
    });
    provisioned
        .into_iter()
        .chain(table::scenarios(&ROWS, &ROWS, judge))
        .collect()
}

fn helm_renders(written: &RenderedFile) -> Result<()> {
    let after = Manifest::of(TestChart::KubePrometheusStack, &written.file)?;
    the_operator_sees(&after, written.render_input, &written.endpoint)?;
    match &written.input {
        Some(_) => theirs_is_kept(&after),
        None => Ok(()),
    }
}

fn helm_renders_what_init_patched(sign_in: AuthFlag) -> Result<()> {
    let world = EndToEndWorld::on_loopback()?;
    let values = world.copy("values.yaml")?;

    let init = [
        "init",
        "--yes",
        // The sample of a managed identity cannot be tried from here.
        "--accept-unproved",
        "--write",
        "-o",
        "json",
        "--cluster",
        "aks-prod",
    ];
    let answers = [
        "--target",
        "kube-prometheus-stack",
        "--input",
        "values.yaml",
    ];
    let sign_in_by = ["--auth", sign_in.name()];
    let connected = world
        .amw_rw(&[&init[..], &answers, &sign_in_by].concat())?
        .succeeds()?;

    let connected: Value = serde_json::from_str(&connected)?;
    let field = |name: &str| {
        let text = connected["endpoint"][name].as_str().map(str::to_owned);
        text.with_context(|| format!("no {name}: {connected}"))
    };
    let endpoint = ExpectedEndpoint {
        url: field("url")?,
        client_id: field("client_id")?,
        tenant_id: field("tenant_id")?,
        certificate: String::new(),
    };
    let render_input = RenderInput {
        target: TargetFlag::KubePrometheusStack,
        way: PathAndSignIn::native(sign_in),
        release: Release::V3_14,
        choices: &[],
    };
    let after = Manifest::of(TestChart::KubePrometheusStack, &values)?;
    the_operator_sees(&after, render_input, &endpoint)?;
    theirs_is_kept(&after)
}

/// The data team's entry, and the shop's values of the Prometheus.
fn theirs_is_kept(after: &Manifest) -> Result<()> {
    let original = files::suite().join("data/values.yaml");
    let before = Manifest::of(TestChart::KubePrometheusStack, &original)?;
    let entries = |manifest: &Manifest| {
        manifest
            .prometheus()
            .map(|spec| spec["remoteWrite"].clone())
    };
    let (was, is) = (entries(&before)?, entries(after)?);
    ensure!(
        was[0].is_mapping() && is[0] == was[0],
        "the data team's entry is not as it was: {is:?}"
    );
    let spec = after.prometheus()?;
    ensure!(
        spec["externalLabels"]["region"] == "westeurope",
        "a label is gone"
    );
    ensure!(
        spec["podMetadata"]["labels"]["team"] == "observability",
        "a pod label is gone"
    );
    Ok(())
}

/// By the schema of the Operator, in the entry, in the pod, and in the annotations of the service account.
fn the_operator_sees(
    manifest: &Manifest,
    render_input: RenderInput,
    endpoint: &ExpectedEndpoint,
) -> Result<()> {
    Schema::of("Prometheus")?.accepts(manifest.object("Prometheus")?)?;
    let spec = manifest.prometheus()?;
    entry::suits(
        &spec["remoteWrite"],
        render_input.way,
        render_input.target,
        endpoint,
    )?;
    PodDescription::of_resource(spec).suits(render_input, endpoint)?;
    ensure!(
        spec["externalLabels"]["cluster"] == "aks-prod",
        "no cluster label"
    );
    let annotations = manifest.service_account_annotations()?;
    let client = &annotations["azure.workload.identity/client-id"];
    ensure!(
        (client == endpoint.client_id.as_str()) == render_input.way.sign_in.is_federated(),
        "annotations: {annotations:?}"
    );
    Ok(())
}
