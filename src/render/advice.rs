//! What is known to go wrong between a sign-in and a version of Prometheus or its Operator, said before anything is made.

use super::{
    Authentication, AuthenticationKind as Kind, Installation, RemoteWrite, Route, Version,
};

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

/// What a connection asks of a version of Prometheus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Demand {
    pub(crate) kind: Kind,
    pub(crate) route: Route,
    /// Whether the user sets `sample_age_limit`.
    pub(crate) limits_age: bool,
    /// Whether the user says where the token of workload identity is.
    pub(crate) names_token_file: bool,
}

impl Demand {
    /// Of a sign-in that Prometheus does by itself.
    pub(crate) fn of(kind: Kind) -> Self {
        Self {
            kind,
            route: Route::Direct,
            limits_age: false,
            names_token_file: false,
        }
    }
}

impl RemoteWrite {
    pub(crate) fn demand(&self) -> Demand {
        let queue = self.sending.queue.as_ref();
        Demand {
            kind: self.authentication.kind(),
            route: self.route,
            limits_age: queue.is_some_and(|queue| queue.sets("sample_age_limit")),
            names_token_file: matches!(
                &self.authentication,
                Authentication::WorkloadIdentity {
                    token_file: Some(_),
                    ..
                }
            ),
        }
    }
}

/// All that is to be said, in the order of the rules.
pub(crate) fn advise(installation: &Installation, demand: Demand) -> Vec<Advice> {
    let is_left_to_sdk = demand.route == Route::Direct && installation.cannot_say(demand.kind);
    let case = Case {
        installation,
        kind: demand.kind,
        route: if is_left_to_sdk {
            Route::Sdk
        } else {
            demand.route
        },
        limits_age: demand.limits_age,
        names_token_file: demand.names_token_file,
    };
    RULES.iter().filter_map(|rule| rule(&case)).collect()
}

struct Case<'a> {
    installation: &'a Installation,
    kind: Kind,
    route: Route,
    limits_age: bool,
    names_token_file: bool,
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
    corrupting_age_limit,
    token_elsewhere,
    sidecar_without_future,
];

/// What a sign-in is called, and since when Prometheus and the Operator have it; none where a sidecar does it.
fn sign_in(case: &Case) -> Option<(&'static str, Number, Number)> {
    match (case.route, case.kind) {
        (Route::Sidecar { .. }, _) => None,
        (Route::Sdk, Kind::ClientSecret) => {
            Some(("a client secret from the environment", SDK.0, SDK.1))
        }
        (Route::Sdk, Kind::Certificate) => {
            Some(("a client certificate from the environment", SDK.0, SDK.1))
        }
        (Route::Sdk, _) => Some(("a sign-in by Azure's SDK", SDK.0, SDK.1)),
        (Route::Direct, kind) => Some(match kind {
            Kind::UserIdentity => ("a user-assigned identity", (2, 45, 0), (0, 69, 0)),
            Kind::SystemIdentity => ("a system-assigned identity", (3, 5, 0), (0, 69, 0)),
            Kind::ClientSecret => ("a client secret", (2, 48, 0), (0, 70, 0)),
            Kind::Certificate => ("a client certificate", (3, 13, 0), SDK.1),
            Kind::WorkloadIdentity => ("workload identity", (3, 7, 0), (0, 88, 0)),
        }),
    }
}

/// Since when Prometheus and the Operator have `azuread.sdk`.
const SDK: (Number, Number) = ((2, 52, 0), (0, 74, 0));

fn unknown_version(case: &Case) -> Option<Advice> {
    let (name, since, _) = sign_in(case)?;
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
    sign_in(case)?;
    let version = case.prometheus().filter(|version| version.is_debian())?;
    let reason =
        format!("Prometheus {version} is a build by Debian, which takes `azuread` out of it");
    Some(refuse(
        reason,
        "run the release from prometheus.io or its container image",
    ))
}

fn sign_in_too_new(case: &Case) -> Option<Advice> {
    let (name, since, _) = sign_in(case)?;
    let version = case
        .prometheus()
        .filter(|version| version.is_below(since))?;
    let reason = format!(
        "Prometheus {version} does not know {name}, which came with {}",
        text(since)
    );
    let next = match case.kind {
        _ if case.can_be_left_to_sdk() => {
            "upgrade Prometheus, leave the sign-in to Azure's SDK with --azuread sdk, or choose another sign-in"
        }
        Kind::WorkloadIdentity => {
            "upgrade Prometheus, at best to 3.14.0 or newer, or choose another sign-in"
        }
        _ => "upgrade Prometheus, or choose another sign-in",
    };
    Some(refuse(reason, next))
}

/// The Operator compares as SemVer does, for which 3.7.0-distroless is older than 3.7.0.
fn flavour_of_the_first_version(case: &Case) -> Option<Advice> {
    let (name, since, _) = sign_in(case)?;
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
    let (name, _, since) = sign_in(case)?;
    let version = case.operator().filter(|version| version.is_below(since))?;
    let reason = format!(
        "Prometheus Operator {version} does not know {name}, which came with {}",
        text(since)
    );
    let next = if case.can_be_left_to_sdk() {
        "upgrade the Operator and its custom resource definitions, or leave the sign-in to Azure's SDK: --azuread sdk"
    } else {
        "upgrade the Operator and its custom resource definitions, or choose another sign-in"
    };
    Some(refuse(reason, next))
}

/// CVE-2026-42151, fixed in 3.5.3 and 3.11.3.
fn readable_secret(case: &Case) -> Option<Advice> {
    let version = case
        .prometheus()
        .filter(|_| case.kind == Kind::ClientSecret && case.route == Route::Direct)?;
    let fixed = version.is_within((3, 5, 3), (3, 6, 0)) || version.is_at_least((3, 11, 3));
    let reason = format!(
        "Prometheus {version} shows the client secret to whoever can read its configuration page (CVE-2026-42151)"
    );
    let next = if case.can_be_left_to_sdk() {
        "upgrade to 3.5.3, 3.11.3 or newer, keep the secret in the environment with --azuread sdk, or choose an identity without a secret"
    } else {
        "upgrade to 3.5.3, 3.11.3 or newer, or choose an identity without a secret"
    };
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

/// Corrupts what is sent from 2.50.0 on, fixed in 2.54.0.
fn corrupting_age_limit(case: &Case) -> Option<Advice> {
    let version = case
        .prometheus()
        .filter(|version| case.limits_age && version.is_below((2, 54, 0)))?;
    if version.is_below((2, 50, 0)) {
        let reason =
            format!("Prometheus {version} does not know sample_age_limit, which came with 2.50.0");
        return Some(refuse(
            reason,
            "leave it out of --queue, or upgrade Prometheus",
        ));
    }
    let reason = format!("Prometheus {version} corrupts samples when sample_age_limit is set");
    Some(insist(
        reason,
        "leave it out of --queue, or upgrade to 2.54.0 or newer",
    ))
}

fn token_elsewhere(case: &Case) -> Option<Advice> {
    let version = case
        .prometheus()
        .filter(|_| case.kind == Kind::WorkloadIdentity && case.route == Route::Direct)?;
    if !case.installation.has_fixed_token_file()
        || case.installation.target.describes_pod()
        || case.names_token_file
    {
        return None;
    }
    let reason = format!(
        "Prometheus {version} looks for the token where the workload identity webhook put it before release 1.6.0"
    );
    Some(warn(
        reason,
        "bring the token there as --companions shows, give the pod's AZURE_FEDERATED_TOKEN_FILE with --token-file, or upgrade to 3.14.0 or newer",
    ))
}

/// <https://learn.microsoft.com/azure/azure-monitor/containers/prometheus-remote-write>, seen in November 2026.
fn sidecar_without_future(case: &Case) -> Option<Advice> {
    let reason = "Microsoft supports the sidecar until 2027-03-31".to_owned();
    let is_sidecar = matches!(case.route, Route::Sidecar { .. });
    is_sidecar.then(|| {
        warn(
            reason,
            "let Prometheus sign in by itself where its version can: --path native",
        )
    })
}

impl Case<'_> {
    fn prometheus(&self) -> Option<&Version> {
        self.installation.prometheus.as_ref()
    }

    fn operator(&self) -> Option<&Version> {
        self.installation.operator.as_ref()
    }

    /// Whether this version and its Operator have `azuread.sdk`, and what is signed in by could be left to it.
    fn can_be_left_to_sdk(&self) -> bool {
        let has = |version: Option<&Version>, since| {
            version.is_none_or(|version| version.is_at_least(since))
        };
        self.route == Route::Direct && has(self.prometheus(), SDK.0) && has(self.operator(), SDK.1)
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

    fn levels(installation: &Installation, kind: Kind) -> Vec<Level> {
        advise(installation, Demand::of(kind))
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

    fn told(installation: &Installation, demand: Demand) -> Vec<String> {
        advise(installation, demand)
            .iter()
            .map(|advice| format!("{:?}: {}", advice.level, advice.reason))
            .collect()
    }

    #[test]
    fn a_certificate_is_new_in_the_configuration_and_older_in_the_environment() {
        let by_sdk = Demand {
            route: Route::Sdk,
            ..Demand::of(Kind::Certificate)
        };

        assert_eq!(levels(&plain("3.12.0"), Kind::Certificate), [Level::Refuse]);
        assert_eq!(levels(&plain("3.13.0"), Kind::Certificate), []);
        assert_eq!(levels(&operated("3.5.3", "0.74.0"), Kind::Certificate), []);
        assert_eq!(told(&plain("2.54.0"), by_sdk), Vec::<String>::new());
        let next = advise(&plain("3.12.0"), Demand::of(Kind::Certificate))[0].next;
        assert!(next.contains("--azuread sdk"), "{next}");
    }

    #[test]
    fn left_to_the_sdk_a_sign_in_needs_only_a_version_that_has_the_sdk() {
        let by_sdk = Demand {
            route: Route::Sdk,
            ..Demand::of(Kind::WorkloadIdentity)
        };

        assert_eq!(told(&plain("3.6.0"), by_sdk), Vec::<String>::new());
        assert_eq!(
            told(&operated("3.6.0", "0.87.0"), by_sdk),
            Vec::<String>::new()
        );
        assert_snapshot!(told(&plain("2.51.0"), by_sdk).join("\n"), @"
        Refuse: Prometheus 2.51.0 does not know a sign-in by Azure's SDK, which came with 2.52.0
        Warn: Prometheus 2.51.0 drops samples when it catches up after an outage
        ");
    }

    #[test]
    fn the_sidecar_asks_nothing_of_prometheus_but_its_time_is_told() {
        let by_sidecar = Demand {
            route: Route::Sidecar { port: 8081 },
            ..Demand::of(Kind::WorkloadIdentity)
        };

        assert_snapshot!(told(&plain("2.40.0+ds1"), by_sidecar).join("\n"), @"Warn: Microsoft supports the sidecar until 2027-03-31");
    }

    #[test]
    fn who_says_where_the_token_is_needs_no_warning() {
        let told_where = Demand {
            names_token_file: true,
            ..Demand::of(Kind::WorkloadIdentity)
        };

        assert_eq!(told(&plain("3.13.2"), told_where), Vec::<String>::new());
    }

    #[test]
    fn a_limit_of_age_is_refused_where_it_does_harm() {
        let limited = Demand {
            limits_age: true,
            ..Demand::of(Kind::UserIdentity)
        };

        let told =
            ["2.49.0", "2.53.4", "2.54.0"].map(|version| told(&plain(version), limited).join("; "));

        assert_snapshot!(told.join("\n"), @"
        Refuse: Prometheus 2.49.0 does not know sample_age_limit, which came with 2.50.0
        RefuseUnlessForced: Prometheus 2.53.4 corrupts samples when sample_age_limit is set
        ");
    }

    #[test]
    fn an_unknown_version_is_said_and_stops_nothing() {
        let installation = Installation {
            prometheus: None,
            ..plain("3.14.0")
        };

        let advice = advise(&installation, Demand::of(Kind::WorkloadIdentity));

        assert_eq!(advice.len(), 1);
        assert_snapshot!(format!("{:?}: {}\n{}", advice[0].level, advice[0].reason, advice[0].next), @"
        Warn: the version of Prometheus is unknown; workload identity needs 3.7.0 or newer
        give it with --prometheus-version, so that it can be checked
        ");
    }
}
