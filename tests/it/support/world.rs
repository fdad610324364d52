//! Starts a sandbox for one scenario and runs the real binary against it, in an environment that holds nothing else.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::administrator::Administrator;
use super::{CommandOutcome, JournalRequest, journal};

const BINARY: &str = env!("CARGO_BIN_EXE_amw-rw");

/// What a scenario starts from: files, variables, a sandbox. The sandbox starts with the first run, so these can be given in any order.
pub(crate) struct World {
    home: tempfile::TempDir,
    sandbox_arguments: Vec<String>,
    environment: BTreeMap<String, OsString>,
    left_out: Vec<&'static str>,
    sandbox: Option<Child>,
}

impl World {
    /// The sandbox's example: one cluster, one Prometheus, no workspace yet; waits are cut short.
    pub(crate) fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            sandbox_arguments: Vec::new(),
            environment: BTreeMap::new(),
            left_out: Vec::new(),
            sandbox: None,
        }
    }

    /// A world that the sandbox knows by name, such as `contributor-only`.
    pub(crate) fn scenario(self, name: &str) -> Self {
        self.sandbox_flag("--scenario", name)
    }

    /// A fault in the sandbox's own grammar.
    pub(crate) fn fault(self, fault: &str) -> Self {
        self.sandbox_flag("--fault", fault)
    }

    pub(crate) fn sandbox_flag(mut self, flag: &str, value: &str) -> Self {
        self.sandbox_arguments
            .extend([flag.to_owned(), value.to_owned()]);
        self
    }

    /// Sets a variable for every run; it has precedence over the value of the sandbox.
    pub(crate) fn variable(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.insert(name.to_owned(), value.into());
        self
    }

    /// Leaves out a variable that the sandbox would set.
    pub(crate) fn without(mut self, name: &'static str) -> Self {
        self.left_out.push(name);
        self
    }

    /// Credentials of a service principal that no sandbox gave: what a foreign host must not get.
    pub(crate) fn with_service_principal(self) -> Self {
        self.variable("AZURE_TENANT_ID", "22222222-2222-2222-2222-222222222222")
            .variable("AZURE_CLIENT_ID", "33333333-3333-3333-3333-333333333333")
            .variable("AZURE_CLIENT_SECRET", "value-of-the-secret")
    }

    /// Puts a file into the folder that the runs start in.
    pub(crate) fn file(self, name: &str, text: &str) -> Self {
        std::fs::write(self.path(name), text).unwrap();
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Runs the binary; arguments are split at spaces.
    #[must_use = "look at what came out of the run"]
    pub(crate) fn run(&mut self, arguments: &str) -> CommandOutcome {
        self.start_sandbox();
        let mut command = self.command(arguments);
        CommandOutcome::of(command.output().unwrap(), self.home.path())
    }

    /// Runs the same command as two processes at the same time.
    pub(crate) fn run_twice_at_once(&mut self, arguments: &str) -> [CommandOutcome; 2] {
        self.start_sandbox();
        let children = [(); 2].map(|()| {
            let mut command = self.command(arguments);
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().unwrap()
        });
        children
            .map(|child| CommandOutcome::of(child.wait_with_output().unwrap(), self.home.path()))
    }

    /// Runs the binary with no sandbox to talk to.
    #[must_use = "look at what came out of the run"]
    pub(crate) fn run_alone(&self, arguments: &str) -> CommandOutcome {
        let output = self.command(arguments).output().unwrap();
        CommandOutcome::of(output, self.home.path())
    }

    /// The same with more words, which need not be text.
    pub(crate) fn run_with(&self, arguments: &str, more: &[&OsStr]) -> CommandOutcome {
        let output = self.command(arguments).args(more).output().unwrap();
        CommandOutcome::of(output, self.home.path())
    }

    /// Runs the binary by another program, such as `prlimit` with its options.
    pub(crate) fn run_under(&self, prefix: &[&str], arguments: &str) -> CommandOutcome {
        let command = self.command(arguments);
        let mut under = Command::new(prefix[0]);
        under
            .args(&prefix[1..])
            .arg(BINARY)
            .args(command.get_args())
            .current_dir(self.home.path())
            .stdin(Stdio::null())
            .env_clear();
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                under.env(name, value);
            }
        }
        CommandOutcome::of(under.output().unwrap(), self.home.path())
    }

    /// Starts the binary without waiting for its end; its outputs go to the files `NAME.err` and `NAME.out` of the folder.
    pub(crate) fn start(&mut self, arguments: &str, name: &str) -> Child {
        self.start_sandbox();
        let stderr = std::fs::File::create(self.path(&format!("{name}.err"))).unwrap();
        let mut command = self.command(arguments);
        let stdout = std::fs::File::create(self.path(&format!("{name}.out"))).unwrap();
        command.stdout(stdout).stderr(stderr).spawn().unwrap()
    }

    /// Puts other faults in force, one a line.
    pub(crate) fn set_faults(&self, faults: &str) {
        Administrator::sign_in_without_token(&self.sandbox_environment()).set_faults(faults);
    }

    /// What the directory holds: applications with their secrets, and service principals.
    pub(crate) fn directory(&self) -> serde_json::Value {
        Administrator::sign_in(&self.sandbox_environment()).directory()
    }

    /// Changes something in the directory, as an administrator could at any time.
    pub(crate) fn change_directory(
        &self,
        path: &str,
        body: Option<&serde_json::Value>,
    ) -> serde_json::Value {
        Administrator::sign_in(&self.sandbox_environment()).change_directory(path, body)
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(BINARY);
        command
            .args(arguments.split_whitespace())
            .current_dir(self.home.path())
            .stdin(Stdio::null())
            .env_clear()
            .env("HOME", self.home.path())
            .env("PATH", self.home.path().join("bin"))
            .envs(self.sandbox_environment())
            .envs(&self.environment);
        for name in &self.left_out {
            command.env_remove(name);
        }
        command
    }

    fn sandbox_environment(&self) -> BTreeMap<String, String> {
        let text = std::fs::read_to_string(self.path("sandbox.env")).unwrap_or_default();
        text.lines()
            .filter_map(|line| line.strip_prefix("export ")?.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.trim_matches(['\'', '"']).to_owned()))
            .collect()
    }

    /// Starts the sandbox unless it runs.
    pub(crate) fn start_sandbox(&mut self) {
        if self.sandbox.is_some() {
            return;
        }
        let mut child = Command::new(BINARY)
            .args(["sandbox", "--listen", "127.0.0.1:0", "-o", "json"])
            .arg("--env-file")
            .arg(self.path("sandbox.env"))
            .arg("--journal")
            .arg(self.path("journal.jsonl"))
            .args(&self.sandbox_arguments)
            .env_clear()
            .env("HOME", self.home.path())
            .env("TMPDIR", self.home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(self.path("sandbox.err")).unwrap())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let length = BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert!(length > 0, "the sandbox ended before it served");
        self.sandbox = Some(child);
    }

    /// A variable that the sandbox asked its users to set.
    pub(crate) fn sandbox_variable(&self, name: &str) -> String {
        self.sandbox_environment()[name].clone()
    }

    pub(crate) fn sandbox_process(&self) -> u32 {
        self.sandbox.as_ref().expect("the sandbox runs").id()
    }

    /// Waits until the sandbox has ended: its exit code, and its stderr.
    pub(crate) fn wait_for_sandbox(&mut self) -> (Option<i32>, String) {
        let mut child = self.sandbox.take().expect("the sandbox runs");
        (child.wait().unwrap().code(), self.read("sandbox.err"))
    }

    /// What Resource Manager answers to the signed-in user about something in the subscription.
    pub(crate) fn resource_manager_get(&self, path: &str, api_version: &str) -> serde_json::Value {
        let administrator = Administrator::sign_in(&self.sandbox_environment());
        administrator.get(path, api_version)
    }

    /// Deletes something in the subscription, as an administrator could at any time.
    pub(crate) fn resource_manager_delete(&self, path: &str, api_version: &str) {
        Administrator::sign_in(&self.sandbox_environment()).delete(path, api_version);
    }

    /// Takes every role away from identities that write metrics, as an administrator could at any time.
    pub(crate) fn revoke_roles(&self) {
        Administrator::sign_in(&self.sandbox_environment()).revoke_publishers();
    }

    /// Every request so far, in order.
    pub(crate) fn requests(&self) -> Vec<JournalRequest> {
        journal::read(&self.path("journal.jsonl"))
    }

    /// Requests that changed something in Azure or the directory.
    pub(crate) fn writes(&self) -> Vec<JournalRequest> {
        self.requests()
            .into_iter()
            .filter(|request| request.write && request.succeeded())
            .collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(mut child) = self.sandbox.take() {
            child.kill().ok();
            child.wait().ok();
        }
    }
}
