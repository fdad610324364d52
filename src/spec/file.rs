//! What does `amw-rw.yaml` say? Connections as answers; an unknown field or a wrong type is an error with line and column.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::answers::ConnectionAnswers;
use super::cloud::CloudName;

/// The file that declares connections.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct SpecFile {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subscription: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tenant: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cloud: Option<CloudName>,
    pub(crate) connections: Vec<ConnectionAnswers>,
}

#[derive(Debug, Error)]
pub(crate) enum SpecFileError {
    #[error("{0}")]
    Invalid(#[from] serde_yaml::Error),
    #[error("it declares no connection: `connections:` is empty")]
    Empty,
    #[error("it declares {0} connections, and this version handles one per file")]
    Several(usize),
}

impl SpecFile {
    pub(crate) fn parse(text: &str) -> Result<Self, SpecFileError> {
        let file: Self = serde_yaml::from_str(text)?;
        match file.connections.len() {
            0 => Err(SpecFileError::Empty),
            1 => Ok(file),
            several => Err(SpecFileError::Several(several)),
        }
    }

    pub(crate) fn connection(&self) -> &ConnectionAnswers {
        &self.connections[0]
    }

    /// The file's text, in an order that reads well, with every string quoted as YAML 1.1 readers need it.
    pub(crate) fn to_yaml(&self) -> String {
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
    fn an_unknown_field_is_named_with_its_line_and_column() {
        let error = SpecFile::parse("connections:\n- cluster: prod\n  workspcae: amw\n")
            .unwrap_err()
            .to_string();

        assert!(
            error.contains("workspcae") && error.contains("line 3"),
            "{error}"
        );
    }

    #[test]
    fn a_wrong_type_is_named_with_its_line() {
        let error = SpecFile::parse("connections:\n- cluster: [a, b]\n")
            .unwrap_err()
            .to_string();

        assert!(error.contains("line 2"), "{error}");
    }

    #[test]
    fn a_value_that_no_answer_has_lists_the_ones_there_are() {
        let error = SpecFile::parse("connections:\n- auth: password\n")
            .unwrap_err()
            .to_string();

        assert!(error.contains("workload-identity"), "{error}");
    }
}
