//! What keeps doctor from looking at the connection as a whole: one check fails with it, and the others are skipped.

use std::time::Duration;

use super::report::{CheckReport, VerdictKind};
use super::verdict::Verdict;
use super::{CHECKS, CheckInfo, cluster_readable, configuration, connection, sign_in};
use crate::error::Failure;
use crate::problem::Problem;
use crate::spec::method_on_platform::MethodOnPlatform;

/// The stage at which a diagnosis ended before there was evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DiagnosisStage {
    /// The spec file, the answers, or the subscription that they name.
    Answers,
    SignIn,
    Cluster,
}

impl DiagnosisStage {
    fn check(self) -> &'static str {
        match self {
            Self::Answers => connection::ID,
            Self::SignIn => sign_in::ID,
            Self::Cluster => cluster_readable::ID,
        }
    }
}

/// The failure that ended it, and what was seen before.
pub(crate) struct DiagnosisFailure {
    pub(crate) place: DiagnosisStage,
    pub(crate) failure: Failure,
    /// What decides which checks there are.
    pub(crate) connection: MethodOnPlatform,
    /// The account that is signed in, where the sign-in worked.
    pub(crate) signed_in: Option<String>,
    /// What the user's file alone shows, where one is named.
    pub(crate) file: Option<Result<Verdict, Problem>>,
}

impl DiagnosisFailure {
    /// The list of checks; the failed one is in it whatever `only` names. Ctrl-C is no finding.
    pub(crate) fn reports(self, only: &[String]) -> Result<Vec<CheckReport>, Failure> {
        if self.failure.is_interruption() {
            return Err(self.failure);
        }
        let failed = self.place.check();
        let reports = CHECKS
            .iter()
            .filter(|check| check.applies(self.connection))
            .map(|check| check.about())
            .filter(|about| {
                only.is_empty() || about.id == failed || only.iter().any(|id| id == about.id)
            })
            .map(|about| self.report(&about, failed));
        Ok(reports.collect())
    }

    fn report(&self, about: &CheckInfo, failed: &'static str) -> CheckReport {
        let verdict = match (&self.signed_in, &self.file) {
            _ if about.id == failed => self.verdict(),
            (Some(account), _) if about.id == sign_in::ID => Verdict::pass(account.clone()),
            (_, Some(Ok(verdict))) if about.id == configuration::ID => verdict.clone(),
            (_, Some(Err(problem))) if about.id == configuration::ID => {
                return CheckReport {
                    found: format!("{}, because `{failed}` failed", problem.why()),
                    ..hanging(about, failed)
                };
            }
            _ => return hanging(about, failed),
        };
        CheckReport {
            id: about.id,
            category: about.category,
            verdict: verdict.kind(),
            found: verdict.found().to_owned(),
            next: verdict.next().to_vec(),
            because: None,
            took: Duration::ZERO,
        }
    }

    fn verdict(&self) -> Verdict {
        let problem = self.failure.cause();
        let found = Problem::new(self.failure.to_string());
        let next = problem.next_steps().iter().cloned();
        let found = next.fold(found, Problem::next);
        match problem.next_steps().is_empty() {
            true => Verdict::fail_of(&found.next("correct this, and run doctor again")),
            false => Verdict::fail_of(&found),
        }
    }
}

/// A check that was not made because another one failed.
pub(super) fn hanging(about: &CheckInfo, failed: &'static str) -> CheckReport {
    CheckReport {
        id: about.id,
        category: about.category,
        verdict: VerdictKind::Skip,
        found: format!("because `{failed}` failed"),
        next: Vec::new(),
        because: Some(failed),
        took: Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::answers::ConnectionAnswers;

    fn reports(
        place: DiagnosisStage,
        signed_in: Option<&str>,
        only: &[String],
    ) -> Vec<CheckReport> {
        let diagnosis_failure = DiagnosisFailure {
            place,
            failure: Failure::new("find cluster `nope`").reason("no cluster has this name"),
            connection: ConnectionAnswers::default().method_on_platform(),
            signed_in: signed_in.map(str::to_owned),
            file: None,
        };
        diagnosis_failure.reports(only).unwrap()
    }

    #[test]
    fn one_check_fails_with_a_next_step_and_the_others_hang_on_it() {
        for place in [
            DiagnosisStage::Answers,
            DiagnosisStage::SignIn,
            DiagnosisStage::Cluster,
        ] {
            let reports = reports(place, None, &[]);

            let failed: Vec<_> = reports
                .iter()
                .filter(|one| one.verdict == VerdictKind::Fail)
                .collect();
            assert_eq!(failed.len(), 1);
            assert_eq!(failed[0].id, place.check());
            assert_eq!(
                failed[0].found,
                "cannot find cluster `nope`: no cluster has this name"
            );
            assert!(!failed[0].next.is_empty());
            let others = reports.iter().filter(|one| one.id != place.check());
            for other in others {
                assert_eq!(
                    (other.verdict, other.because),
                    (VerdictKind::Skip, Some(place.check()))
                );
            }
        }
    }

    #[test]
    fn the_sign_in_that_worked_passes_and_the_failed_check_is_listed_unasked() {
        let reports = reports(
            DiagnosisStage::Cluster,
            Some("ada"),
            &["sign-in".to_owned()],
        );

        let verdicts: Vec<_> = reports.iter().map(|one| (one.id, one.verdict)).collect();
        assert_eq!(
            verdicts,
            [
                ("sign-in", VerdictKind::Pass),
                ("cluster-readable", VerdictKind::Fail)
            ]
        );
    }

    #[test]
    fn an_interrupt_is_no_finding() {
        let diagnosis_failure = DiagnosisFailure {
            place: DiagnosisStage::Answers,
            failure: Failure::interrupted(),
            connection: ConnectionAnswers::default().method_on_platform(),
            signed_in: None,
            file: None,
        };

        assert!(
            diagnosis_failure
                .reports(&[])
                .unwrap_err()
                .is_interruption()
        );
    }
}
