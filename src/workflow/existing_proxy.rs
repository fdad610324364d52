//! Does this Prometheus write through a sidecar or proxy already? A second remote write to the same rule stores every sample twice.

use std::path::Path;

use crate::error::Failure;
use crate::next_step::NextStep;
use crate::remote_write::{WrittenEntry, WrittenForm, rule_of};
use crate::spec::choices::{PrometheusChoice, WritePath};
use crate::spec::command_line::{CommandLine, own};
use crate::target::Target;

use super::live_resource::ResourceState;
use super::present_entries;
use super::running_release::RunningRelease;

/// The remote write that is planned: what decides whether it doubles the samples of another one.
pub(super) struct PlannedWrite<'a> {
    pub(super) target: Target,
    pub(super) path: WritePath,
    /// The URL of the rule; `None` as long as the workspace does not exist.
    pub(super) write_url: Option<&'a str>,
    /// The cluster's name, for `--cluster`.
    pub(super) cluster: &'a str,
    pub(super) prometheus: Option<&'a PrometheusChoice>,
    /// The user's own file, which replaces the lists of what runs: its path and its text.
    pub(super) input: Option<(&'a Path, &'a str)>,
    pub(super) force: bool,
}

impl PlannedWrite<'_> {
    /// Refuses a native remote write where a proxy writes to the same rule, and warns of any other proxy.
    pub(super) fn check(
        &self,
        release: &RunningRelease,
        resource: &ResourceState,
    ) -> Result<Option<String>, Failure> {
        // With `--path sidecar` the proxy's own entry is the one that is written.
        if self.path != WritePath::Native {
            return Ok(None);
        }
        let text = self.input.map(|(_, text)| text);
        let entries = present_entries::look(text, self.target, release, resource);
        let mut proxies = entries
            .iter()
            .filter(|entry| matches!(entry.form, WrittenForm::Proxy(_)));
        let own_rule = self.write_url.and_then(rule_of);
        let is_own = |entry: &&WrittenEntry| {
            let destination = entry.destination();
            own_rule.is_some() && destination.as_deref().and_then(rule_of) == own_rule
        };
        let Some(first) = proxies.clone().find(is_own).or_else(|| proxies.next()) else {
            return Ok(None);
        };
        let what = described(first);
        if !is_own(&first) || self.force {
            return Ok(Some(format!(
                "this Prometheus writes through {what} already, and the new remote write is added to it; `amw-rw migrate` replaces it"
            )));
        }
        Err(Failure::usage("add a remote write to this Prometheus")
            .reason(format!(
                "it writes to the same data collection rule through {what}, so that every sample would be stored twice"
            ))
            .next(NextStep::run("replace it instead", self.migrate_line()))
            .next("or add the second remote write anyway: --force"))
    }

    fn migrate_line(&self) -> CommandLine {
        if let Some((path, _)) = self.input {
            return own::migrate_file(path);
        }
        let prometheus = self.prometheus.map(ToString::to_string);
        own::migrate_cluster(self.cluster, prometheus.as_deref())
    }
}

fn described(entry: &WrittenEntry) -> String {
    match entry.sidecar() {
        Some(sidecar) => format!(
            "container `{}` (remote write to {})",
            sidecar.name, entry.url
        ),
        None => format!("the proxy at {}", entry.url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = "https://w-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/\
        dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24";

    fn with_sidecar() -> String {
        format!(
            "prometheus:\n  prometheusSpec:\n    remoteWrite:\n      - url: http://localhost:8081/api/v1/write\n    containers:\n      \
             - name: prom-remotewrite\n        image: mcr.microsoft.com/azuremonitor/prometheus/promdev/prom-remotewrite:1\n        \
             env:\n          - {{name: INGESTION_URL, value: \"{RULE}\"}}\n          - {{name: LISTENING_PORT, value: \"8081\"}}\n"
        )
    }

    fn planned<'a>(text: &'a str, write_url: Option<&'a str>) -> PlannedWrite<'a> {
        PlannedWrite {
            target: Target::KubePrometheusStack,
            path: WritePath::Native,
            write_url,
            cluster: "aks-prod",
            prometheus: None,
            input: Some((Path::new("values.yaml"), text)),
            force: false,
        }
    }

    fn checked(planned: &PlannedWrite) -> Result<Option<String>, Failure> {
        planned.check(&RunningRelease::NotConcerned, &ResourceState::NotConcerned)
    }

    #[test]
    fn a_second_remote_write_to_the_rule_of_a_sidecar_is_refused() {
        let text = with_sidecar();

        let refused = checked(&planned(&text, Some(RULE)))
            .unwrap_err()
            .to_string();

        assert!(
            refused.contains("container `prom-remotewrite`"),
            "{refused}"
        );
    }

    #[test]
    fn a_file_of_the_user_is_migrated_and_not_what_runs() {
        let text = with_sidecar();

        let refused = checked(&planned(&text, Some(RULE))).unwrap_err();

        assert_eq!(
            refused.next_steps()[0],
            "replace it instead: amw-rw migrate --input values.yaml"
        );
    }

    #[test]
    fn with_force_or_another_rule_the_sidecar_is_named_in_a_warning() {
        let text = with_sidecar();
        let forced = PlannedWrite {
            force: true,
            ..planned(&text, Some(RULE))
        };

        for planned in [forced, planned(&text, None)] {
            let warning = checked(&planned).unwrap().unwrap();
            assert!(warning.contains("amw-rw migrate"), "{warning}");
        }
    }

    #[test]
    fn the_path_of_the_sidecar_and_other_remote_writes_are_no_matter() {
        let text = with_sidecar();
        let sidecar = PlannedWrite {
            path: WritePath::Sidecar,
            ..planned(&text, Some(RULE))
        };
        let mimir = "prometheus:\n  prometheusSpec:\n    remoteWrite:\n      - url: https://mimir/api/v1/push\n";

        assert_eq!(checked(&sidecar).unwrap(), None);
        assert_eq!(checked(&planned(mimir, Some(RULE))).unwrap(), None);
    }
}
