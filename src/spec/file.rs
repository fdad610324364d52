//! What does `amw-rw.yaml` contain? Connections as answers; an unknown field or a wrong type is an error with line and column.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use url::Url;

use super::answers::ConnectionAnswers;
use super::cloud::{self, CloudName, CloudOverrides};
use super::file_error;
use super::names;
use crate::problem::Problem;

/// The file that declares connections.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct SpecFile {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subscription: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "tenant")]
    pub(crate) tenant: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cloud: Option<CloudName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "endpoint")]
    pub(crate) resource_manager_endpoint: Option<Url>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "endpoint")]
    pub(crate) authority: Option<Url>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "endpoint")]
    pub(crate) graph_endpoint: Option<Url>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "endpoint")]
    pub(crate) instance_metadata_endpoint: Option<Url>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ingestion_scope: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) query_scope: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) monitor_host_suffix: Option<String>,
    pub(crate) connections: Vec<ConnectionAnswers>,
}

fn tenant<'de, D: Deserializer<'de>>(source: D) -> Result<Option<String>, D::Error> {
    let name = Option::<String>::deserialize(source)?;
    let checked = name.as_deref().map(names::tenant).transpose();
    checked.map_err(D::Error::custom).map(|_| name)
}

fn endpoint<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Url>, D::Error> {
    let text = Option::<String>::deserialize(source)?;
    let url = text.as_deref().map(cloud::endpoint).transpose();
    url.map_err(D::Error::custom)
}

impl SpecFile {
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        let file: Self =
            // Its errors have the line and the column.
            serde_saphyr::from_str(text).map_err(|error| file_error::invalid(&error, text))?;
        match file.connections.len() {
            0 => Err(file_error::empty()),
            1 => Ok(file),
            // A list, so that a later version takes more connections without another format.
            several => Err(file_error::several(several)),
        }
    }

    /// Whether a text has nothing but what this writes. Comments, other layout and more connections would be lost.
    pub(crate) fn is_own_text(text: &str) -> bool {
        text.trim().is_empty() || Self::parse(text).is_ok_and(|file| file.to_yaml() == text)
    }

    pub(crate) fn connection(&self) -> &ConnectionAnswers {
        &self.connections[0]
    }

    /// What replaces the cloud's own hosts and scopes.
    pub(crate) fn overrides(&self) -> CloudOverrides {
        CloudOverrides {
            resource_manager: self.resource_manager_endpoint.clone(),
            authority: self.authority.clone(),
            graph: self.graph_endpoint.clone(),
            instance_metadata: self.instance_metadata_endpoint.clone(),
            ingestion_scope: self.ingestion_scope.clone(),
            query_scope: self.query_scope.clone(),
            monitor_suffix: self.monitor_host_suffix.clone(),
        }
    }

    /// Field and value of everything that decides where credentials go, or for which service a token is.
    pub(crate) fn endpoints(&self) -> Vec<(&'static str, String)> {
        let url = |url: &Option<Url>| url.as_ref().map(ToString::to_string);
        let fields = [
            (
                "resource-manager-endpoint",
                url(&self.resource_manager_endpoint),
            ),
            ("authority", url(&self.authority)),
            ("graph-endpoint", url(&self.graph_endpoint)),
            (
                "instance-metadata-endpoint",
                url(&self.instance_metadata_endpoint),
            ),
            ("ingestion-scope", self.ingestion_scope.clone()),
            ("query-scope", self.query_scope.clone()),
            ("monitor-host-suffix", self.monitor_host_suffix.clone()),
        ];
        let named = |(field, value): (&'static str, Option<String>)| Some((field, value?));
        fields.into_iter().filter_map(named).collect()
    }

    /// Field and value of everything that selects an Azure.
    pub(crate) fn about_azure(&self) -> Vec<(String, String)> {
        let Ok(Value::Object(fields)) = serde_json::to_value(self) else {
            unreachable!("a spec file is a struct of strings and lists")
        };
        let text = |(field, value): (String, Value)| Some((field, value.as_str()?.to_owned()));
        fields.into_iter().filter_map(text).collect()
    }

    /// The file's text, in an order that reads well, with every string quoted as YAML 1.1 readers need it.
    pub(crate) fn to_yaml(&self) -> String {
        // YAML 1.1 takes a bare `on` or `no` for a boolean.
        let body = serde_saphyr::to_string(self).expect("a spec file holds only strings and lists");
        format!("# Connections of this team's Prometheus to Azure Monitor, for amw-rw.\n{body}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::choices::{ClusterChoice, SignIn};

    #[test]
    fn what_is_written_reads_back_the_same() {
        let file = SpecFile {
            subscription: Some("11111111-1111-1111-1111-111111111111".into()),
            cloud: Some(CloudName::UsGovernment),
            connections: vec![ConnectionAnswers {
                cluster: Some(ClusterChoice::Name("no".into())),
                auth: Some(SignIn::WorkloadIdentity),
                ..Default::default()
            }],
            ..Default::default()
        };

        assert_eq!(SpecFile::parse(&file.to_yaml()).unwrap(), file);
    }

    #[test]
    fn another_cloud_may_be_declared_in_the_file() {
        let file = SpecFile::parse(
            "authority: https://login.example\nquery-scope: https://q/.default\nconnections:\n- cluster: a\n",
        )
        .unwrap();

        let overrides = file.overrides();

        assert_eq!(
            overrides.authority.unwrap().as_str(),
            "https://login.example/"
        );
        assert_eq!(overrides.query_scope.as_deref(), Some("https://q/.default"));
        assert_eq!(overrides.graph, None);
    }

    #[test]
    fn the_azure_fields_of_the_file_are_listed_one_by_one() {
        let file =
            SpecFile::parse("cloud: china\ntenant: contoso.example\nconnections:\n- cluster: a\n")
                .unwrap();

        let about_azure = file.about_azure();

        let pair = |field: &str, value: &str| (field.to_owned(), value.to_owned());
        assert_eq!(
            about_azure,
            [pair("tenant", "contoso.example"), pair("cloud", "china")]
        );
    }
}
