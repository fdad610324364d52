//! Does the cluster run, and does its API server answer us?

use super::evidence::Evidence;
use super::report::Category;
use super::verdict::Verdict;
use super::{Check, CheckInfo};
use crate::discover::prometheus::{DiscoveryError, UnreadableReason};
use crate::facts::{ManagedCluster, Observation};
use crate::problem::Problem;
use crate::spec::command_line::az;
use crate::spec::ids::ResourceId;

pub(super) const ID: &str = "cluster-readable";

pub(super) struct ClusterReadableCheck;

impl Check for ClusterReadableCheck {
    fn about(&self) -> CheckInfo {
        CheckInfo {
            id: ID,
            category: Category::Cluster,
            needs: &[Observation::Prometheus, Observation::Cluster],
        }
    }

    fn judge(&self, seen: &Evidence) -> Result<Verdict, Problem> {
        // Where Azure does not manage the cluster, only the API server shows whether it runs.
        let cluster = match seen.spec.platform.managed_cluster() {
            None => None,
            Some(id) => match seen.cluster.get()? {
                None => return Ok(absent(id)),
                found => found.as_ref(),
            },
        };
        if let Some(stopped) = cluster.and_then(stopped) {
            return Ok(stopped);
        }
        if let Some(problem) = &seen.inaction {
            return Ok(Verdict::warn_of(problem));
        }
        let add_on = cluster.and_then(ManagedCluster::collects_itself);
        match &seen.prometheus {
            Ok(server) if add_on.is_some() && server.unmanaged().is_none() => Ok(Verdict::warn(
                add_on.unwrap_or_default(),
                "reduce what one of the two collects (--keep-metrics, --drop-metrics), or turn off the add-on",
            )),
            Ok(server) => Ok(match server.unmanaged() {
                Some(why) => Verdict::warn(
                    why,
                    "put the remote write into the configuration that you keep, or set a selector",
                ),
                None => Verdict::pass(format!("runs {}", server.reference())),
            }),
            Err(DiscoveryError::Absent(why)) if seen.prometheus_is_named => Ok(Verdict::fail(
                why.clone(),
                "correct `--prometheus`, or leave it out",
            )),
            Err(
                DiscoveryError::Absent(why)
                | DiscoveryError::Several(why)
                | DiscoveryError::Undetermined(why),
            ) => Ok(Verdict::warn(
                why.clone(),
                "name the Prometheus with `--prometheus namespace/name`",
            )),
            // Whether the API server answers is the question of this check; what it may not show is no finding about it.
            Err(DiscoveryError::Unreadable {
                problem,
                reason: UnreadableReason::OutOfReach,
            }) => Ok(Verdict::fail_of(problem)),
            // It answered before, and then no more.
            Err(DiscoveryError::Unreadable {
                problem,
                reason: UnreadableReason::Fault,
            }) => Err(problem.clone().of_failed_read(true)),
            Err(DiscoveryError::Unreadable { problem, .. }) => Err(problem.clone()),
        }
    }
}

fn absent(cluster: &ResourceId) -> Verdict {
    Verdict::fail(
        format!("{cluster} does not exist"),
        "name the cluster that Prometheus runs in with `--cluster`",
    )
}

fn stopped(cluster: &ManagedCluster) -> Option<Verdict> {
    let (name, group) = (cluster.id.name(), cluster.id.resource_group_name());
    (cluster.power.as_deref() == Some("Stopped"))
        .then(|| Verdict::fail(format!("{name} is stopped"), az::start_cluster(name, group)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::evidence::Observed;
    use crate::checks::report::VerdictKind;
    use crate::spec::platform::samples;

    #[test]
    fn a_stopped_cluster_fails_with_the_command_that_starts_it() {
        let mut seen = Evidence::example();
        seen.cluster
            .result
            .as_mut()
            .unwrap()
            .as_mut()
            .unwrap()
            .power = Some("Stopped".into());

        let verdict = ClusterReadableCheck.judge(&seen).unwrap();

        assert_eq!(
            verdict.next(),
            ["az aks start --name aks-prod --resource-group rg-prod"]
        );
    }

    #[test]
    fn a_resource_that_the_operator_ignores_is_a_warning() {
        let seen = Evidence {
            inaction: Some(Problem::new("monitoring/main is paused").next("let the Operator act")),
            ..Evidence::example()
        };

        let verdict = ClusterReadableCheck.judge(&seen).unwrap();

        assert_eq!(verdict.kind(), VerdictKind::Warn);
        assert_eq!(verdict.found(), "monitoring/main is paused");
    }

    #[test]
    fn the_managed_add_on_is_named() {
        let mut seen = Evidence::example();
        let cluster = seen.cluster.result.as_mut().unwrap();
        cluster.as_mut().unwrap().managed_prometheus = true;

        let verdict = ClusterReadableCheck.judge(&seen).unwrap();

        assert_eq!(verdict.kind(), VerdictKind::Warn);
        assert!(verdict.found().contains("add-on"), "{}", verdict.found());
    }

    #[test]
    fn no_permission_to_look_is_not_the_same_as_no_prometheus() {
        let blind = Evidence {
            prometheus: Err(DiscoveryError::Unreadable {
                problem: Problem::new("not allowed to list Prometheus resources").next("ask"),
                reason: UnreadableReason::Denied,
            }),
            ..Evidence::example()
        };
        let empty = Evidence {
            prometheus: Err(DiscoveryError::Absent("no Prometheus is seen".into())),
            ..Evidence::example()
        };

        let mistyped = Evidence {
            prometheus_is_named: true,
            ..empty.clone()
        };
        let far = Evidence {
            prometheus: Err(DiscoveryError::Unreadable {
                problem: Problem::new("the API server cannot be reached").next("go there"),
                reason: UnreadableReason::OutOfReach,
            }),
            ..Evidence::example()
        };

        let kind = |seen| ClusterReadableCheck.judge(seen).unwrap().kind();
        assert_eq!(kind(&mistyped), VerdictKind::Fail);
        assert_eq!(kind(&far), VerdictKind::Fail);
        assert!(ClusterReadableCheck.judge(&blind).is_err());
        assert_eq!(
            ClusterReadableCheck.judge(&empty).unwrap().kind(),
            VerdictKind::Warn
        );
    }

    #[test]
    fn a_cluster_that_azure_does_not_manage_is_judged_by_its_api_server_alone() {
        for platform in samples::each() {
            let mut seen = Evidence::example();
            seen.cluster = Observed::at_once(Err(Problem::new("not managed by Azure")));
            let is_managed = platform.managed_cluster().is_some();
            let kind = platform.kind();
            seen.spec.platform = platform;

            let verdict = ClusterReadableCheck.judge(&seen);

            assert_eq!(verdict.is_err(), is_managed, "{kind}");
        }
    }
}
