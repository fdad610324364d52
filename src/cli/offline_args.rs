//! The flags of `render` that take the place of Azure.

use std::path::PathBuf;

use clap::Args;

use crate::cli::CommandContext;
use crate::error::Failure;
use crate::spec::ids::{ClientId, TenantId};
use crate::workflow::offline_facts::{self, OfflineFacts};
use crate::workflow::rendering::DOING;

/// The Azure side as given facts, so that it works offline.
#[derive(Debug, Args)]
pub(crate) struct OfflineArgs {
    /// Remote-write URL: with it, Azure is not asked
    #[arg(long, value_name = "URL")]
    write_url: Option<String>,
    /// Client id that Prometheus signs in as
    #[arg(long, value_name = "ID", requires = "write_url")]
    client_id: Option<ClientId>,
    /// Tenant that it signs in to
    #[arg(long, value_name = "ID", requires = "write_url")]
    tenant_id: Option<TenantId>,
    /// File that holds the client secret
    #[arg(long, value_name = "FILE", requires = "write_url")]
    client_secret_file: Option<PathBuf>,
}

impl OfflineArgs {
    /// `None` where Azure is asked.
    pub(crate) fn facts(&self, context: &CommandContext) -> Result<Option<OfflineFacts>, Failure> {
        let Some(text) = &self.write_url else {
            return Ok(None);
        };
        Ok(Some(OfflineFacts {
            url: offline_facts::write_url(text, &context.azure, DOING)?,
            client_id: self.client_id.clone(),
            tenant_id: self.tenant_id.clone(),
            client_secret_file: self.client_secret_file.clone(),
        }))
    }
}
