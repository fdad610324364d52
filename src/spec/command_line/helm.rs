//! The Helm commands that are printed.

use super::{CommandLine, KubeContext};

fn helm(words: &[&'static str]) -> CommandLine {
    CommandLine::new("helm", words)
}

impl CommandLine {
    /// Another cluster can have a release of the same name.
    fn in_kube_context(self, context: Option<&KubeContext>) -> Self {
        match context {
            Some(context) => self
                .option("--kube-context", context.name())
                .in_kubeconfig(context)
                .after(context.preparation()),
            None => self,
        }
    }
}

/// A chart as the cluster keeps it; where it was downloaded from is not kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HelmChart<'a> {
    pub(crate) name: &'a str,
    pub(crate) version: &'a str,
}

/// Gives values to a release, without another version of the chart and with all earlier values.
pub(crate) fn upgrade(
    namespace: &str,
    release: &str,
    chart: HelmChart<'_>,
    file: &str,
    context: Option<&KubeContext>,
) -> CommandLine {
    helm(&["upgrade"])
        .operand(release)
        .operand(format!("REPOSITORY/{}", chart.name))
        // Without a version Helm takes the newest chart of the repository.
        .option("--version", chart.version)
        .option("-n", namespace)
        // Without this flag Helm forgets all values of earlier upgrades as soon as `-f` is given. `--reuse-values`
        // would keep the defaults of the former chart too (4.1).
        .words(&["--reset-then-reuse-values"])
        .listed_file("-f", file)
        .in_kube_context(context)
}

/// Helm refuses to install a name that is in use, so this takes nothing from a release that was not seen.
pub(crate) fn install(file: &str, context: Option<&KubeContext>) -> CommandLine {
    helm(&["install", "RELEASE", "CHART", "-n", "NAMESPACE"])
        .listed_file("-f", file)
        .in_kube_context(context)
}

/// Shows the values of a release.
pub(crate) fn show_values(
    namespace: &str,
    release: &str,
    context: Option<&KubeContext>,
) -> CommandLine {
    helm(&["get", "values"])
        .operand(release)
        .option("-n", namespace)
        // Without `--all`, which adds the defaults of the chart: given back as values, they would hide those of a newer
        // chart.
        .words(&["-o", "yaml"])
        .in_kube_context(context)
}

/// Writes the values of a release to a new file.
pub(crate) fn save_values(
    namespace: &str,
    release: &str,
    file: &str,
    context: Option<&KubeContext>,
) -> CommandLine {
    show_values(namespace, release, context).output(file)
}

pub(crate) fn history(
    namespace: &str,
    release: &str,
    context: Option<&KubeContext>,
) -> CommandLine {
    helm(&["history"])
        .operand(release)
        .option("-n", namespace)
        .in_kube_context(context)
}

/// Lists the releases of all namespaces.
pub(crate) fn list(context: Option<&KubeContext>) -> CommandLine {
    helm(&["list", "-A"]).in_kube_context(context)
}

pub(crate) fn rollback(
    namespace: &str,
    release: &str,
    revision: u64,
    context: Option<&KubeContext>,
) -> CommandLine {
    helm(&["rollback"])
        .operand(release)
        .operand(revision.to_string())
        .option("-n", namespace)
        .in_kube_context(context)
}

#[cfg(test)]
pub(super) fn examples(value: &str, context: Option<&KubeContext>) -> Vec<CommandLine> {
    let chart = HelmChart {
        name: value,
        version: value,
    };
    vec![
        upgrade(value, value, chart, value, context),
        install(value, context),
        show_values(value, value, context),
        save_values(value, value, "release-values.yaml", context),
        history(value, value, context),
        list(context),
        rollback(value, value, 3, context),
    ]
}
