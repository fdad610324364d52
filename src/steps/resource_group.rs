//! Does the resource group exist that takes the workspace and the identity? An existing one is used in whatever region it is.

use async_trait::async_trait;

use super::{Requirement, Step, Tools};
use crate::azure::{Reader, resource_groups};
use crate::error::Failure;
use crate::facts::{Fact, Facts, Observation};
use crate::observe;
use crate::plan::change::{Change, GrantedAccess};
use crate::spec::Spec;
use crate::spec::ids::ResourceId;

pub(super) struct ResourceGroupStep;

#[async_trait]
impl Step for ResourceGroupStep {
    fn id(&self) -> &'static str {
        "resource-group"
    }

    fn grants(&self) -> GrantedAccess {
        GrantedAccess::None
    }

    fn observes(&self) -> &'static [Observation] {
        &[Observation::ResourceGroup]
    }

    fn needs(&self) -> &'static [Observation] {
        &[Observation::ResourceGroup]
    }

    async fn observe(&self, azure: &Reader, spec: &Spec, _: &Facts) -> Result<Facts, Failure> {
        let group = spec.resource_group();
        let found = observe::resource_group(azure, &group).await?;
        Ok(Facts {
            resource_group: Fact::from(found),
            ..Facts::default()
        })
    }

    fn plan(&self, spec: &Spec, facts: &Facts) -> Change {
        let group = spec.resource_group();
        match facts.resource_group.known() {
            // Its region is only where Azure keeps the group's metadata: resources of any region may be in it, and a
            // PUT with another region would be refused.
            Some(region) => Change::keep(group.as_str(), format!("exists in {region}")),
            None => Change::create(
                group.as_str(),
                format!("to hold the workspace, in {}", spec.location),
            ),
        }
    }

    fn requires(&self, spec: &Spec, _: &Facts) -> Vec<Requirement> {
        vec![Requirement {
            action: "Microsoft.Resources/subscriptions/resourceGroups/write".to_owned(),
            scope: ResourceId::subscription_scope(&spec.workspace.subscription()),
        }]
    }

    async fn apply(&self, tools: &Tools<'_>, spec: &Spec, _: &Facts) -> Result<Facts, Failure> {
        let group = spec.resource_group();
        resource_groups::create(tools.azure, &group, &spec.location)
            .await
            .map_err(|error| {
                Failure::new(format!("create resource group `{}`", group.name())).azure(error)
            })?;
        Ok(Facts {
            resource_group: Fact::Known(spec.location.clone()),
            ..Facts::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::change::Action;
    use crate::spec::ids::Region;
    use crate::steps::examples;

    #[test]
    fn a_group_in_another_region_is_used_as_it_is() {
        let facts = Facts {
            resource_group: Fact::Known(Region::parse("northeurope").unwrap()),
            ..Facts::default()
        };

        assert_eq!(
            ResourceGroupStep.plan(&examples::spec(), &facts).action,
            Action::None
        );
    }
}
