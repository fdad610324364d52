//! `render`: prints or writes the target, new from a template or the user's file patched.

use clap::Args;

use crate::cli::connection_args::ConnectionArgs;
use crate::cli::offline_args::OfflineArgs;
use crate::cli::{CommandContext, session};
use crate::error::{ExitCode, Failure};
use crate::spec::file::SpecFile;
use crate::workflow::file_output;
use crate::workflow::found_output;
use crate::workflow::planned_connection::PlannedConnection;
use crate::workflow::rendering::{DOING, RenderRequest, RenderView, Rendering};
use crate::workflow::rendering_output;
use crate::workflow::resolve::ConnectionRequest;
use crate::workflow::secret_manifest;

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
    fn request(&self, context: &CommandContext) -> RenderRequest<'_> {
        RenderRequest {
            in_place: self.write,
            force: self.connection.force,
            template_folder: self.connection.template_dir.as_deref(),
            is_trial: context.azure.sandbox,
        }
    }

    fn view(&self) -> RenderView {
        match self {
            Self {
                companions: true, ..
            } => RenderView::Companions,
            Self {
                json_patch: true, ..
            } => RenderView::JsonPatch,
            Self {
                diff: false,
                check: false,
                ..
            } => RenderView::File,
            Self { diff, check, .. } => RenderView::Difference {
                printed: *diff,
                in_exit_code: *check,
            },
        }
    }
}

pub(crate) async fn run(
    arguments: &RenderArgs,
    context: &CommandContext,
) -> Result<ExitCode, Failure> {
    let file = context.spec_file.read(false)?;
    let Some(facts) = arguments.offline.facts(context)? else {
        return online(arguments, context, file.as_ref()).await;
    };
    let request = arguments.connection.request(context, file.as_ref())?;
    check_output(arguments, context, &request)?;
    let answers = request.answers.given();
    let cloud = context.azure.cloud(file.as_ref());
    let rendering = Rendering::offline(&answers, &facts, cloud, &arguments.request(context))?;
    rendering_output::deliver(context, &rendering, arguments.view())
}

fn check_output(
    arguments: &RenderArgs,
    context: &CommandContext,
    request: &ConnectionRequest,
) -> Result<(), Failure> {
    match arguments.view().writes_file() {
        true => found_output::check(context, request, context.spec_file.path(), arguments.write),
        false => Ok(()),
    }
}

async fn online(
    arguments: &RenderArgs,
    context: &CommandContext,
    file: Option<&SpecFile>,
) -> Result<ExitCode, Failure> {
    let request = arguments.connection.request(context, file)?.provisioned()?;
    check_output(arguments, context, &request)?;
    let session = session::open(context, file).await?;
    let planned = PlannedConnection::open(context, &session, request, DOING).await?;
    if arguments.write {
        secret_manifest::check_file(&planned)?;
    }
    let rendering = Rendering::online(&planned, &arguments.request(context))?;
    let exit = rendering_output::deliver(context, &rendering, arguments.view())?;
    if arguments.write {
        context.say_next(&file_output::secret_manifest(context, &planned).await?);
    }
    Ok(exit)
}
