//! `render`: prints or writes the target, new from a template or the user's file patched.

use crate::workflow::installation;
use crate::workflow::release_values;
use clap::Args;

use crate::cli::connection_args::ConnectionArgs;
use crate::cli::offline_args::OfflineArgs;
use crate::cli::{Context, deliver, session};
use crate::compat::Installation;
use crate::error::{ExitCode, Failure};
use crate::remote_write::CompleteRemoteWrite;
use crate::render::{self, Companion, PodEnvironment};
use crate::spec::ServiceAccount;
use crate::spec::answers::ConnectionAnswers;
use crate::spec::cloud::CloudName;
use crate::spec::default_target;
use crate::workflow::planned_connection::PlannedConnection;
use crate::workflow::proposal::Proposal;
use crate::workflow::secret_manifest;
use crate::workflow::target_file::TargetFile;

/// Print or write the target: new from a template, or your file patched
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  amw-rw render --input values.yaml --diff\n  amw-rw render --input prometheus.yml --write\n  amw-rw render --target prometheus-yml --auth user-identity \\\n    --write-url URL --client-id ID --cluster-label prod"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    offline: OfflineArgs,
    /// Patch the input in place, with a backup
    #[arg(long, conflicts_with_all = ["diff", "check"])]
    write: bool,
    /// Print a unified diff instead of the file
    #[arg(long)]
    diff: bool,
    /// Exit with 3 when the file is not up to date
    #[arg(long)]
    check: bool,
    /// Print instead the Kubernetes objects that are needed beside the file
    #[arg(long, conflicts_with_all = ["write", "diff", "check"])]
    companions: bool,
    /// Print instead a JSON Patch for the resource that is the input
    #[arg(long, conflicts_with_all = ["write", "diff", "check", "companions"])]
    json_patch: bool,
    #[command(flatten)]
    connection: ConnectionArgs,
}

const DOING: &str = "render the remote write";

/// All that a target is made from.
struct Ready {
    remote_write: CompleteRemoteWrite,
    installation: Installation,
    file: TargetFile,
    pod_environment: PodEnvironment,
}

pub(crate) async fn run(arguments: &Arguments, context: &Context) -> Result<ExitCode, Failure> {
    let file = context.spec_file.read(false)?;
    if let Some(url) = &arguments.offline.write_url {
        let answers = arguments
            .connection
            .request(context, file.as_ref())?
            .answers
            .given();
        let cloud = context.azure.cloud(file.as_ref());
        let ready = offline(arguments, &answers, cloud, url, context)?;
        return ready.hand_out(arguments, context);
    }
    let answers = arguments
        .connection
        .request(context, file.as_ref())?
        .provisioned()?;
    let session = session::open(context, file.as_ref()).await?;
    let planned = PlannedConnection::open(context, &session, answers, DOING).await?;
    if arguments.write {
        secret_manifest::check_file(&planned)?;
    }
    let exit = online(arguments, context, &planned)?.hand_out(arguments, context)?;
    if arguments.write
        && let Some(step) = deliver::secret_manifest(context, &planned).await?
    {
        context.say(&format!("Next: {step}"));
    }
    Ok(exit)
}

fn online(
    arguments: &Arguments,
    context: &Context,
    planned: &PlannedConnection,
) -> Result<Ready, Failure> {
    let remote_write = planned.complete(DOING)?;
    for warning in &planned.plan.warnings {
        context.warn(warning);
    }
    if planned.plan.changes() > 0 {
        context.warn("Azure is not as it should be yet, and Prometheus loses what Azure refuses; see: amw-rw plan");
    }
    Ok(Ready {
        remote_write,
        installation: planned.resolved.installation.clone(),
        file: planned.target_file(
            arguments.connection.template_dir.as_deref(),
            arguments.write,
        )?,
        pod_environment: planned.pod_environment(),
    })
}

fn offline(
    arguments: &Arguments,
    answers: &ConnectionAnswers,
    cloud: CloudName,
    url: &str,
    context: &Context,
) -> Result<Ready, Failure> {
    let target = answers
        .target
        .unwrap_or_else(|| default_target(answers.prometheus.as_ref(), None));
    let remote_write = arguments
        .offline
        .remote_write(answers, target, (cloud, url), DOING)?;
    let installation =
        installation::installation(target, answers.prometheus_version.as_deref(), None)?;
    for warning in installation::advice(
        &installation,
        installation.requirements(&remote_write),
        arguments.connection.force,
    )? {
        context.say(&format!("note: {warning}"));
    }
    let templates = arguments.connection.template_dir.as_deref();
    let file = TargetFile::new(answers, arguments.write, templates)?;
    if file.is_new()
        && let Some(notice) = release_values::replaces_lists(target)
    {
        context.say(&format!("note: {notice}"));
    }
    let account = answers
        .service_account
        .as_deref()
        .and_then(ServiceAccount::parse);
    Ok(Ready {
        remote_write,
        installation,
        file,
        pod_environment: PodEnvironment::of(account.as_ref()),
    })
}

impl Ready {
    fn hand_out(&self, arguments: &Arguments, context: &Context) -> Result<ExitCode, Failure> {
        if arguments.companions {
            context.print(&render::companion_text(&self.companions()?))?;
            return Ok(ExitCode::Done);
        }
        if arguments.json_patch {
            let proposal = self
                .file
                .propose_patch(&self.remote_write, &self.installation)?;
            // The patch is JSON already, and the same for a script and for a person.
            if proposal.path().is_none() {
                return deliver::print_bare(context, &proposal);
            }
            return hand_out(arguments, context, &proposal);
        }
        let proposal = self.file.propose(&self.remote_write, &self.installation)?;
        let exit = hand_out(arguments, context, &proposal)?;
        if !arguments.check && !self.companions()?.is_empty() {
            context.say("note: Prometheus needs more than this file; see it with: --companions");
        }
        Ok(exit)
    }

    fn companions(&self) -> Result<Vec<Companion>, Failure> {
        render::companions(
            &self.installation,
            &self.remote_write,
            &self.pod_environment,
        )
        .map_err(|problem| {
            Failure::usage("render the Kubernetes objects that the file needs").problem(problem)
        })
    }
}

fn hand_out(
    arguments: &Arguments,
    context: &Context,
    proposal: &Proposal,
) -> Result<ExitCode, Failure> {
    if arguments.diff || arguments.check {
        if arguments.diff {
            for notice in &proposal.notices {
                context.say(&format!("note: {notice}"));
            }
        }
        if arguments.diff && !context.wants_json() {
            context.print_diff(&proposal.diff())?;
        }
        if context.wants_json() {
            context.print_json(&proposal.render_document())?;
        }
        let stale = arguments.check && !proposal.is_up_to_date();
        return Ok(if stale {
            ExitCode::PlanHasChanges
        } else {
            ExitCode::Done
        });
    }
    for notice in &proposal.notices {
        context.say(&format!("note: {notice}"));
    }
    deliver::write_or_print(context, proposal)?;
    if context.wants_json() {
        context.print_json(&proposal.render_document())?;
    }
    if let Some(step) = proposal.after_resource() {
        context.say(&format!("Next: {step}"));
    }
    Ok(ExitCode::Done)
}
