//! A network of its own, where Azure's names and addresses are the sandbox's.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result};

use crate::programs::Program;
use crate::run::run;

/// Where Azure answers a machine's questions about its own identity.
const INSTANCE_METADATA_SERVICE: &str = "169.254.169.254/32";

/// A network namespace with nothing but a loopback; gone, with its hosts file, when dropped.
pub(crate) struct Namespace {
    name: String,
    ip: PathBuf,
    folder: PathBuf,
}

impl Namespace {
    pub(crate) fn new() -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("amw-rw-{}-{count}", std::process::id());
        let ip = Program::Ip.path()?;
        run(Command::new(&ip).args(["netns", "add", &name]))?.succeeds()?;
        let folder = Path::new("/etc/netns").join(&name);
        let namespace = Self { name, ip, folder };
        namespace.furnish()?;
        Ok(namespace)
    }

    fn furnish(&self) -> Result<()> {
        let ip = |arguments: &[&str]| -> Result<String> {
            run(Command::new(&self.ip)
                .args(["-n", &self.name])
                .args(arguments))?
            .succeeds()
        };
        ip(&["link", "set", "lo", "up"])?;
        ip(&["address", "add", INSTANCE_METADATA_SERVICE, "dev", "lo"])?;
        std::fs::create_dir_all(&self.folder)
            .with_context(|| format!("cannot make {}", self.folder.display()))?;
        std::fs::write(self.hosts_file(), "127.0.0.1 localhost\n")?;
        Ok(())
    }

    /// The file that programs in the namespace see as `/etc/hosts`.
    pub(crate) fn hosts_file(&self) -> PathBuf {
        self.folder.join("hosts")
    }

    /// A command that will run the program inside.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(&self.ip);
        command.args(["netns", "exec", &self.name]).arg(program);
        command
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = Command::new(&self.ip)
            .args(["netns", "delete", &self.name])
            .output();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
