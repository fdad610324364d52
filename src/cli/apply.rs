//! `apply`: applies the plan in Azure.

use clap::Args;

use crate::cli::connection_args::ConnectionArgs;
use crate::cli::{CommandContext, plan};
use crate::error::{ExitCode, Failure};
use crate::steps;
use crate::workflow::plan_document::ApplyDocument;
use crate::workflow::plan_run::{self, GivenConsent};
use crate::workflow::repeat;

/// Make Azure match; a second run changes nothing
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  amw-rw apply --cluster aks-prod\n  amw-rw apply --only role-assignment"
)]
pub(crate) struct ApplyArgs {
    /// Do one step of the plan only
    #[arg(long, value_name = "STEP", value_parser = clap::builder::PossibleValuesParser::new(steps::ids()))]
    #[arg(hide_possible_values = true)]
    only: Option<String>,
    /// Show the plan and change nothing, as `amw-rw plan` does
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Consents that `--yes` does not give.
#[derive(Debug, Clone, Args)]
pub(crate) struct Consent {
    /// Consent to turn on the OIDC issuer, which cannot be undone
    #[arg(long)]
    enable_oidc_issuer: bool,
}

impl Consent {
    pub(crate) fn given<'a>(&self, context: &'a CommandContext) -> GivenConsent<'a> {
        GivenConsent {
            enable_oidc_issuer: self.enable_oidc_issuer,
            spec_file: &context.spec_file,
        }
    }
}

pub(crate) async fn run(
    arguments: &ApplyArgs,
    context: &CommandContext,
) -> Result<ExitCode, Failure> {
    let shown = plan::PlanArgs::of(arguments.connection.clone(), arguments.only.clone());
    if arguments.dry_run {
        return plan::run(&shown, context).await;
    }
    let (session, mut planned) = plan::open(&shown, context, "apply this connection").await?;
    let consent = arguments.consent.given(context);
    let results = plan_run::run(context, &session, &mut planned, None, consent).await?;
    if context.wants_json() {
        context.print_json(&ApplyDocument::new(&results, &context.run()))?;
    }
    let only = arguments.only.as_deref();
    context.say_next(&repeat::after_apply(&planned, only, &context.azure));
    Ok(ExitCode::Done)
}
