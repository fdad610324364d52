//! What a version of Prometheus or its Operator means for a connection, checked before anything is created.

use super::features::FeatureRow;
use super::issues::{AppliesTo, ISSUES, KnownIssue, SIDECAR_END_OF_SUPPORT, Severity};
use super::version::number_text;
use super::{Feature, Installation, Version};
use crate::problem::Problem;

/// One finding about the version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Advice {
    pub(crate) level: Severity,
    pub(crate) problem: Problem,
}

/// What a connection requires of a version of Prometheus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Requirements {
    /// How Prometheus authenticates; `None` where a sidecar does it.
    pub(crate) sign_in: Option<Feature>,
    /// Whether the user sets `sample_age_limit`.
    pub(crate) limits_age: bool,
    /// Whether the user names the place of the token of workload identity.
    pub(crate) names_token_file: bool,
}

impl Requirements {
    pub(crate) fn of(sign_in: Feature) -> Self {
        Self {
            sign_in: Some(sign_in),
            limits_age: false,
            names_token_file: false,
        }
    }
}

/// Everything that is known, in the order of the rules.
pub(crate) fn advise(installation: &Installation, requirements: Requirements) -> Vec<Advice> {
    let case = AdviceInput {
        installation,
        requirements,
    };
    let of_sign_in = requirements.sign_in.into_iter().flat_map(|sign_in| {
        SIGN_IN_RULES
            .iter()
            .filter_map(move |rule| rule(&case, sign_in))
    });
    let of_issues = ISSUES.iter().filter_map(|issue| case.issue(issue));
    of_sign_in
        .chain(age_limit_too_new(&case))
        .chain(of_issues)
        .chain(sidecar_end_of_support(&case))
        .collect()
}

#[derive(Clone, Copy)]
struct AdviceInput<'a> {
    installation: &'a Installation,
    requirements: Requirements,
}

static SIGN_IN_RULES: &[fn(&AdviceInput, Feature) -> Option<Advice>] = &[
    unknown_version,
    debian_build,
    prometheus_too_old,
    flavour_of_the_first_version,
    operator_too_old,
];

fn unknown_version(case: &AdviceInput, sign_in: Feature) -> Option<Advice> {
    let FeatureRow {
        name, prometheus, ..
    } = sign_in.row();
    let reason = format!(
        "the version of Prometheus is unknown; for {name} it must be {} or newer",
        number_text(*prometheus)
    );
    let next = "set it with --prometheus-version";
    case.prometheus().is_none().then(|| warn(reason, next))
}

fn debian_build(case: &AdviceInput, _: Feature) -> Option<Advice> {
    // Debian patches `azuread` out of every version since 2.45, whatever the number is.
    let version = case.prometheus().filter(|version| version.is_debian())?;
    let reason =
        format!("Prometheus {version} is a Debian build, which does not include `azuread`");
    Some(refuse(
        reason,
        "run the release from prometheus.io or its container image",
    ))
}

fn prometheus_too_old(case: &AdviceInput, feature: Feature) -> Option<Advice> {
    let FeatureRow {
        name, prometheus, ..
    } = feature.row();
    let version = case
        .prometheus()
        .filter(|version| version.is_below(*prometheus))?;
    let reason = format!(
        "Prometheus {version} does not support {name} (added in {})",
        number_text(*prometheus)
    );
    let next = match feature {
        _ if case.has_sdk(feature) => {
            "upgrade Prometheus, leave authentication to Azure's SDK with --azuread sdk, or choose another sign-in"
        }
        // 3.7 to 3.13 look for the token only where the webhook put it before its release 1.6.
        Feature::WorkloadIdentity => {
            "upgrade Prometheus (preferably to 3.14.0 or newer), or choose another sign-in"
        }
        _ => "upgrade Prometheus, or choose another sign-in",
    };
    Some(refuse(reason, next))
}

fn flavour_of_the_first_version(case: &AdviceInput, sign_in: Feature) -> Option<Advice> {
    let FeatureRow {
        name, prometheus, ..
    } = sign_in.row();
    // The default image of kube-prometheus-stack has such a suffix since chart 85.0.
    let is_first_flavour = case.installation.is_first_flavour(sign_in);
    let version = case.prometheus().filter(|_| is_first_flavour)?;
    let reason = format!(
        "the Operator treats {version} as older than {}, so it refuses {name}",
        number_text(*prometheus)
    );
    Some(refuse(
        reason,
        "upgrade Prometheus by at least one patch release",
    ))
}

fn operator_too_old(case: &AdviceInput, sign_in: Feature) -> Option<Advice> {
    let FeatureRow { name, operator, .. } = sign_in.row();
    let since = (*operator)?;
    let installation = case.installation;
    let installed = installation.operator.as_ref();
    // A prometheus.yml is read by Prometheus itself, whichever Operator runs in the cluster.
    let installed = installed.filter(|_| installation.target.is_operated());
    // The API server drops a field that the definition lacks, and its only sign is a warning header.
    let version = installed.filter(|version| version.is_below(since))?;
    let reason = format!(
        "Prometheus Operator {version} does not support {name} (added in {})",
        number_text(since)
    );
    let next = if case.has_sdk(sign_in) {
        "upgrade the Operator and its custom resource definitions, or leave authentication to Azure's SDK: --azuread sdk"
    } else {
        "upgrade the Operator and its custom resource definitions, or choose another sign-in"
    };
    Some(refuse(reason, next))
}

fn age_limit_too_new(case: &AdviceInput) -> Option<Advice> {
    let FeatureRow {
        name, prometheus, ..
    } = Feature::SampleAgeLimit.row();
    let version = case
        .prometheus()
        .filter(|version| case.requirements.limits_age && version.is_below(*prometheus))?;
    let reason = format!(
        "Prometheus {version} does not support {name} (added in {})",
        number_text(*prometheus)
    );
    Some(refuse(
        reason,
        "leave it out of --queue, or upgrade Prometheus",
    ))
}

fn sidecar_end_of_support(case: &AdviceInput) -> Option<Advice> {
    let reason = format!("Microsoft supports the sidecar until {SIDECAR_END_OF_SUPPORT}");
    case.requirements.sign_in.is_none().then(|| {
        warn(
            reason,
            "use --path native if this version of Prometheus supports the sign-in",
        )
    })
}

impl AdviceInput<'_> {
    fn prometheus(&self) -> Option<&Version> {
        self.installation.prometheus.as_ref()
    }

    /// Whether this can be left to `azuread.sdk`, as far as the versions are known.
    fn has_sdk(&self, sign_in: Feature) -> bool {
        let is_sdk = matches!(
            sign_in,
            Feature::Sdk | Feature::SdkSecret | Feature::SdkCertificate
        );
        !is_sdk && !self.installation.lacks(Feature::Sdk)
    }

    fn issue(&self, issue: &KnownIssue) -> Option<Advice> {
        let version = self.prometheus().filter(|version| issue.affects(version))?;
        if !self.applies(issue.applies_to) {
            return None;
        }
        let has_sdk = self
            .requirements
            .sign_in
            .is_some_and(|one| self.has_sdk(one));
        let with_sdk = issue.next_with_sdk.filter(|_| has_sdk);
        Some(Advice {
            level: issue.level,
            problem: Problem::new(format!("Prometheus {version} {}", issue.effect))
                .next(with_sdk.unwrap_or(issue.next)),
        })
    }

    fn applies(&self, applies_to: AppliesTo) -> bool {
        let sign_in = self.requirements.sign_in;
        match applies_to {
            AppliesTo::All => true,
            AppliesTo::ClientSecret => sign_in == Some(Feature::ClientSecret),
            AppliesTo::SampleAgeLimit => self.requirements.limits_age,
            // A target that describes the pod projects the token to where Prometheus looks.
            AppliesTo::TokenFile => {
                sign_in == Some(Feature::WorkloadIdentity)
                    && !self.requirements.names_token_file
                    && !self.installation.target.describes_pod()
            }
        }
    }
}

fn warn(reason: String, next: &'static str) -> Advice {
    Advice {
        level: Severity::Warn,
        problem: Problem::new(reason).next(next),
    }
}

fn refuse(reason: String, next: &'static str) -> Advice {
    Advice {
        level: Severity::Refuse,
        problem: Problem::new(reason).next(next),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::target::Target;

    fn plain(version: &str) -> Installation {
        Installation {
            target: Target::PrometheusYml,
            prometheus: version.parse().ok(),
            operator: None,
        }
    }

    fn operated(version: &str, operator: &str) -> Installation {
        Installation {
            target: Target::KubePrometheusStack,
            prometheus: version.parse().ok(),
            operator: operator.parse().ok(),
        }
    }

    fn levels(installation: &Installation, kind: Feature) -> Vec<Severity> {
        advise(installation, Requirements::of(kind))
            .iter()
            .map(|advice| advice.level)
            .collect()
    }

    #[test]
    fn each_version_gets_its_verdict() {
        use Severity::{Refuse, RefuseUnlessForced, Warn};
        let cases: &[(&str, Feature, &[Severity])] = &[
            ("2.44.0", Feature::UserIdentity, &[Refuse]),
            ("2.45.0", Feature::UserIdentity, &[]),
            ("2.52.0", Feature::UserIdentity, &[Warn]),
            ("2.53.1", Feature::UserIdentity, &[]),
            ("3.4.2", Feature::SystemIdentity, &[Refuse]),
            ("3.5.0", Feature::SystemIdentity, &[]),
            ("2.47.2", Feature::ClientSecret, &[Refuse]),
            ("2.54.0", Feature::ClientSecret, &[RefuseUnlessForced]),
            ("3.5.2", Feature::ClientSecret, &[RefuseUnlessForced]),
            ("3.5.3", Feature::ClientSecret, &[]),
            ("3.6.0", Feature::ClientSecret, &[RefuseUnlessForced]),
            ("3.11.2", Feature::ClientSecret, &[RefuseUnlessForced]),
            ("3.11.3", Feature::ClientSecret, &[]),
            ("v3.14.0-distroless", Feature::ClientSecret, &[]),
            ("3.6.0", Feature::WorkloadIdentity, &[Refuse]),
            ("3.7.0-rc.1", Feature::WorkloadIdentity, &[Refuse]),
            (
                "3.7.2",
                Feature::WorkloadIdentity,
                &[RefuseUnlessForced, Warn],
            ),
            ("3.7.3", Feature::WorkloadIdentity, &[Warn]),
            (
                "3.9.0",
                Feature::WorkloadIdentity,
                &[RefuseUnlessForced, Warn],
            ),
            ("3.13.2", Feature::WorkloadIdentity, &[Warn]),
            ("3.14.0", Feature::WorkloadIdentity, &[]),
            ("3.14.0+ds1", Feature::WorkloadIdentity, &[Refuse]),
        ];
        for (version, kind, expected) in cases {
            assert_eq!(
                levels(&plain(version), *kind),
                *expected,
                "{version} {kind:?}"
            );
        }
    }

    #[test]
    fn the_version_of_the_operator_counts_too() {
        let cases: &[(&str, &str, Feature, &[Severity])] = &[
            (
                "3.14.0",
                "0.87.0",
                Feature::WorkloadIdentity,
                &[Severity::Refuse],
            ),
            ("3.14.0", "0.88.0", Feature::WorkloadIdentity, &[]),
            ("3.13.0", "0.93.0", Feature::WorkloadIdentity, &[]),
            (
                "3.5.0-distroless",
                "0.93.0",
                Feature::SystemIdentity,
                &[Severity::Refuse],
            ),
            ("3.5.1-distroless", "0.93.0", Feature::SystemIdentity, &[]),
            (
                "2.53.1",
                "0.68.0",
                Feature::UserIdentity,
                &[Severity::Refuse],
            ),
        ];
        for (version, operator, kind, expected) in cases {
            assert_eq!(
                levels(&operated(version, operator), *kind),
                *expected,
                "{version} {operator} {kind:?}"
            );
        }
    }

    #[test]
    fn a_secret_in_the_environment_cannot_be_read_but_needs_a_newer_version() {
        assert_eq!(
            levels(&plain("2.48.0"), Feature::SdkSecret),
            [Severity::Refuse]
        );
        assert_eq!(levels(&plain("2.54.0"), Feature::SdkSecret), []);
    }

    fn reasons(installation: &Installation, requirements: Requirements) -> Vec<String> {
        advise(installation, requirements)
            .iter()
            .map(|advice| format!("{:?}: {}", advice.level, advice.problem))
            .collect()
    }

    #[test]
    fn a_certificate_is_new_in_the_configuration_and_older_in_the_environment() {
        let by_sdk = Requirements::of(Feature::SdkCertificate);

        assert_eq!(
            levels(&plain("3.12.0"), Feature::Certificate),
            [Severity::Refuse]
        );
        assert_eq!(levels(&plain("3.13.0"), Feature::Certificate), []);
        assert_eq!(reasons(&plain("2.54.0"), by_sdk), Vec::<String>::new());
        let advice = advise(&plain("3.12.0"), Requirements::of(Feature::Certificate));
        let next = crate::next_step::lines(advice[0].problem.next_steps()).join("\n");
        assert!(next.contains("--azuread sdk"), "{next}");
    }

    #[test]
    fn with_the_sdk_only_a_version_that_has_the_sdk_is_needed() {
        let by_sdk = Requirements::of(Feature::Sdk);

        assert_eq!(reasons(&plain("3.6.0"), by_sdk), Vec::<String>::new());
        assert_eq!(
            reasons(&operated("3.6.0", "0.87.0"), by_sdk),
            Vec::<String>::new()
        );
        assert_snapshot!(reasons(&plain("2.51.0"), by_sdk).join("\n"), @"
        Refuse: Prometheus 2.51.0 does not support authentication by Azure's SDK (added in 2.52.0)
        Warn: Prometheus 2.51.0 drops samples when it catches up after an outage
        ");
    }

    #[test]
    fn the_sidecar_needs_nothing_of_prometheus_and_its_end_of_support_is_named() {
        let by_sidecar = Requirements {
            sign_in: None,
            ..Requirements::of(Feature::WorkloadIdentity)
        };

        assert_snapshot!(reasons(&plain("2.40.0+ds1"), by_sidecar).join("\n"), @"Warn: Microsoft supports the sidecar until 2027-03-31");
    }

    #[test]
    fn a_named_token_file_needs_no_warning() {
        let named = Requirements {
            names_token_file: true,
            ..Requirements::of(Feature::WorkloadIdentity)
        };

        assert_eq!(reasons(&plain("3.13.2"), named), Vec::<String>::new());
    }

    #[test]
    fn an_age_limit_is_refused_where_it_corrupts_samples() {
        let limited = Requirements {
            limits_age: true,
            ..Requirements::of(Feature::UserIdentity)
        };

        let reasons = ["2.49.0", "2.53.4", "2.54.0"]
            .map(|version| reasons(&plain(version), limited).join("; "));

        assert_snapshot!(reasons.join("\n"), @"
        Refuse: Prometheus 2.49.0 does not support sample_age_limit (added in 2.50.0)
        RefuseUnlessForced: Prometheus 2.53.4 corrupts samples when sample_age_limit is set
        ");
    }

    #[test]
    fn an_unknown_version_is_a_warning() {
        let installation = Installation {
            prometheus: None,
            ..plain("3.14.0")
        };

        let advice = advise(&installation, Requirements::of(Feature::WorkloadIdentity));

        assert_eq!(advice.len(), 1);
        assert_snapshot!(format!("{:?}: {}\n{}", advice[0].level, advice[0].problem, crate::next_step::lines(advice[0].problem.next_steps()).join("\n")), @"
        Warn: the version of Prometheus is unknown; for workload identity it must be 3.7.0 or newer
        set it with --prometheus-version
        ");
    }
}
