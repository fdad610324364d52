//! `init`: from the first question to a sample that is read back. Discovers, asks, shows, provisions, writes, proves.

use crate::workflow::secret_manifest;
use std::time::Duration;

use clap::Args;

use crate::checks::report::Mark;
use crate::cli::apply::{self, Consent};
use crate::cli::connection_args::ConnectionArgs;
use crate::cli::{Context, deliver, duration, session, spec_file};
use crate::error::{ExitCode, Failure};
use crate::network::retry_policy::RetryPolicy;
use crate::probe::ProbeRoute;
use crate::probe::identity::ProbeIdentity;
use crate::probe::permission::{AcceptedSample, wait_for_permission};
use crate::probe::run::{follow, send};
use crate::probe::stage::{ProbeReport, ProbeVerdict, StageOutcome};
use crate::problem::Problem;
use crate::spec::answers::ConnectionAnswers;
use crate::spec::file::SpecFile;
use crate::steps::StepResult;
use crate::ui::summary::{Endpoint, Summary, Verify};
use crate::workflow::planned_connection::{self, PlannedConnection};
use crate::workflow::repeat;
use crate::workflow::resolve::ConnectionRequest;
use crate::workflow::session::Session;

/// Connect a Prometheus: discover, ask, plan, provision, write, prove
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  amw-rw init\n  amw-rw init --sandbox --yes\n  amw-rw init --cluster aks-prod --auth workload-identity --input values.yaml --write --yes"
)]
pub(crate) struct Arguments {
    /// Patch the input in place, with a backup
    #[arg(long)]
    write: bool,
    /// Save the answers to the spec file
    #[arg(long)]
    save: bool,
    /// How long to wait until Azure honours the role
    #[arg(long, value_name = "DURATION", default_value = "30m", value_parser = duration::parse)]
    wait: Duration,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    connection: ConnectionArgs,
}

const DOING: &str = "connect this Prometheus";

pub(crate) async fn run(arguments: &Arguments, context: &Context) -> Result<ExitCode, Failure> {
    let (file, answers) = answers(arguments, context)?;
    let session = session::open(context, file.as_ref()).await?;
    let mut planned = PlannedConnection::open(context, &session, answers, DOING).await?;
    let target = planned.target_file(
        arguments.connection.template_dir.as_deref(),
        arguments.write,
    )?;
    target.check()?;
    secret_manifest::check(&planned)?;
    let draft = target.preview(&planned.remote_write(), &planned.resolved.installation)?;
    let results = apply::change(
        context,
        &session,
        &mut planned,
        Some(&draft),
        &arguments.consent,
    )
    .await?;
    planned_connection::own_endpoint(&session, &planned.facts)?;
    let route = route(&session, &planned)?;
    let (accepted, ()) = tokio::join!(
        permit(context, &route, arguments.wait),
        session.azure.warm_up_for_query()
    );
    let accepted = accepted?;
    let target = planned.after_another_look(target).await;
    let remote_write = planned.complete(DOING)?;
    let proposal = target.propose(&remote_write, &planned.resolved.installation)?;
    deliver::deliver(context, &proposal)?;
    let manifest = deliver::secret_manifest(context, &planned)?;
    let proof = read_back(context, &route, accepted).await;
    let all_answers = repeat::all_answers(&planned.resolved.answers, &planned.resolved.spec);
    let mut summary = summary(
        &session,
        &planned,
        &results,
        &proof,
        repeat::line(
            &context.azure_flags(planned.resolved.subscription.as_deref()),
            &all_answers,
            arguments.write,
        ),
    )?
    .target(proposal.document());
    let companions = companions(context, &planned, &all_answers)?;
    let target = planned.resolved.spec.target;
    let left_to_do = proposal.left_to_do(target, &planned.release, planned.local_context());
    // A line that is undone by a controller is no way to go on.
    let left_to_do = left_to_do.map(|line| planned.controller.clone().unwrap_or(line));
    let steps = manifest.into_iter().chain(companions).chain(left_to_do);
    summary = steps.fold(summary, Summary::next);
    save(arguments, context, file.as_ref(), &planned, all_answers)?;
    show(context, &summary)?;
    Ok(if proof.verdict() == ProbeVerdict::Refused {
        ExitCode::Failed
    } else {
        ExitCode::Done
    })
}

/// Looks for the accepted sample, or sends one where nothing was tried yet.
async fn read_back(
    context: &Context,
    route: &ProbeRoute<'_>,
    accepted: Option<AcceptedSample>,
) -> ProbeReport {
    let (visibility, progress) = (RetryPolicy::VISIBILITY, &*context.progress);
    match accepted {
        Some(accepted) => follow(route, accepted, visibility, progress).await,
        None => send(route, visibility, progress).await,
    }
}

/// What was said, and whether it can be saved: found out before Azure is looked at.
fn answers(
    arguments: &Arguments,
    context: &Context,
) -> Result<(Option<SpecFile>, ConnectionRequest), Failure> {
    let file = spec_file::read(context, arguments.save)?;
    let answers = arguments
        .connection
        .request(context, file.as_ref())?
        .provisioned()?;
    if arguments.save {
        spec_file::check_writable(context, &answers.answers.given())?;
    }
    Ok((file, answers))
}

fn show(context: &Context, summary: &Summary) -> Result<(), Failure> {
    if context.wants_json() {
        return context.print_json(summary);
    }
    let text = summary.text(context.story_palette(), context.terminal.width);
    context.say(&format!("\n{text}"));
    Ok(())
}

/// The commands that bring to the cluster what Prometheus needs apart from the file. What needs a file or a decision is
/// printed by the first of them.
fn companions(
    context: &Context,
    planned: &PlannedConnection,
    all_answers: &ConnectionAnswers,
) -> Result<Vec<String>, Failure> {
    let needed = planned
        .companions()
        .map_err(|error| Failure::new(DOING).because(error).next(error.next()))?;
    let commands = needed.iter().filter_map(|one| one.command.clone());
    let others = needed.iter().any(|one| one.command.is_none()).then(|| {
        repeat::companions_line(
            &context.azure_flags(planned.resolved.subscription.as_deref()),
            all_answers,
        )
    });
    Ok(others.into_iter().chain(commands).collect())
}

/// The identity that sends the test sample.
fn probe_identity(planned: &PlannedConnection) -> ProbeIdentity {
    let client = planned
        .facts
        .principal
        .known()
        .map(|principal| principal.client_id.clone());
    let kubernetes = planned
        .resolved
        .found
        .kubernetes
        .as_ref()
        .map_err(Clone::clone);
    match client {
        Some(client) => ProbeIdentity::choose(
            &planned.resolved.spec,
            &client,
            planned.facts.client_secret.known(),
            kubernetes,
        ),
        None => ProbeIdentity::Unavailable(Problem::new("the identity does not exist")),
    }
}

fn route<'a>(
    session: &'a Session,
    planned: &'a PlannedConnection,
) -> Result<ProbeRoute<'a>, Failure> {
    let workspace = planned.facts.workspace.known().ok_or_else(|| {
        Failure::new(DOING)
            .reason("the workspace does not exist after all")
            .next("amw-rw apply")
    })?;
    Ok(ProbeRoute {
        azure: &session.azure,
        tenant: &planned.resolved.spec.tenant,
        workspace,
        cluster_label: &planned.resolved.spec.cluster_label,
        identity: probe_identity(planned),
    })
}

/// Waits until a sample is accepted as Prometheus' own identity. Prometheus drops what is refused with 403 and never
/// sends it again, so the remote write is handed out only after this. `None` where nobody but Prometheus can try.
async fn permit(
    context: &Context,
    route: &ProbeRoute<'_>,
    total: Duration,
) -> Result<Option<AcceptedSample>, Failure> {
    let policy = RetryPolicy::PERMISSION.lasting(total);
    match wait_for_permission(route, policy, &*context.progress, "permission").await {
        Ok(accepted) => Ok(Some(accepted)),
        Err(StageOutcome::Late(problem) | StageOutcome::Refused(problem)) => {
            Err(Failure::new("hand out the remote write, so no file was written").problem(problem))
        }
        Err(untried) => {
            let why = untried.found();
            context.warn(&format!(
                "whether Azure accepts this identity cannot be tried from here: {why}. A new role can take 30 minutes, \
                 and Prometheus loses what it sends before"
            ));
            if context.confirm("Write the remote write now?")? {
                Ok(None)
            } else {
                Err(Failure::interrupted().reason("the file was not written; run this again later"))
            }
        }
    }
}

fn summary(
    session: &Session,
    planned: &PlannedConnection,
    results: &[StepResult],
    proof: &ProbeReport,
    repeat: String,
) -> Result<Summary, Failure> {
    let connection = format!(
        "{} → {}",
        planned.resolved.spec.platform.name(),
        planned.resolved.spec.workspace.name()
    );
    let endpoint = Endpoint {
        url: planned.remote_write().url.to_string(),
        scope: session.azure.cloud().ingestion_scope.clone(),
        client_id: planned
            .facts
            .principal
            .known()
            .map(|one| one.client_id.to_string())
            .unwrap_or_default(),
        tenant_id: planned.resolved.spec.tenant.to_string(),
    };
    Ok(Summary::new(connection, endpoint, verify(proof), repeat).steps(apply::documents(results)))
}

fn verify(proof: &ProbeReport) -> Verify {
    let stage = proof.deciding_stage();
    Verify {
        verdict: match proof.verdict() {
            ProbeVerdict::Proven => Mark::Pass,
            ProbeVerdict::Accepted => Mark::Warn,
            ProbeVerdict::Refused => Mark::Fail,
            ProbeVerdict::Unprovable => Mark::Skip,
        },
        found: stage.outcome.found(),
        next: stage.outcome.next().to_vec(),
    }
}

/// On request, or when somebody is there to ask.
fn save(
    arguments: &Arguments,
    context: &Context,
    before: Option<&SpecFile>,
    planned: &PlannedConnection,
    all_answers: ConnectionAnswers,
) -> Result<(), Failure> {
    let question = format!(
        "Save the answers to {}?",
        spec_file::path(context).display()
    );
    let asked = !arguments.save && context.prompt().is_some() && !context.globals.manner.yes;
    if arguments.save || (asked && context.confirm(&question)?) {
        let file = SpecFile {
            subscription: planned.resolved.subscription.clone(),
            connections: vec![all_answers],
            ..spec_file::about_azure(context, before)
        };
        spec_file::write(context, &file)
    } else {
        Ok(())
    }
}
