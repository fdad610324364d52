//! Since which version is a field understood?

use super::Number;

/// What a connection can require of Prometheus and its Operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Feature {
    UserIdentity,
    SystemIdentity,
    ClientSecret,
    Certificate,
    WorkloadIdentity,
    /// `azuread.sdk`, where the environment names an identity without a secret.
    Sdk,
    /// The same with a secret in the environment.
    SdkSecret,
    /// The same with a certificate in the environment.
    SdkCertificate,
    Scope,
    SampleAgeLimit,
    /// Prometheus looks for the token where the webhook of workload identity puts it.
    WebhookTokenFile,
    /// A managed identity without a client id, where the key itself may be absent.
    NoClientId,
}

/// Since when one feature is there.
pub(super) struct FeatureRow {
    pub(super) feature: Feature,
    /// As in "does not support …".
    pub(super) name: &'static str,
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "shown in docs/compatibility.md")
    )]
    pub(super) field: &'static str,
    pub(super) prometheus: Number,
    /// None where the Operator's resources have no such field.
    pub(super) operator: Option<Number>,
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "shown in docs/compatibility.md")
    )]
    pub(super) source: &'static str,
}

/// When the tables of this folder were last compared with their sources.
#[cfg(test)]
pub(super) const SEEN: &str = "2026-11-26";

const AZUREAD: &str =
    "https://github.com/prometheus/prometheus/blob/main/CHANGELOG.md; real servers agree";
const OPERATOR: &str =
    "https://github.com/prometheus-operator/prometheus-operator/blob/main/CHANGELOG.md";

pub(super) static FEATURES: &[FeatureRow] = &[
    FeatureRow {
        feature: Feature::UserIdentity,
        name: "user-assigned identities",
        field: "managed_identity.client_id",
        prometheus: (2, 45, 0),
        operator: Some((0, 69, 0)),
        source: AZUREAD,
    },
    FeatureRow {
        feature: Feature::SystemIdentity,
        name: "system-assigned identities",
        field: "managed_identity",
        prometheus: (3, 5, 0),
        operator: Some((0, 69, 0)),
        source: AZUREAD,
    },
    FeatureRow {
        feature: Feature::ClientSecret,
        name: "client secrets",
        field: "oauth",
        prometheus: (2, 48, 0),
        operator: Some((0, 70, 0)),
        source: AZUREAD,
    },
    FeatureRow {
        feature: Feature::Certificate,
        name: "client certificates",
        field: "certificate",
        prometheus: (3, 13, 0),
        operator: None,
        source: AZUREAD,
    },
    FeatureRow {
        feature: Feature::WorkloadIdentity,
        name: "workload identity",
        field: "workload_identity",
        prometheus: (3, 7, 0),
        operator: Some((0, 88, 0)),
        source: AZUREAD,
    },
    FeatureRow {
        feature: Feature::Sdk,
        name: "authentication by Azure's SDK",
        field: "sdk",
        prometheus: (2, 52, 0),
        operator: Some((0, 74, 0)),
        source: AZUREAD,
    },
    FeatureRow {
        feature: Feature::SdkSecret,
        name: "client secrets in the environment",
        field: "sdk",
        prometheus: (2, 52, 0),
        operator: Some((0, 74, 0)),
        source: AZUREAD,
    },
    FeatureRow {
        feature: Feature::SdkCertificate,
        name: "client certificates in the environment",
        field: "sdk",
        prometheus: (2, 52, 0),
        operator: Some((0, 74, 0)),
        source: AZUREAD,
    },
    FeatureRow {
        feature: Feature::Scope,
        name: "tokens of another scope",
        field: "scope",
        prometheus: (3, 9, 0),
        operator: Some((0, 88, 0)),
        source: AZUREAD,
    },
    FeatureRow {
        feature: Feature::SampleAgeLimit,
        name: "sample_age_limit",
        field: "queue_config.sample_age_limit",
        prometheus: (2, 50, 0),
        // The field is older, but was not passed on to Prometheus.
        operator: Some((0, 78, 0)),
        source: "https://github.com/prometheus-operator/prometheus-operator/issues/6988",
    },
    FeatureRow {
        feature: Feature::WebhookTokenFile,
        name: "AZURE_FEDERATED_TOKEN_FILE",
        field: "workload_identity",
        prometheus: (3, 14, 0),
        operator: Some((0, 88, 0)),
        source: "https://github.com/prometheus/prometheus/releases/tag/v3.14.0",
    },
    FeatureRow {
        feature: Feature::NoClientId,
        name: "an absent client id",
        field: "managed_identity",
        prometheus: (3, 5, 0),
        // Before, the definition of the resource required the key, and allowed it to be empty; since then not to be empty.
        operator: Some((0, 87, 0)),
        source: OPERATOR,
    },
];

/// A program that is too old for a feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutdatedProgram {
    /// `Prometheus` or `Prometheus Operator`.
    pub(crate) program: &'static str,
    pub(crate) version: String,
    /// The first version that has it.
    pub(crate) since: String,
}

impl Feature {
    /// The first Prometheus that has it.
    pub(crate) fn first(self) -> Number {
        self.row().prometheus
    }

    /// The first Prometheus that has it, for the tables of the documents.
    #[cfg(test)]
    pub(crate) fn first_prometheus(self) -> String {
        super::version::number_text(self.first())
    }

    /// Each with its field, and whether the Operator's resources have it.
    #[cfg(test)]
    pub(crate) fn fields() -> impl Iterator<Item = (Self, &'static str, bool)> {
        let rows = FEATURES.iter();
        rows.map(|row| (row.feature, row.field, row.operator.is_some()))
    }

    pub(super) fn row(self) -> &'static FeatureRow {
        FEATURES
            .iter()
            .find(|row| row.feature == self)
            .expect("every feature has a row")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compat::Version;

    /// The columns of the measured table, from the second on.
    const COLUMNS: [Option<Feature>; 8] = [
        Some(Feature::UserIdentity),
        Some(Feature::SystemIdentity),
        Some(Feature::ClientSecret),
        Some(Feature::Sdk),
        Some(Feature::WorkloadIdentity),
        Some(Feature::WorkloadIdentity),
        Some(Feature::Scope),
        Some(Feature::Certificate),
    ];

    #[test]
    fn the_table_agrees_with_real_servers() {
        let page = include_str!("../../docs/versions.md");
        let rows = page.lines().filter_map(|line| {
            let mut cells = line.split('|').map(str::trim).skip(1);
            let version: Version = cells.next()?.parse().ok()?;
            Some((version, cells.collect::<Vec<_>>()))
        });
        let mut compared = 0;
        for (version, cells) in rows {
            for (feature, cell) in COLUMNS.iter().zip(&cells) {
                let Some(feature) = feature else { continue };
                let expected = if version.is_at_least(feature.row().prometheus) {
                    "yes"
                } else {
                    "no"
                };
                assert_eq!(*cell, expected, "{version} {feature:?}");
                compared += 1;
            }
        }
        assert_eq!(compared, 64);
    }
}
