//! Does anything read the file? A target that does not fit the Prometheus that was found is refused before anything is made.

use crate::cluster::helm::HelmRelease;
use crate::cluster::server::PrometheusServer;
use crate::error::Failure;
use crate::remote_write::RemoteWrite;
use crate::spec::choices::PrometheusChoice;
use crate::spec::command_line::option;
use crate::target::Target;

use super::resolve::ResolvedConnection;
use super::running_release::RunningRelease;

/// Refuses values for another chart than that of the release: Helm ignores keys that no template reads, so they are accepted
/// and change nothing.
pub(super) fn check_chart(target: Target, release: &RunningRelease) -> Result<(), Failure> {
    let other = |release: &HelmRelease| {
        let right = Target::of_chart(&release.chart).filter(|right| *right != target)?;
        let failure = Failure::usage(format!("write for target {target}"))
            .reason(format!(
                "Helm release `{}` in namespace `{}` is of chart {}, which ignores these values",
                release.name, release.namespace, release.chart
            ))
            .next(format!("use {}", option("--target", right)));
        Some(failure)
    };
    release.found().and_then(other).map_or(Ok(()), Err)
}

/// What to know of the file and the Prometheus in the cluster before anything is made.
pub(super) fn warnings(resolved: &ResolvedConnection, remote_write: &RemoteWrite) -> Vec<String> {
    let Ok(server) = &resolved.found.prometheus else {
        return Vec::new();
    };
    let target = resolved.spec.target;
    let choice = resolved.answers.given().prometheus;
    let of_file = warning(target, server, choice.as_ref());
    let of_secret = mounted_secret(target, server, remote_write.carries_secret());
    of_file.into_iter().chain(of_secret).collect()
}

/// Warns of a file of a kind that this Prometheus does not read. One that is named by `--prometheus file:PATH` belongs to a
/// Prometheus that is not visible in the cluster, so it is not judged.
fn warning(
    target: Target,
    server: &PrometheusServer,
    choice: Option<&PrometheusChoice>,
) -> Option<String> {
    let is_named = matches!(choice, Some(PrometheusChoice::File(_)));
    let is_operated = server.operator_managed();
    // Without selectors the Operator leaves the configuration to the user, who may keep it in a file of any kind.
    if is_named || target.is_operated() == is_operated || server.is_unmanaged {
        return None;
    }
    let why = if is_operated {
        "the Prometheus Operator writes its configuration"
    } else {
        "the Prometheus Operator does not manage it"
    };
    let fitting = Target::fitting(is_operated, server.release.is_some());
    let instead = fitting.first().map_or_else(String::new, |right| {
        format!("use {}, or ", option("--target", right))
    });
    Some(format!(
        "Prometheus {} does not read a file for target {target}: {why}. For this Prometheus, {instead}name the file that it \
         reads: --prometheus file:PATH",
        server.reference()
    ))
}

/// Warns of a client secret in the text of a file that pods take from a ConfigMap, which everybody who reads ConfigMaps can see.
/// `writes_secret` is whether the file will hold it.
fn mounted_secret(
    target: Target,
    server: &PrometheusServer,
    writes_secret: bool,
) -> Option<String> {
    if !writes_secret || target.is_operated() || server.operator_managed() {
        return None;
    }
    let mounted = match server.config_maps.as_slice() {
        [] => return None,
        all => all.join(", "),
    };
    Some(format!(
        "Prometheus {} mounts ConfigMap {mounted}. If this file is put into a ConfigMap or committed, others can \
         read its client secret; to read the secret from a Kubernetes Secret instead: --azuread sdk",
        server.reference()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::server::WorkloadKind;
    use crate::target::resource_kind::ResourceKind;

    fn server(kind: WorkloadKind) -> PrometheusServer {
        PrometheusServer::example("monitoring/main", kind)
    }

    fn operated() -> PrometheusServer {
        server(WorkloadKind::CustomResource(ResourceKind::Prometheus))
    }

    fn release(chart: &str) -> RunningRelease {
        RunningRelease::Found(Box::new(HelmRelease {
            name: "kps".into(),
            namespace: "monitoring".into(),
            chart: chart.into(),
            chart_version: "88.5.3".into(),
            values: serde_json::Value::Null,
            defaults: serde_json::Value::Null,
            revision: 1,
            undeployed: None,
            context: None,
        }))
    }

    fn warned(target: Target, server: &PrometheusServer) -> Option<String> {
        warning(target, server, None)
    }

    #[test]
    fn values_of_one_chart_are_refused_for_a_release_of_the_other() {
        let stack = release("kube-prometheus-stack");

        let refused = check_chart(Target::PrometheusChart, &stack).unwrap_err();

        assert!(
            refused
                .to_string()
                .contains("is of chart kube-prometheus-stack"),
            "{refused}"
        );
        assert!(check_chart(Target::KubePrometheusStack, &stack).is_ok());
    }

    #[test]
    fn a_chart_that_has_the_others_as_dependencies_takes_values_of_each() {
        let umbrella = release("platform");

        for target in [Target::PrometheusChart, Target::KubePrometheusStack] {
            assert!(check_chart(target, &umbrella).is_ok());
        }
    }

    #[test]
    fn a_new_file_that_the_operator_does_not_read_gets_a_warning() {
        for target in [
            Target::PrometheusYml,
            Target::ConfigMap,
            Target::PrometheusChart,
        ] {
            let warned = warned(target, &operated()).unwrap();
            assert!(warned.contains("use --target custom-resource"), "{warned}");
        }
        assert_eq!(warned(Target::CustomResource, &operated()), None);
    }

    #[test]
    fn a_resource_for_a_plain_workload_gets_a_warning() {
        let plain = server(WorkloadKind::Deployment);

        let text = warned(Target::CustomResource, &plain).unwrap();

        assert!(text.contains("does not manage it"), "{text}");
        assert_eq!(warned(Target::PrometheusYml, &plain), None);
    }

    #[test]
    fn a_configuration_that_the_operator_leaves_to_the_user_may_be_any_file() {
        let unmanaged = PrometheusServer {
            is_unmanaged: true,
            ..operated()
        };

        assert_eq!(warned(Target::PrometheusYml, &unmanaged), None);
    }

    #[test]
    fn a_secret_in_a_file_that_becomes_a_config_map_gets_a_warning() {
        let mounts = |config_maps: &[&str]| PrometheusServer {
            config_maps: config_maps.iter().map(|&name| name.to_owned()).collect(),
            ..server(WorkloadKind::Deployment)
        };
        let target = Target::PrometheusYml;

        let text = mounted_secret(target, &mounts(&["web-config"]), true).unwrap();

        assert!(text.contains("mounts ConfigMap web-config"), "{text}");
        assert_eq!(
            mounted_secret(target, &mounts(&["web-config"]), false),
            None
        );
        assert_eq!(mounted_secret(target, &mounts(&[]), true), None);
    }

    #[test]
    fn a_file_that_is_named_as_the_configuration_is_not_judged_by_what_the_cluster_runs() {
        let file = PrometheusChoice::File("prometheus.yml".into());

        assert_eq!(
            warning(Target::PrometheusYml, &operated(), Some(&file)),
            None
        );
    }
}
