//! Does the user's file have what Azure expects: this rule, this identity, and a cluster label?

use super::entry_faults::{NO_AZUREAD, faults};
use super::entry_losses::{losses, omissions};
use super::evidence::{ConfiguredEntry, ConfiguredFile, Evidence};
use super::report::Category;
use super::verdict::Verdict;
use super::{Check, CheckInfo};
use crate::facts::Observation;
use crate::next_step::NextStep;
use crate::problem::Problem;
use crate::spec::command_line::own;

pub(super) const ID: &str = "configuration";

const SECOND_VERSION: &str = "it sends Remote write 2.0, which the workspace refuses";

pub(super) struct ConfigurationCheck;

impl Check for ConfigurationCheck {
    fn about(&self) -> CheckInfo {
        CheckInfo {
            id: ID,
            category: Category::Configuration,
            needs: &[
                Observation::ConfiguredEntry,
                Observation::Workspace,
                Observation::Principal,
            ],
        }
    }

    fn judge(&self, seen: &Evidence) -> Result<Verdict, Problem> {
        let file = seen.configured.get()?;
        let entry = match entry(file, "this workspace") {
            Ok(entry) => entry,
            Err(verdict) => return Ok(verdict),
        };
        let write = own::render_write(&entry.file);
        let faults = match entry_faults(entry, seen) {
            // A fault of the file is a finding even where Azure could not be read for the rest.
            Err(problem) if file.faults.is_empty() => return Err(problem),
            faults => faults.unwrap_or_default(),
        };
        if !file.faults.is_empty() {
            return Ok(unfit(file, &faults));
        }
        let omission = || omissions(entry, seen).filter(|_| faults.is_empty());
        if let Some(verdict) = losses(entry, &faults).or_else(omission) {
            return Ok(verdict);
        }
        Ok(match (faults.as_slice(), &entry.cluster_label) {
            ([], Some(label)) if *label == seen.spec.cluster_label => Verdict::pass(format!(
                "{} writes to the current rule",
                entry.file.display()
            )),
            ([], Some(label)) => Verdict::warn(
                format!(
                    "{} labels its series cluster=\"{label}\"",
                    entry.file.display()
                ),
                NextStep::run(
                    "a new label starts new series; to replace it",
                    own::render_write_label(&entry.file, &seen.spec.cluster_label),
                ),
            ),
            ([], None) => without_label(entry),
            (faults, _) => Verdict::fail(
                format!("{}: {}", entry.file.display(), faults.join(", ")),
                write,
            ),
        })
    }
}

/// Judges a file where Azure could not be looked at. What only Azure knows is a reason to skip.
pub(crate) fn of_file_alone(file: &ConfiguredFile) -> Result<Verdict, Problem> {
    let entry = match entry(file, "an Azure Monitor workspace") {
        Ok(entry) => entry,
        Err(verdict) => return Ok(verdict),
    };
    let faults = own_faults(entry);
    if !file.faults.is_empty() {
        return Ok(unfit(file, &faults));
    }
    if let Some(verdict) = losses(entry, &faults) {
        return Ok(verdict);
    }
    entry.entry.destination().ok_or_else(|| unknown(entry))?;
    let path = file.path.display();
    match (faults.as_slice(), &entry.cluster_label) {
        ([], Some(_)) => Err(Problem::new(format!(
            "{path} has no fault of its own; its rule and its identity were not compared with Azure"
        ))),
        ([], None) => Ok(without_label(entry)),
        (faults, _) => Ok(Verdict::fail(
            format!("{path}: {}", faults.join(", ")),
            own::render_write(&file.path),
        )),
    }
}

/// The entry of the file, or why there is none. `workspace` is where it should write to.
fn entry<'a>(file: &'a ConfiguredFile, workspace: &str) -> Result<&'a ConfiguredEntry, Verdict> {
    // No command about the file helps before it can be read.
    if let Some(problem) = &file.unread {
        return Err(Verdict::fail_of(problem));
    }
    file.entry.as_ref().ok_or_else(|| {
        if !file.faults.is_empty() {
            return unfit(file, &[]);
        }
        let found = format!("{} has no remote write to {workspace}", file.path.display());
        Verdict::fail(found, own::render_write(&file.path))
    })
}

/// Samples arrive without it, but series of several clusters then have the same labels and are merged.
fn without_label(entry: &ConfiguredEntry) -> Verdict {
    let file = entry.file.display();
    Verdict::warn(
        format!("{file} has no external label `cluster`, which Azure's dashboards and rules use"),
        own::render_write(&entry.file),
    )
}

/// What is wrong whatever Azure has.
fn own_faults(configured: &ConfiguredEntry) -> Vec<String> {
    let mut faults = Vec::new();
    if configured.entry.ids().is_none() {
        faults.push(NO_AZUREAD.to_owned());
    }
    if configured.lost.is_second_version {
        faults.push(SECOND_VERSION.to_owned());
    }
    faults
}

/// A file that its program would not take, with what else is wrong.
fn unfit(file: &ConfiguredFile, more: &[String]) -> Verdict {
    let faults = [&file.faults, more].concat().join(", ");
    Verdict::fail(
        format!("{}: {faults}", file.path.display()),
        own::render_write(&file.path),
    )
}

/// The file has the entry, and not the settings of the proxy that it sends to.
fn unknown(configured: &ConfiguredEntry) -> Problem {
    let (file, entry) = (configured.file.display(), &configured.entry);
    match entry.sidecar() {
        Some(sidecar) => Problem::new(format!(
            "container `{}` in {file} takes its ingestion URL from a Secret, a ConfigMap or a Helm expression",
            sidecar.name
        )),
        None => Problem::new(format!(
            "{file} does not describe the container that listens at {}",
            entry.url
        )),
    }
}

/// What is wrong with the entry of the file.
fn entry_faults(configured: &ConfiguredEntry, seen: &Evidence) -> Result<Vec<String>, Problem> {
    let entry = &configured.entry;
    let url = entry.destination().ok_or_else(|| unknown(configured))?;
    let mut faults = faults(entry, &url, seen)?;
    if configured.lost.is_second_version {
        faults.push(SECOND_VERSION.to_owned());
    }
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::evidence::Observed;
    use crate::checks::report::VerdictKind;
    use crate::remote_write::{Sidecar, WrittenEntry, WrittenForm, WrittenIds};

    fn judged(change: impl FnOnce(&mut ConfiguredEntry)) -> Verdict {
        let example = Evidence::example();
        let mut file = example.configured.get().unwrap().clone();
        file.entry.as_mut().map(change).unwrap();
        let configured = Observed::known(file);
        let seen = Evidence {
            configured,
            ..example
        };
        ConfigurationCheck.judge(&seen).unwrap()
    }

    #[test]
    fn a_second_remote_write_to_the_rule_fails_although_the_first_one_is_right() {
        let doubled = |change: fn(&mut WrittenEntry)| {
            judged(|configured| {
                let mut second = configured.entry.clone();
                second.name = Some("second".into());
                change(&mut second);
                configured.duplicates.push(second);
            })
        };

        let native = doubled(|_| {});
        let sidecar = doubled(|entry| {
            entry.form = WrittenForm::Proxy(
                Sidecar::read(
                    Some("s"),
                    &serde_yaml::from_str("image: prom-remotewrite").unwrap(),
                )
                .map(Box::new),
            );
        });

        assert_eq!(native.kind(), VerdictKind::Fail);
        assert!(native.found().contains("`second`"), "{}", native.found());
        assert!(
            native.found().contains("stored twice"),
            "{}",
            native.found()
        );
        let next = crate::next_step::lines(sidecar.next()).join("\n");
        assert!(
            next.contains("amw-rw migrate --input prometheus.yml"),
            "{next}"
        );
    }

    #[test]
    fn the_cloud_and_the_scope_of_another_cloud_fail() {
        let judged = |cloud: Option<&str>, scope: Option<&str>| {
            judged(|configured| {
                configured.entry.block = Some("managed_identity");
                configured.entry.cloud = cloud.map(str::to_owned);
                configured.entry.scope = scope.map(str::to_owned);
            })
        };

        let right = judged(
            Some("AzurePublic"),
            Some("https://monitor.azure.com//.default"),
        );
        let of_china = judged(Some("AzureChina"), None);
        let scope = judged(None, Some("https://monitor.azure.us/.default"));
        let service = judged(None, Some("https://management.azure.com/.default"));
        let words = judged(None, Some("a b"));

        assert_eq!(right.kind(), VerdictKind::Pass);
        assert!(
            of_china
                .found()
                .contains("its cloud is AzureChina, not AzurePublic")
        );
        assert!(
            scope.found().contains("is that of another cloud"),
            "{}",
            scope.found()
        );
        assert!(
            service.found().contains("is that of another service"),
            "{}",
            service.found()
        );
        assert!(words.found().contains("is no URL"), "{}", words.found());
    }

    #[test]
    fn the_url_of_a_former_rule_fails_with_the_current_id() {
        let verdict = judged(|entry| {
            entry.entry.url = entry
                .entry
                .url
                .replace("dcr-0123456789", "dcr-9876543210")
                .into();
        });

        assert_eq!(verdict.kind(), VerdictKind::Fail);
        assert!(verdict.found().contains("current rule dcr-0123456789"));
        assert_eq!(
            verdict.next(),
            ["amw-rw render --write --input prometheus.yml"]
        );
    }

    #[test]
    fn a_file_without_our_entry_is_named_in_the_finding_and_in_the_command() {
        let seen = Evidence {
            configured: Observed::known(ConfiguredFile {
                path: "my values.yaml".into(),
                entry: None,
                faults: Vec::new(),
                unread: None,
            }),
            ..Evidence::example()
        };

        let verdict = ConfigurationCheck.judge(&seen).unwrap();

        assert_eq!(
            verdict.found(),
            "my values.yaml has no remote write to this workspace"
        );
        assert_eq!(
            verdict.next(),
            ["amw-rw render --write --input 'my values.yaml'"]
        );
    }

    #[test]
    fn what_the_server_would_not_take_fails_with_or_without_our_entry() {
        let fault = "line 3: `cloud` is not one of these";
        let example = Evidence::example();
        let file = example.configured.get().unwrap().clone();

        for entry in [file.entry, None] {
            let seen = Evidence {
                configured: Observed::known(ConfiguredFile {
                    path: "prometheus.yml".into(),
                    entry,
                    faults: vec![fault.to_owned()],
                    unread: None,
                }),
                ..Evidence::example()
            };

            let verdict = ConfigurationCheck.judge(&seen).unwrap();

            assert_eq!(verdict.kind(), VerdictKind::Fail);
            assert_eq!(verdict.found(), format!("prometheus.yml: {fault}"));
        }
    }

    #[test]
    fn settings_that_keep_samples_away_fail() {
        let second = judged(|entry| entry.lost.is_second_version = true);
        let dropped = judged(|entry| {
            entry.lost.dropping_rule = Some("write_relabel_configs[0]".into());
        });

        assert_eq!(second.kind(), VerdictKind::Fail);
        assert!(second.found().contains("Remote write 2.0"));
        assert_eq!(dropped.kind(), VerdictKind::Fail);
        assert!(dropped.found().contains("drops every sample"));
    }

    #[test]
    fn rules_that_remove_the_label_are_worth_a_warning() {
        let verdict = judged(|entry| entry.lost.is_without_cluster = true);

        assert_eq!(verdict.kind(), VerdictKind::Warn);
        assert!(verdict.found().contains("removes the label `cluster`"));
    }

    #[test]
    fn an_azuread_that_is_null_fails() {
        let verdict = judged(|entry| entry.entry.form = WrittenForm::None);

        assert!(verdict.found().ends_with("its azuread is missing or null"));
    }

    #[test]
    fn the_client_id_of_another_identity_fails_with_the_expected_one() {
        let verdict = judged(|entry| {
            entry.entry.form = WrittenForm::Native(WrittenIds {
                client_id: Some("someone-else".into()),
                tenant_id: None,
            });
        });

        assert!(
            verdict
                .found()
                .contains("its client_id is someone-else, not ")
        );
    }

    fn through_sidecar(url: &str, client_id: &str) -> Result<Verdict, Problem> {
        let container = format!(
            "{{name: s, image: prom-remotewrite, env: [{{name: INGESTION_URL, {url}}}, {{name: AZURE_CLIENT_ID, value: {client_id}}}]}}"
        );
        let sidecar = Sidecar::read(None, &serde_yaml::from_str(&container).unwrap());
        let example = Evidence::example();
        let mut file = example.configured.get()?.clone();
        let configured = file.entry.as_mut().unwrap();
        configured.entry.url = "http://localhost:8081/api/v1/write".into();
        configured.entry.form = WrittenForm::Proxy(sidecar.map(Box::new));
        ConfigurationCheck.judge(&Evidence {
            configured: Observed::known(file),
            ..example
        })
    }

    #[test]
    fn a_sidecar_is_judged_by_the_settings_of_its_container() {
        let seen = Evidence::example();
        let url = format!(
            "value: '{}'",
            seen.existing_workspace().unwrap().rule.write_url()
        );
        let client = seen.existing_principal().unwrap().client_id.to_string();

        let right = through_sidecar(&url, &client).unwrap();
        let wrong = through_sidecar(&url, "someone-else").unwrap();

        assert_eq!(right.kind(), VerdictKind::Pass);
        assert_eq!(wrong.kind(), VerdictKind::Fail);
        assert!(wrong.found().ends_with("(in container `s`)"));
    }

    #[test]
    fn a_sidecar_with_its_url_in_a_secret_is_skipped() {
        let problem = through_sidecar("valueFrom: {secretKeyRef: {}}", "c").unwrap_err();

        assert!(problem.why().contains("takes its ingestion URL from"));
    }

    #[test]
    fn without_a_cluster_label_data_arrives_and_dashboards_stay_empty() {
        assert_eq!(
            judged(|entry| entry.cluster_label = None).kind(),
            VerdictKind::Warn
        );
    }

    #[test]
    fn a_pod_without_a_token_and_a_job_with_a_cluster_of_its_own_are_warnings() {
        let without_token = judged(|configured| configured.lacks_token = true);
        let by_job = judged(|configured| configured.jobs_with_cluster = vec!["node".into()]);
        let both = judged(|configured| {
            configured.lacks_token = true;
            configured.entry.url = configured
                .entry
                .url
                .replace("dcr-0123456789", "dcr-9876543210")
                .into();
        });

        assert_eq!(without_token.kind(), VerdictKind::Warn);
        assert!(
            without_token
                .found()
                .contains("azure.workload.identity/use"),
            "{}",
            without_token.found()
        );
        assert_eq!(by_job.kind(), VerdictKind::Warn);
        assert!(
            by_job.found().contains("job `node` sets"),
            "{}",
            by_job.found()
        );
        assert_eq!(both.kind(), VerdictKind::Fail);
    }
}
