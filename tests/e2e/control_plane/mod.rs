//! A real Kubernetes control plane: etcd, kube-apiserver and the Prometheus Operator, without nodes.
//!
//! The API server stores objects, and the Operator derives StatefulSets and configuration Secrets from them. No kubelet
//! starts pods, and no controller manager deletes namespaces or creates default service accounts.

mod case;
mod certificates;
mod processes;
mod users;

use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, mpsc};

use anyhow::{Result, anyhow};

pub(crate) use self::case::{ClusterCase, OperatorManifest};
use self::certificates::Authority;
use self::processes::{ISSUER, Processes};
pub(crate) use self::users::User;
use crate::files;
use crate::programs::Program;
use crate::run::run;

/// What every scenario with a control plane needs.
pub(crate) const NEEDS: [Program; 5] = [
    Program::Etcd,
    Program::KubeApiserver,
    Program::Operator,
    Program::Definitions,
    Program::Kubectl,
];

/// A running control plane.
pub(crate) struct ControlPlane {
    server: String,
    authority: Authority,
    /// The public keys of service account tokens, as the API server publishes them.
    key_set: String,
    /// Empty after `stop`.
    processes: Mutex<Option<Processes>>,
}

static SHARED: OnceLock<Result<ControlPlane, String>> = OnceLock::new();

/// The control plane of this run of the suite, started by the first scenario that asks for it.
pub(crate) fn shared() -> Result<&'static ControlPlane> {
    let started = SHARED.get_or_init(|| {
        let (sender, receiver) = mpsc::channel();
        // Linux kills the processes when the thread that started them ends (see `processes::guarded`), and a thread of
        // the test runner ends before the others do. This one ends with the program.
        std::thread::spawn(move || {
            let _ = sender.send(ControlPlane::start(Program::Definitions));
            loop {
                std::thread::park();
            }
        });
        let started = receiver.recv().map_err(anyhow::Error::from).flatten();
        started.map_err(|error| format!("{error:#}"))
    });
    started
        .as_ref()
        .map_err(|error| anyhow!("the control plane does not start: {error}"))
}

/// Ends the shared control plane and deletes its data. A static is not dropped when the program ends.
pub(crate) fn stop_shared() {
    if let Some(Ok(plane)) = SHARED.get() {
        plane.stop();
    }
}

impl ControlPlane {
    /// Starts all programs, with these definitions of the Operator's resources. A plane of a scenario's own ends when
    /// dropped.
    pub(crate) fn start(definitions: Program) -> Result<Self> {
        let authority = Authority::new()?;
        let mut processes = Processes::start(&authority)?;
        let mut plane = Self {
            server: processes.server(),
            authority,
            key_set: String::new(),
            processes: Mutex::new(None),
        };
        let file = processes.folder().join("admin.kubeconfig");
        std::fs::write(&file, plane.kubeconfig(User::Admin, "default")?)?;
        processes.wait_for_api_server(&file)?;
        plane.key_set =
            run(kubectl(&file)?.args(["get", "--raw", "/openid/v1/jwks"]))?.succeeds()?;
        prepare(&file, &definitions.path()?)?;
        processes.start_operator(&plane.authority)?;
        *plane.lock() = Some(processes);
        Ok(plane)
    }

    /// The flags with which the sandbox is Azure for this control plane. The file with the keys is in the folder.
    pub(crate) fn sandbox_flags(&self, folder: &Path) -> Result<Vec<String>> {
        let keys = folder.join("keys.json");
        std::fs::write(&keys, &self.key_set)?;
        let keys = keys.display().to_string();
        let issuer = ["--cluster-issuer", ISSUER, "--cluster-keys", &keys];
        Ok(issuer.map(str::to_owned).to_vec())
    }

    fn stop(&self) {
        drop(self.lock().take());
    }

    fn lock(&self) -> MutexGuard<'_, Option<Processes>> {
        self.processes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Registers the Operator's resources and the rights of the users.
fn prepare(kubeconfig: &Path, definitions: &Path) -> Result<()> {
    let users = files::suite().join("data/users.yaml");
    for file in [definitions, &users] {
        // `create` instead of `apply`: the definitions do not fit into the annotation that `apply` adds.
        let mut create = kubectl(kubeconfig)?;
        run(create.args(["create", "--filename"]).arg(file))?.succeeds()?;
    }
    let mut wait = kubectl(kubeconfig)?;
    wait.args(["wait", "--for=condition=Established", "--all", "crd"]);
    run(&mut wait)?.succeeds().map(drop)
}

/// kubectl with this kubeconfig and nothing else from the environment.
fn kubectl(kubeconfig: &Path) -> Result<Command> {
    let mut kubectl = Command::new(Program::Kubectl.path()?);
    kubectl.env_clear().env("KUBECONFIG", kubeconfig);
    // It caches what the API server offers, in the home folder or else in the current one.
    kubectl.env("HOME", kubeconfig.with_file_name(""));
    Ok(kubectl)
}
