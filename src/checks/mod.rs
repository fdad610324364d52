//! Is the connection right, stage by stage? Doctor gathers evidence once, then each check judges it; nothing is changed.

pub(crate) mod evidence;
pub(crate) mod gather;
pub(crate) mod report;
pub(crate) mod verdict;

mod check;
pub(crate) mod diagnosis_failure;
mod list;
mod look;
mod stage;

#[cfg(test)]
mod example;

mod client_secret;
mod clock;
mod cluster_readable;
mod configuration;
mod connection;
mod entry_faults;
mod entry_losses;
mod federated_credential;
mod identity_exists;
mod ingestion_endpoint;
mod node_identity;
mod prometheus_version;
mod read_back;
mod role_assignment;
mod running_configuration;
mod service_account;
mod sign_in;
mod single_writer;
mod token;
mod token_issuer;
mod workspace_exists;
mod write;

use crate::next_step::NextStep;
use crate::problem::Problem;
use evidence::Evidence;
use report::{CheckReport, VerdictKind};

pub(crate) use check::{Check, CheckInfo, apply_only, whole_plan};
pub(crate) use configuration::of_file_alone;
pub(crate) use list::{CHECKS, ids, looks_at, needed};

/// The checks that compare the service account of Prometheus with something.
pub(crate) const WITH_SERVICE_ACCOUNT: [&str; 2] = [service_account::ID, federated_credential::ID];

/// The reports of these checks where the account could not be read from the cluster.
pub(crate) fn without_account() -> Vec<CheckReport> {
    let abouts = CHECKS.iter().map(|check| check.about());
    abouts
        .filter(|about| WITH_SERVICE_ACCOUNT.contains(&about.id))
        .map(|about| CheckReport {
            found: "the service account of Prometheus is not known: see `cluster-readable`"
                .to_owned(),
            next: vec!["name it: --service-account NAMESPACE/NAME".into()],
            ..diagnosis_failure::hanging(&about, cluster_readable::ID)
        })
        .collect()
}

/// Judges what was seen: all checks that apply, or the ones named in `only`.
pub(crate) fn judge(seen: &Evidence, only: &[String]) -> Vec<CheckReport> {
    let mut failed_reads = Vec::new();
    CHECKS
        .iter()
        .filter(|check| check.applies(seen.spec.method_on_platform()))
        .filter(|check| only.is_empty() || only.iter().any(|id| id == check.about().id))
        .map(|check| report(*check, seen, &mut failed_reads))
        .map(|report| with_possible_steps(report, seen))
        .collect()
}

/// A step of the plan that would be refused, because a proxy writes to the same rule, is no advice.
fn with_possible_steps(report: CheckReport, seen: &Evidence) -> CheckReport {
    match single_writer::replaced_proxy(seen) {
        Some(migrate) if report.next.iter().any(NextStep::applies_plan) => CheckReport {
            next: vec![migrate],
            ..report
        },
        _ => report,
    }
}

/// `failed_reads` are those so far, each with the check that fails with it: others that need the same answer are skipped.
fn report(
    check: &dyn Check,
    seen: &Evidence,
    failed_reads: &mut Vec<(Problem, &'static str)>,
) -> CheckReport {
    let about = check.about();
    let CheckInfo { id, category, .. } = about;
    let (verdict, found, next) = match check.judge(seen) {
        Ok(verdict) => (
            verdict.kind(),
            verdict.found().to_owned(),
            verdict.next().to_vec(),
        ),
        Err(problem) if problem.is_failed_read() => {
            let first = failed_reads.iter().find(|(read, _)| *read == problem);
            if let Some((_, failed)) = first {
                return CheckReport {
                    took: check.took(seen),
                    ..diagnosis_failure::hanging(&about, failed)
                };
            }
            failed_reads.push((problem.clone(), id));
            (
                VerdictKind::Fail,
                problem.why(),
                next_of_failed_read(&problem),
            )
        }
        // Never a pass: a check that could not look has not seen that things are right.
        Err(problem) => (
            VerdictKind::Skip,
            problem.why(),
            problem.next_steps().to_vec(),
        ),
    };
    CheckReport {
        id,
        category,
        verdict,
        found,
        next,
        because: None,
        took: check.took(seen),
    }
}

fn next_of_failed_read(problem: &Problem) -> Vec<NextStep> {
    match problem.next_steps() {
        [] => vec!["run doctor again; if it fails in the same way, report the text above".into()],
        steps => steps.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::discover::prometheus::{DiscoveryError, UnreadableReason};
    use crate::facts::Observation;
    use crate::sign_in::SignIn;
    use crate::spec::Spec;
    use crate::spec::choices::PlatformKind;
    use crate::spec::method_on_platform::MethodOnPlatform;
    use crate::steps::{self, examples, steps_for};
    use clap::ValueEnum as _;
    use evidence::Observed;
    use report::Category;

    #[test]
    fn a_healthy_connection_passes_every_check_that_applies() {
        let reports = judge(&Evidence::example(), &[]);

        for report in &reports {
            assert_eq!(
                report.verdict,
                VerdictKind::Pass,
                "{}: {}",
                report.id,
                report.found
            );
        }
        assert!(reports.iter().all(|report| report.id != "client-secret"));
    }

    #[test]
    fn a_check_of_what_a_step_makes_applies_where_the_step_does() {
        let mut compared = BTreeSet::new();
        for platform in PlatformKind::value_variants().iter().copied() {
            for sign_in in SignIn::ALL.iter().copied() {
                let kind = MethodOnPlatform { sign_in, platform };
                let steps: Vec<&str> = steps_for(kind).iter().map(|step| step.id()).collect();
                for check in CHECKS {
                    let id = check.about().id;
                    if steps::ids().any(|step| step == id) {
                        assert_eq!(check.applies(kind), steps.contains(&id), "{id} {kind:?}");
                        compared.insert(id);
                    }
                }
            }
        }

        let expected = [
            "client-secret",
            "federated-credential",
            "node-identity",
            "role-assignment",
            "token-issuer",
        ];
        assert_eq!(compared, BTreeSet::from(expected));
    }

    #[test]
    fn what_could_not_be_looked_at_is_skipped_with_its_reason() {
        let seen = Evidence {
            grants: Observed::unseen("Azure answered 403 AuthorizationFailed"),
            ..Evidence::example()
        };

        let reports = judge(&seen, &["role-assignment".into()]);

        assert_eq!(reports.len(), 1);
        assert_eq!(reports[0].verdict, VerdictKind::Skip);
        assert_eq!(reports[0].found, "Azure answered 403 AuthorizationFailed");
    }

    #[test]
    fn an_answer_that_cannot_be_read_fails_one_check_and_the_others_are_skipped() {
        let problem = Problem::new("the answer is not the expected JSON").of_failed_read(true);
        let seen = Evidence {
            workspace: Observed::at_once(Err(problem.clone())),
            grants: Observed::at_once(Err(problem.clone())),
            client_secrets: Observed::at_once(Err(problem.of_permission(true))),
            ..Evidence::example()
        };

        let reports = judge(&seen, &[]);

        let of = |id| reports.iter().find(|report| report.id == id).unwrap();
        assert_eq!(of("workspace-exists").verdict, VerdictKind::Fail);
        assert_eq!(of("workspace-exists").next.len(), 1);
        let hanging = of("role-assignment");
        assert_eq!(hanging.verdict, VerdictKind::Skip);
        assert_eq!(hanging.because, Some("workspace-exists"));
        let failed = reports
            .iter()
            .filter(|one| one.verdict == VerdictKind::Fail);
        assert_eq!(failed.count(), 1);
    }

    #[test]
    fn each_way_of_signing_in_has_its_own_check() {
        let mut seen = Evidence::example();
        seen.spec.credential.sign_in = SignIn::UserIdentity;

        let ids: Vec<&str> = judge(&seen, &[]).iter().map(|report| report.id).collect();

        assert!(ids.contains(&"node-identity"));
        assert!(!ids.contains(&"federated-credential"));
    }

    #[test]
    fn ids_are_unique_and_grouped_by_category() {
        let ids: BTreeSet<&str> = CHECKS.iter().map(|check| check.about().id).collect();
        let categories: Vec<Category> = CHECKS.iter().map(|check| check.about().category).collect();

        assert_eq!(ids.len(), CHECKS.len());
        assert!(categories.is_sorted());
    }

    #[test]
    fn every_check_has_its_heading_in_the_docs() {
        let docs = include_str!("../../docs/checks.md");

        for check in CHECKS {
            let heading = format!("\n## {}\n", check.about().id);
            assert!(docs.contains(&heading), "docs/checks.md lacks {heading:?}");
        }
    }

    /// Used where it is there because another check needs it.
    const OPTIONAL: &[(&str, Observation)] = &[("role-assignment", Observation::Sample)];

    /// Evidence in which each observation makes a difference to some check.
    fn decisive_evidence() -> Vec<Evidence> {
        let healthy = Evidence::example();
        let mut unlabelled = Evidence::example();
        unlabelled.prometheus.as_mut().unwrap().pod_labels.clear();
        unlabelled.announced_issuer = Observed::known(Some("https://other/".into()));
        unlabelled.grants = Observed::known(Vec::new());
        let with = |credential| Evidence {
            spec: Spec {
                credential,
                ..healthy.spec.clone()
            },
            ..healthy.clone()
        };
        let mut of_unknown_version = healthy.clone();
        of_unknown_version.installation.prometheus = None;
        of_unknown_version.prometheus = Err(DiscoveryError::Unreadable {
            problem: Problem::new("the API server does not answer"),
            reason: UnreadableReason::OutOfReach,
        });
        vec![
            of_unknown_version,
            with(examples::spec_with_machine_identity().credential),
            with(examples::spec_with_secret().credential),
            healthy.clone(),
            unlabelled,
        ]
    }

    #[test]
    fn a_check_judges_from_what_it_declares_and_from_nothing_else() {
        for check in CHECKS {
            let CheckInfo { id, needs, .. } = check.about();
            for observation in Observation::ALL {
                let matters = decisive_evidence()
                    .into_iter()
                    .filter(|seen| check.applies(seen.spec.method_on_platform()))
                    .any(|seen| {
                        check.judge(&seen) != check.judge(&seen.clone().without(observation))
                    });
                let is_declared =
                    needs.contains(&observation) || OPTIONAL.contains(&(id, observation));
                assert_eq!(matters, is_declared, "{id} {observation:?}");
            }
        }
    }

    #[test]
    fn a_named_check_needs_what_its_observations_follow_and_no_sample() {
        let needed = needed(&["role-assignment".into()]);

        assert!(needed.contains(&Observation::Workspace));
        assert!(!needed.contains(&Observation::Sample));
        assert!(!needed.contains(&Observation::Clock));
    }
}
