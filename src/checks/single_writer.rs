//! Does what runs write to the rule once? A sidecar or proxy that writes as well stores every sample twice.

use super::evidence::{Evidence, RunningWriters};
use super::report::Category;
use super::verdict::Verdict;
use super::{Check, CheckInfo};
use crate::facts::Observation;
use crate::next_step::NextStep;
use crate::problem::Problem;
use crate::remote_write::{WrittenEntry, WrittenForm};
use crate::spec::choices::WritePath;

pub(super) struct SingleWriterCheck;

impl Check for SingleWriterCheck {
    fn about(&self) -> CheckInfo {
        CheckInfo {
            id: "single-writer",
            category: Category::Configuration,
            needs: &[Observation::RunningEntries, Observation::Workspace],
        }
    }

    fn judge(&self, seen: &Evidence) -> Result<Verdict, Problem> {
        let running = seen.running.get()?;
        // A proxy is reported even where the workspace could not be read.
        let own_url = seen
            .existing_workspace()
            .map(|found| found.rule.write_url());
        let is_own = |entry: &&WrittenEntry| {
            let own_url = own_url.as_ref();
            own_url.is_ok_and(|own_url| entry.leads_to_rule(own_url))
        };
        let is_proxy = |entry: &&WrittenEntry| entry.is_through_proxy();
        let mut own: Vec<&WrittenEntry> = running.entries.iter().filter(is_own).collect();
        // A remote write to one of several proxies is there once for each.
        own.dedup_by(|one, other| {
            let is_same = (one.place, &one.url) == (other.place, &other.url);
            is_same && one.is_through_proxy() && other.is_through_proxy()
        });
        let proxies: Vec<&WrittenEntry> = running.entries.iter().filter(is_proxy).collect();
        let is_wanted = seen.spec.path == WritePath::Sidecar && proxies.len() == 1;
        match (own.as_slice(), proxies.as_slice()) {
            ([_, _, ..], proxies) => Ok(several(running, &own, !proxies.is_empty())),
            (_, [first, ..]) if !is_wanted => Ok(by_proxy(running, first)),
            (own, _) => {
                own_url?;
                if let Some(unread) = &running.unread {
                    return Err(unread.clone());
                }
                let count = if own.is_empty() { "no" } else { "one" };
                Ok(Verdict::pass(format!(
                    "{} has {count} remote write to this workspace",
                    running.place
                )))
            }
        }
    }
}

/// How the proxy is replaced that writes to the rule of this connection; until then every step of the plan is refused.
pub(super) fn replaced_proxy(seen: &Evidence) -> Option<NextStep> {
    let running = seen.running.get().ok()?;
    let own_url = seen.existing_workspace().ok()?.rule.write_url();
    let is_proxy_of_rule =
        |entry: &WrittenEntry| entry.is_through_proxy() && entry.leads_to_rule(&own_url);
    let is_native = seen.spec.path == WritePath::Native;
    let is_refused = is_native && running.entries.iter().any(is_proxy_of_rule);
    is_refused.then(|| running.migrate.clone().into())
}

/// Two entries may share the series by their relabeling rules, so without a proxy it is only a warning.
fn several(running: &RunningWriters, own: &[&WrittenEntry], has_proxy: bool) -> Verdict {
    let writers: Vec<String> = own.iter().map(|entry| described(entry)).collect();
    let found = format!(
        "{} writes to this data collection rule {} times, so each sample can be stored several times: {}",
        running.place,
        own.len(),
        writers.join(", ")
    );
    match has_proxy {
        true => Verdict::fail(found, running.migrate.clone()),
        false => Verdict::warn(found, "keep one of these remote writes"),
    }
}

fn by_proxy(running: &RunningWriters, entry: &WrittenEntry) -> Verdict {
    Verdict::warn(
        format!(
            "{} writes through {}: another remote write to the same rule would store every sample twice",
            running.place,
            described(entry)
        ),
        running.migrate.clone(),
    )
}

fn described(entry: &WrittenEntry) -> String {
    match (entry.sidecar(), &entry.form, &entry.name) {
        (Some(sidecar), _, _) => format!("container `{}`", sidecar.name),
        (None, WrittenForm::Proxy(_), _) => format!("the proxy at {}", entry.url),
        (None, _, Some(name)) => format!("remote write `{name}`"),
        (None, _, None) => format!("a remote write without a name to {}", entry.url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::evidence::Observed;
    use crate::checks::report::VerdictKind;
    use crate::remote_write::Sidecar;

    fn native(seen: &Evidence) -> WrittenEntry {
        let file = seen.configured.get().unwrap().clone();
        file.entry.unwrap().entry
    }

    /// A proxy within the pod that writes to the rule of the workspace.
    fn sidecar(seen: &Evidence) -> WrittenEntry {
        let url = seen.existing_workspace().unwrap().rule.write_url();
        let container = format!(
            "{{name: prom-remotewrite, image: mcr.microsoft.com/azuremonitor/prometheus/promdev/prom-remotewrite:1, \
             env: [{{name: INGESTION_URL, value: \"{url}\"}}]}}"
        );
        let sidecar = Sidecar::read(None, &serde_yaml::from_str(&container).unwrap());
        WrittenEntry {
            url: "http://localhost:8081/api/v1/write".into(),
            form: WrittenForm::Proxy(sidecar.map(Box::new)),
            ..native(seen)
        }
    }

    fn judged(entries: impl FnOnce(&Evidence) -> Vec<WrittenEntry>, path: WritePath) -> Verdict {
        let mut seen = Evidence::example();
        let running = RunningWriters {
            entries: entries(&seen),
            ..seen.running.get().unwrap().clone()
        };
        seen.running = Observed::known(running);
        seen.spec.path = path;
        SingleWriterCheck.judge(&seen).unwrap()
    }

    #[test]
    fn a_sidecar_next_to_a_remote_write_of_the_same_rule_is_a_failure() {
        let verdict = judged(|seen| vec![native(seen), sidecar(seen)], WritePath::Native);

        assert_eq!(verdict.kind(), VerdictKind::Fail);
        assert!(verdict.found().contains("container `prom-remotewrite`"));
        let next = crate::next_step::lines(verdict.next()).join("\n");
        assert!(next.contains("amw-rw migrate"), "{next}");
    }

    #[test]
    fn a_sidecar_alone_is_a_warning_unless_it_is_the_path_of_the_connection() {
        let alone = |path| judged(|seen| vec![sidecar(seen)], path).kind();

        assert_eq!(alone(WritePath::Native), VerdictKind::Warn);
        assert_eq!(alone(WritePath::Sidecar), VerdictKind::Pass);
    }

    #[test]
    fn a_proxy_of_another_place_is_named_though_its_rule_is_not_known() {
        let behind_a_service = |seen: &Evidence| {
            vec![WrittenEntry {
                url: "http://proxy.monitoring.svc/dataCollectionRules/x".into(),
                form: WrittenForm::Proxy(None),
                ..native(seen)
            }]
        };

        let verdict = judged(behind_a_service, WritePath::Native);

        assert_eq!(verdict.kind(), VerdictKind::Warn);
        assert!(verdict.found().contains("proxy.monitoring.svc"));
    }

    #[test]
    fn two_remote_writes_to_the_rule_are_a_warning_and_others_are_no_matter() {
        let other = |seen: &Evidence| WrittenEntry {
            url: "https://mimir.example/api/v1/push".into(),
            ..native(seen)
        };

        let two = judged(|seen| vec![native(seen), native(seen)], WritePath::Native);
        assert_eq!(two.kind(), VerdictKind::Warn);
        let one = judged(|seen| vec![native(seen), other(seen)], WritePath::Native);
        assert_eq!(one.kind(), VerdictKind::Pass);
    }

    #[test]
    fn a_service_that_could_not_be_read_is_a_skip_and_a_proxy_that_was_seen_still_counts() {
        let judged = |entries: fn(&Evidence) -> Vec<WrittenEntry>| {
            let mut seen = Evidence::example();
            let running = RunningWriters {
                entries: entries(&seen),
                unread: Some(Problem::new("not allowed to read Service monitoring/out")),
                ..seen.running.get().unwrap().clone()
            };
            seen.running = Observed::known(running);
            SingleWriterCheck.judge(&seen)
        };

        let unread = judged(|seen| vec![native(seen)]).unwrap_err();
        assert!(unread.why().contains("Service monitoring/out"), "{unread}");
        let doubled = judged(|seen| vec![native(seen), sidecar(seen)]).unwrap();
        assert_eq!(doubled.kind(), VerdictKind::Fail);
    }
}
