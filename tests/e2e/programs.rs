//! Which real programs are here, and where?

use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

/// A Prometheus release that the stories run against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Release {
    V3_14,
    V2_55,
}

impl Release {
    /// As `prometheus --version` prints it and `--prometheus-version` takes it.
    pub(crate) fn number(self) -> &'static str {
        match self {
            Release::V3_14 => "3.14.0",
            Release::V2_55 => "2.55.1",
        }
    }
}

/// Something that a story cannot do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    Prometheus(Release),
    Promtool(Release),
    Helm,
    Kubectl,
    /// `ip` and the rights to make a network namespace with it.
    Ip,
    /// Speaks HTTP inside a namespace, where this process is not.
    Curl,
}

impl Program {
    /// The variable that names the program's file.
    fn variable(self) -> &'static str {
        match self {
            Program::Prometheus(Release::V3_14) => "AMW_RW_E2E_PROMETHEUS",
            Program::Prometheus(Release::V2_55) => "AMW_RW_E2E_PROMETHEUS_2",
            Program::Promtool(Release::V3_14) => "AMW_RW_E2E_PROMTOOL",
            Program::Promtool(Release::V2_55) => "AMW_RW_E2E_PROMTOOL_2",
            Program::Helm => "AMW_RW_E2E_HELM",
            Program::Kubectl => "AMW_RW_E2E_KUBECTL",
            Program::Ip => "AMW_RW_E2E_IP",
            Program::Curl => "AMW_RW_E2E_CURL",
        }
    }

    /// The program's file, or an error that says how to get it.
    pub(crate) fn path(self) -> Result<PathBuf> {
        if self == Program::Ip && !is_root() {
            bail!("only root can make network namespaces");
        }
        let variable = self.variable();
        let path = variable_of_this_process(variable)
            .map(PathBuf::from)
            .with_context(|| format!("{variable} is not set: eval \"$(.ci/programs)\""))?;
        if !path.is_file() {
            bail!("{variable} names {}, which is no file", path.display());
        }
        Ok(path)
    }
}

/// Whether a missing program fails its stories, as it must where these stories are the gate.
pub(crate) fn all_required() -> bool {
    variable_of_this_process("AMW_RW_E2E").is_some_and(|value| value == "required")
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the stories read the environment here and nowhere else"
)]
fn variable_of_this_process(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name)
}
