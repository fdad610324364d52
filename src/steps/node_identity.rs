//! Do all nodes carry the identity? A managed identity works only where its node has it.

use async_trait::async_trait;
use futures_util::future::try_join_all;

use super::{Requirement, Step, Tools};
use crate::azure::{Reader, scale_sets};
use crate::error::Failure;
use crate::facts::{Fact, Facts, Observation, ScaleSet};
use crate::observe;
use crate::plan::change::{Change, GrantedAccess};
use crate::spec::Spec;
use crate::spec::ids::ResourceId;
use crate::spec::method_on_platform::MethodOnPlatform;

pub(super) struct NodeIdentityStep;

fn identity(spec: &Spec) -> &ResourceId {
    let identity = spec.credential.machine_identity();
    identity.expect("`applies` holds")
}

/// The cluster whose nodes are given the identity.
fn cluster(spec: &Spec) -> &ResourceId {
    let cluster = spec.platform.managed_cluster();
    cluster.expect("`applies` holds")
}

fn lacking<'a>(spec: &Spec, facts: &'a Facts) -> Vec<&'a ScaleSet> {
    let all = facts
        .scale_sets
        .known()
        .map(Vec::as_slice)
        .unwrap_or_default();
    all.iter()
        // By ids without regard to case: Compute returns the keys as they were sent, other services in lower
        // case (recorded).
        .filter(|set| !set.identities.contains(identity(spec)))
        .collect()
}

#[async_trait]
impl Step for NodeIdentityStep {
    fn id(&self) -> &'static str {
        "node-identity"
    }

    fn grants(&self) -> GrantedAccess {
        GrantedAccess::IdentityToNodes
    }

    fn applies(&self, connection: MethodOnPlatform) -> bool {
        connection.has_identity_on_nodes()
    }

    fn applies_after(&self) -> &'static [&'static str] {
        &["identity"]
    }

    fn observes(&self) -> &'static [Observation] {
        &[Observation::ScaleSets]
    }

    fn needs(&self) -> &'static [Observation] {
        &[Observation::ScaleSets]
    }

    async fn observe(&self, azure: &Reader, spec: &Spec, facts: &Facts) -> Result<Facts, Failure> {
        let found = match facts.cluster.known() {
            Some(found) => Some(found.clone()),
            None => observe::managed_cluster(azure, cluster(spec)).await?,
        };
        let sets = match &found {
            Some(found) => observe::scale_sets(azure, found).await?,
            None => None,
        };
        Ok(Facts {
            scale_sets: Fact::from(sets),
            cluster: Fact::from(found),
            ..Facts::default()
        })
    }

    fn plan(&self, spec: &Spec, facts: &Facts) -> Change {
        let lacking = lacking(spec, facts);
        let total = facts.scale_sets.known().map_or(0, Vec::len);
        if lacking.is_empty() {
            return Change::keep(
                cluster(spec).as_str(),
                format!("all {total} scale sets have the identity"),
            );
        }
        let names: Vec<&str> = lacking.iter().map(|set| set.id.name()).collect();
        Change::update(
            cluster(spec).as_str(),
            format!(
                "add the identity to {} of {total} scale sets ({}), keeping those they have",
                names.len(),
                names.join(", ")
            ),
        )
    }

    fn requires(&self, spec: &Spec, facts: &Facts) -> Vec<Requirement> {
        let write = |set: &&ScaleSet| Requirement {
            action: "Microsoft.Compute/virtualMachineScaleSets/write".to_owned(),
            scope: set.id.clone(),
        };
        // Without it Azure answers 403 LinkedAuthorizationFailed, although the caller may write the scale set.
        let assign = Requirement {
            action: "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action".to_owned(),
            scope: identity(spec)
                .resource_group()
                .unwrap_or_else(|| spec.resource_group()),
        };
        lacking(spec, facts)
            .iter()
            .map(write)
            .chain([assign])
            .collect()
    }

    async fn apply(&self, tools: &Tools<'_>, spec: &Spec, facts: &Facts) -> Result<Facts, Failure> {
        let additions = lacking(spec, facts).into_iter().map(|set| async move {
            let watch = |state: &str| {
                tools
                    .progress
                    .detail(self.id(), &format!("{}: {state}", set.id.name()));
            };
            scale_sets::assign_identity(tools.azure, &set.id, identity(spec), &watch)
                .await
                .map_err(|error| {
                    let doing = format!(
                        "add identity `{}` to scale set `{}`",
                        identity(spec).name(),
                        set.id.name()
                    );
                    Failure::new(doing).azure(error)
                })
        });
        // Side by side: each change takes 10 to 40 seconds, and scale sets do not block each other.
        try_join_all(additions).await?;
        let mut sets = facts.scale_sets.known().cloned().unwrap_or_default();
        for set in &mut sets {
            if !set.identities.contains(identity(spec)) {
                set.identities.push(identity(spec).clone());
            }
        }
        Ok(Facts {
            scale_sets: Fact::Known(sets),
            ..Facts::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::examples;

    fn set(name: &str, identities: Vec<ResourceId>) -> ScaleSet {
        let id = examples::node_group().resource("Microsoft.Compute/virtualMachineScaleSets", name);
        ScaleSet { id, identities }
    }

    #[test]
    fn only_the_scale_sets_that_lack_the_identity_are_changed() {
        let ours = identity(&examples::spec_with_machine_identity()).clone();
        let recased: ResourceId = ours
            .as_str()
            .replace("resourceGroups", "resourcegroups")
            .parse()
            .unwrap();
        let facts = Facts {
            scale_sets: Fact::Known(vec![set("old", vec![recased]), set("new", vec![])]),
            ..Facts::default()
        };

        let change = NodeIdentityStep.plan(&examples::spec_with_machine_identity(), &facts);

        assert!(change.is_needed());
        assert!(
            change.why.contains("1 of 2 scale sets (new)"),
            "{}",
            change.why
        );
    }
}
