//! The one thing that a node does for workload identity: it puts a service account's token into a file.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::administrator::CurlAdministrator;
use crate::programs::Program;
use crate::run::run;
use crate::world::EndToEndWorld;

/// Fetches a token for the service account that Azure trusts, as the webhook asks of the kubelet.
pub(crate) fn project_token(world: &EndToEndWorld) -> Result<PathBuf> {
    let administrator = CurlAdministrator::of(world);
    let credential = administrator.made("federatedIdentityCredentials")?;
    let field = |pointer: &str| administrator.field(&credential, "2023-01-31", pointer);
    let subject = field("/properties/subject")?;
    let audience = field("/properties/audiences/0")?;
    let (namespace, name) = subject
        .strip_prefix("system:serviceaccount:")
        .and_then(|account| account.split_once(':'))
        .with_context(|| format!("not a service account: {subject}"))?;

    let mut kubectl = world.signed_in(Program::Kubectl.path()?);
    kubectl
        .args(["create", "token", name, "--namespace", namespace])
        .args(["--audience", &audience]);
    let token = run(&mut kubectl)?.succeeds()?;
    let file = world.folder().join("azure-identity-token");
    std::fs::write(&file, token.trim_end())?;
    Ok(file)
}
