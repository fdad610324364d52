//! Does the Azure Monitor workspace exist, with the default rule and endpoint that Azure makes for it?

use std::time::Duration;

use async_trait::async_trait;

use super::{Requirement, Step, Tools};
use crate::azure::{Reader, workspaces};
use crate::error::Failure;
use crate::facts::{self, Fact, Facts};
use crate::plan::change::Change;
use crate::spec::Spec;

/// How long Azure may take to make the default rule and endpoint.
const READY_WITHIN: Duration = Duration::from_secs(600);

pub(super) struct Workspace;

/// What is known of a workspace that is made to its end; `None` while Azure is still making it.
pub(crate) fn workspace_fact(found: workspaces::Workspace) -> Option<facts::Workspace> {
    let (ingestion, query_endpoint) = (found.ingestion?, found.query_endpoint?);
    Some(facts::Workspace {
        id: found.id,
        region: found.region,
        query_endpoint,
        rule: facts::Rule {
            id: ingestion.rule,
            immutable_id: ingestion.rule_immutable_id,
            metrics_endpoint: ingestion.metrics_endpoint,
        },
    })
}

#[async_trait]
impl Step for Workspace {
    fn id(&self) -> &'static str {
        "workspace"
    }

    fn applies_after(&self) -> &'static [&'static str] {
        &["provider-registration", "resource-group"]
    }

    async fn observe(&self, azure: &Reader, spec: &Spec, _: &Facts) -> Result<Facts, Failure> {
        let found = workspaces::get(azure, &spec.workspace)
            .await
            .map_err(|error| {
                Failure::new(format!("read workspace `{}`", spec.workspace.name())).azure(error)
            })?;
        Ok(Facts {
            workspace: Fact::from(found.and_then(workspace_fact)),
            ..Facts::default()
        })
    }

    fn plan(&self, spec: &Spec, facts: &Facts) -> Change {
        match facts.workspace.known() {
            Some(workspace) => Change::keep(
                spec.workspace.as_str(),
                format!("exists in {}", workspace.region),
            ),
            None => Change::create(
                spec.workspace.as_str(),
                format!(
                    "to keep the metrics, in {}; Azure adds its data collection rule and endpoint",
                    spec.location
                ),
            ),
        }
    }

    fn requires(&self, spec: &Spec, _: &Facts) -> Vec<Requirement> {
        vec![Requirement {
            action: "Microsoft.Monitor/accounts/write".to_owned(),
            scope: spec.resource_group(),
        }]
    }

    async fn apply(&self, tools: &Tools<'_>, spec: &Spec, _: &Facts) -> Result<Facts, Failure> {
        let doing = || {
            format!(
                "create workspace `{}` in {}",
                spec.workspace.name(),
                spec.location
            )
        };
        workspaces::create(tools.azure, &spec.workspace, &spec.location)
            .await
            .map_err(|error| Failure::new(doing()).azure(error))?;
        let waiting = |_: &str| {
            tools.progress.detail(
                self.id(),
                "Azure is making its data collection rule and endpoint",
            );
        };
        let ready =
            workspaces::wait_until_ready(tools.azure, &spec.workspace, READY_WITHIN, &waiting)
                .await
                .map_err(|error| Failure::new(doing()).azure(error))?;
        let workspace = workspace_fact(ready).ok_or_else(|| {
            Failure::new(doing())
                .reason("Azure reports it as ready but names no data collection rule")
                .next("amw-rw apply --only workspace")
        })?;
        Ok(Facts {
            workspace: Fact::Known(workspace),
            ..Facts::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::change::Action;
    use crate::steps::examples;

    #[test]
    fn an_existing_workspace_is_kept_in_its_region() {
        let change = Workspace.plan(&examples::spec(), &examples::everything_in_place());

        assert_eq!(
            (change.action, change.why.as_str()),
            (Action::None, "exists in westeurope")
        );
    }

    #[test]
    fn a_missing_workspace_is_created_where_the_spec_says() {
        let change = Workspace.plan(&examples::spec(), &Facts::default());

        assert_eq!(change.action, Action::Create);
        assert!(change.why.contains("westeurope"), "{}", change.why);
    }
}
