//! The processes of a control plane, and the folder with their data.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use super::certificates::{Authority, CertificatePair, token_keys};
use crate::background::Background;
use crate::programs::Program;
use crate::run::run;
use crate::wait;

/// The issuer of service account tokens, which the sandbox reports for its AKS cluster.
pub(super) const ISSUER: &str = "https://westeurope.oic.prod-aks.azure.com/e2e/aks-prod/";

const START: Duration = Duration::from_secs(120);

/// The running programs. Fields are dropped in this order: clients before servers, the folder last.
pub(super) struct Processes {
    operator: Option<Background>,
    api_server: Background,
    etcd: Background,
    port: u16,
    folder: TempDir,
}

impl Processes {
    /// Starts etcd and the API server, and does not wait for them.
    pub(super) fn start(authority: &Authority) -> Result<Self> {
        let folder = TempDir::new()?;
        let (etcd, store) = start_etcd(folder.path())?;
        let port = free_port()?;
        let api_server = start_api_server(authority, &store, port, folder.path())?;
        Ok(Self {
            operator: None,
            api_server,
            etcd,
            port,
            folder,
        })
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The URL of the API server.
    pub(super) fn server(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    pub(super) fn wait_for_api_server(&mut self, kubeconfig: &Path) -> Result<()> {
        let kubectl = Program::Kubectl.path()?;
        wait::until("a ready API server", START, || {
            self.etcd.still_runs()?;
            self.api_server.still_runs()?;
            let mut kubectl = Command::new(&kubectl);
            kubectl
                .env_clear()
                .env("KUBECONFIG", kubeconfig)
                .env("HOME", self.folder.path());
            let ready = run(kubectl.args(["get", "--raw", "/readyz"]))?;
            Ok(ready.went_well().then_some(()))
        })
    }

    /// Starts the Operator with all rights, and waits until it is healthy.
    pub(super) fn start_operator(&mut self, authority: &Authority) -> Result<()> {
        let folder = self.folder.path();
        let credential = authority.client("prometheus-operator", Some("system:masters"))?;
        let files = credential.save(folder, "operator")?;
        let address = format!("127.0.0.1:{}", free_port()?);
        let mut command = guarded(&Program::Operator.path()?);
        command
            .args(["--apiserver", &self.server(), "--ca-file"])
            .arg(folder.join("authority.pem"))
            .arg("--cert-file")
            .arg(&files.certificate)
            .arg("--key-file")
            .arg(&files.key)
            .args(["--web.listen-address", &address])
            .args(["--web.enable-tls=false", "--kubelet-endpoints=false"])
            .arg("--kubelet-endpointslice=false");
        let mut operator = Background::start("operator", &mut command, folder)?;
        wait::until("a healthy Operator", START, || {
            operator.still_runs()?;
            Ok(answers(&address, "/healthz").then_some(()))
        })?;
        self.operator = Some(operator);
        Ok(())
    }
}

fn start_etcd(folder: &Path) -> Result<(Background, String)> {
    let clients = format!("http://127.0.0.1:{}", free_port()?);
    let peers = format!("http://127.0.0.1:{}", free_port()?);
    let mut command = guarded(&Program::Etcd.path()?);
    command
        .arg("--data-dir")
        .arg(folder.join("etcd"))
        .args(["--listen-client-urls", &clients])
        .args(["--advertise-client-urls", &clients])
        .args(["--listen-peer-urls", &peers])
        .args(["--initial-advertise-peer-urls", &peers])
        .args(["--initial-cluster", &format!("default={peers}")]);
    let etcd = Background::start("etcd", &mut command, folder)?;
    Ok((etcd, clients))
}

fn start_api_server(
    authority: &Authority,
    store: &str,
    port: u16,
    folder: &Path,
) -> Result<Background> {
    let trusted = folder.join("authority.pem");
    std::fs::write(&trusted, authority.certificate())?;
    let server = authority.server()?.save(folder, "server")?;
    let (private, public) = token_keys()?;
    let tokens = CertificatePair {
        certificate: public,
        key: private,
    };
    let tokens = tokens.save(folder, "tokens")?;
    let mut command = guarded(&Program::KubeApiserver.path()?);
    command
        .args(["--etcd-servers", store])
        .args(["--bind-address", "127.0.0.1"])
        .args(["--secure-port", &port.to_string()])
        // The server refuses a loopback address here, and without a reconciler this one is unused.
        .args(["--advertise-address", "10.255.255.1"])
        .args(["--endpoint-reconciler-type", "none"])
        .args(["--service-cluster-ip-range", "10.96.0.0/16"])
        .args(["--authorization-mode", "RBAC", "--allow-privileged"])
        .arg("--client-ca-file")
        .arg(trusted)
        .arg("--tls-cert-file")
        .arg(server.certificate)
        .arg("--tls-private-key-file")
        .arg(server.key)
        .arg("--service-account-key-file")
        .arg(tokens.certificate)
        .arg("--service-account-signing-key-file")
        .arg(tokens.key)
        .args(["--service-account-issuer", ISSUER]);
    Background::start("kube-apiserver", &mut command, folder)
}

/// The two files of a credential.
struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

impl CertificatePair {
    fn save(&self, folder: &Path, name: &str) -> Result<Files> {
        let files = Files {
            certificate: folder.join(format!("{name}.crt")),
            key: folder.join(format!("{name}.key")),
        };
        std::fs::write(&files.certificate, &self.certificate)?;
        std::fs::write(&files.key, &self.key)?;
        Ok(files)
    }
}

/// The program with a guard: Linux kills it when the thread that started it ends, however this program ends.
fn guarded(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command
}

/// A free port below 32768, where Linux does not take the ports of outgoing connections from.
fn free_port() -> Result<u16> {
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 12_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Several runs of the suite on one machine start at different places.
    let start = u16::try_from(std::process::id() % u32::from(COUNT))?;
    for _ in 0..COUNT {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = FIRST + (start.wrapping_add(step)) % COUNT;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    None.context("no port from 20000 to 31999 is free")
}

/// Whether a plain HTTP server answers 200 for this path.
fn answers(address: &str, path: &str) -> bool {
    let Ok(curl) = Program::Curl.path() else {
        return false;
    };
    let mut curl = Command::new(curl);
    curl.args(["--silent", "--fail", "--noproxy", "*"])
        .arg(format!("http://{address}{path}"));
    run(&mut curl).is_ok_and(|finished| finished.went_well())
}
