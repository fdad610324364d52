//! Which real programs are here, and where?

use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

/// A Prometheus release that the scenarios run against: the last patch of its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Release {
    V2_45,
    V2_48,
    V2_55,
    V3_5,
    V3_6,
    V3_7,
    V3_13,
    V3_14,
}

impl Release {
    pub(crate) const ALL: [Release; 8] = [
        Release::V2_45,
        Release::V2_48,
        Release::V2_55,
        Release::V3_5,
        Release::V3_6,
        Release::V3_7,
        Release::V3_13,
        Release::V3_14,
    ];

    /// As `prometheus --version` prints it and `--prometheus-version` takes it.
    pub(crate) fn number(self) -> &'static str {
        match self {
            Release::V2_45 => "2.45.6",
            Release::V2_48 => "2.48.1",
            Release::V2_55 => "2.55.1",
            Release::V3_5 => "3.5.5",
            Release::V3_6 => "3.6.0",
            Release::V3_7 => "3.7.3",
            Release::V3_13 => "3.13.5",
            Release::V3_14 => "3.14.0",
        }
    }

    /// Which script installs it: a run of all checks has the newest and an old one only.
    fn installer(self) -> &'static str {
        match self {
            Release::V2_55 | Release::V3_14 => "eval \"$(.ci/programs)\"",
            _ => ".ci/edges",
        }
    }

    /// The end of the variables that name its programs, such as `3_14`.
    fn suffix(self) -> String {
        let line = self.number().rsplit_once('.').map_or("", |(line, _)| line);
        line.replace('.', "_")
    }
}

/// Something that a scenario cannot do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    Prometheus(Release),
    Promtool(Release),
    Helm,
    Kubectl,
    /// `ip` and the rights to make a network namespace with it.
    Ip,
    /// Makes HTTP requests inside a namespace, where this process is not.
    Curl,
    /// Makes system calls fail.
    Strace,
    Etcd,
    KubeApiserver,
    /// The Prometheus Operator.
    Operator,
    /// The folder of the resource definitions that belong to that Operator.
    Definitions,
    /// The same of release 0.85, which lacks fields that are written today.
    OldDefinitions,
    /// The Python that has az.
    AzureCli,
    /// The Python that has Microsoft's SDKs for Azure and Graph.
    AzureSdks,
}

impl Program {
    /// The variable that names the program's file.
    fn variable(self) -> String {
        let program = match self {
            Program::Prometheus(release) => &format!("PROMETHEUS_{}", release.suffix()),
            Program::Promtool(release) => &format!("PROMTOOL_{}", release.suffix()),
            Program::Helm => "HELM",
            Program::Kubectl => "KUBECTL",
            Program::Ip => "IP",
            Program::Curl => "CURL",
            Program::Strace => "STRACE",
            Program::Etcd => "ETCD",
            Program::KubeApiserver => "KUBE_APISERVER",
            Program::Operator => "OPERATOR",
            Program::Definitions => "CRDS",
            Program::OldDefinitions => "CRDS_0_85",
            Program::AzureCli => "AZURE_CLI_PYTHON",
            Program::AzureSdks => "AZURE_SDKS_PYTHON",
        };
        format!("AMW_RW_E2E_{program}")
    }

    fn installer(self) -> &'static str {
        match self {
            Program::Prometheus(release) | Program::Promtool(release) => release.installer(),
            _ => Release::V3_14.installer(),
        }
    }

    /// The program's file, or an error that names how to get it.
    pub(crate) fn path(self) -> Result<PathBuf> {
        if self == Program::Ip && !is_root() {
            bail!("only root can make network namespaces");
        }
        let variable = self.variable();
        let path = variable_of_this_process(&variable)
            .map(PathBuf::from)
            .with_context(|| format!("{variable} is not set: {}", self.installer()))?;
        let is_there = match self {
            Program::Definitions | Program::OldDefinitions => path.is_dir(),
            _ => path.is_file(),
        };
        if !is_there {
            bail!("{variable} names {}, which does not exist", path.display());
        }
        Ok(path)
    }
}

/// Whether a missing program fails its scenarios, as it must where these scenarios decide.
pub(crate) fn all_required() -> bool {
    variable_of_this_process("AMW_RW_E2E").is_some_and(|value| value == "required")
}

/// Today as `.ci/edges` sets it, when it wants the table of verdicts in the documentation written again.
pub(crate) fn day_of_blessing() -> Option<String> {
    variable_of_this_process("AMW_RW_BLESS")?;
    let today = variable_of_this_process("AMW_RW_E2E_TODAY")?;
    today.into_string().ok()
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the scenarios read the environment only here"
)]
pub(crate) fn variable_of_this_process(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name)
}
