//! Does this Prometheus write through a sidecar or proxy already? A second remote write to the same rule stores every sample twice.

use std::path::Path;

use crate::error::Failure;
use crate::next_step::NextStep;
use crate::patch;
use crate::remote_write::{Sidecar, WrittenEntry, may_hold_proxy};
use crate::spec::answers::ConnectionAnswers;
use crate::spec::choices::WritePath;
use crate::spec::command_line::{CommandLine, own};
use crate::spec::loopback::is_loopback;
use crate::target::Target;
use url::Url;

use super::live_resource::ResourceState;
use super::offline_facts::OfflineFacts;
use super::own_file;
use super::present_entries;
use super::proxy_services;
use super::resolve::ResolvedConnection;
use super::running_release::RunningRelease;
use super::running_writers;
use crate::facts::Facts;

/// The remote write that is planned: what decides whether it doubles the samples of another one.
struct PlannedWrite<'a> {
    path: WritePath,
    /// The URL of the rule; `None` as long as the workspace does not exist.
    write_url: Option<&'a str>,
    /// The cluster's name, for `--cluster`.
    cluster: &'a str,
    /// What was answered, for the line that migrates.
    answers: &'a ConnectionAnswers,
    client_id: Option<String>,
    tenant_id: Option<String>,
    /// The user's own file, which replaces the lists of what runs: its path and its text.
    input: Option<(&'a Path, &'a str)>,
    force: bool,
}

impl PlannedWrite<'_> {
    /// Refuses a native remote write where a proxy writes to the same workspace or may do so, and warns of any other proxy.
    fn check(&self, entries: &[WrittenEntry], target: Target) -> Result<Option<String>, Failure> {
        // The proxy's own entry is the one that is written; a proxy in other pods is one more.
        let is_own = |entry: &WrittenEntry| match self.path {
            WritePath::Native => false,
            WritePath::Sidecar => is_in_own_pod(&entry.url),
            WritePath::Proxy => true,
        };
        let mut proxies = entries
            .iter()
            .filter(|entry| entry.is_through_proxy() && !is_own(entry));
        let doubling = proxies
            .clone()
            .find_map(|entry| Some((entry, self.doubles(entry)?)));
        match doubling {
            Some((entry, why)) if !self.force => Err(self.refusal(entry, why)),
            Some((entry, why)) => Ok(Some(format!(
                "accepted with --force: this Prometheus writes {why} through {} already, so that every sample is stored twice; to replace it: {}",
                self.described(entry),
                self.migrate_line(entry)
            ))),
            None => {
                // A proxy to another workspace doubles nothing, as two backends are a usual setup.
                let first = proxies.find(|entry| !self.has_no_proxy(entry, target));
                Ok(first.map(|entry| format!(
                    "this Prometheus writes through {} already, and the new remote write is added to it; to replace it: {}",
                    self.described(entry),
                    self.migrate_line(entry)
                )))
            }
        }
    }

    /// What to know of a proxy that runs and is not in the user's file, where both would write.
    fn of_running(&self, running: &[WrittenEntry]) -> Option<String> {
        let (input, _) = self.input?;
        let (entry, why) = running.iter().find_map(|entry| {
            let is_native = self.path == WritePath::Native;
            let why = is_native.then(|| self.doubles(entry)).flatten()?;
            entry.is_through_proxy().then_some((entry, why))
        })?;
        let migrate = self.migrate_running_line();
        Some(format!(
            "what runs writes {why} through {} already, which {} does not have: where the file is merged over it, every sample is \
             stored twice; to replace it: {migrate}",
            self.described(entry),
            input.display(),
        ))
    }

    /// Whether the proxy of an entry is in the user's file at a place from which it does not run, which a note of that file says.
    fn has_no_proxy(&self, entry: &WrittenEntry, target: Target) -> bool {
        let misplaced = |(_, text)| patch::misplaced_proxies(text, target);
        let misplaced = self.input.map(misplaced).and_then(Result::ok);
        entry.sidecar().is_none() && misplaced.is_some_and(|notices| !notices.is_empty())
    }

    /// Why every sample would be stored twice, where it would or may be.
    fn doubles(&self, entry: &WrittenEntry) -> Option<&'static str> {
        let own = self.write_url?;
        entry.sidecar()?;
        if entry.leads_to_rule(own) {
            return Some("to the same data collection rule");
        }
        match entry.destination() {
            // Another rule of the same endpoint can lead to the same workspace, which then stores both.
            Some(url) if has_same_host(&url, own) => Some("to the same workspace"),
            Some(_) => None,
            None => {
                Some("to a workspace that this file does not name, and which can be the same one,")
            }
        }
    }

    fn refusal(&self, entry: &WrittenEntry, why: &str) -> Failure {
        Failure::usage("add a remote write to this Prometheus")
            .reason(format!(
                "it writes {why} through {}, so that every sample would be stored twice",
                self.described(entry)
            ))
            .next(NextStep::run(
                "replace it instead",
                self.migrate_line(entry),
            ))
            .next("or add the second remote write anyway: --force")
    }

    fn migrate_line(&self, entry: &WrittenEntry) -> CommandLine {
        // A proxy that only the cluster has is not found from the file alone.
        let is_in = |text: &str| {
            let sidecar = entry.sidecar();
            self.cluster.is_empty() || sidecar.is_none_or(|sidecar| text.contains(&sidecar.name))
        };
        if let Some((path, _)) = self.input.filter(|(_, text)| is_in(text)) {
            return own::migrate_file(path, &self.settings(entry));
        }
        self.migrate_running_line()
    }

    fn migrate_running_line(&self) -> CommandLine {
        let prometheus = self.answers.prometheus.as_ref().map(ToString::to_string);
        own::migrate_cluster(self.cluster, prometheus.as_deref())
    }

    /// What was answered here, and what the proxy does not have.
    fn settings(&self, entry: &WrittenEntry) -> Vec<(&'static str, String)> {
        let answers = self.answers;
        let sidecar = entry.sidecar();
        let url = self.write_url.filter(|_| entry.destination().is_none());
        let own_sign_in = sidecar.and_then(|sidecar| sidecar.sign_in);
        let auth = answers
            .auth
            .filter(|auth| own_sign_in.is_none() && auth.method().identity_type.is_some());
        let sign_in = own_sign_in.or(auth);
        let has = |id: fn(&Sidecar) -> bool| sidecar.is_some_and(id);
        let needs_client_id = sign_in.is_some_and(|sign_in| sign_in.needs().client_id);
        let client_id = self
            .client_id
            .clone()
            .filter(|_| needs_client_id && !has(|sidecar| sidecar.client_id.is_some()));
        let needs_tenant_id = sign_in.is_some_and(|sign_in| sign_in.needs().tenant_id);
        let tenant_id = self
            .tenant_id
            .clone()
            .filter(|_| needs_tenant_id && !has(|sidecar| sidecar.tenant_id.is_some()));
        let label = answers
            .cluster_label
            .clone()
            .filter(|_| !has(|sidecar| sidecar.cluster.is_some()));
        let all = [
            ("--target", answers.target.map(|target| target.to_string())),
            ("--prometheus-version", answers.prometheus_version.clone()),
            ("--write-url", url.map(str::to_owned)),
            ("--auth", auth.map(|auth| auth.to_string())),
            ("--client-id", client_id),
            ("--tenant-id", tenant_id),
            ("--cluster-label", label),
        ];
        let given = all.into_iter();
        given
            .filter_map(|(option, value)| Some((option, value?)))
            .collect()
    }

    fn described(&self, entry: &WrittenEntry) -> String {
        let Some(sidecar) = entry.sidecar() else {
            return format!("the proxy at {}", entry.url);
        };
        let line = self
            .input
            .and_then(|(_, text)| patch::line_of_container(text, &sidecar.name))
            .map(|line| format!(" on line {line}"));
        format!(
            "container `{}`{} (remote write to {})",
            sidecar.name,
            line.unwrap_or_default(),
            entry.url
        )
    }
}

/// Refuses a remote write that would double what a proxy writes already. Returns what to know of a proxy that does not.
pub(super) async fn look(
    resolved: &ResolvedConnection,
    facts: &Facts,
    release: &RunningRelease,
    resource: &ResourceState,
) -> Result<Vec<String>, Failure> {
    let spec = &resolved.spec;
    if spec.path == WritePath::Proxy {
        return Ok(Vec::new());
    }
    let given = resolved.answers.given();
    let write_url = facts.workspace.known().map(|known| known.rule.write_url());
    let input = given.input.as_deref().map(own_file::read).transpose()?;
    let is_described = input.is_some() || release.found().is_some() || resource.live().is_some();
    let plain = match is_described {
        true => Ok(None),
        false => running_writers::of_plain_server(&resolved.found).await,
    };
    let written = |services: Option<&str>| match &plain {
        Ok(Some(plain)) => plain.entries(services),
        _ => present_entries::look(input.as_deref(), spec.target, release, resource, services),
    };
    let mut entries = written(None);
    let services = proxy_services::look(&resolved.found, &entries).await;
    if services.manifest.is_some() {
        entries = written(services.manifest.as_deref());
    }
    let planned = PlannedWrite {
        path: spec.path,
        write_url: write_url.as_deref(),
        cluster: spec.platform.name(),
        answers: &given,
        client_id: None,
        tenant_id: None,
        input: given.input.as_deref().zip(input.as_deref()),
        force: resolved.force,
    };
    let of_proxy = planned.check(&entries, spec.target)?;
    let unread = plain.as_ref().err().map(|problem| {
        format!(
            "it is not known whether this Prometheus writes to the workspace already: {}",
            problem.why()
        )
    });
    let running = match input.is_some() && !entries.iter().any(WrittenEntry::is_through_proxy) {
        true => present_entries::look(None, spec.target, release, resource, None),
        false => Vec::new(),
    };
    let all = [
        of_proxy,
        planned.of_running(&running),
        services.warning(),
        unread,
    ];
    Ok(all.into_iter().flatten().collect())
}

/// The same check of a file alone. A proxy that the file does not describe is named in the notes about its entries.
pub(super) fn offline(
    answers: &ConnectionAnswers,
    facts: &OfflineFacts,
    target: Target,
    force: bool,
) -> Result<Option<String>, Failure> {
    let Some(input) = answers.input.as_deref() else {
        return Ok(None);
    };
    let text = own_file::read(input)?;
    // Most files have no proxy, and need not be parsed once more.
    if !may_hold_proxy(&text) {
        return Ok(None);
    }
    let planned = PlannedWrite {
        path: answers.write_path(),
        write_url: Some(facts.url.as_str()),
        cluster: "",
        answers,
        client_id: facts.client_id.as_ref().map(|id| id.to_string()),
        tenant_id: facts.tenant_id.as_ref().map(|id| id.to_string()),
        input: Some((input, &text)),
        force,
    };
    planned.check(&present_entries::in_text(&text, target, None), target)
}

fn is_in_own_pod(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| is_loopback(&url))
}

fn has_same_host(url: &str, other: &str) -> bool {
    let host = |url: &str| Some(Url::parse(url).ok()?.host_str()?.to_owned());
    host(url).is_some_and(|own| Some(own) == host(other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::choices::SignIn;

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
            path: WritePath::Native,
            write_url,
            cluster: "aks-prod",
            answers: Box::leak(Box::default()),
            client_id: None,
            tenant_id: None,
            input: Some((Path::new("values.yaml"), text)),
            force: false,
        }
    }

    fn checked(planned: &PlannedWrite) -> Result<Option<String>, Failure> {
        checked_as(planned, Target::KubePrometheusStack)
    }

    fn checked_as(planned: &PlannedWrite, target: Target) -> Result<Option<String>, Failure> {
        let (_, text) = planned.input.unwrap();
        planned.check(&present_entries::in_text(text, target, None), target)
    }

    #[test]
    fn a_second_remote_write_to_the_rule_of_a_sidecar_is_refused() {
        let text = with_sidecar();

        let refused = checked(&planned(&text, Some(RULE)))
            .unwrap_err()
            .to_string();

        assert!(
            refused.contains("container `prom-remotewrite` on line 6"),
            "{refused}"
        );
    }

    #[test]
    fn a_sidecar_among_the_init_containers_writes_to_the_rule_too() {
        let native = with_sidecar()
            .replace("    containers:", "    initContainers:")
            .replace(
                "        env:",
                "        restartPolicy: Always\n        env:",
            );
        let before = native.replace("Always", "Never");

        let refused = checked(&planned(&native, Some(RULE)));
        let note = checked(&planned(&before, Some(RULE))).unwrap();

        assert!(refused.unwrap_err().to_string().contains("stored twice"));
        assert_eq!(note, None);
    }

    #[test]
    fn a_sidecar_at_a_place_that_the_chart_does_not_read_writes_nothing() {
        let misplaced = with_sidecar().replace("    containers:", "  containers:");
        let elsewhere = "prometheus:\n  prometheusSpec:\n    remoteWrite:\n      - url: http://localhost:8081/api/v1/write\n";

        let note = checked(&planned(&misplaced, Some(RULE))).unwrap();
        let unknown = checked(&planned(elsewhere, Some(RULE))).unwrap();

        assert_eq!(note, None);
        assert!(
            unknown
                .unwrap()
                .contains("the proxy at http://localhost:8081")
        );
    }

    #[test]
    fn one_of_two_pods_that_may_write_to_the_rule_is_enough_to_refuse() {
        let pod = |name: &str, url: &str| {
            format!(
                "kind: Pod\nmetadata: {{name: {name}}}\nspec: {{containers: [{{name: prom-remotewrite, image: x/prom-remotewrite:1, env: \
                 [{{name: INGESTION_URL, value: \"{url}\"}}, {{name: LISTENING_PORT, value: \"8081\"}}]}}]}}\n---\n"
            )
        };
        let other = RULE.replace("w-ab12", "other-ab12");
        let configuration = "kind: ConfigMap\nmetadata: {name: prometheus}\ndata:\n  prometheus.yml: |\n    remote_write:\n      \
                             - url: http://localhost:8081/api/v1/write\n";
        let text = [pod("a", &other), pod("b", RULE), configuration.to_owned()].concat();
        let refused = checked_as(&planned(&text, Some(RULE)), Target::ConfigMap);
        let refused = refused.unwrap_err().to_string();

        assert!(refused.contains("stored twice"), "{refused}");
    }

    #[test]
    fn a_file_of_the_user_is_migrated_and_not_what_runs() {
        let text = with_sidecar();

        let refused = checked(&planned(&text, Some(RULE))).unwrap_err();

        assert_eq!(
            refused.next_steps()[0],
            "replace it instead: amw-rw migrate --input values.yaml --diff"
        );
    }

    #[test]
    fn with_force_or_another_rule_the_sidecar_is_named_in_a_warning() {
        let text = with_sidecar();
        let forced = PlannedWrite {
            force: true,
            ..planned(&text, Some(RULE))
        };

        for (planned, is_double) in [(forced, true), (planned(&text, None), false)] {
            let warning = checked(&planned).unwrap().unwrap();
            assert!(warning.contains("amw-rw migrate"), "{warning}");
            assert_eq!(warning.contains("stored twice"), is_double, "{warning}");
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

    #[test]
    fn a_proxy_whose_workspace_is_not_in_the_file_is_refused_with_the_answers_that_it_lacks() {
        let text = with_sidecar().replace(
            &format!("value: \"{RULE}\""),
            "valueFrom: {secretKeyRef: {name: s, key: u}}",
        );
        let answers = ConnectionAnswers {
            cluster_label: Some("prod".into()),
            auth: SignIn::of_identity_type("userAssigned"),
            ..ConnectionAnswers::default()
        };
        let planned = PlannedWrite {
            answers: &answers,
            client_id: Some("11111111-2222-3333-4444-555555555555".into()),
            ..planned(&text, Some(RULE))
        };

        let refused = checked(&planned).unwrap_err();

        let line = format!(
            "replace it instead: amw-rw migrate --input values.yaml --write-url '{RULE}' --auth user-identity \
             --client-id 11111111-2222-3333-4444-555555555555 --cluster-label prod --diff"
        );
        assert_eq!(refused.next_steps()[0], line);
    }

    #[test]
    fn another_rule_of_the_workspace_is_the_same_workspace() {
        let text = with_sidecar().replace("dcr-0123", "dcr-9999");

        let refused = checked(&planned(&text, Some(RULE))).unwrap_err();

        assert!(
            refused.to_string().contains("the same workspace"),
            "{refused}"
        );
    }

    #[test]
    fn a_proxy_in_another_document_of_the_file_is_found() {
        let text = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: p}}\ndata:\n  prometheus.yml: |\n    remote_write:\n    \
             - url: http://localhost:8081/api/v1/write\n---\napiVersion: apps/v1\nkind: Deployment\nspec: {{template: {{spec: {{containers: [\n  \
             {{name: s, image: prom-remotewrite, env: [{{name: INGESTION_URL, value: '{RULE}'}}, {{name: LISTENING_PORT, value: '8081'}}]}}]}}}}}}\n"
        );
        let refused = checked_as(&planned(&text, Some(RULE)), Target::ConfigMap);
        let refused = refused.unwrap_err().to_string();

        assert!(refused.contains("container `s` on line 12"), "{refused}");
    }

    fn with_proxy_elsewhere() -> String {
        format!(
            "prometheus: {{prometheusSpec: {{remoteWrite: [{{url: 'http://metrics-out:8081/api/v1/write'}}]}}}}\nextraManifests:\n\
             - {{apiVersion: apps/v1, kind: Deployment, spec: {{template: {{metadata: {{labels: {{a: b}}}}, spec: {{containers: [\
             {{name: s, image: prom-remotewrite, env: [{{name: INGESTION_URL, value: '{RULE}'}}]}}]}}}}}}}}\n\
             - {{apiVersion: v1, kind: Service, metadata: {{name: metrics-out}}, spec: {{selector: {{a: b}}, ports: [{{port: 8081}}]}}}}\n"
        )
    }

    #[test]
    fn the_values_of_a_chart_can_add_the_proxy_and_its_service() {
        let text = with_proxy_elsewhere();

        let refused = checked(&planned(&text, Some(RULE))).unwrap_err();

        assert!(refused.to_string().contains("container `s`"), "{refused}");
    }

    #[test]
    fn a_proxy_that_only_the_cluster_has_is_migrated_from_there() {
        let text = with_proxy_elsewhere().replace("name: s,", "name: proxy-of-obs,");
        let entries = present_entries::in_text(&text, Target::KubePrometheusStack, None);
        let file = text.split("extraManifests").next().unwrap();

        let refused = planned(file, Some(RULE)).check(&entries, Target::KubePrometheusStack);

        assert_eq!(
            refused.unwrap_err().next_steps()[0],
            "replace it instead: amw-rw migrate --cluster aks-prod"
        );
    }

    #[test]
    fn a_proxy_in_other_pods_is_no_sidecar() {
        let text = with_proxy_elsewhere();
        let sidecar = PlannedWrite {
            path: WritePath::Sidecar,
            ..planned(&text, Some(RULE))
        };

        let refused = checked(&sidecar).unwrap_err();

        assert!(refused.to_string().contains("container `s`"), "{refused}");
    }
}
