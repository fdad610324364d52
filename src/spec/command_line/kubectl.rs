//! The kubectl commands that are printed.

use std::path::Path;

use super::{CommandLine, KubeContext};
use crate::target::resource_kind::ResourceKind;
use crate::text::path_text;

fn kubectl(words: &[&'static str]) -> CommandLine {
    CommandLine::new("kubectl", words)
}

impl CommandLine {
    /// A file without a namespace would make another object in the namespace of the context, so the command names it.
    fn in_namespace(self, namespace: Option<&str>) -> Self {
        match namespace {
            Some(namespace) => self.option("-n", namespace),
            None => self,
        }
    }

    /// kubectl and Helm have the same flag.
    pub(super) fn in_kubeconfig(self, context: &KubeContext) -> Self {
        match context.file() {
            Some(file) => self.option_file("--kubeconfig", file),
            None => self,
        }
    }

    fn in_context(self, context: Option<&KubeContext>) -> Self {
        match context {
            Some(context) => self
                .option("--context", context.name())
                .in_kubeconfig(context)
                .after(context.preparation()),
            None => self,
        }
    }
}

/// Applies a file of the user, or one that holds a single object of ours.
pub(crate) fn apply(
    file: &str,
    namespace: Option<&str>,
    context: Option<&KubeContext>,
) -> CommandLine {
    let line = kubectl(&["apply"]).listed_file("-f", file);
    line.in_namespace(namespace).in_context(context)
}

/// Compares a file with the cluster.
pub(crate) fn diff(
    file: &str,
    namespace: Option<&str>,
    context: Option<&KubeContext>,
) -> CommandLine {
    let line = kubectl(&["diff"]).listed_file("-f", file);
    line.in_namespace(namespace).in_context(context)
}

/// Creates a resource that does not exist yet: it changes nothing where there is one after all. Saving the configuration
/// lets later runs of `kubectl apply` work.
pub(crate) fn create(file: &str, context: Option<&KubeContext>) -> CommandLine {
    kubectl(&["create", "--save-config"])
        .listed_file("-f", file)
        .in_context(context)
}

/// Applies a file on the server, as the field manager that did so before.
pub(crate) fn apply_server_side(
    file: &str,
    manager: &str,
    namespace: Option<&str>,
    context: Option<&KubeContext>,
) -> CommandLine {
    let line = kubectl(&["apply", "--server-side"]);
    // kubectl's own name for itself is its default.
    let line = match manager {
        "kubectl" => line,
        manager => line.option("--field-manager", manager),
    };
    line.listed_file("-f", file)
        .in_namespace(namespace)
        .in_context(context)
}

/// Applies the definition of a resource of a release of the Operator.
pub(crate) fn apply_definition(url: &str, context: Option<&KubeContext>) -> CommandLine {
    // Otherwise kubectl keeps the object in an annotation, which holds 256 KiB, and these definitions are longer.
    kubectl(&["apply", "--server-side"])
        .option("-f", url)
        .in_context(context)
}

/// Prints the fields that the installed definition has below `spec.remoteWrite`.
pub(crate) fn explain_remote_write(
    kind: ResourceKind,
    context: Option<&KubeContext>,
) -> CommandLine {
    kubectl(&["explain"])
        .operand(format!("{}.spec.remoteWrite", kind.plural()))
        // PrometheusAgent is v1alpha1 where Prometheus is v1.
        .option("--api-version", kind.api_version())
        // Without it kubectl lists only the first level, and `azureAd` has fields below it.
        .words(&["--recursive"])
        .in_context(context)
}

/// Applies a JSON Patch. `kind` is qualified with its group; an empty namespace is that of the context.
pub(crate) fn patch_json(
    kind: &str,
    namespace: &str,
    name: &str,
    file: &str,
    context: Option<&KubeContext>,
) -> CommandLine {
    let line = kubectl(&["patch"]).operand(kind).operand(name);
    let line = match namespace {
        "" => line,
        namespace => line.option("-n", namespace),
    };
    // Custom resources take no strategic merge, and a merge would replace the list of entries.
    line.words(&["--type", "json"])
        .option_file("--patch-file", file)
        .in_context(context)
}

/// Adds fields to a pod template. `patch` is JSON, or the file that holds it.
pub(crate) fn patch_pod_template(
    kind: &str,
    namespace: &str,
    name: &str,
    patch: PodPatch<'_>,
    context: Option<&KubeContext>,
) -> CommandLine {
    let line = kubectl(&["patch"]).operand(kind).operand(name);
    let line = line.option("-n", namespace);
    // The default type of `kubectl patch` merges containers and volumes by their names; `--type merge` replaces their
    // lists.
    match patch {
        PodPatch::Json(json) => line.option("--patch", json),
        PodPatch::OwnFile => line.words(&["--patch-file", "FILE"]),
    }
    .in_context(context)
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum PodPatch<'a> {
    Json(&'a str),
    /// A file that the user makes.
    OwnFile,
}

/// Sets annotations of a service account and replaces former ones.
pub(crate) fn annotate_service_account(
    namespace: &str,
    name: &str,
    annotations: &[(&str, &str)],
    context: Option<&KubeContext>,
) -> CommandLine {
    let line = kubectl(&["annotate", "serviceaccount"]).operand(name);
    let line = line.option("-n", namespace);
    let line = annotations.iter().fold(line, |line, (key, value)| {
        line.operand(format!("{key}={value}"))
    });
    // Without `--overwrite` kubectl refuses to change a value that is there.
    line.words(&["--overwrite"]).in_context(context)
}

/// Creates a Secret from a file that the user has.
pub(crate) fn create_secret_of_file(
    namespace: &str,
    name: &str,
    key: &str,
    context: Option<&KubeContext>,
) -> CommandLine {
    kubectl(&["create", "secret", "generic"])
        .operand(name)
        .option("--namespace", namespace)
        // The file has the private key: `--from-literal` would leave it in the history of the
        // shell.
        .word(format!("--from-file={key}=FILE.pem"))
        .in_context(context)
}

/// Sets a label of a Secret and replaces a former one.
pub(crate) fn label_secret(
    namespace: &str,
    name: &str,
    (label, value): (&str, &str),
    context: Option<&KubeContext>,
) -> CommandLine {
    kubectl(&["label", "secret"])
        .operand(name)
        .option("-n", namespace)
        .operand(format!("{label}={value}"))
        .words(&["--overwrite"])
        .in_context(context)
}

/// Puts what a manifest has into a Secret, and keeps all else that the Secret has.
pub(crate) fn merge_secret(
    namespace: &str,
    name: &str,
    file: &str,
    context: Option<&KubeContext>,
) -> CommandLine {
    // The API server takes the manifest's `stringData` into `data`, whose other keys a merge keeps.
    kubectl(&["patch", "secret"])
        .operand(name)
        .option("-n", namespace)
        .words(&["--type", "merge"])
        .option_file("--patch-file", file)
        .in_context(context)
}

/// Takes an annotation from a Secret.
pub(crate) fn unmark_secret(
    namespace: &str,
    name: &str,
    annotation: &str,
    context: Option<&KubeContext>,
) -> CommandLine {
    kubectl(&["annotate", "secret"])
        .operand(name)
        .option("-n", namespace)
        // A dash after the key removes the annotation.
        .operand(format!("{annotation}-"))
        .in_context(context)
}

/// Lists the contexts of the kubeconfig.
pub(crate) fn list_contexts(kubeconfig: Option<&Path>) -> CommandLine {
    let line = kubectl(&["config", "get-contexts"]);
    match kubeconfig {
        Some(file) => line.option_file("--kubeconfig", &path_text::encode(file)),
        None => line,
    }
}

/// Lets the kubeconfig sign in with the Azure CLI.
pub(crate) fn convert_kubeconfig(login: CommandLine) -> CommandLine {
    CommandLine::new("kubelogin", &["convert-kubeconfig", "-l", "azurecli"]).after(Some(login))
}

/// Lists the Prometheus resources of all namespaces.
pub(crate) fn list_prometheus(context: Option<&KubeContext>) -> CommandLine {
    kubectl(&["get", "prometheuses,prometheusagents", "-A"]).in_context(context)
}

pub(crate) fn list_service_accounts(namespace: &str, context: Option<&KubeContext>) -> CommandLine {
    kubectl(&["get", "serviceaccounts"])
        .option("--namespace", namespace)
        .in_context(context)
}

/// Writes a Prometheus resource that the user names to `live.yaml`.
pub(crate) fn save_prometheus(kind: &str, context: Option<&KubeContext>) -> CommandLine {
    kubectl(&["get"])
        .operand(kind)
        .words(&["NAME", "-n", "NAMESPACE", "-o", "yaml"])
        .in_context(context)
        .output("live.yaml")
}

/// Creates the pods of a workload again.
pub(crate) fn restart(
    kind: &str,
    namespace: &str,
    name: &str,
    context: Option<&KubeContext>,
) -> CommandLine {
    // It changes the pod template, so that pods are replaced as the strategy of the workload says.
    kubectl(&["rollout", "restart"])
        .operand(kind)
        .operand(name)
        .option("-n", namespace)
        .in_context(context)
}

/// Saves the keys with which the API server of the current context signs tokens.
pub(crate) fn save_signing_keys(file: &Path) -> CommandLine {
    kubectl(&["get", "--raw", "/openid/v1/jwks"]).output(path_text::encode(file))
}

#[cfg(test)]
pub(super) fn examples(value: &str, context: Option<&KubeContext>) -> Vec<CommandLine> {
    vec![
        apply(value, Some(value), context),
        create(value, context),
        diff(value, Some(value), context),
        apply_server_side(value, value, Some(value), context),
        apply_definition(value, context),
        explain_remote_write(ResourceKind::Prometheus, context),
        patch_json(value, value, value, value, context),
        patch_pod_template(value, value, value, PodPatch::Json(value), context),
        patch_pod_template(value, value, value, PodPatch::OwnFile, context),
        annotate_service_account(value, value, &[("key", value), (value, "v")], context),
        create_secret_of_file(value, value, value, context),
        label_secret(value, value, (value, value), context),
        merge_secret(value, value, value, context),
        unmark_secret(value, value, value, context),
        list_contexts(None),
        convert_kubeconfig(list_contexts(Some(Path::new(value)))),
        list_prometheus(context),
        list_service_accounts(value, context),
        save_prometheus(value, context),
        restart(value, value, value, context),
        save_signing_keys(Path::new(value)),
    ]
}
