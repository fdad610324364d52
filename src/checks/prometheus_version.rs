//! Does the version of Prometheus, and of its Operator, support this connection without a known issue?

use super::evidence::Evidence;
use super::report::Category;
use super::verdict::Verdict;
use super::{Check, CheckInfo};
use crate::compat::{self, Advice, Severity};
use crate::discover::prometheus::DiscoveryError;
use crate::facts::{Facts, Observation};
use crate::problem::Problem;
use crate::remote_write;

pub(super) struct PrometheusVersionCheck;

impl Check for PrometheusVersionCheck {
    fn about(&self) -> CheckInfo {
        CheckInfo {
            id: "prometheus-version",
            category: Category::Cluster,
            needs: &[Observation::Prometheus],
        }
    }

    fn judge(&self, seen: &Evidence) -> Result<Verdict, Problem> {
        let installation = &seen.installation;
        // Which fields are written depends on the sign-in method; the ids that Azure gives change nothing about
        // the version.
        let remote_write = remote_write::planned(&seen.spec, &Facts::default());
        let advice = compat::advise(installation, installation.requirements(&remote_write));
        if advice.iter().any(|one| prevents(one, seen)) {
            return Ok(Verdict::fail_of(&together(&advice)));
        }
        let Some(version) = &installation.prometheus else {
            return Err(unknown(seen));
        };
        Ok(match advice.as_slice() {
            [] => Verdict::pass(format!(
                "Prometheus {version} has what this connection needs, and no known issue"
            )),
            warnings => Verdict::warn_of(&together(warnings)),
        })
    }
}

/// Whether it cannot work, or has a known issue that was not accepted with `--force`.
fn prevents(advice: &Advice, seen: &Evidence) -> bool {
    match advice.level {
        Severity::Refuse => true,
        Severity::RefuseUnlessForced => !seen.accepts_known_issues,
        Severity::Warn => false,
    }
}

fn together(advice: &[Advice]) -> Problem {
    let reasons: Vec<String> = advice.iter().map(|one| one.problem.why()).collect();
    let next = advice.iter().flat_map(|one| one.problem.next_steps());
    next.cloned()
        .fold(Problem::new(reasons.join("; ")), Problem::next)
}

fn unknown(seen: &Evidence) -> Problem {
    match &seen.prometheus {
        Err(DiscoveryError::Unreadable { problem, .. }) => problem.clone(),
        _ => Problem::new("the version of Prometheus is unknown"),
    }
    .next("give the version: --prometheus-version VERSION")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::report::VerdictKind;

    fn seen(version: Option<&str>) -> Evidence {
        let mut seen = Evidence::example();
        seen.installation.prometheus = version.map(|version| version.parse().unwrap());
        seen
    }

    #[test]
    fn a_version_that_cannot_sign_in_this_way_fails_with_what_to_do() {
        let verdict = PrometheusVersionCheck.judge(&seen(Some("2.44.0"))).unwrap();

        assert_eq!(verdict.kind(), VerdictKind::Fail);
        assert!(
            verdict
                .found()
                .starts_with("Prometheus 2.44.0 does not support"),
            "{verdict:?}"
        );
        assert!(
            verdict.next()[0].line().starts_with("upgrade"),
            "{verdict:?}"
        );
    }

    #[test]
    fn a_known_issue_fails_and_is_a_warning_once_it_was_accepted() {
        let mut seen = Evidence {
            spec: crate::steps::examples::spec_with_secret(),
            ..seen(Some("3.10.0"))
        };
        seen.spec.target = crate::target::Target::PrometheusYml;
        seen.installation.target = seen.spec.target;

        let judged = PrometheusVersionCheck.judge(&seen).unwrap();
        seen.accepts_known_issues = true;
        let accepted = PrometheusVersionCheck.judge(&seen).unwrap();

        assert_eq!(judged.kind(), VerdictKind::Fail);
        assert!(judged.found().contains("CVE-2026-42151"), "{judged:?}");
        assert_eq!(accepted.kind(), VerdictKind::Warn);
    }

    #[test]
    fn an_unknown_version_is_skipped_with_the_flag_that_gives_it() {
        let problem = PrometheusVersionCheck.judge(&seen(None)).unwrap_err();

        assert_eq!(
            problem.next_steps(),
            ["give the version: --prometheus-version VERSION"]
        );
    }
}
