//! `init`: discovers, asks, shows the plan, applies it, writes the file, and tests the connection with one sample.

use std::time::Duration;

use clap::Args;

use crate::cli::apply::{self, Consent};
use crate::cli::connection_args::ConnectionArgs;
use crate::cli::{CommandContext, deliver, duration, plan, session};
use crate::error::{ExitCode, Failure};
use crate::spec::file::SpecFile;
use crate::spec::interview::InterviewMode;
use crate::steps::StepResult;
use crate::ui;
use crate::workflow::found_output;
use crate::workflow::init_report::{DOING, InitReport, InitResult, Verify};
use crate::workflow::permission_gate;
use crate::workflow::plan_document::step_records;
use crate::workflow::planned_connection::{self, PlannedConnection};
use crate::workflow::resolve::ConnectionRequest;
use crate::workflow::session::Session;
use crate::workflow::target_file::TargetFile;
use crate::workflow::{repeat, secret_manifest};

/// Connect a Prometheus: discover, ask, plan, provision, write, prove
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  amw-rw init\n  amw-rw init --sandbox --yes\n  amw-rw init --cluster aks-prod --auth workload-identity --input values.yaml --write --yes"
)]
pub(crate) struct InitArgs {
    /// Patch the input in place, with a backup
    #[arg(long)]
    write: bool,
    /// Save the answers to the spec file
    #[arg(long)]
    save: bool,
    /// How long to wait until Azure honours the role
    #[arg(long, value_name = "DURATION", default_value = "30m", value_parser = duration::parse)]
    wait: Duration,
    /// Write the file although no sample could be tested as the identity of Prometheus; --yes does not imply it
    #[arg(long)]
    accept_unproved: bool,
    /// Show the plan and change nothing, as `amw-rw plan` does
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    connection: ConnectionArgs,
}

pub(crate) async fn run(
    arguments: &InitArgs,
    context: &CommandContext,
) -> Result<ExitCode, Failure> {
    if arguments.dry_run {
        let dry_run = plan::PlanArgs::of(arguments.connection.clone(), None);
        return plan::run(&dry_run, context).await;
    }
    let (file, request) = request(arguments, context)?;
    let session = session::open(context, file.as_ref()).await?;
    let mut planned = PlannedConnection::open(context, &session, request, DOING).await?;
    planned.check_server(DOING)?;
    let templates = arguments.connection.template_dir.as_deref();
    let target = planned.target_file(templates, arguments.write)?;
    // All that could stop the file from being written is checked before Azure is changed.
    target.check()?;
    secret_manifest::check(&planned).await?;
    let draft = target.preview(&planned.remote_write(), &planned.resolved.installation)?;
    let consent = &arguments.consent;
    let steps = apply::change(context, &session, &mut planned, Some(&draft), consent).await?;
    let applied = AppliedConnection {
        session,
        planned,
        steps,
    };
    let finished = applied
        .finish(arguments, context, file.as_ref(), target)
        .await;
    // Azure is changed by now, whatever comes after.
    finished.map_err(|failure| failure.with_steps(step_records(&applied.steps)))
}

/// A connection whose plan is applied.
struct AppliedConnection {
    session: Session,
    planned: PlannedConnection,
    steps: Vec<StepResult>,
}

impl AppliedConnection {
    /// Waits until Azure accepts the identity, writes the file, and tests the connection.
    async fn finish(
        &self,
        arguments: &InitArgs,
        context: &CommandContext,
        file: Option<&SpecFile>,
        target: TargetFile,
    ) -> Result<ExitCode, Failure> {
        let (session, planned) = (&self.session, &self.planned);
        planned_connection::own_endpoint(session, &planned.facts)?;
        let route = permission_gate::route(session, planned, DOING)?;
        let progress = &*context.progress;
        // A new role takes minutes to apply, so the token for the queries that follow costs no time of its own.
        let (permission, ()) = tokio::join!(
            permission_gate::pass(
                context,
                &route,
                arguments.wait,
                arguments.accept_unproved,
                progress
            ),
            session.azure.warm_up_for_query()
        );
        let permission = permission?;
        let proposal = permission.proposal(planned, target, DOING).await?;
        deliver::deliver(context, &proposal)?;
        let secret = deliver::secret_manifest(context, planned).await?;
        let run = context.run();
        let accept_unproved = arguments.accept_unproved || permission.is_unproved();
        let verify = Verify::of(&permission.read_back(&route, progress).await, &run);
        let exit = verify.exit_code();
        let mut report = InitReport::new(InitResult {
            session,
            planned,
            settings: &context.azure,
            in_place: arguments.write,
            accept_unproved,
            steps: &self.steps,
            proposal: &proposal,
            secret,
            verify,
            run: &run,
        })?;
        report.look_for_samples(&route, &run).await;
        let saved = || repeat::spec_file(&planned.resolved, &context.azure, file);
        if let Some(done) = context.spec_file.save(context, arguments.save, saved)? {
            context.say(&done);
        }
        show(context, &report)?;
        Ok(exit)
    }
}

/// The request, and whether it can be saved: found out before Azure is looked at.
fn request(
    arguments: &InitArgs,
    context: &CommandContext,
) -> Result<(Option<SpecFile>, ConnectionRequest), Failure> {
    let file = context.spec_file.read(arguments.save)?;
    let request = arguments
        .connection
        .request(context, file.as_ref())?
        .provisioned()?
        .asking(InterviewMode::Everything);
    let spec_file = context.spec_file.path();
    found_output::check(context, &request, spec_file, arguments.write)?;
    if arguments.save {
        context.spec_file.check_writable(&request.answers.given())?;
    }
    Ok((file, request))
}

fn show(context: &CommandContext, report: &InitReport) -> Result<(), Failure> {
    if context.wants_json() {
        return context.print_json(report);
    }
    let text = ui::summary::text(report, context.message_palette(), context.terminal.width);
    context.say(&format!("\n{text}"));
    Ok(())
}
