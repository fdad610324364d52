//! `amw-rw sandbox`: an Azure on this machine for other programs to talk to, until a signal ends it.

mod real_cluster;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;

use self::real_cluster::RealCluster;
use super::{CommandContext, duration};
use crate::error::{ExitCode, Failure};
use crate::sandbox::{Fault, Options};
use crate::workflow::sandbox_server::{self, ServerFiles, scenario_list};

/// Serve an embedded, throw-away Azure on this machine
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SandboxArgs {
    /// Loopback address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// Scenario to start from
    #[arg(long, value_name = "NAME", default_value = "example")]
    scenario: String,

    /// List the scenarios, and end
    #[arg(long)]
    list_scenarios: bool,

    /// Write shell variables that point other commands at this sandbox, for `. FILE`
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,

    /// Append a line of JSON for each request; a pipe must have a reader
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,

    /// Write the final state as JSON
    #[arg(long, value_name = "FILE")]
    dump: Option<PathBuf>,

    #[command(flatten)]
    as_azure: AzureNamesArgs,

    #[command(flatten)]
    real_cluster: RealCluster,

    #[command(flatten)]
    behaviour: BehaviourArgs,
}

const EXAMPLES: &str = "Examples:
  amw-rw sandbox --env-file sandbox.env &
  . ./sandbox.env && amw-rw init
  amw-rw sandbox --fault 429:PUT:/roleAssignments:times=2:retry-after=1 --role-propagation 30s";

/// Azure's own names, inside a network namespace.
#[derive(Debug, Args)]
#[command(next_help_heading = "Under Azure's own names")]
struct AzureNamesArgs {
    /// Serve Azure's host names over TLS, for a network namespace whose hosts file leads them here
    #[arg(long, conflicts_with = "listen")]
    as_azure: bool,

    /// Write the certificate authority that clients have to trust
    #[arg(long, value_name = "FILE", requires = "as_azure")]
    ca_file: Option<PathBuf>,

    /// Write every served name to this hosts file; existing entries are replaced
    #[arg(long, value_name = "FILE", requires = "as_azure")]
    hosts_file: Option<PathBuf>,
}

const FAULT: &str = "Make requests go wrong; may be repeated: KIND[:METHOD][:/PATH-PART][:KEY=VALUE]... \
    KIND is a status from 400 to 599, html-error, reset, stall, lost-reply, stalled-reply, cut-body, silent-body, slow-body, endless-body, hostile, truncated-json, slow-operation, failed-operation, canceled-operation, \
    insufficient-claims or policy; KEY is times, after, then=gone, service, retry-after, code, polls or name";

/// How this Azure deviates from the ideal.
#[derive(Debug, Args)]
#[command(next_help_heading = "Misbehaviour")]
struct BehaviourArgs {
    /// Added to every request, such as 200ms
    #[arg(long, value_name = "DURATION", default_value = "0s", hide_default_value = true, value_parser = duration::parse)]
    latency: Duration,

    /// Until a role counts for writing and querying metrics, such as 30s
    #[arg(long, value_name = "DURATION", default_value = "0s", hide_default_value = true, value_parser = duration::parse)]
    role_propagation: Duration,

    /// Until what is new in the directory or in a resource is seen elsewhere
    #[arg(long, value_name = "DURATION", default_value = "0s", hide_default_value = true, value_parser = duration::parse)]
    replication_lag: Duration,

    /// Until a query sees a sample
    #[arg(long, value_name = "DURATION", default_value = "0s", hide_default_value = true, value_parser = duration::parse)]
    query_delay: Duration,

    /// How many polls find a long-running operation still in progress
    #[arg(long, value_name = "N", default_value_t = 1)]
    slow_operations: u32,

    /// How far the sandbox's clock is ahead of yours, such as 10m or -10m
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "0s",
        allow_hyphen_values = true
    )]
    clock_ahead: SignedDuration,

    // Not a doc comment, whose brackets would be links.
    #[arg(long = "fault", value_name = "FAULT", help = FAULT)]
    faults: Vec<Fault>,
}

pub(crate) fn run(arguments: &SandboxArgs, context: &CommandContext) -> Result<ExitCode, Failure> {
    if arguments.list_scenarios {
        return scenario_list::show(context);
    }
    super::block_on(context, async {
        // Before signals are held: the file with the keys can be a pipe without a writer.
        let (options, files) = (arguments.options()?, arguments.files());
        let hold = || context.interrupt.hold();
        sandbox_server::serve(context, options, files, hold).await
    })
}

impl SandboxArgs {
    fn files(&self) -> ServerFiles {
        ServerFiles {
            environment: self.env_file.clone(),
            authority: self.as_azure.ca_file.clone(),
            state: self.dump.clone(),
        }
    }

    fn options(&self) -> Result<Options, Failure> {
        let behaviour = &self.behaviour;
        Ok(Options {
            listen: self.listen,
            journal: self.journal.clone(),
            scenario: self.scenario.clone(),
            as_azure: self.as_azure.as_azure,
            hosts_file: self.as_azure.hosts_file.clone(),
            external_issuer: self.real_cluster.external_issuer()?,
            latency: behaviour.latency,
            role_propagation: behaviour.role_propagation,
            replication_lag: behaviour.replication_lag,
            query_delay: behaviour.query_delay,
            slow_operations: behaviour.slow_operations,
            clock_ahead: behaviour.clock_ahead,
            faults: behaviour.faults.clone(),
            ..Options::default()
        })
    }
}
