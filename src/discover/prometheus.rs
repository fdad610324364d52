//! Which Prometheus is meant? The one that the answer names, or the only one there is.

use std::fmt::Write as _;

use thiserror::Error;

use crate::cluster::server::PrometheusServer;
use crate::spec::choices::{PrometheusChoice, TargetKind};

/// Why no single server is known.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum NoServer {
    /// The cluster could not be looked at.
    #[error("{why}")]
    Unreadable { why: String, next: Vec<String> },
    /// Looked, and none or several may be meant.
    #[error("{0}")]
    Undecided(String),
}

/// Picks one server, or says in a clause why none can be told.
pub(crate) fn pick<'a>(
    servers: &'a [PrometheusServer],
    choice: Option<&PrometheusChoice>,
) -> Result<&'a PrometheusServer, String> {
    match choice {
        Some(PrometheusChoice::Workload { namespace, name }) => servers
            .iter()
            .find(|server| server.namespace == *namespace && server.name == *name)
            .ok_or_else(|| {
                format!(
                    "no Prometheus {namespace}/{name} is seen in the cluster{}",
                    seen(servers)
                )
            }),
        Some(PrometheusChoice::Release(release)) => {
            let own: Vec<_> = servers
                .iter()
                .filter(|server| server.release.as_ref() == Some(release))
                .collect();
            only(&own).ok_or_else(|| match own.len() {
                0 => format!(
                    "no Prometheus of Helm release `{release}` is seen in the cluster{}",
                    seen(servers)
                ),
                _ => format!(
                    "Helm release `{release}` runs several Prometheus{}",
                    seen(servers)
                ),
            })
        }
        // The Operator writes the configuration of its servers itself, so a plain workload is likelier to read a file.
        Some(PrometheusChoice::File(path)) => {
            let own: Vec<_> = servers
                .iter()
                .filter(|server| !server.operator_managed())
                .collect();
            let all: Vec<_> = servers.iter().collect();
            only(&own).or_else(|| only(&all)).ok_or_else(|| {
                format!(
                    "which Prometheus reads {} cannot be told from outside",
                    path.display()
                )
            })
        }
        None => {
            let all: Vec<_> = servers.iter().collect();
            only(&all).ok_or_else(|| match servers {
                [] => "no Prometheus is seen in the cluster".to_owned(),
                _ => format!("the cluster runs several Prometheus{}", seen(servers)),
            })
        }
    }
}

/// What can be written for a server, the likeliest first: what Helm made is changed by its values, what the Operator
/// reads by its resource, and a plain workload by the file that it reads.
pub(crate) fn targets(server: &PrometheusServer) -> Vec<TargetKind> {
    match (server.operator_managed(), &server.release) {
        (true, Some(_)) => vec![TargetKind::KubePrometheusStack],
        (true, None) => vec![TargetKind::CustomResource],
        (false, Some(_)) => vec![TargetKind::PrometheusChart],
        (false, None) => vec![TargetKind::ConfigMap, TargetKind::PrometheusYml],
    }
}

fn only<'a>(servers: &[&'a PrometheusServer]) -> Option<&'a PrometheusServer> {
    match servers {
        [server] => Some(server),
        _ => None,
    }
}

fn seen(servers: &[PrometheusServer]) -> String {
    let mut text = String::new();
    for (index, server) in servers.iter().enumerate() {
        let separator = if index == 0 { ": " } else { ", " };
        let release = server.release.as_ref();
        let release = release.map_or_else(String::new, |release| format!(" (release {release})"));
        write!(text, "{separator}{}{release}", server.reference())
            .expect("a String takes all text");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::cluster::server::WorkloadKind;
    use crate::spec::ServiceAccount;
    use crate::spec::resource_kind::ResourceKind;

    fn server(reference: &str, kind: WorkloadKind, release: Option<&str>) -> PrometheusServer {
        let (namespace, name) = reference.split_once('/').unwrap();
        PrometheusServer {
            namespace: namespace.into(),
            name: name.into(),
            kind,
            version: None,
            service_account: ServiceAccount::parse(reference).unwrap(),
            release: release.map(str::to_owned),
            pod_labels: BTreeMap::new(),
        }
    }

    fn two() -> Vec<PrometheusServer> {
        vec![
            server(
                "monitoring/main",
                WorkloadKind::CustomResource(ResourceKind::Prometheus),
                Some("kps"),
            ),
            server("apps/own", WorkloadKind::Deployment, None),
        ]
    }

    fn picked(servers: &[PrometheusServer], choice: &str) -> Result<String, String> {
        let choice = (!choice.is_empty()).then(|| choice.parse().unwrap());
        pick(servers, choice.as_ref()).map(PrometheusServer::reference)
    }

    #[test]
    fn the_only_prometheus_is_the_one() {
        assert_eq!(picked(&two()[..1], ""), Ok("monitoring/main".into()));
    }

    #[test]
    fn two_are_not_guessed_between() {
        assert_eq!(
            picked(&two(), "").unwrap_err(),
            "the cluster runs several Prometheus: monitoring/main (release kps), apps/own"
        );
    }

    #[test]
    fn a_name_a_release_and_a_file_each_find_theirs() {
        assert_eq!(picked(&two(), "apps/own"), Ok("apps/own".into()));
        assert_eq!(picked(&two(), "release:kps"), Ok("monitoring/main".into()));
        assert_eq!(picked(&two(), "file:prometheus.yml"), Ok("apps/own".into()));
    }

    #[test]
    fn a_file_belongs_to_the_only_server_there_is() {
        assert_eq!(
            picked(&two()[..1], "file:prometheus.yml"),
            Ok("monitoring/main".into())
        );
    }

    #[test]
    fn a_name_that_is_not_there_is_answered_with_those_that_are() {
        let error = picked(&two(), "release:other").unwrap_err();

        assert!(
            error.ends_with("monitoring/main (release kps), apps/own"),
            "{error}"
        );
    }

    #[test]
    fn what_is_written_goes_with_how_the_server_came_to_be() {
        let cases = [
            (
                WorkloadKind::CustomResource(ResourceKind::Prometheus),
                Some("kps"),
                TargetKind::KubePrometheusStack,
            ),
            (
                WorkloadKind::CustomResource(ResourceKind::Prometheus),
                None,
                TargetKind::CustomResource,
            ),
            (
                WorkloadKind::Deployment,
                Some("prometheus"),
                TargetKind::PrometheusChart,
            ),
            (WorkloadKind::StatefulSet, None, TargetKind::ConfigMap),
        ];

        for (kind, release, expected) in cases {
            assert_eq!(
                targets(&server("monitoring/main", kind, release))[0],
                expected
            );
        }
    }
}
