//! `render`: prints or writes the target, new from a template or the user's file patched.

use clap::Args;

use crate::cli::connection_args::ConnectionArgs;
use crate::cli::offline_args::OfflineArgs;
use crate::cli::{CommandContext, session};
use crate::error::{ExitCode, Failure};
use crate::workflow::rendering::RenderRequest;
use crate::workflow::rendering_run;

/// Print or write the target: new from a template, or your file patched
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  amw-rw render --input values.yaml --diff\n  amw-rw render --input prometheus.yml --write\n  amw-rw render --target prometheus-yml --auth user-identity \\\n    --write-url URL --client-id ID --cluster-label prod"
)]
pub(crate) struct RenderArgs {
    #[command(flatten)]
    offline: OfflineArgs,
    /// Patch the input in place, with a backup
    #[arg(long, conflicts_with_all = ["diff", "check"])]
    write: bool,
    /// Print a unified diff instead of the file
    #[arg(long, alias = "dry-run")]
    diff: bool,
    /// Exit with 3 when the file is not up to date
    #[arg(long)]
    check: bool,
    /// Print the additional Kubernetes objects instead of the file
    #[arg(long, conflicts_with_all = ["write", "diff", "check"])]
    companions: bool,
    /// Print a JSON Patch for the resource of the input instead of the file
    #[arg(long, conflicts_with_all = ["write", "diff", "check", "companions"])]
    json_patch: bool,
    #[command(flatten)]
    connection: ConnectionArgs,
}

impl RenderArgs {
    fn request<'a>(&'a self, context: &'a CommandContext) -> RenderRequest<'a> {
        RenderRequest {
            in_place: self.write,
            diff: self.diff,
            check: self.check,
            companions: self.companions,
            json_patch: self.json_patch,
            force: self.connection.force,
            template_folder: self.connection.template_dir.as_deref(),
            spec_file: context.spec_file.path(),
            is_trial: context.azure.sandbox,
        }
    }
}

pub(crate) async fn run(
    arguments: &RenderArgs,
    context: &CommandContext,
) -> Result<ExitCode, Failure> {
    let file = context.spec_file.read(false)?;
    let facts = arguments.offline.facts(context)?;
    let connection = arguments.connection.request(context, file.as_ref())?;
    let connection = connection.writing(arguments.write);
    let request = arguments.request(context);
    if let Some(facts) = facts {
        let cloud = context.azure.cloud(file.as_ref());
        return rendering_run::offline(context, &connection, &facts, cloud, &request);
    }
    let open_session = async || session::open(context, file.as_ref()).await;
    rendering_run::online(context, connection, open_session, &request).await
}
