//! Does the user's file say what Azure expects: this rule, this identity, and a cluster label?

use crate::problem::Problem;
use crate::spec::command_line::{path_word, shell_word};
use std::time::Duration;

use super::evidence::{ConfiguredEntry, Evidence};
use super::report::Category;
use super::verdict::Verdict;
use super::{About, Check};
use crate::remote_write::WrittenSignIn;

pub(super) struct Configuration;

impl Check for Configuration {
    fn about(&self) -> About {
        About {
            id: "configuration",
            category: Category::Configuration,
        }
    }

    fn took(&self, seen: &Evidence) -> Duration {
        seen.configured.took
    }

    fn judge(&self, seen: &Evidence) -> Result<Verdict, Problem> {
        let Some(entry) = seen.configured.get()? else {
            return Ok(Verdict::fail(
                "the file has no remote write to this workspace",
                "amw-rw render --write --input FILE",
            ));
        };
        let write = format!("amw-rw render --write --input {}", path_word(&entry.file));
        let faults = faults(entry, seen)?;
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
                format!(
                    "keep it with `--cluster-label {}`, or {write}",
                    shell_word(label)
                ),
            ),
            ([], None) => Verdict::warn(
                format!(
                    "{} has no external label `cluster`, which Azure's dashboards and rules go by",
                    entry.file.display()
                ),
                write,
            ),
            (faults, _) => Verdict::fail(
                format!("{}: {}", entry.file.display(), faults.join(", ")),
                write,
            ),
        })
    }
}

/// What makes Azure refuse the samples.
fn faults(entry: &ConfiguredEntry, seen: &Evidence) -> Result<Vec<String>, Problem> {
    let rule = &seen.existing_workspace()?.rule;
    let client = &seen.existing_principal()?.client_id;
    let mut faults = Vec::new();
    if !entry.url.contains(&format!("/{}/", rule.immutable_id)) {
        faults.push(format!(
            "its url does not name the current rule {}",
            rule.immutable_id
        ));
    } else if !entry
        .url
        .starts_with(rule.metrics_endpoint.trim_end_matches('/'))
    {
        faults.push(format!("its url does not go to {}", rule.metrics_endpoint));
    }
    match &entry.sign_in {
        None => faults.push("its azuread is missing or null".to_owned()),
        Some(sign_in) => {
            let WrittenSignIn {
                client_id,
                tenant_id,
            } = sign_in;
            faults.extend(differs("client_id", client_id.as_deref(), client.as_str()));
            faults.extend(differs(
                "tenant_id",
                tenant_id.as_deref(),
                seen.spec.tenant.as_str(),
            ));
        }
    }
    Ok(faults)
}

/// An id that is not in the file is not compared: not every way of signing in has both.
fn differs(field: &str, written: Option<&str>, expected: &str) -> Option<String> {
    let written = written.filter(|written| !written.eq_ignore_ascii_case(expected))?;
    Some(format!("its {field} is {written}, not {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::evidence::Seen;
    use crate::checks::report::Mark;

    fn judged(change: impl FnOnce(&mut ConfiguredEntry)) -> Verdict {
        let mut entry = Evidence::example()
            .configured
            .get()
            .unwrap()
            .clone()
            .unwrap();
        change(&mut entry);
        let seen = Evidence {
            configured: Seen::known(Some(entry)),
            ..Evidence::example()
        };
        Configuration.judge(&seen).unwrap()
    }

    #[test]
    fn a_url_of_a_rule_that_was_made_anew_is_told_with_the_new_id() {
        let verdict = judged(|entry| {
            entry.url = entry.url.replace("dcr-0123456789", "dcr-9876543210");
        });

        assert_eq!(verdict.mark(), Mark::Fail);
        assert!(verdict.found().contains("current rule dcr-0123456789"));
        assert_eq!(
            verdict.next(),
            ["amw-rw render --write --input prometheus.yml"]
        );
    }

    #[test]
    fn an_azuread_that_is_null_signs_in_as_nobody() {
        let verdict = judged(|entry| entry.sign_in = None);

        assert!(verdict.found().ends_with("its azuread is missing or null"));
    }

    #[test]
    fn the_client_id_of_another_identity_is_told_with_the_right_one() {
        let verdict = judged(|entry| {
            entry.sign_in.as_mut().unwrap().client_id = Some("someone-else".into());
        });

        assert!(
            verdict
                .found()
                .contains("its client_id is someone-else, not ")
        );
    }

    #[test]
    fn without_a_cluster_label_data_arrives_and_dashboards_stay_empty() {
        assert_eq!(
            judged(|entry| entry.cluster_label = None).mark(),
            Mark::Warn
        );
    }
}
