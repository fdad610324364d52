//! An unmodified Prometheus that scrapes itself and writes where its file names.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::background::Background;
use crate::programs::{Program, Release};
use crate::run::run;
use crate::wait;
use crate::world::EndToEndWorld;

const ADDRESS: &str = "127.0.0.1:9090";
const START: Duration = Duration::from_secs(60);

/// A running Prometheus server; it ends when dropped.
pub(crate) struct Prometheus<'world> {
    world: &'world EndToEndWorld,
    process: Background,
}

impl<'world> Prometheus<'world> {
    /// Starts the release with the file and waits until it is ready. `environment` is its pod's.
    pub(crate) fn start(
        world: &'world EndToEndWorld,
        release: Release,
        config: &Path,
        environment: &[(&str, PathBuf)],
    ) -> Result<Self> {
        let mut command = world.program(Program::Prometheus(release).path()?);
        command
            .arg(format!("--config.file={}", config.display()))
            .arg(format!(
                "--storage.tsdb.path={}",
                world.folder().join("tsdb").display()
            ))
            .arg(format!("--web.listen-address={ADDRESS}"))
            .arg("--web.enable-lifecycle")
            .envs(environment.iter().cloned());
        let process = Background::start("prometheus", &mut command, world.folder())?;
        let mut prometheus = Self { world, process };
        prometheus.wait_until_ready()?;
        Ok(prometheus)
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        wait::until("Prometheus to be ready", START, || {
            self.process.still_runs()?;
            Ok(self.page("-/ready").is_ok().then_some(()))
        })
    }

    /// The sum of a counter over all its series; a counter without any is an error, so that a missing counter is not read as zero.
    pub(crate) fn counter(&self, name: &str) -> Result<f64> {
        let metrics = self.page("metrics")?;
        let values: Vec<f64> = metrics
            .lines()
            .filter(|line| is_sample_of(line, name))
            .filter_map(|line| line.rsplit(' ').next()?.parse().ok())
            .collect();
        ensure!(!values.is_empty(), "Prometheus has no {name}");
        Ok(values.iter().sum())
    }

    /// The name of every metric that it has in its own storage.
    pub(crate) fn metric_names(&self) -> Result<Vec<String>> {
        let answer: serde_json::Value =
            serde_json::from_str(&self.page("api/v1/label/__name__/values")?)?;
        Ok(serde_json::from_value(answer["data"].clone())?)
    }

    /// `data` of its own answer to an expression at a moment (Unix seconds).
    pub(crate) fn query_at(&self, expression: &str, moment: &str) -> Result<serde_json::Value> {
        let parameters = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("query", expression)
            .append_pair("time", moment)
            .finish();
        let mut answer: serde_json::Value =
            serde_json::from_str(&self.page(&format!("api/v1/query?{parameters}"))?)?;
        Ok(answer["data"].take())
    }

    /// Its output so far: the first place to look when nothing arrives.
    pub(crate) fn log(&self) -> Result<String> {
        self.process.stderr()
    }

    fn page(&self, path: &str) -> Result<String> {
        let mut curl: Command = self.world.program(Program::Curl.path()?);
        curl.args(["--silent", "--show-error", "--fail", "--max-time", "10"]);
        run(curl.arg(format!("http://{ADDRESS}/{path}")))?.succeeds()
    }
}

fn is_sample_of(line: &str, name: &str) -> bool {
    line.strip_prefix(name)
        .is_some_and(|rest| rest.starts_with(['{', ' ']))
}
