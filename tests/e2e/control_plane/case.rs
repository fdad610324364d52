//! A namespace of its own on the control plane, and what users do in it with kubectl, helm and a shell.

use std::cell::Cell;
use std::ffi::OsStr;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use serde_json::Value;

use super::{ControlPlane, User};
use crate::programs::Program;
use crate::run::{Finished, run};
use crate::wait;

/// How long the Operator may take: it works through the cases of all threads one by one.
const RECONCILED: Duration = Duration::from_secs(20);

/// A new namespace, and a folder for the user's files.
pub(crate) struct ClusterCase<'a> {
    plane: &'a ControlPlane,
    pub(crate) namespace: String,
    folder: PathBuf,
    user: Cell<User>,
}

impl<'a> ClusterCase<'a> {
    /// Works as administrator at first. The folder must outlive the case.
    pub(crate) fn new(plane: &'a ControlPlane, folder: &Path) -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let case = Self {
            plane,
            namespace: format!("case-{count}"),
            folder: folder.to_owned(),
            user: Cell::new(User::Admin),
        };
        case.save_kubeconfig()?;
        case.kubectl(["create", "namespace", &case.namespace])?;
        let scoped = User::Scoped.name(&case.namespace);
        case.kubectl([
            "create",
            "rolebinding",
            "scoped",
            "--clusterrole=cluster-admin",
            &format!("--user={scoped}"),
        ])?;
        Ok(case)
    }

    /// From now on, all commands of the case run as this user.
    pub(crate) fn become_user(&self, user: User) -> Result<()> {
        self.user.set(user);
        self.save_kubeconfig()
    }

    /// The kubeconfig of the current user; its context has the namespace of the case.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.folder.join("kubeconfig")
    }

    fn save_kubeconfig(&self) -> Result<()> {
        let config = self.plane.kubeconfig(self.user.get(), &self.namespace)?;
        Ok(std::fs::write(self.kubeconfig(), config)?)
    }

    /// The text with the namespace of the case where `monitoring` was the namespace.
    pub(crate) fn moved(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for before in ["namespace: ", "--namespace ", "-n ", "--prometheus "] {
            text = text.replace(
                &format!("{before}monitoring"),
                &format!("{before}{}", self.namespace),
            );
        }
        text
    }

    /// Writes a moved file of `tests/e2e/data` into the folder.
    pub(crate) fn copy(&self, name: &str) -> Result<PathBuf> {
        self.write(name, &crate::files::original(name)?)
    }

    /// Writes a file into the folder, moved into the namespace of the case.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.folder.join(name);
        std::fs::write(&path, self.moved(text))?;
        Ok(path)
    }

    /// What the real kubectl prints; an error where it fails.
    pub(crate) fn kubectl<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Result<String> {
        let mut kubectl = Command::new(Program::Kubectl.path()?);
        self.furnish(&mut kubectl);
        run(kubectl.args(arguments))?.succeeds()
    }

    /// What the real helm prints; an error where it fails.
    pub(crate) fn helm<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Result<String> {
        let mut helm = Command::new(Program::Helm.path()?);
        self.furnish(&mut helm);
        run(helm.args(arguments))?.succeeds()
    }

    /// `kubectl apply --filename`.
    pub(crate) fn apply(&self, file: &Path) -> Result<String> {
        self.kubectl(["apply".as_ref(), "--filename".as_ref(), file.as_os_str()])
    }

    /// Runs a printed command line in a shell that finds kubectl and helm.
    pub(crate) fn shell(&self, line: &str) -> Result<Finished> {
        let mut shell = Command::new("sh");
        self.furnish(&mut shell);
        run(shell.args(["-euc", line]))
    }

    /// An object as the API server has it.
    pub(crate) fn object(&self, kind: &str, name: &str) -> Result<Value> {
        let text = self.kubectl(["get", kind, name, "--output", "json"])?;
        Ok(serde_json::from_str(&text)?)
    }

    fn furnish(&self, command: &mut Command) {
        let tools = [Program::Kubectl, Program::Helm]
            .into_iter()
            .filter_map(|program| Some(program.path().ok()?.parent()?.display().to_string()));
        let path = tools.chain(["/usr/sbin:/usr/bin:/sbin:/bin".to_owned()]);
        command
            .env_clear()
            .env("PATH", path.collect::<Vec<_>>().join(":"))
            .env("HOME", &self.folder)
            .env("KUBECONFIG", self.kubeconfig())
            .current_dir(&self.folder);
    }

    /// The configuration that the Operator generates for a resource, as soon as it contains this text.
    pub(crate) fn configuration(&self, resource: OperatorManifest, text: &str) -> Result<String> {
        let mut last = None;
        let found = wait::until("the configuration from the Operator", RECONCILED, || {
            last = self.current_configuration(resource)?;
            Ok(last.take_if(|config| config.contains(text)))
        });
        found.with_context(|| {
            let status = self.object(resource.kind, resource.name);
            let conditions = status.map(|object| object["status"]["conditions"].clone());
            format!("no {text} for {resource:?}: {conditions:?}\n{last:?}")
        })
    }

    /// The same at this moment; none where the Operator has generated none.
    pub(crate) fn current_configuration(
        &self,
        resource: OperatorManifest,
    ) -> Result<Option<String>> {
        let secret = format!("{}-{}", resource.prefix(), resource.name);
        let output = r"--output=jsonpath={.data.prometheus\.yaml\.gz}";
        let printed = self.kubectl(["get", "secret", &secret, "--ignore-not-found", output])?;
        if printed.is_empty() {
            return Ok(None);
        }
        let mut text = String::new();
        GzDecoder::new(&*STANDARD.decode(printed)?).read_to_string(&mut text)?;
        Ok(Some(text))
    }

    /// The StatefulSet that the Operator makes of a resource.
    pub(crate) fn stateful_set(&self, resource: OperatorManifest) -> Result<Value> {
        let name = format!("{}-{}", resource.prefix(), resource.name);
        wait::until("the StatefulSet from the Operator", RECONCILED, || {
            let names = self.kubectl(["get", "statefulsets", "--output", "name"])?;
            let is_there = names
                .lines()
                .any(|line| line.ends_with(&format!("/{name}")));
            is_there
                .then(|| self.object("statefulset", &name))
                .transpose()
        })
    }
}

/// A resource of which the Operator makes a Prometheus.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OperatorManifest<'a> {
    /// `Prometheus` or `PrometheusAgent`.
    pub(crate) kind: &'a str,
    pub(crate) name: &'a str,
}

impl OperatorManifest<'static> {
    /// One that a user applied with kubectl.
    pub(crate) const PLAIN: Self = Self {
        kind: "Prometheus",
        name: "plain",
    };
    /// The one of the kube-prometheus-stack release.
    pub(crate) const STACK: Self = Self {
        kind: "Prometheus",
        name: "kube-prometheus-stack-prometheus",
    };
}

impl OperatorManifest<'_> {
    /// What the Operator puts before the name of what it makes.
    fn prefix(self) -> &'static str {
        match self.kind {
            "PrometheusAgent" => "prom-agent",
            _ => "prometheus",
        }
    }
}
