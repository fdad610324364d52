//! Serves a sandbox until a signal ends it, and keeps the files that lead other programs to it.

mod announcement;
mod environment_file;
pub(crate) mod external_issuer;
mod hosts_text;
pub(crate) mod scenario_list;
mod session_file;
mod shutdown_signals;
mod start_failure;
mod state_file;

use std::path::PathBuf;

use self::announcement::Announcement;
use self::session_file::SessionFile;
use self::shutdown_signals::ShutdownSignals;
use self::start_failure::{not_started, not_usable, not_written};
use crate::error::{ExitCode, Failure};
use crate::files;
use crate::sandbox::{Options, Sandbox};
use crate::workflow::printer::Printer;

/// How each line of a journal starts.
const JOURNAL_START: &str = "{\"time\":";

/// The files that a sandbox writes where the user wants them.
pub(crate) struct ServerFiles {
    /// Shell lines that lead other commands to the sandbox.
    pub(crate) environment: Option<PathBuf>,
    /// The certificate authority that clients have to trust.
    pub(crate) authority: Option<PathBuf>,
    /// All that exists at the end.
    pub(crate) state: Option<PathBuf>,
}

/// A sandbox that runs. Its files are removed with it.
struct SandboxServer {
    sandbox: Sandbox,
    signals: ShutdownSignals,
    files: ServerFiles,
    announcement: Announcement,
    _session_files: [Option<SessionFile>; 2],
}

/// Serves a sandbox until a signal comes. `hold` keeps Ctrl-C, the usual way to end a sandbox, from cutting off the tidying up.
pub(crate) async fn serve<H>(
    printer: &impl Printer,
    options: Options,
    files: ServerFiles,
    hold: impl FnOnce() -> H,
) -> Result<ExitCode, Failure> {
    files.check(&options)?;
    let _hold = hold();
    let server = SandboxServer::start(options, files).await?;
    printer.say("this is a sandbox, not Azure: what it makes is gone when it ends");
    if let Some(warning) = server.warning() {
        printer.warn(&warning);
    }
    printer.print(&match printer.wants_document() {
        true => server.document(),
        false => server.text(),
    })?;
    server.wait().await
}

impl ServerFiles {
    /// Refuses, before anything is served, what cannot be written: a pipe without a reader would keep the sandbox waiting.
    fn check(&self, options: &Options) -> Result<(), Failure> {
        let session_files = [&self.environment, &self.authority];
        for file in session_files.into_iter().flatten() {
            SessionFile::check(file).map_err(|cause| not_written(file, cause))?;
        }
        if let Some(file) = &self.state {
            state_file::check(file).map_err(|cause| not_written(file, cause))?;
        }
        if let Some(journal) = &options.journal {
            files::check_appendable(journal)
                .map_err(|cause| not_usable("write the journal to", journal, cause))?;
            session_file::check_appended(journal, JOURNAL_START)
                .map_err(|cause| not_written(journal, cause))?;
        }
        if let Some(hosts) = &options.hosts_file {
            files::check_regular(hosts)
                .map_err(|cause| not_usable("write the host names to", hosts, cause))?;
            hosts_text::check(hosts).map_err(|cause| not_written(hosts, cause))?;
        }
        Ok(())
    }
}

impl SandboxServer {
    /// Listens for the signals first: one that comes while the sandbox starts must not leave its files.
    async fn start(options: Options, files: ServerFiles) -> Result<Self, Failure> {
        let signals = ShutdownSignals::listen().map_err(|cause| {
            Failure::new("listen for the signals that end a program").because(cause)
        })?;
        let as_azure = options.as_azure;
        let sandbox = Sandbox::start(options).await.map_err(not_started)?;
        let authority_file = session_file(&files.authority, sandbox.certificate_authority())?;
        let trusted = match &authority_file {
            Some(file) => Some(file.path().to_owned()),
            None if as_azure => Some(sandbox.certificate_authority_path()),
            // The kubeconfig holds the authority, and nothing else is served over TLS.
            None => None,
        };
        let announcement = Announcement::of(&sandbox, trusted);
        let lines = environment_file::text(&announcement);
        // Last, since a script waits for this file: all else that it names is there by then.
        let environment_file = session_file(&files.environment, &lines)?;
        Ok(Self {
            sandbox,
            signals,
            files,
            announcement,
            _session_files: [authority_file, environment_file],
        })
    }

    /// What this machine lacks for a part of the sandbox.
    fn warning(&self) -> Option<String> {
        let address = self.sandbox.missing()?.ip();
        Some(format!(
            "no metadata service: this machine has no address {address} (try `ip address add {address}/32 dev lo` in the namespace)"
        ))
    }

    /// Where the sandbox is, as one line of JSON.
    fn document(&self) -> String {
        format!("{}\n", self.announcement.document())
    }

    /// Where the sandbox is, and how to use it.
    fn text(&self) -> String {
        self.announcement.text(self.files.environment.as_deref())
    }

    /// Serves until a signal comes, and writes the state that is left.
    async fn wait(mut self) -> Result<ExitCode, Failure> {
        let exit = self.signals.wait().await;
        let state = self.sandbox.stop().await;
        if let Some(file) = &self.files.state {
            state_file::write(file, &state).map_err(|cause| not_written(file, cause))?;
        }
        Ok(exit)
    }
}

/// Written where it was asked for.
fn session_file(file: &Option<PathBuf>, text: &str) -> Result<Option<SessionFile>, Failure> {
    let write =
        |file: &PathBuf| SessionFile::write(file, text).map_err(|cause| not_written(file, cause));
    file.as_ref().map(write).transpose()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::fs;

    use super::*;
    use crate::workflow::fake_console::FakeConsole;

    #[tokio::test]
    async fn a_file_of_the_user_is_refused_before_ctrl_c_is_held_or_anything_is_printed() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("own");
        fs::write(&own, "mine\n").unwrap();
        let file = |is_named: bool| is_named.then(|| own.clone());
        for place in ["environment", "authority", "state", "journal", "hosts"] {
            let console = FakeConsole::silent();
            let is_held = Cell::new(false);
            let files = ServerFiles {
                environment: file(place == "environment"),
                authority: file(place == "authority"),
                state: file(place == "state"),
            };
            let options = Options {
                journal: file(place == "journal"),
                hosts_file: file(place == "hosts"),
                ..Options::default()
            };

            let refused = serve(&console, options, files, || is_held.set(true)).await;

            assert!(refused.is_err(), "{place}");
            assert!(!is_held.get(), "{place}");
            assert!(console.printed.borrow().is_empty(), "{place}");
            assert_eq!(fs::read_to_string(&own).unwrap(), "mine\n", "{place}");
        }
    }
}
