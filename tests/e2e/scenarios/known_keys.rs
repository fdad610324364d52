//! Files with keys that Prometheus does not know: its own checker refuses them, and takes what `render` makes of them.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_yaml::Value;

use super::EndToEndScenario;
use crate::offline::RenderInput;
use crate::programs::{Program, Release};
use crate::promtool;
use crate::sign_in::AuthFlag;
use crate::target::TargetFlag;
use crate::way::PathAndSignIn;

/// The files, with the target and the sign-in that are rendered into them. The checker judges Prometheus' own spelling only.
const FILES: [(&str, TargetFlag, AuthFlag); 3] = [
    (
        "empty-method.yml",
        TargetFlag::PrometheusYml,
        AuthFlag::UserIdentity,
    ),
    (
        "secret-too-high.yml",
        TargetFlag::PrometheusYml,
        AuthFlag::EntraSecret,
    ),
    (
        "chart-camel-case.yaml",
        TargetFlag::PrometheusChart,
        AuthFlag::UserIdentity,
    ),
];

pub(super) fn scenarios() -> Vec<EndToEndScenario> {
    FILES
        .into_iter()
        .map(|(name, target, sign_in)| {
            let title = name.replace(['-', '.'], "_");
            EndToEndScenario::new(
                format!("keys_that_prometheus_does_not_know_are_put_right_in_{title}"),
                &[Program::Promtool(Release::V3_14)],
                move || is_put_right(name, target, sign_in),
            )
        })
        .collect()
}

fn is_put_right(name: &str, target: TargetFlag, sign_in: AuthFlag) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let input = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/known-keys")
        .join(name);
    let before = configuration(&std::fs::read_to_string(&input)?, target)?;
    ensure!(
        promtool::accepts(Release::V3_14, &before, folder.path()).is_err(),
        "the checker takes {name} as it is"
    );
    let render_input = RenderInput {
        target,
        way: PathAndSignIn::native(sign_in),
        release: Release::V3_14,
        choices: &[],
    };

    let after = std::fs::read_to_string(render_input.render(Some(&input), folder.path())?)?;

    promtool::accepts(
        Release::V3_14,
        &configuration(&after, target)?,
        folder.path(),
    )
}

/// The text that Prometheus gets: of the chart's values, what it makes a prometheus.yml of.
fn configuration(text: &str, target: TargetFlag) -> Result<String> {
    if target == TargetFlag::PrometheusYml {
        return Ok(text.to_owned());
    }
    let values: Value = serde_yaml::from_str(text)?;
    let list = values["server"]["remoteWrite"].as_sequence();
    let mut configuration = serde_yaml::Mapping::new();
    let list = list.context("no remote writes in the values")?.clone();
    configuration.insert("remote_write".into(), list.into());
    Ok(serde_yaml::to_string(&configuration)?)
}
