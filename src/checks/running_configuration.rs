//! Has the server in the cluster the remote write of this connection, as Azure expects it?

use super::entry_faults::faults;
use super::evidence::{Evidence, RunningWriters};
use super::report::Category;
use super::verdict::Verdict;
use super::{Check, CheckInfo};
use crate::facts::Observation;
use crate::next_step::NextStep;
use crate::problem::Problem;
use crate::remote_write::WrittenEntry;
use crate::spec::command_line::own;

pub(super) struct RunningConfigurationCheck;

impl Check for RunningConfigurationCheck {
    fn about(&self) -> CheckInfo {
        CheckInfo {
            id: "running-configuration",
            category: Category::Configuration,
            needs: &[
                Observation::RunningEntries,
                Observation::Workspace,
                Observation::Principal,
            ],
        }
    }

    fn judge(&self, seen: &Evidence) -> Result<Verdict, Problem> {
        let running = seen.running.get()?;
        let own_url = seen.existing_workspace()?.rule.write_url();
        let Some((entry, url)) = own_entry(running, &own_url) else {
            unread_proxy(running)?;
            // Not applied yet, or taken away since; both look the same from here.
            return Ok(Verdict::warn(
                format!("{} has no remote write to this workspace", running.place),
                write_again(seen),
            ));
        };
        let faults = faults(entry, &url, seen)?;
        Ok(match faults.is_empty() {
            true => Verdict::pass(format!("{} writes to the current rule", running.place)),
            false => Verdict::fail(
                format!("{}: {}", running.place, faults.join(", ")),
                write_again(seen),
            ),
        })
    }
}

/// The remote write to this rule, and where it leads in the end.
fn own_entry<'r>(running: &'r RunningWriters, own_url: &str) -> Option<(&'r WrittenEntry, String)> {
    let mut entries = running.entries.iter();
    let own = entries.find(|entry| entry.leads_to_rule(own_url))?;
    Some((own, own.destination()?))
}

/// A proxy whose settings are elsewhere may write to this workspace.
fn unread_proxy(running: &RunningWriters) -> Result<(), Problem> {
    let mut entries = running.entries.iter();
    match entries.find(|entry| entry.destination().is_none()) {
        Some(entry) => Err(Problem::new(format!(
            "{} writes to {}, and its configuration does not contain the URL of that remote write",
            running.place, entry.url
        ))),
        None => Ok(()),
    }
}

fn write_again(seen: &Evidence) -> NextStep {
    NextStep::run(
        "to get the configuration, and the command that gives it to Prometheus",
        own::init_at_once(seen.spec.credential.sign_in.is_of_machine()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::evidence::Observed;
    use crate::checks::report::VerdictKind;
    use crate::remote_write::{WrittenForm, WrittenIds};

    fn judged(change: impl FnOnce(&mut Vec<WrittenEntry>)) -> Result<Verdict, Problem> {
        let example = Evidence::example();
        let mut running = example.running.get().unwrap().clone();
        change(&mut running.entries);
        let seen = Evidence {
            running: Observed::known(running),
            ..example
        };
        RunningConfigurationCheck.judge(&seen)
    }

    #[test]
    fn the_entry_of_this_connection_passes() {
        let verdict = judged(|_| {}).unwrap();

        assert_eq!(verdict.kind(), VerdictKind::Pass);
    }

    #[test]
    fn a_server_without_the_entry_is_worth_a_warning() {
        let verdict = judged(Vec::clear).unwrap();

        assert_eq!(verdict.kind(), VerdictKind::Warn);
        assert!(
            verdict.found().contains("has no remote write"),
            "{}",
            verdict.found()
        );
    }

    #[test]
    fn the_client_id_of_another_identity_fails() {
        let verdict = judged(|entries| {
            entries[0].form = WrittenForm::Native(WrittenIds {
                client_id: Some("99999999-9999-9999-9999-999999999999".into()),
                tenant_id: None,
            });
        });
        let verdict = verdict.unwrap();

        assert_eq!(verdict.kind(), VerdictKind::Fail);
        assert!(
            verdict.found().contains("its client_id is 99999999"),
            "{}",
            verdict.found()
        );
    }

    #[test]
    fn a_proxy_with_settings_elsewhere_is_skipped() {
        let problem = judged(|entries| {
            entries[0].url = "http://localhost:8081/api/v1/write".into();
            entries[0].form = WrittenForm::Proxy(None);
        })
        .unwrap_err();

        assert!(
            problem.why().contains("does not contain the URL"),
            "{}",
            problem.why()
        );
    }
}
