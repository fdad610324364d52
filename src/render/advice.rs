//! What is known to go wrong between a sign-in and a version of Prometheus or its Operator, said before anything is made.

use super::{AuthenticationKind as Kind, Installation, Target, Version};

/// One thing the user should know first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Advice {
    pub(crate) level: Level,
    pub(crate) reason: String,
    pub(crate) next: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Works, with a flaw.
    Warn,
    /// Works badly enough that the user must insist.
    RefuseUnlessForced,
    /// Cannot work.
    Refuse,
}

/// All that is to be said, in the order of the rules.
pub(crate) fn advise(installation: &Installation, kind: Kind) -> Vec<Advice> {
    let case = Case { installation, kind };
    RULES.iter().filter_map(|rule| rule(&case)).collect()
}

struct Case<'a> {
    installation: &'a Installation,
    kind: Kind,
}

type Number = (u64, u64, u64);

static RULES: &[fn(&Case) -> Option<Advice>] = &[
    unknown_version,
    debian_build,
    sign_in_too_new,
    flavour_of_the_first_version,
    operator_too_old,
    readable_secret,
    resharding_deadlock,
    broken_relabeling,
    dropped_samples,
    token_elsewhere,
];

/// What a sign-in is called, and since when Prometheus and the Operator have it.
fn sign_in(case: &Case) -> (&'static str, Number, Number) {
    match case.kind {
        // Through `azuread.sdk`, as no secret may stand in the configuration.
        Kind::ClientSecret if case.is_in_plain_view() => (
            "a client secret from the environment",
            (2, 52, 0),
            (0, 74, 0),
        ),
        Kind::UserIdentity => ("a user-assigned identity", (2, 45, 0), (0, 69, 0)),
        Kind::SystemIdentity => ("a system-assigned identity", (3, 5, 0), (0, 69, 0)),
        Kind::ClientSecret => ("a client secret", (2, 48, 0), (0, 70, 0)),
        Kind::WorkloadIdentity => ("workload identity", (3, 7, 0), (0, 88, 0)),
    }
}

fn unknown_version(case: &Case) -> Option<Advice> {
    let (name, since, _) = sign_in(case);
    let reason = format!(
        "the version of Prometheus is unknown; {name} needs {} or newer",
        text(since)
    );
    let next = "give it with --prometheus-version, so that it can be checked";
    case.installation
        .prometheus
        .is_none()
        .then(|| warn(reason, next))
}

fn debian_build(case: &Case) -> Option<Advice> {
    let version = case.prometheus().filter(|version| version.is_debian())?;
    let reason =
        format!("Prometheus {version} is a build by Debian, which takes `azuread` out of it");
    Some(refuse(
        reason,
        "run the release from prometheus.io or its container image",
    ))
}

fn sign_in_too_new(case: &Case) -> Option<Advice> {
    let (name, since, _) = sign_in(case);
    let version = case
        .prometheus()
        .filter(|version| version.is_below(since))?;
    let reason = format!(
        "Prometheus {version} does not know {name}, which came with {}",
        text(since)
    );
    let next = match case.kind {
        Kind::WorkloadIdentity => {
            "upgrade Prometheus, at best to 3.14.0 or newer, or choose another sign-in"
        }
        _ => "upgrade Prometheus, or choose another sign-in",
    };
    Some(refuse(reason, next))
}

/// The Operator compares as SemVer does, for which 3.7.0-distroless is older than 3.7.0.
fn flavour_of_the_first_version(case: &Case) -> Option<Advice> {
    let (name, since, _) = sign_in(case);
    let version = case
        .operated_prometheus()
        .filter(|version| version.is_flavour_of(since))?;
    let reason = format!(
        "the Operator takes {version} for older than {}, so it refuses {name}",
        text(since)
    );
    Some(refuse(
        reason,
        "upgrade Prometheus by at least one patch release",
    ))
}

fn operator_too_old(case: &Case) -> Option<Advice> {
    let (name, _, since) = sign_in(case);
    let version = case.operator().filter(|version| version.is_below(since))?;
    let reason = format!(
        "Prometheus Operator {version} does not know {name}, which came with {}",
        text(since)
    );
    Some(refuse(
        reason,
        "upgrade the Operator and its custom resource definitions, or choose another sign-in",
    ))
}

/// CVE-2026-42151, fixed in 3.5.3 and 3.11.3.
fn readable_secret(case: &Case) -> Option<Advice> {
    let version = case
        .prometheus()
        .filter(|_| case.kind == Kind::ClientSecret && !case.is_in_plain_view())?;
    let fixed = version.is_within((3, 5, 3), (3, 6, 0)) || version.is_at_least((3, 11, 3));
    let reason = format!(
        "Prometheus {version} shows the client secret to whoever can read its configuration page (CVE-2026-42151)"
    );
    let next = "upgrade to 3.5.3, 3.11.3 or newer, or choose an identity without a secret";
    (!fixed).then(|| insist(reason, next))
}

fn resharding_deadlock(case: &Case) -> Option<Advice> {
    let version = case
        .prometheus()
        .filter(|version| version.is_within((3, 7, 0), (3, 7, 3)))?;
    let reason =
        format!("Prometheus {version} can lock up for good while it scales its remote write");
    Some(insist(reason, "upgrade to 3.7.3 or newer"))
}

fn broken_relabeling(case: &Case) -> Option<Advice> {
    let version = case
        .prometheus()
        .filter(|version| version.is_within((3, 9, 0), (3, 9, 1)))?;
    let reason = format!(
        "Prometheus {version} breaks the relabeling actions keep and drop, and crashes as an agent"
    );
    Some(insist(reason, "upgrade to 3.9.1 or newer"))
}

fn dropped_samples(case: &Case) -> Option<Advice> {
    let version = case
        .prometheus()
        .filter(|version| version.is_within((2, 51, 0), (2, 53, 1)))?;
    let reason = format!("Prometheus {version} drops samples when it catches up after an outage");
    Some(warn(reason, "upgrade to 2.53.1 or newer"))
}

fn token_elsewhere(case: &Case) -> Option<Advice> {
    let version = case
        .prometheus()
        .filter(|_| case.kind == Kind::WorkloadIdentity)?;
    if !case.installation.has_fixed_token_file()
        || !matches!(
            case.installation.target,
            Target::PrometheusYml | Target::ConfigMap
        )
    {
        return None;
    }
    let reason = format!(
        "Prometheus {version} looks for the token where the workload identity webhook put it before release 1.6.0"
    );
    Some(warn(
        reason,
        "name the pod's AZURE_FEDERATED_TOKEN_FILE as token file, or upgrade to 3.14.0 or newer",
    ))
}

impl Case<'_> {
    fn prometheus(&self) -> Option<&Version> {
        self.installation.prometheus.as_ref()
    }

    fn operator(&self) -> Option<&Version> {
        self.installation.operator.as_ref()
    }

    fn is_in_plain_view(&self) -> bool {
        self.installation.target.is_in_plain_view()
    }

    fn operated_prometheus(&self) -> Option<&Version> {
        self.prometheus()
            .filter(|_| self.installation.target.is_operated())
    }
}

fn text((major, minor, patch): Number) -> String {
    format!("{major}.{minor}.{patch}")
}

fn warn(reason: String, next: &'static str) -> Advice {
    Advice {
        level: Level::Warn,
        reason,
        next,
    }
}

fn insist(reason: String, next: &'static str) -> Advice {
    Advice {
        level: Level::RefuseUnlessForced,
        reason,
        next,
    }
}

fn refuse(reason: String, next: &'static str) -> Advice {
    Advice {
        level: Level::Refuse,
        reason,
        next,
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

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

    fn levels(installation: &Installation, kind: Kind) -> Vec<Level> {
        advise(installation, kind)
            .iter()
            .map(|advice| advice.level)
            .collect()
    }

    #[test]
    fn each_version_gets_its_verdict() {
        let cases: &[(&str, Kind, &[Level])] = &[
            ("2.44.0", Kind::UserIdentity, &[Level::Refuse]),
            ("2.45.0", Kind::UserIdentity, &[]),
            ("2.52.0", Kind::UserIdentity, &[Level::Warn]),
            ("2.53.1", Kind::UserIdentity, &[]),
            ("3.4.2", Kind::SystemIdentity, &[Level::Refuse]),
            ("3.5.0", Kind::SystemIdentity, &[]),
            (
                "2.47.2",
                Kind::ClientSecret,
                &[Level::Refuse, Level::RefuseUnlessForced],
            ),
            ("2.54.0", Kind::ClientSecret, &[Level::RefuseUnlessForced]),
            ("3.5.2", Kind::ClientSecret, &[Level::RefuseUnlessForced]),
            ("3.5.3", Kind::ClientSecret, &[]),
            ("3.6.0", Kind::ClientSecret, &[Level::RefuseUnlessForced]),
            ("3.11.2", Kind::ClientSecret, &[Level::RefuseUnlessForced]),
            ("3.11.3", Kind::ClientSecret, &[]),
            ("v3.14.0-distroless", Kind::ClientSecret, &[]),
            ("3.6.0", Kind::WorkloadIdentity, &[Level::Refuse]),
            ("3.7.0-rc.1", Kind::WorkloadIdentity, &[Level::Refuse]),
            (
                "3.7.2",
                Kind::WorkloadIdentity,
                &[Level::RefuseUnlessForced, Level::Warn],
            ),
            ("3.7.3", Kind::WorkloadIdentity, &[Level::Warn]),
            (
                "3.9.0",
                Kind::WorkloadIdentity,
                &[Level::RefuseUnlessForced, Level::Warn],
            ),
            ("3.13.2", Kind::WorkloadIdentity, &[Level::Warn]),
            ("3.14.0", Kind::WorkloadIdentity, &[]),
            ("3.14.0+ds1", Kind::WorkloadIdentity, &[Level::Refuse]),
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
    fn the_operator_has_a_say_too() {
        let cases: &[(&str, &str, Kind, &[Level])] = &[
            ("3.14.0", "0.87.0", Kind::WorkloadIdentity, &[Level::Refuse]),
            ("3.14.0", "0.88.0", Kind::WorkloadIdentity, &[]),
            ("3.13.0", "0.93.0", Kind::WorkloadIdentity, &[]),
            (
                "3.5.0-distroless",
                "0.93.0",
                Kind::SystemIdentity,
                &[Level::Refuse],
            ),
            ("3.5.1-distroless", "0.93.0", Kind::SystemIdentity, &[]),
            ("2.53.1", "0.68.0", Kind::UserIdentity, &[Level::Refuse]),
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
    fn a_secret_that_comes_from_the_environment_cannot_be_read_but_needs_a_newer_version() {
        let chart = |version| Installation {
            target: Target::PrometheusChart,
            ..plain(version)
        };

        assert_eq!(
            levels(&chart("2.48.0"), Kind::ClientSecret),
            [Level::Refuse]
        );
        assert_eq!(levels(&chart("2.54.0"), Kind::ClientSecret), []);
    }

    #[test]
    fn an_unknown_version_is_said_and_stops_nothing() {
        let installation = Installation {
            prometheus: None,
            ..plain("3.14.0")
        };

        let advice = advise(&installation, Kind::WorkloadIdentity);

        assert_eq!(advice.len(), 1);
        assert_snapshot!(format!("{:?}: {}\n{}", advice[0].level, advice[0].reason, advice[0].next), @"
        Warn: the version of Prometheus is unknown; workload identity needs 3.7.0 or newer
        give it with --prometheus-version, so that it can be checked
        ");
    }
}
