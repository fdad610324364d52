//! The answers of the user. Each is a flag, a question of the wizard and a field of the spec file, and has a source.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::choices::{
    AzureAd, CertificateChoice, ClusterChoice, IdentityChoice, IngestionPath, PlatformKind, Port,
    PrometheusChoice, Relabeling, ReplicaLabels, SignIn, Switch, WorkspaceChoice, WritePath,
};
use super::help;
use super::ids::Region;
use super::method_on_platform::MethodOnPlatform;
use super::sending::{MetricNames, QueueSettings, SendSettings};
use super::support::Combination;
use crate::target::Target;
use crate::text::path_text;

/// To Prometheus an empty label is no label.
fn cluster_label<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    let label = Option::<String>::deserialize(input)?;
    match label.as_deref() {
        Some("") => Err(serde::de::Error::custom("a label needs a value")),
        _ => Ok(label),
    }
}

/// The answers for one connection, all optional, not yet checked against each other.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ConnectionAnswers {
    /// Cluster: name, id, or `context:NAME` of a kubeconfig
    #[arg(short = 'n', long, value_name = "CLUSTER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cluster: Option<ClusterChoice>,
    #[arg(long, value_enum, value_name = "PLATFORM", hide_possible_values = true)]
    #[arg(help = help::platform())]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) platform: Option<PlatformKind>,
    /// Prometheus: `namespace/name`, `release:NAME` or `file:PATH`
    #[arg(long, value_name = "PROMETHEUS", value_parser = PrometheusChoice::flag_parser())]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prometheus: Option<PrometheusChoice>,
    /// Version of Prometheus, if it cannot be discovered
    #[arg(long, value_name = "VERSION")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prometheus_version: Option<String>,
    /// Service account of Prometheus as `namespace/name`, if it cannot be discovered
    #[arg(long, value_name = "ACCOUNT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) service_account: Option<String>,
    /// Azure Monitor workspace: name or id; created when absent
    #[arg(long, value_name = "WORKSPACE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) workspace: Option<WorkspaceChoice>,
    /// Resource group for what is created
    #[arg(short = 'g', long, value_name = "GROUP")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resource_group: Option<String>,
    /// Region for what is created
    #[arg(long, value_name = "REGION")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) location: Option<Region>,
    /// Data collection rule: default (the workspace's own) or dedicated
    #[arg(long, value_enum, value_name = "RULE", hide_possible_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ingestion: Option<IngestionPath>,
    #[arg(long, value_enum, value_name = "SIGN-IN", hide_possible_values = true)]
    #[arg(help = help::sign_in())]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) auth: Option<SignIn>,
    /// Identity or application: name or id; created when absent
    #[arg(long, value_name = "IDENTITY")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) identity: Option<IdentityChoice>,
    /// Data path: native (Prometheus itself), sidecar or proxy
    #[arg(long, value_enum, value_name = "PATH", hide_possible_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<WritePath>,
    /// azuread section: direct writes the settings, sdk writes `sdk: {}`
    #[arg(long, value_enum, value_name = "HOW", hide_possible_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) azuread: Option<AzureAd>,
    /// Client certificate: secret:NAME/KEY, key-vault:VAULT/CERTIFICATE or file:PATH
    #[arg(long, value_name = "CERTIFICATE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) certificate: Option<CertificateChoice>,
    /// Token of workload identity as the pod sees it, for Prometheus 3.7 to 3.13
    #[arg(long, value_name = "PATH")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token_file: Option<String>,
    /// Port that the sidecar listens on [default: 8081]
    #[arg(long, value_name = "PORT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sidecar_port: Option<Port>,
    #[arg(long, value_enum, value_name = "TARGET", hide_possible_values = true)]
    #[arg(help = help::target("Kind of file to write"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) target: Option<Target>,
    /// Your file to patch; without it, a new one is rendered
    #[arg(long, value_name = "FILE")]
    #[serde(default, with = "path_text", skip_serializing_if = "Option::is_none")]
    pub(crate) input: Option<PathBuf>,
    /// Where to write
    #[arg(long, value_name = "FILE")]
    #[serde(default, with = "path_text", skip_serializing_if = "Option::is_none")]
    pub(crate) out: Option<PathBuf>,
    /// External label `cluster` [default: the cluster's name]
    #[arg(long, value_name = "LABEL", value_parser = NonEmptyStringValueParser::new())]
    #[serde(
        default,
        deserialize_with = "cluster_label",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) cluster_label: Option<String>,
    /// Queue settings, such as max_shards=20,capacity=20000
    #[arg(long, value_name = "KEY=VALUE,..", help_heading = "What is sent")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) queue: Option<QueueSettings>,
    /// Send metric metadata: on or off
    #[arg(
        long,
        value_enum,
        value_name = "SWITCH",
        hide_possible_values = true,
        help_heading = "What is sent"
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) metadata: Option<Switch>,
    /// Send exemplars: on or off
    #[arg(
        long,
        value_enum,
        value_name = "SWITCH",
        hide_possible_values = true,
        help_heading = "What is sent"
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exemplars: Option<Switch>,
    /// Send native histograms: on or off
    #[arg(
        long,
        value_enum,
        value_name = "SWITCH",
        hide_possible_values = true,
        help_heading = "What is sent"
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) native_histograms: Option<Switch>,
    /// Send only these metrics, such as up,node_*
    #[arg(long, value_name = "NAMES", help_heading = "What is sent")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) keep_metrics: Option<MetricNames>,
    /// Do not send these metrics
    #[arg(long, value_name = "NAMES", help_heading = "What is sent")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) drop_metrics: Option<MetricNames>,
    /// Job names: azure-dashboards, or none to keep them
    #[arg(
        long,
        value_enum,
        value_name = "RELABELING",
        hide_possible_values = true,
        help_heading = "What is sent"
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) relabeling: Option<Relabeling>,
    /// Labels that distinguish replicas: keep or drop
    #[arg(
        long,
        value_enum,
        value_name = "CHOICE",
        hide_possible_values = true,
        help_heading = "What is sent"
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replica_labels: Option<ReplicaLabels>,
}

impl ConnectionAnswers {
    pub(crate) fn sign_in(&self) -> SignIn {
        self.auth.unwrap_or_default()
    }

    pub(crate) fn platform_kind(&self) -> PlatformKind {
        self.platform.unwrap_or_default()
    }

    pub(crate) fn write_path(&self) -> WritePath {
        self.path.unwrap_or(WritePath::Native)
    }

    /// What decides which steps and checks the connection has, as far as it is chosen.
    pub(crate) fn method_on_platform(&self) -> MethodOnPlatform {
        MethodOnPlatform {
            sign_in: self.sign_in(),
            platform: self.platform_kind(),
        }
    }

    /// What the user chose, with the defaults for the rest.
    pub(super) fn combination(&self) -> Combination {
        Combination {
            platform: self.platform_kind(),
            sign_in: self.sign_in(),
            path: self.write_path(),
        }
    }

    pub(crate) fn sending(&self) -> SendSettings {
        SendSettings {
            queue: self.queue.clone(),
            metadata: self.metadata,
            exemplars: self.exemplars,
            native_histograms: self.native_histograms,
            keep: self.keep_metrics.clone(),
            drop: self.drop_metrics.clone(),
            relabeling: self.relabeling,
            replica_labels: self.replica_labels,
        }
    }
}

/// Where an answer came from, in the order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    Flag,
    Environment,
    SpecFile,
    Asked,
    Discovered,
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Flag => "from the command line",
            Self::Environment => "from the environment",
            Self::SpecFile => "from the spec file",
            Self::Asked => "asked",
            Self::Discovered => "discovered",
            Self::Default => "the default",
        })
    }
}

/// Answers gathered layer by layer; an earlier layer wins.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answers {
    values: Map<String, Value>,
    sources: BTreeMap<String, Source>,
}

impl Answers {
    pub(crate) fn from_flags(flags: &ConnectionAnswers) -> Self {
        let mut answers = Self::default();
        answers.add(flags, Source::Flag);
        answers
    }

    /// Fills what is still open; what is already answered stays.
    pub(crate) fn add(&mut self, layer: &ConnectionAnswers, source: Source) {
        // Through JSON, so that a new field needs no line here; open answers are left out of it.
        let Ok(Value::Object(fields)) = serde_json::to_value(layer) else {
            unreachable!("answers are a flat struct of strings")
        };
        for (field, value) in fields {
            if !self.values.contains_key(&field) {
                self.sources.insert(field.clone(), source);
                self.values.insert(field, value);
            }
        }
    }

    /// Removes an answer, so that it can be given again.
    pub(crate) fn forget(&mut self, field: &str) {
        self.values.remove(field);
        self.sources.remove(field);
    }

    pub(crate) fn given(&self) -> ConnectionAnswers {
        serde_json::from_value(Value::Object(self.values.clone()))
            .expect("answers were serialised by add")
    }

    /// Whether the user gave it, and it was not found or assumed.
    pub(crate) fn is_from_user(&self, field: &str) -> bool {
        let source = self.source(field);
        // A line of the spec file is a decision of the user too.
        source.is_some_and(|it| !matches!(it, Source::Discovered | Source::Default))
    }

    pub(crate) fn source(&self, field: &str) -> Option<Source> {
        self.sources.get(field).copied()
    }

    /// Field, value and source of every answer, for `-v`.
    pub(crate) fn explained(&self) -> impl Iterator<Item = (&str, &str, Source)> {
        self.values.iter().map(|(field, value)| {
            (
                field.as_str(),
                // All answers are texts in the spelling of their flags.
                value.as_str().unwrap_or_default(),
                self.sources[field],
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_wins_over_the_spec_file_and_each_answer_has_its_source() {
        let flags = ConnectionAnswers {
            auth: Some(SignIn::EntraSecret),
            ..Default::default()
        };
        let file = ConnectionAnswers {
            auth: Some(SignIn::UserIdentity),
            resource_group: Some("monitoring".into()),
            ..Default::default()
        };

        let mut answers = Answers::from_flags(&flags);
        answers.add(&file, Source::SpecFile);

        assert_eq!(answers.given().auth, Some(SignIn::EntraSecret));
        let sources: Vec<(&str, Source)> = answers
            .explained()
            .map(|(field, _, source)| (field, source))
            .collect();
        assert_eq!(
            sources,
            [("auth", Source::Flag), ("resource-group", Source::SpecFile)]
        );
    }
}
