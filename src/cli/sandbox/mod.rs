//! `amw-rw sandbox`: an Azure on this machine for other programs to talk to, until a signal ends it.

mod announcement;
mod environment_file;
mod hosts_text;
mod real_cluster;
mod session_file;
mod state_file;

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};

use self::announcement::Announcement;
use self::real_cluster::RealCluster;
use self::session_file::SessionFile;
use super::CommandContext;
use crate::error::{ExitCode, Failure};
use crate::files::{self, FileError};
use crate::sandbox::{Fault, Options, SCENARIOS, Sandbox, StartError};

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

    /// Write shell lines that lead other commands to this sandbox, for `. FILE`
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,

    /// Append a line of JSON for each request; a pipe must have a reader
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,

    /// Write all that exists at the end as JSON
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

/// How each line of a journal starts.
const JOURNAL_START: &str = "{\"time\":";

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

    /// Keep a hosts file complete with every name served; the names that it held are lost
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
    #[arg(long, value_name = "DURATION", default_value = "0s", hide_default_value = true, value_parser = duration)]
    latency: Duration,

    /// Until a role counts for writing and querying metrics, such as 30s
    #[arg(long, value_name = "DURATION", default_value = "0s", hide_default_value = true, value_parser = duration)]
    role_propagation: Duration,

    /// Until what is new in the directory or in a resource is seen elsewhere
    #[arg(long, value_name = "DURATION", default_value = "0s", hide_default_value = true, value_parser = duration)]
    replication_lag: Duration,

    /// Until a query sees a sample
    #[arg(long, value_name = "DURATION", default_value = "0s", hide_default_value = true, value_parser = duration)]
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
        return list_scenarios(context);
    }
    super::block_on(context, serve(arguments, context))
}

fn list_scenarios(context: &CommandContext) -> Result<ExitCode, Failure> {
    if context.wants_json() {
        let scenarios: Vec<_> = SCENARIOS
            .iter()
            .map(|scenario| json!({"name": scenario.name, "about": scenario.about}))
            .collect();
        context.print_json(&json!({"schema": "amw-rw/scenarios/v1", "scenarios": scenarios}))?;
    } else {
        let longest = SCENARIOS
            .iter()
            .map(|it| it.name.len())
            .max()
            .unwrap_or_default();
        for scenario in SCENARIOS {
            context.print(&format!("{:longest$}  {}\n", scenario.name, scenario.about))?;
        }
    }
    Ok(ExitCode::Done)
}

async fn serve(arguments: &SandboxArgs, context: &CommandContext) -> Result<ExitCode, Failure> {
    // Before signals are held: the file with the keys can be a pipe without a writer.
    let options = arguments.options()?;
    arguments.check_outputs()?;
    // Ctrl-C is the usual way to end a sandbox: it must not cut off the tidying up.
    let _hold = context.interrupt.hold();
    let mut end = ShutdownSignals::listen().map_err(|cause| {
        Failure::new("listen for the signals that end a program").because(cause)
    })?;
    let sandbox = Sandbox::start(options).await.map_err(not_started)?;
    let authority_file = arguments.authority_file(&sandbox)?;
    let trusted = match &authority_file {
        Some(file) => Some(file.path().to_owned()),
        None if arguments.as_azure.as_azure => Some(sandbox.certificate_authority_path()),
        // The kubeconfig holds the authority, and nothing else is served over TLS.
        None => None,
    };
    let announcement = Announcement::of(&sandbox, trusted);
    let _environment_file = arguments.environment_file(&announcement)?;
    context.say("this is a sandbox, not Azure: what it makes is gone when it ends");
    if let Some(missing) = sandbox.missing() {
        context.warn(&format!(
            "no metadata service: this machine has no address {} (try `ip address add {}/32 dev lo` in the namespace)",
            missing.ip(),
            missing.ip()
        ));
    }
    if context.wants_json() {
        context.print(&format!("{}\n", announcement.document()))?;
    } else {
        context.print(&announcement.text(arguments.env_file.as_deref()))?;
    }
    let exit = end.wait().await;
    let state = sandbox.stop().await;
    if let Some(file) = &arguments.dump {
        state_file::write(file, &state).map_err(|cause| not_written(file, cause))?;
    }
    Ok(exit)
}

impl SandboxArgs {
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

    /// Refuses, before anything is served, what cannot be written: a pipe without a reader would keep the sandbox waiting.
    fn check_outputs(&self) -> Result<(), Failure> {
        for file in [&self.env_file, &self.as_azure.ca_file]
            .into_iter()
            .flatten()
        {
            SessionFile::check(file).map_err(|cause| not_written(file, cause))?;
        }
        if let Some(file) = &self.dump {
            state_file::check(file).map_err(|cause| not_written(file, cause))?;
        }
        if let Some(journal) = &self.journal {
            files::check_appendable(journal)
                .map_err(|cause| not_usable("write the journal to", journal, cause))?;
            session_file::check_appended(journal, JOURNAL_START)
                .map_err(|cause| not_written(journal, cause))?;
        }
        if let Some(hosts) = &self.as_azure.hosts_file {
            files::check_regular(hosts)
                .map_err(|cause| not_usable("write the host names to", hosts, cause))?;
            hosts_text::check(hosts).map_err(|cause| not_written(hosts, cause))?;
        }
        Ok(())
    }

    /// Writes the authority's certificate where it was asked for.
    fn authority_file(&self, sandbox: &Sandbox) -> Result<Option<SessionFile>, Failure> {
        let Some(file) = &self.as_azure.ca_file else {
            return Ok(None);
        };
        SessionFile::write(file, sandbox.certificate_authority())
            .map(Some)
            .map_err(|cause| not_written(file, cause))
    }

    fn environment_file(
        &self,
        announcement: &Announcement,
    ) -> Result<Option<SessionFile>, Failure> {
        let Some(file) = &self.env_file else {
            return Ok(None);
        };
        SessionFile::write(file, &environment_file::text(announcement))
            .map(Some)
            .map_err(|cause| not_written(file, cause))
    }
}

/// The ways to end a sandbox.
struct ShutdownSignals {
    interrupt: Signal,
    terminate: Signal,
    /// The terminal is closed.
    hang_up: Signal,
    /// Without a handler these would leave the files with the keys.
    others: [Signal; 3],
}

impl ShutdownSignals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            others: [
                signal(SignalKind::quit())?,
                signal(SignalKind::user_defined1())?,
                signal(SignalKind::user_defined2())?,
            ],
        })
    }

    /// A script that ends what it started ends it well; a user who presses Ctrl-C interrupts.
    async fn wait(&mut self) -> ExitCode {
        let [quit, first, second] = &mut self.others;
        tokio::select! {
            _ = quit.recv() => ExitCode::Interrupted,
            _ = first.recv() => ExitCode::Interrupted,
            _ = second.recv() => ExitCode::Interrupted,
            _ = self.terminate.recv() => ExitCode::Done,
            _ = self.interrupt.recv() => ExitCode::Interrupted,
            _ = self.hang_up.recv() => ExitCode::Interrupted,
        }
    }
}

fn not_started(cause: StartError) -> Failure {
    let failure = match &cause {
        StartError::Exposed(_) | StartError::UnknownScenario(_) => {
            Failure::usage("start the sandbox")
        }
        _ => Failure::new("start the sandbox"),
    };
    let denied = matches!(
        &cause,
        StartError::Listen { source, .. } if source.kind() == io::ErrorKind::PermissionDenied
    );
    let failure = failure.because(cause);
    if denied {
        failure.next("run it as root, inside a network namespace of its own")
    } else {
        failure
    }
}

fn not_usable(intent: &str, file: &Path, cause: FileError) -> Failure {
    let next = match &cause {
        FileError::NoReader(_) => "start the program that reads it first, or name a file",
        _ => "name another file",
    };
    Failure::new(format!("{intent} {}", file.display()))
        .because(cause)
        .next(next)
}

fn not_written(file: &Path, cause: io::Error) -> Failure {
    let next = match cause.kind() {
        io::ErrorKind::AlreadyExists => "name another file, or remove this one",
        io::ErrorKind::NotFound => "create its folder first, or name a file in another folder",
        _ => "name a file in a folder that you can write to",
    };
    Failure::new(format!("write {}", file.display()))
        .because(cause)
        .next(next)
}

fn duration(text: &str) -> Result<Duration, String> {
    let duration: SignedDuration = text
        .parse()
        .map_err(|error: jiff::Error| error.to_string())?;
    Duration::try_from(duration).map_err(|_| "it must not be negative".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_number_with_a_unit_and_never_negative() {
        assert_eq!(duration("200ms"), Ok(Duration::from_millis(200)));
        assert_eq!(duration("2s"), Ok(Duration::from_secs(2)));
        assert_eq!(duration("1m30s"), Ok(Duration::from_secs(90)));
        assert!(duration("-2s").is_err());
        assert!(duration("2").is_err());
    }
}
