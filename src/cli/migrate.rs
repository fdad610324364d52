//! `migrate`: turns a configuration with the Azure Monitor sidecar into one in which Prometheus signs in by itself.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use crate::cli::{CommandContext, session};
use crate::error::{ExitCode, Failure};
use crate::spec::choices::{CertificateChoice, ClusterChoice, PrometheusChoice, SignIn};
use crate::spec::help;
use crate::spec::ids::{ClientId, TenantId};
use crate::target::Target;
use crate::workflow::migration::output::{self, MigrationView};
use crate::workflow::migration::{DOING, MigrationRequest, source_choice};
use crate::workflow::{named_cluster, offline_facts, standard_streams};

/// Migrate off the Azure Monitor sidecar: Prometheus signs in by itself
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  amw-rw migrate --input values.yaml --diff\n  amw-rw migrate --input values.yaml --write\n  amw-rw migrate --input prometheus.yml --sidecar deployment.yaml --write\n  amw-rw migrate --prometheus release:kube-prometheus-stack --out native.yaml"
)]
pub(crate) struct MigrateArgs {
    /// Your file with the remote write; without it, the running Prometheus is read
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// File that describes the pod with the sidecar, where that is another one
    #[arg(long, value_name = "FILE", requires = "input")]
    sidecar: Option<PathBuf>,
    /// Where to write
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Patch the input in place, with a backup
    #[arg(long, conflicts_with_all = ["diff", "check", "out"], requires = "input")]
    write: bool,
    /// Print a unified diff instead of the file
    #[arg(long, alias = "dry-run")]
    diff: bool,
    /// Exit with 3 when there is something to migrate
    #[arg(long)]
    check: bool,
    /// Continue although the version of Prometheus has a known issue
    #[arg(long)]
    force: bool,
    #[command(flatten, next_help_heading = "What is migrated")]
    subject: SubjectArgs,
    #[command(flatten, next_help_heading = "Settings that the sidecar does not have")]
    sidecar_facts: SidecarArgs,
}

/// Selects the Prometheus where no file is given.
#[derive(Debug, Args)]
struct SubjectArgs {
    /// Cluster: name, id, or `context:NAME` of a kubeconfig
    #[arg(short = 'n', long, value_name = "CLUSTER")]
    cluster: Option<ClusterChoice>,
    /// Context of the kubeconfig, as `--cluster context:CONTEXT`
    #[arg(
        long,
        value_name = "CONTEXT",
        alias = "kube-context",
        conflicts_with = "cluster"
    )]
    context: Option<String>,
    /// Prometheus: `namespace/name` of the custom resource, or `release:NAME`
    #[arg(long, value_name = "PROMETHEUS", value_parser = PrometheusChoice::flag_parser(), conflicts_with = "input")]
    prometheus: Option<PrometheusChoice>,
    /// Its version, where it cannot be discovered
    #[arg(long, value_name = "VERSION")]
    prometheus_version: Option<String>,
    #[arg(long, value_enum, value_name = "TARGET", hide_possible_values = true)]
    #[arg(help = help::target("What the file is"))]
    target: Option<Target>,
}

/// Each has precedence over the arguments of the container.
#[derive(Debug, Args)]
struct SidecarArgs {
    /// Remote-write URL that the sidecar writes to
    #[arg(long, value_name = "URL")]
    write_url: Option<String>,
    #[arg(long, value_enum, value_name = "SIGN-IN", hide_possible_values = true)]
    #[arg(help = help::sign_in_of_proxy())]
    auth: Option<SignIn>,
    /// Client id that it signs in as
    #[arg(long, value_name = "ID")]
    client_id: Option<ClientId>,
    /// Tenant that it signs in to
    #[arg(long, value_name = "ID")]
    tenant_id: Option<TenantId>,
    /// Client certificate as Prometheus sees it: file:PATH
    #[arg(long, value_name = "CERTIFICATE")]
    certificate: Option<CertificateChoice>,
    /// External label `cluster` [default: that of the sidecar, or of the file]
    #[arg(long, value_name = "LABEL", value_parser = NonEmptyStringValueParser::new())]
    cluster_label: Option<String>,
}

impl MigrateArgs {
    fn request(&self, context: &CommandContext) -> Result<MigrationRequest, Failure> {
        let (subject, facts) = (&self.subject, &self.sidecar_facts);
        let write_url = facts.write_url.as_deref();
        let write_url = write_url.map(|text| offline_facts::write_url(text, &context.azure, DOING));
        Ok(MigrationRequest {
            input: self.input.clone().map(standard_streams::input),
            sidecar: self.sidecar.clone().map(standard_streams::input),
            out: standard_streams::output(self.out.clone()),
            in_place: self.write,
            force: self.force,
            cluster: named_cluster::of_options(&subject.cluster, &subject.context),
            prometheus: subject.prometheus.clone(),
            prometheus_version: subject.prometheus_version.clone(),
            target: subject.target,
            write_url: write_url.transpose()?,
            sign_in: facts.auth,
            client_id: facts.client_id.clone(),
            tenant_id: facts.tenant_id.clone(),
            certificate: facts.certificate.clone(),
            cluster_label: facts.cluster_label.clone(),
        })
    }
}

pub(crate) async fn run(
    arguments: &MigrateArgs,
    context: &CommandContext,
) -> Result<ExitCode, Failure> {
    let request = arguments.request(context)?;
    let open_session =
        async || session::open(context, context.spec_file.read(false)?.as_ref()).await;
    let (notices, is_trial) = (context.wait_notices(), context.azure.sandbox);
    let source = source_choice::read(&request, is_trial, notices, open_session).await?;
    let view = MigrationView {
        diff: arguments.diff,
        check: arguments.check,
    };
    output::deliver(context, &request, &source, view)
}
