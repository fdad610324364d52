//! Which Prometheus a connection is for, as far as its version and target decide what is possible.

use super::features::OutdatedProgram;
use super::{Feature, Version};
use crate::target::{SecretPlace, Target};

/// One Prometheus as far as its configuration depends on it. A version is `None` where it is not known.
#[derive(Debug, Clone)]
pub(crate) struct Installation {
    pub(crate) target: Target,
    pub(crate) prometheus: Option<Version>,
    /// Of the Prometheus Operator, where one makes the configuration.
    pub(crate) operator: Option<Version>,
}

impl Installation {
    /// The program that certainly lacks a feature; `None` where both have it, or their versions are not known.
    pub(crate) fn missing(&self, feature: Feature) -> Option<OutdatedProgram> {
        let row = feature.row();
        let too_old = |program, version: &Option<Version>, since| {
            let version = version.as_ref().filter(|found| found.is_below(since))?;
            Some(OutdatedProgram {
                program,
                version: version.to_string(),
                since: super::version::number_text(since),
            })
        };
        too_old("Prometheus", &self.prometheus, row.prometheus).or_else(|| {
            let since = row.operator.filter(|_| self.target.is_operated())?;
            too_old("Prometheus Operator", &self.operator, since)
        })
    }

    /// Whether a feature certainly cannot be used.
    pub(crate) fn lacks(&self, feature: Feature) -> bool {
        self.missing(feature).is_some() || self.is_first_flavour(feature)
    }

    /// Whether both versions are known, as far as they count, and have the feature.
    pub(crate) fn certainly_has(&self, feature: Feature) -> bool {
        let is_known =
            self.prometheus.is_some() && (!self.target.is_operated() || self.operator.is_some());
        is_known && self.missing(feature).is_none()
    }

    /// The Operator compares versions as SemVer does, for which 3.7.0-distroless is older than 3.7.0.
    pub(super) fn is_first_flavour(&self, feature: Feature) -> bool {
        let since = feature.row().prometheus;
        let version = self.prometheus.as_ref();
        // Only the very first version with the feature is concerned: 3.7.1-distroless is newer than 3.7.0 to SemVer as
        // well.
        self.target.is_operated() && version.is_some_and(|version| version.is_flavour_of(since))
    }

    /// Whether only the environment of the container can name the identity.
    pub(crate) fn needs_environment(&self, feature: Feature) -> bool {
        let has_no_secret = self.target.secret_place() == SecretPlace::Environment;
        (feature == Feature::ClientSecret && has_no_secret) || self.has_no_field(feature)
    }

    /// Whether the Operator's resources have no field for it.
    fn has_no_field(&self, feature: Feature) -> bool {
        self.target.is_operated() && feature.row().operator.is_none()
    }

    /// Whether Prometheus supports workload identity, but looks for the token in one place only.
    pub(crate) fn has_fixed_token_file(&self) -> bool {
        let version = self.prometheus.as_ref();
        version.is_some_and(|version| {
            version.is_within(
                Feature::WorkloadIdentity.row().prometheus,
                Feature::WebhookTokenFile.row().prometheus,
            )
        })
    }

    /// Whether Prometheus follows the webhook to the token by itself.
    pub(crate) fn follows_webhook(&self) -> bool {
        let since = Feature::WebhookTokenFile.row().prometheus;
        let version = self.prometheus.as_ref();
        version.is_some_and(|version| version.is_at_least(since))
    }

    /// Whether a managed identity without a client id is written with an empty one.
    pub(crate) fn needs_empty_client_id(&self) -> bool {
        let since = Feature::NoClientId.row().operator.unwrap_or_default();
        let operator = self.operator.as_ref();
        // In a prometheus.yml an empty id is valid for every version that knows the method without one.
        !self.target.is_operated() || operator.is_some_and(|version| version.is_below(since))
    }

    /// Whether `sample_age_limit` works: it is known, passed on by the Operator, and does not corrupt samples.
    pub(crate) fn limits_age_safely(&self) -> bool {
        let version = self.prometheus.as_ref();
        self.certainly_has(Feature::SampleAgeLimit)
            && version.is_some_and(|version| !super::issues::corrupts_by_age_limit(version))
    }
}
