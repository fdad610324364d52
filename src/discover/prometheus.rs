//! Which Prometheus is connected? The one that the answer names, or the only one there is.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use thiserror::Error;

use crate::cluster::release_name::ReleaseName;
use crate::cluster::server::PrometheusServer;
use crate::problem::Problem;
use crate::similar_name::did_you_mean;
use crate::spec::choices::PrometheusChoice;
use crate::target::Target;

/// Why no single server is known.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum DiscoveryError {
    /// The cluster could not be looked at.
    #[error("{problem}")]
    Unreadable {
        problem: Problem,
        reason: UnreadableReason,
    },
    /// Everything was looked at, and it is not there.
    #[error("{0}")]
    Absent(String),
    /// Several match; `--prometheus` selects one.
    #[error("{0}")]
    Several(String),
    /// Which server reads a file cannot be seen from outside.
    #[error("{0}")]
    Undetermined(String),
}

/// Why the cluster could not be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnreadableReason {
    /// There is no way to its API server from here.
    OutOfReach,
    /// We may not.
    Denied,
    /// It answered something, but not this: another attempt may see more.
    Fault,
}

/// Picks one server, or reports why none can be picked.
pub(crate) fn pick<'a>(
    servers: &'a [PrometheusServer],
    choice: Option<&PrometheusChoice>,
) -> Result<&'a PrometheusServer, DiscoveryError> {
    let all: Vec<&PrometheusServer> = servers.iter().collect();
    match choice {
        Some(PrometheusChoice::Workload { namespace, name }) => {
            let mut own = all.iter();
            let own = own.find(|server| server.namespace == *namespace && server.name == *name);
            own.copied().ok_or_else(|| {
                let reference = format!("{namespace}/{name}");
                let known: Vec<String> = all.iter().map(|each| each.reference()).collect();
                let suggestion = did_you_mean(&reference, known.iter().map(String::as_str));
                DiscoveryError::Absent(format!(
                    "no Prometheus {reference} is visible in the cluster{}{suggestion}",
                    seen(&all)
                ))
            })
        }
        Some(PrometheusChoice::Release { namespace, name }) => {
            of_release(&all, namespace.as_deref(), name)
        }
        // The Operator writes the configuration of its servers itself, so a plain workload is likelier to read a file.
        Some(PrometheusChoice::File(path)) => {
            let plain = all.iter().filter(|server| !server.operator_managed());
            let plain: Vec<_> = plain.copied().collect();
            only(&plain).or_else(|| only(&all)).ok_or_else(|| {
                DiscoveryError::Undetermined(format!(
                    "cannot determine which Prometheus reads {}",
                    path.display()
                ))
            })
        }
        None => only(&all).ok_or_else(|| match servers {
            [] => DiscoveryError::Absent("no Prometheus is visible in the cluster".to_owned()),
            _ => DiscoveryError::Several(format!(
                "the cluster runs several Prometheus servers{}",
                seen(&all)
            )),
        }),
    }
}

fn of_release<'a>(
    servers: &[&'a PrometheusServer],
    namespace: Option<&str>,
    name: &str,
) -> Result<&'a PrometheusServer, DiscoveryError> {
    let is_named = |release: &ReleaseName| {
        release.name == name && namespace.is_none_or(|namespace| release.namespace == namespace)
    };
    let own: Vec<_> = servers
        .iter()
        .filter(|server| server.release.as_ref().is_some_and(is_named))
        .copied()
        .collect();
    let releases: BTreeSet<_> = own.iter().filter_map(|one| one.release.as_ref()).collect();
    only(&own).ok_or_else(|| match (own.len(), releases.len()) {
        (0, _) => DiscoveryError::Absent(format!(
            "no Prometheus of Helm release `{name}` is visible in the cluster{}",
            seen(servers)
        )),
        (_, 1) => DiscoveryError::Several(format!(
            "Helm release `{name}` runs several Prometheus servers{}",
            seen(&own)
        )),
        _ => {
            let each = releases.iter();
            let each = each.map(|one| format!("release:{}/{}", one.namespace, one.name));
            DiscoveryError::Several(format!(
                "several namespaces have a Helm release `{name}`: {}",
                each.collect::<Vec<_>>().join(", ")
            ))
        }
    })
}

/// What can be written for a server, the likeliest first: what Helm made is changed by its values, what the Operator
/// reads by its resource, and a plain workload by the file that it reads.
pub(crate) fn targets(server: &PrometheusServer) -> Vec<Target> {
    Target::fitting(server.operator_managed(), server.release.is_some())
}

fn only<'a>(servers: &[&'a PrometheusServer]) -> Option<&'a PrometheusServer> {
    match servers {
        [server] => Some(server),
        _ => None,
    }
}

fn seen(servers: &[&PrometheusServer]) -> String {
    let mut text = String::new();
    for (index, server) in servers.iter().enumerate() {
        let separator = if index == 0 { ": " } else { ", " };
        let release = server.release.as_ref();
        let release = release.map_or_else(String::new, |release| {
            format!(" (release {})", release.name)
        });
        write!(text, "{separator}{}{release}", server.reference())
            .expect("a String takes all text");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::server::WorkloadKind;
    use crate::target::resource_kind::ResourceKind;

    const CUSTOM_RESOURCE: WorkloadKind = WorkloadKind::CustomResource(ResourceKind::Prometheus);

    fn server(reference: &str, kind: WorkloadKind, release: Option<&str>) -> PrometheusServer {
        let server = PrometheusServer::example(reference, kind);
        PrometheusServer {
            release: release.map(|name| ReleaseName {
                namespace: server.namespace.clone(),
                name: name.into(),
            }),
            ..server
        }
    }

    fn two() -> Vec<PrometheusServer> {
        vec![
            server("monitoring/main", CUSTOM_RESOURCE, Some("kps")),
            server("apps/own", WorkloadKind::Deployment, None),
        ]
    }

    fn picked(servers: &[PrometheusServer], choice: &str) -> Result<String, String> {
        let choice = (!choice.is_empty()).then(|| choice.parse().unwrap());
        pick(servers, choice.as_ref())
            .map(PrometheusServer::reference)
            .map_err(|why| why.to_string())
    }

    #[test]
    fn the_only_prometheus_is_the_one() {
        assert_eq!(picked(&two()[..1], ""), Ok("monitoring/main".into()));
    }

    #[test]
    fn two_are_not_guessed_between() {
        assert_eq!(
            picked(&two(), "").unwrap_err(),
            "the cluster runs several Prometheus servers: monitoring/main (release kps), apps/own"
        );
    }

    #[test]
    fn a_name_a_release_and_a_file_each_find_theirs() {
        assert_eq!(picked(&two(), "apps/own"), Ok("apps/own".into()));
        assert_eq!(picked(&two(), "release:kps"), Ok("monitoring/main".into()));
        assert_eq!(picked(&two(), "file:prometheus.yml"), Ok("apps/own".into()));
    }

    #[test]
    fn releases_of_one_name_are_distinguished_by_their_namespace() {
        let servers = [
            server("a/main", CUSTOM_RESOURCE, Some("kps")),
            server("b/main", CUSTOM_RESOURCE, Some("kps")),
        ];

        let choice = "release:kps".parse().unwrap();
        let Err(DiscoveryError::Several(why)) = pick(&servers, Some(&choice)) else {
            panic!("one was picked");
        };

        assert_eq!(
            why,
            "several namespaces have a Helm release `kps`: release:a/kps, release:b/kps"
        );
        assert_eq!(picked(&servers, "release:b/kps"), Ok("b/main".into()));
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
            (CUSTOM_RESOURCE, Some("kps"), Target::KubePrometheusStack),
            (CUSTOM_RESOURCE, None, Target::CustomResource),
            (
                WorkloadKind::Deployment,
                Some("prometheus"),
                Target::PrometheusChart,
            ),
            (WorkloadKind::StatefulSet, None, Target::ConfigMap),
        ];

        for (kind, release, expected) in cases {
            assert_eq!(
                targets(&server("monitoring/main", kind, release))[0],
                expected
            );
        }
    }
}
