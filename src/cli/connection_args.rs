//! The arguments that every command about one connection takes.

use std::path::PathBuf;

use clap::Args;

use crate::cli::CommandContext;
use crate::error::Failure;
use crate::spec::answers::{Answers, ConnectionAnswers};
use crate::spec::file::SpecFile;
use crate::spec::method_on_platform::MethodOnPlatform;
use crate::workflow::named_cluster;
use crate::workflow::resolve::ConnectionRequest;

/// Arguments shared by plan, apply, init, render and doctor.
#[derive(Debug, Clone, Args)]
pub(crate) struct ConnectionArgs {
    /// Continue although the version of Prometheus has a known issue, or a sidecar or proxy writes to the workspace already, values that
    /// were not read may be lost, or the input does not look like the target
    #[arg(long)]
    pub(crate) force: bool,
    /// Folder with templates of your own for new files
    #[arg(long, value_name = "FOLDER")]
    pub(crate) template_dir: Option<PathBuf>,
    /// Context of the kubeconfig, as `--cluster context:CONTEXT`
    #[arg(long, value_name = "CONTEXT", alias = "kube-context")]
    #[arg(conflicts_with = "cluster", help_heading = "Connection")]
    context: Option<String>,
    #[command(flatten, next_help_heading = "Connection")]
    connection: ConnectionAnswers,
}

impl ConnectionArgs {
    /// The method and platform that the flags say, or the default ones.
    pub(crate) fn method_on_platform(&self) -> MethodOnPlatform {
        self.connection.method_on_platform()
    }

    /// What the user wants, from the flags and then from the spec file.
    pub(crate) fn request(
        &self,
        context: &CommandContext,
        file: Option<&SpecFile>,
    ) -> Result<ConnectionRequest, Failure> {
        let mut connection = self.connection.clone();
        connection.cluster = named_cluster::of_options(&connection.cluster, &self.context);
        let folder = context.spec_file.connection_folder(context.azure.sandbox);
        context.repeat(&Answers::from_flags(&connection));
        ConnectionRequest::new(&connection, file, self.force, folder)
    }
}
