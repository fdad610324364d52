//! The flags of `render` that take the place of Azure.

use std::path::PathBuf;

use clap::Args;
use secrecy::SecretString;

use crate::error::Failure;
use crate::files;
use crate::remote_write::{CompleteRemoteWrite, OfflineInput};
use crate::spec::answers::ConnectionAnswers;
use crate::spec::cloud::CloudName;
use crate::target::Target;

/// The Azure side as given facts, so that it works offline.
#[derive(Debug, Args)]
pub(crate) struct OfflineArgs {
    /// Remote-write URL: with it, Azure is not asked
    #[arg(long, value_name = "URL")]
    pub(crate) write_url: Option<String>,
    /// Client id that Prometheus signs in as
    #[arg(long, value_name = "ID", requires = "write_url")]
    client_id: Option<String>,
    /// Tenant that it signs in to
    #[arg(long, value_name = "ID", requires = "write_url")]
    tenant_id: Option<String>,
    /// File that holds the client secret
    #[arg(long, value_name = "FILE", requires = "write_url")]
    client_secret_file: Option<PathBuf>,
}

impl OfflineArgs {
    /// The remote write, or all that is missing for it at once. `doing` completes "cannot …".
    pub(crate) fn remote_write(
        &self,
        answers: &ConnectionAnswers,
        target: Target,
        (cloud, url): (CloudName, &str),
        doing: &str,
    ) -> Result<CompleteRemoteWrite, Failure> {
        let mut input = OfflineInput {
            answers,
            target,
            cloud,
            url: url.to_owned(),
            client_id: self.client_id.clone(),
            tenant_id: self.tenant_id.clone(),
            client_secret: None,
        };
        // A secret that goes elsewhere is not read.
        if input.writes_secret()
            && let Some(path) = &self.client_secret_file
        {
            let text = files::read(path)
                .map_err(|error| Failure::usage("read the client secret").because(error))?;
            input.client_secret = Some(SecretString::from(text.trim()));
        }
        input
            .remote_write()
            .map_err(|missing| Failure::missing(doing, &missing))
    }
}
