//! Does Prometheus' own checker accept what a patched ConfigMap holds?

use anyhow::{Context as _, Result, ensure};
use serde_yaml::Value;

use super::Story;
use crate::files;
use crate::offline::{self, Wish};
use crate::programs::{Program, Release};
use crate::promtool;
use crate::sign_in::SignIn;

pub(super) fn stories() -> Vec<Story> {
    SignIn::ALL
        .map(|sign_in| {
            Story::new(
                format!(
                    "promtool_accepts_the_configmap_patched_for_{}",
                    sign_in.title()
                ),
                &[Program::Promtool(Release::V3_14)],
                move || promtool_accepts_a_patched_configmap(sign_in),
            )
        })
        .into()
}

fn promtool_accepts_a_patched_configmap(sign_in: SignIn) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let input = files::copy("configmap.yaml", folder.path())?;

    let wish = Wish {
        target: "configmap",
        sign_in,
        release: Release::V3_14,
    };
    let written = wish.patch(&input, folder.path())?;

    let before: Value = serde_yaml::from_str(&files::original("configmap.yaml")?)?;
    let text = std::fs::read_to_string(written)?;
    let after: Value = serde_yaml::from_str(&text)?;
    let config = after["data"]["prometheus.yml"]
        .as_str()
        .context("no prometheus.yml in it")?;
    promtool::accepts(Release::V3_14, config, folder.path())?;
    promtool::sees(config, sign_in, offline::WRITE_URL)?;
    ensure!(
        before["data"]["README"] == after["data"]["README"]
            && before["metadata"] == after["metadata"],
        "more than the configuration changed: {after:?}"
    );
    let lost =
        files::first_lost_line(&files::original("configmap.yaml")?, &text).map(str::to_owned);
    ensure!(lost.is_none(), "a line is gone: {lost:?}");
    Ok(())
}
