//! What does the running Helm release say already? New values carry its lists over, since Helm replaces a list as a whole.

use serde_yaml::Value;

use crate::cluster::Kubernetes;
use crate::cluster::helm::HelmRelease;
use crate::discover::Discovered;
use crate::error::Failure;
use crate::helm;
use crate::patch::{self, Notice, PatchRefusal, What};
use crate::render::{BlockStyle, Installation, RemoteWrite, block_lines};
use crate::spec::choices::TargetKind;

/// The release that the found Prometheus belongs to, where values are what is written; or what to tell when it cannot be
/// read.
pub(crate) async fn release(
    found: &Discovered,
    target: TargetKind,
) -> Result<Option<HelmRelease>, String> {
    let is_values = matches!(
        target,
        TargetKind::KubePrometheusStack | TargetKind::PrometheusChart
    );
    let (Ok(kubernetes), Ok(server), true) = (&found.kubernetes, &found.prometheus, is_values)
    else {
        return Ok(None);
    };
    let Some(name) = &server.release else {
        return Ok(None);
    };
    read(kubernetes, name, &server.namespace)
        .await
        .map(Some)
        .map_err(|why| {
            format!(
                "what Helm release `{name}` says already is not known: {why}; Helm replaces lists as a whole, so patch \
                 your own values file (--input FILE), or compare with: helm get values {name} -n {}",
                server.namespace
            )
        })
}

async fn read(kubernetes: &Kubernetes, name: &str, namespace: &str) -> Result<HelmRelease, String> {
    let mut all = kubernetes
        .helm_releases(name)
        .await
        .map_err(|error| error.to_string())?;
    if all.len() > 1 {
        all.retain(|release| release.namespace == namespace);
    }
    all.pop()
        .ok_or_else(|| "no Secret of it is kept in the cluster".to_owned())
}

/// New values for this release: `fresh`, unless a list of it has to be carried over.
pub(crate) fn carried_over(
    release: &HelmRelease,
    installation: &Installation,
    remote_write: &RemoteWrite,
    fresh: String,
) -> Result<String, Failure> {
    let unreadable = |error: serde_yaml::Error| {
        Failure::new(format!(
            "read the values of Helm release `{}`",
            release.name
        ))
        .because(error)
    };
    let before: Value = serde_yaml::to_value(&release.values).map_err(unreadable)?;
    if before
        .as_mapping()
        .is_none_or(serde_yaml::Mapping::is_empty)
    {
        return Ok(fresh);
    }
    let text = serde_yaml::to_string(&before).map_err(unreadable)?;
    let patched = patch::patch(&text, installation, remote_write)
        .map_err(|refusal| refused(release, &refusal))?;
    let after: Value = serde_yaml::from_str(&patched.text).map_err(unreadable)?;
    let new: Value = serde_yaml::from_str(&fresh).map_err(unreadable)?;
    match helm::overlay(&before, &after) {
        Some(laid) if laid != new => Ok(format!(
            "# Values for Helm release {}: Prometheus, writing to an Azure Monitor workspace.\n\
             # Helm replaces a list as a whole, so the lists below hold what the release has in them too.\n\n{}\n",
            release.name,
            block_lines(&laid, BlockStyle::default()).join("\n")
        )),
        _ => Ok(fresh),
    }
}

fn refused(release: &HelmRelease, refusal: &PatchRefusal) -> Failure {
    Failure::new(format!(
        "add the connection to the values of Helm release `{}`",
        release.name
    ))
    .reason(refusal.to_string())
    .next("patch your own values file: --input FILE")
}

/// What the release would lose by this file, whose lists take the place of those that it has.
pub(crate) fn losses(release: &HelmRelease, before: &str, after: &str) -> Vec<Notice> {
    let read = |text: &str| serde_yaml::from_str::<Value>(text).unwrap_or_default();
    let Ok(values) = serde_yaml::to_value(&release.values) else {
        return Vec::new();
    };
    helm::lost(&values, &read(before), &read(after))
        .into_iter()
        .map(|lost| Notice {
            spot: None,
            what: What::NotCarried {
                list: lost.list,
                item: lost.item,
            },
        })
        .collect()
}

/// The line that gives the values to a release without forgetting earlier ones and without another version of the chart.
pub(crate) fn upgrade(release: Option<&HelmRelease>, file: &str) -> String {
    match release {
        Some(release) => format!(
            "helm upgrade {} REPOSITORY/{} --version {} -n {} --reset-then-reuse-values -f {file}",
            release.name, release.chart, release.chart_version, release.namespace
        ),
        None => format!(
            "helm upgrade RELEASE CHART --version THE-ONE-YOU-RUN --reset-then-reuse-values -f {file}"
        ),
    }
}
