//! The next step with a file that was not compared with the cluster: applying it could take away what only the cluster has.

use crate::next_step::NextStep;
use crate::patch;
use crate::spec::command_line::{KubeContext, kubectl};
use crate::target::{Format, Target};
use crate::workflow::configuration_steps;

/// What the file describes was looked for, and could not be read. `name` is what it is called.
pub(super) fn after_unread(
    name: &str,
    file: &str,
    namespace: Option<&str>,
    context: Option<&KubeContext>,
) -> NextStep {
    NextStep::run(
        format!("{name} could not be read; compare it with the file before you apply the file"),
        // It asks the API server for a dry run, so it also shows fields that would be dropped.
        kubectl::diff(file, namespace, context),
    )
}

/// What to do with a file for which nothing else was found. `of_values` gives it for values of a chart, whose release decides.
pub(super) fn next_steps(
    text: &str,
    target: Target,
    file: &str,
    context: Option<&KubeContext>,
    of_values: impl FnOnce() -> NextStep,
) -> Vec<NextStep> {
    match target.format() {
        Format::Configuration => configuration_steps::after_configuration(file),
        Format::HelmValues { .. } => vec![of_values()],
        Format::Resource | Format::ConfigMap => vec![after_unseen(text, target, file, context)],
    }
}

/// The cluster was not read for what the file describes. `text` is what the file contains.
fn after_unseen(text: &str, target: Target, file: &str, context: Option<&KubeContext>) -> NextStep {
    let why = "the file was not compared with the cluster, and applying it removes values that only the cluster has";
    match namespace(text, target) {
        Some(namespace) => NextStep::run(
            format!("{why}; look at the difference first"),
            kubectl::diff(file, Some(&namespace), context),
        ),
        None => NextStep::run(
            format!(
                "{why}; look at the difference first (the file names no namespace: replace NAMESPACE by that of the \
                 Prometheus)"
            ),
            kubectl::diff(file, Some("NAMESPACE"), context),
        ),
    }
}

/// The namespace that the file names.
fn namespace(text: &str, target: Target) -> Option<String> {
    let text = patch::read_part(text, &[target]);
    let document = match target.format() {
        Format::ConfigMap => patch::config_map(&text).ok()?,
        _ => patch::data(&text, target).ok()?,
    };
    let namespace = document["metadata"]["namespace"].as_str()?;
    (!namespace.is_empty()).then(|| namespace.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_uncompared_file_is_compared_in_the_namespace_that_it_names() {
        let config_map = |metadata: &str| {
            format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {metadata}\ndata:\n  prometheus.yml: |\n    global: {{}}\n"
            )
        };
        let resource = |metadata: &str| {
            format!(
                "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {metadata}\nspec: {{}}\n"
            )
        };
        let named = "{name: web, namespace: shop}";
        for (text, target) in [
            (config_map(named), Target::ConfigMap),
            (resource(named), Target::CustomResource),
        ] {
            let printed = after_unseen(&text, target, "web.yaml", None).line();
            assert!(
                printed.ends_with(": kubectl diff -f web.yaml -n shop"),
                "{printed}"
            );
        }
        for (text, target) in [
            (config_map("{name: web}"), Target::ConfigMap),
            (resource("{name: web}"), Target::CustomResource),
        ] {
            let printed = after_unseen(&text, target, "web.yaml", None).line();
            assert!(printed.contains("the file names no namespace"), "{printed}");
            assert!(
                printed.ends_with(": kubectl diff -f web.yaml -n NAMESPACE"),
                "{printed}"
            );
        }
    }
}
