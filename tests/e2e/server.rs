//! What a real server reports about a configuration when it is started with it, and that its promtool reports the same.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

use crate::background::Background;
use crate::namespace::Namespace;
use crate::programs::{Program, Release};
use crate::run::run;
use crate::wait;

const START: Duration = Duration::from_secs(120);

/// One release, in a network without a way out: what it would send stays here.
pub(crate) struct Server {
    release: Release,
    namespace: Namespace,
    folder: TempDir,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ServerVerdict {
    Takes,
    /// In the server's own words.
    Refuses(String),
}

impl Server {
    pub(crate) fn new(release: Release) -> Result<Self> {
        let mut program = Command::new(Program::Prometheus(release).path()?);
        let introduced = run(program.arg("--version"))?;
        ensure!(
            introduced.mentions(&format!("version {} ", release.number())),
            "not {}: {introduced:?}",
            release.number()
        );
        Ok(Self {
            release,
            namespace: Namespace::new()?,
            folder: TempDir::new()?,
        })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts the server with this configuration and waits until it is ready or gives up.
    pub(crate) fn judge(&self, config: &str) -> Result<ServerVerdict> {
        let file = self.folder().join("judged.yml");
        std::fs::write(&file, config)?;
        let verdict = self.start(&file)?;
        let mut promtool = Command::new(Program::Promtool(self.release).path()?);
        promtool.args(["check", "config"]).arg(&file).env_clear();
        let checked = run(&mut promtool)?.went_well();
        ensure!(
            checked == (verdict == ServerVerdict::Takes),
            "promtool {} accepts: {checked}, but the server: {verdict:?}\n{config}",
            self.release.number()
        );
        Ok(verdict)
    }

    fn start(&self, config: &Path) -> Result<ServerVerdict> {
        let storage = TempDir::new_in(self.folder())?;
        let mut command = self
            .namespace
            .command(Program::Prometheus(self.release).path()?);
        command
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", storage.path().display()))
            .arg("--web.listen-address=127.0.0.1:9090")
            .env_clear()
            .current_dir(self.folder());
        let mut process = Background::start("server", &mut command, self.folder())?;
        wait::until("the server's verdict", START, || {
            let ended = process.still_runs();
            let said = process.stderr()?;
            if said.contains("Server is ready to receive web requests.") {
                return Ok(Some(ServerVerdict::Takes));
            }
            let Err(end) = ended else {
                return Ok(None);
            };
            let reason = reason(&said).with_context(|| format!("it gives no reason: {end}"))?;
            Ok(Some(ServerVerdict::Refuses(reason)))
        })
    }
}

/// The end of the first error in a server's log, which is the part with the cause.
fn reason(log: &str) -> Option<String> {
    let error = log
        .lines()
        .find(|line| line.to_lowercase().contains("level=error"))?;
    let (_, quoted) = error.split_once("err=\"")?;
    let (text, _) = quoted.rsplit_once('"')?;
    let text = text.replace("\\n", " ").replace("\\\"", "\"");
    let end = text.rsplit_once(": ").map_or(text.as_str(), |(_, end)| end);
    Some(end.trim().to_owned())
}
