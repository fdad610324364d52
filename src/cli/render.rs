//! `render`: prints or writes the target, new from a template or the user's file patched.

use std::path::PathBuf;

use clap::Args;
use secrecy::SecretString;

use crate::cli::case::{self, Case, Wish};
use crate::cli::session::Session;
use crate::cli::target_file::{self, Proposal, TargetFile};
use crate::cli::{Context, secret_manifest, spec_file};
use crate::connection;
use crate::error::{ExitCode, Failure};
use crate::files;
use crate::render::{Authentication, ClientSecret, ClusterLabel, RemoteWrite};
use crate::spec::answers::ConnectionAnswers;
use crate::spec::choices::{ClusterChoice, SignIn, TargetKind, WorkspaceChoice};
use crate::spec::complete::default_target;
use crate::spec::{cloud::CloudName, names};
use crate::ui;

/// Print or write the target: new from a template, or your file patched
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  amw-rw render --input values.yaml --diff\n  amw-rw render --input prometheus.yml --write\n  amw-rw render --target prometheus-yml --auth user-identity \\\n    --write-url URL --client-id ID --cluster-label prod"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    given: Given,
    /// Patch the input in place, with a backup
    #[arg(long, conflicts_with_all = ["diff", "check"])]
    write: bool,
    /// Print a unified diff instead of the file
    #[arg(long)]
    diff: bool,
    /// Exit with 3 when the file is not up to date
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    wish: Wish,
}

/// The Azure side as given facts, so that it works offline.
#[derive(Debug, Args)]
struct Given {
    /// Remote-write URL: with it, Azure is not asked
    #[arg(long, value_name = "URL")]
    write_url: Option<String>,
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

const DOING: &str = "render the remote write";

pub(crate) async fn run(arguments: &Arguments, context: &Context) -> Result<ExitCode, Failure> {
    let file = spec_file::read(context, false)?;
    let answers = case::answers(&arguments.wish, file.as_ref())?;
    let cloud = context
        .globals
        .azure
        .cloud
        .or_else(|| file.as_ref().and_then(|file| file.cloud))
        .unwrap_or_default();
    if let Some(url) = &arguments.given.write_url {
        let proposal = offline(arguments, &answers.answers.given(), cloud, url, context)?;
        return hand_out(arguments, context, &proposal);
    }
    let session = Session::open(context, file.as_ref()).await?;
    let case = Case::open(context, &session, answers, DOING).await?;
    let proposal = online(arguments, context, &session, &case)?;
    let exit = hand_out(arguments, context, &proposal)?;
    if arguments.write
        && let Some(step) = secret_manifest::deliver(context, &case)?
    {
        context.say(&format!("Next: {step}"));
    }
    Ok(exit)
}

fn online(
    arguments: &Arguments,
    context: &Context,
    session: &Session,
    case: &Case,
) -> Result<Proposal, Failure> {
    if !case.is_complete() {
        let missing = case
            .plan
            .steps
            .iter()
            .filter(|step| step.change.is_needed());
        let missing: Vec<&str> = missing.map(|step| step.id).collect();
        return Err(Failure::new(DOING)
            .reason(format!(
                "not everything it names exists yet: {}",
                missing.join(", ")
            ))
            .next("amw-rw apply"));
    }
    if case.plan.changes() > 0 {
        context.warn("Azure is not as it should be yet, and Prometheus loses what Azure refuses; see: amw-rw plan");
    }
    let target = TargetFile::new(&case.settled.answers.given(), arguments.write)?;
    target.propose(&case.remote_write(session), &case.settled.installation)
}

fn offline(
    arguments: &Arguments,
    answers: &ConnectionAnswers,
    cloud: CloudName,
    url: &str,
    context: &Context,
) -> Result<Proposal, Failure> {
    let target = answers
        .target
        .unwrap_or_else(|| default_target(answers.prometheus.as_ref()));
    let remote_write = RemoteWrite {
        name: names::remote_write(&workspace_name(answers, url)),
        url: url.to_owned(),
        cloud: connection::cloud(cloud),
        authentication: authentication(arguments, answers, target, url)?,
        cluster_label: label(answers),
    };
    let installation =
        target_file::installation(target, answers.prometheus_version.as_deref(), None)?;
    for warning in target_file::advice(
        &installation,
        remote_write.authentication.kind(),
        arguments.wish.force,
    )? {
        context.say(&format!("note: {warning}"));
    }
    TargetFile::new(answers, arguments.write)?.propose(&remote_write, &installation)
}

fn label(answers: &ConnectionAnswers) -> ClusterLabel {
    match (&answers.cluster_label, &answers.cluster) {
        (Some(label), _) => ClusterLabel::Explicit(label.clone()),
        (None, Some(ClusterChoice::Id(id))) => ClusterLabel::Default(id.name().to_owned()),
        (None, Some(ClusterChoice::Name(name) | ClusterChoice::Context(name))) => {
            ClusterLabel::Default(name.clone())
        }
        (None, None) => ClusterLabel::Default("prometheus".to_owned()),
    }
}

/// The ingestion host starts with the workspace's name and a random suffix.
fn workspace_name(answers: &ConnectionAnswers, url: &str) -> String {
    match &answers.workspace {
        Some(WorkspaceChoice::Name(name)) => name.clone(),
        Some(WorkspaceChoice::Id(id)) => id.name().to_owned(),
        None => {
            let host = url::Url::parse(url)
                .ok()
                .and_then(|url| url.host_str().map(str::to_owned))
                .unwrap_or_default();
            let label = host.split('.').next().unwrap_or_default();
            label
                .rsplit_once('-')
                .map_or(label, |(name, _)| name)
                .to_owned()
        }
    }
}

fn authentication(
    arguments: &Arguments,
    answers: &ConnectionAnswers,
    target: TargetKind,
    url: &str,
) -> Result<Authentication, Failure> {
    let given = &arguments.given;
    let needs_tenant = answers.auth != Some(SignIn::UserIdentity);
    let needs_secret =
        answers.auth == Some(SignIn::EntraSecret) && target == TargetKind::PrometheusYml;
    let wanted = [
        ("--auth", "how Prometheus signs in", answers.auth.is_none()),
        (
            "--client-id",
            "the client id it signs in as",
            given.client_id.is_none(),
        ),
        (
            "--tenant-id",
            "the tenant it signs in to",
            needs_tenant && given.tenant_id.is_none(),
        ),
        (
            "--client-secret-file",
            "a file with the secret",
            needs_secret && given.client_secret_file.is_none(),
        ),
        (
            "--cluster-label",
            "what tells this cluster from others",
            answers.cluster_label.is_none() && answers.cluster.is_none(),
        ),
    ];
    let missing: Vec<(&str, String)> = wanted
        .iter()
        .filter(|(.., open)| *open)
        .map(|(flag, what, _)| (*flag, (*what).to_owned()))
        .collect();
    if !missing.is_empty() {
        return Err(ui::missing::failure(DOING, &missing));
    }
    let client_id = given.client_id.clone().unwrap_or_default();
    let tenant_id = given.tenant_id.clone().unwrap_or_default();
    match answers.auth {
        Some(SignIn::UserIdentity) => Ok(Authentication::ManagedIdentity {
            client_id: Some(client_id),
        }),
        Some(SignIn::EntraSecret) => {
            let secret = secret(given, target, &workspace_name(answers, url))?;
            Ok(Authentication::ClientSecret {
                client_id,
                tenant_id,
                secret,
            })
        }
        _ => Ok(Authentication::WorkloadIdentity {
            client_id,
            tenant_id,
            token_file: None,
        }),
    }
}

fn secret(given: &Given, target: TargetKind, workspace: &str) -> Result<ClientSecret, Failure> {
    match (&given.client_secret_file, target) {
        (Some(path), TargetKind::PrometheusYml) => {
            let text = files::read(path)
                .map_err(|error| Failure::usage("read the client secret").because(error))?;
            Ok(ClientSecret::Inline(SecretString::from(text.trim())))
        }
        _ => Ok(ClientSecret::KubernetesSecret {
            name: connection::secret_name(workspace),
            key: connection::SECRET_KEY.to_owned(),
        }),
    }
}

fn hand_out(
    arguments: &Arguments,
    context: &Context,
    proposal: &Proposal,
) -> Result<ExitCode, Failure> {
    if arguments.diff || arguments.check {
        if arguments.diff && !context.wants_json() {
            context.print(&ui::diff::coloured(&proposal.diff(), context.palette()))?;
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
    proposal.deliver(context)?;
    if context.wants_json() {
        context.print_json(&proposal.render_document())?;
    }
    Ok(ExitCode::Done)
}
