//! Which versions have a known issue that a connection would meet?

use super::{Number, Version};

/// Until when Microsoft supports the sidecar:
/// <https://learn.microsoft.com/azure/azure-monitor/containers/prometheus-remote-write>, seen in November 2026.
pub(crate) const SIDECAR_END_OF_SUPPORT: &str = "2027-03-31";

/// What a version means for a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// It works, with a known issue.
    Warn,
    /// It works so badly that the user must confirm it with `--force`.
    RefuseUnlessForced,
    /// It cannot work.
    Refuse,
}

/// Which connections an issue affects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AppliesTo {
    All,
    /// Those with a client secret in the configuration.
    ClientSecret,
    /// Those that set `sample_age_limit`.
    SampleAgeLimit,
    /// Those with workload identity where the place of the token is not given.
    TokenFile,
}

/// One known issue of Prometheus.
pub(super) struct KnownIssue {
    /// Unique; the row of docs/compatibility.md.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "shown in docs/compatibility.md")
    )]
    pub(super) id: &'static str,
    /// Each from the first version that has it up to, and without, the first that does not.
    pub(super) affected: &'static [(Number, Number)],
    pub(super) applies_to: AppliesTo,
    pub(super) level: Severity,
    /// Completes "Prometheus 3.7.0 …".
    pub(super) effect: &'static str,
    pub(super) next: &'static str,
    /// What to do instead where `azuread.sdk` avoids it.
    pub(super) next_with_sdk: Option<&'static str>,
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "shown in docs/compatibility.md")
    )]
    pub(super) source: &'static str,
}

pub(super) static ISSUES: &[KnownIssue] = &[
    KnownIssue {
        id: "readable-client-secret",
        affected: &[((2, 48, 0), (3, 5, 3)), ((3, 6, 0), (3, 11, 3))],
        applies_to: AppliesTo::ClientSecret,
        level: Severity::RefuseUnlessForced,
        effect: "shows the client secret to everyone who can read its configuration page (CVE-2026-42151)",
        next: "upgrade to 3.5.3, 3.11.3 or newer, or choose an identity without a secret",
        next_with_sdk: Some(
            "upgrade to 3.5.3, 3.11.3 or newer, keep the secret in the environment with --azuread sdk, or choose an identity without a secret",
        ),
        source: "https://github.com/prometheus/prometheus/security/advisories/GHSA-wg65-39gg-5wfj",
    },
    KnownIssue {
        id: "resharding-deadlock",
        affected: &[((3, 7, 0), (3, 7, 3))],
        applies_to: AppliesTo::All,
        level: Severity::RefuseUnlessForced,
        effect: "can deadlock while it reshards its remote write queue",
        next: "upgrade to 3.7.3 or newer",
        next_with_sdk: None,
        source: "https://github.com/prometheus/prometheus/releases/tag/v3.7.3",
    },
    KnownIssue {
        id: "broken-relabeling",
        affected: &[((3, 9, 0), (3, 9, 1))],
        applies_to: AppliesTo::All,
        level: Severity::RefuseUnlessForced,
        effect: "breaks the relabeling actions keep and drop, and crashes as an agent",
        next: "upgrade to 3.9.1 or newer",
        next_with_sdk: None,
        source: "https://github.com/prometheus/prometheus/releases/tag/v3.9.1",
    },
    KnownIssue {
        id: "dropped-samples",
        affected: &[((2, 51, 0), (2, 53, 1))],
        applies_to: AppliesTo::All,
        level: Severity::Warn,
        effect: "drops samples when it catches up after an outage",
        next: "upgrade to 2.53.1 or newer",
        next_with_sdk: None,
        source: "https://github.com/prometheus/prometheus/releases/tag/v2.53.1",
    },
    KnownIssue {
        id: "corrupting-age-limit",
        affected: &[((2, 50, 0), (2, 54, 0))],
        applies_to: AppliesTo::SampleAgeLimit,
        level: Severity::RefuseUnlessForced,
        effect: "corrupts samples when sample_age_limit is set",
        next: "leave it out of --queue, or upgrade to 2.54.0 or newer",
        next_with_sdk: None,
        source: "https://github.com/prometheus/prometheus/releases/tag/v2.54.0",
    },
    KnownIssue {
        id: "fixed-token-file",
        affected: &[((3, 7, 0), (3, 14, 0))],
        applies_to: AppliesTo::TokenFile,
        level: Severity::Warn,
        effect: "looks for the token where the workload identity webhook put it before release 1.6.0",
        next: "project the token there as --companions shows, give the pod's AZURE_FEDERATED_TOKEN_FILE with --token-file, or upgrade to 3.14.0 or newer",
        next_with_sdk: None,
        source: "https://github.com/prometheus/prometheus/releases/tag/v3.14.0",
    },
];

impl KnownIssue {
    pub(super) fn affects(&self, version: &Version) -> bool {
        let mut ranges = self.affected.iter();
        ranges.any(|(first, end)| version.is_within(*first, *end))
    }
}

pub(super) fn corrupts_by_age_limit(version: &Version) -> bool {
    let mut issues = ISSUES.iter();
    issues.any(|issue| issue.applies_to == AppliesTo::SampleAgeLimit && issue.affects(version))
}
