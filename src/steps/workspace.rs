//! Does the Azure Monitor workspace exist, with the default rule and endpoint that Azure makes for it?

use std::time::Duration;

use async_trait::async_trait;

use super::{Requirement, Step, Tools};
use crate::azure::{Reader, workspaces};
use crate::error::Failure;
use crate::facts::{Fact, Facts, Observation};
use crate::observe;
use crate::plan::change::{Change, GrantedAccess};
use crate::spec::Spec;

/// How long Azure may take to make the default rule and endpoint.
const READY_WITHIN: Duration = Duration::from_secs(600);

pub(super) struct WorkspaceStep;

#[async_trait]
impl Step for WorkspaceStep {
    fn id(&self) -> &'static str {
        "workspace"
    }

    fn grants(&self) -> GrantedAccess {
        GrantedAccess::None
    }

    fn applies_after(&self) -> &'static [&'static str] {
        &["provider-registration", "resource-group"]
    }

    fn observes(&self) -> &'static [Observation] {
        &[Observation::Workspace]
    }

    fn needs(&self) -> &'static [Observation] {
        &[Observation::Workspace]
    }

    async fn observe(&self, azure: &Reader, spec: &Spec, _: &Facts) -> Result<Facts, Failure> {
        let found = observe::workspace(azure, &spec.workspace).await?;
        Ok(Facts {
            // A workspace without its rule is not usable yet: it counts as absent, and `apply` waits for the rest.
            workspace: Fact::from(found.and_then(|found| found.finished)),
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
            // The answer to the PUT has the rule already in most cases; that is certain only with `provisioningState:
            // Succeeded`.
            workspaces::wait_until_ready(tools.azure, &spec.workspace, READY_WITHIN, &waiting)
                .await
                .map_err(|error| Failure::new(doing()).azure(error))?;
        Ok(Facts {
            workspace: Fact::Known(ready),
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
        let change = WorkspaceStep.plan(&examples::spec(), &examples::everything_in_place());

        assert_eq!(
            (change.action, change.why.as_str()),
            (Action::None, "exists in westeurope")
        );
    }

    #[test]
    fn a_missing_workspace_is_created_in_the_group_and_region_of_the_spec() {
        let change = WorkspaceStep.plan(&examples::spec(), &Facts::default());

        assert_eq!(change.action, Action::Create);
        assert!(change.why.contains("westeurope"), "{}", change.why);
    }
}
