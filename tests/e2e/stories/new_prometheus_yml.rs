//! Does Prometheus' own checker accept a prometheus.yml that was rendered from nothing?

use std::process::Command;

use anyhow::Result;

use super::Story;
use crate::offline::Wish;
use crate::programs::{Program, Release};
use crate::run::run;
use crate::sign_in::SignIn;

pub(super) fn stories() -> Vec<Story> {
    [
        (SignIn::UserIdentity, Release::V3_14),
        (SignIn::EntraSecret, Release::V3_14),
        (SignIn::WorkloadIdentity, Release::V3_14),
        (SignIn::UserIdentity, Release::V2_55),
        (SignIn::EntraSecret, Release::V2_55),
    ]
    .map(|(sign_in, release)| {
        let way = sign_in.title();
        let title = format!("promtool_{}_accepts_a_new_file_for_{way}", release.number());
        Story::new(title, &[Program::Promtool(release)], move || {
            promtool_accepts_a_new_file(sign_in, release)
        })
    })
    .into()
}

fn promtool_accepts_a_new_file(sign_in: SignIn, release: Release) -> Result<()> {
    let folder = tempfile::tempdir()?;

    let wish = Wish {
        target: "prometheus-yml",
        sign_in,
        release,
    };
    let config = wish.render(folder.path())?;

    let mut promtool = Command::new(Program::Promtool(release).path()?);
    let checked = run(promtool.args(["check", "config"]).arg(config).env_clear())?;
    checked.succeeds().map(drop)
}
