//! Does every node carry the identity, on which Prometheus may be scheduled? For user-assigned identities.

use super::evidence::Evidence;
use super::report::Category;
use super::verdict::Verdict;
use super::{Check, CheckInfo, apply_only};
use crate::facts::Observation;
use crate::problem::Problem;
use crate::spec::method_on_platform::MethodOnPlatform;
use crate::spec::support;

pub(super) struct NodeIdentityCheck;

impl Check for NodeIdentityCheck {
    fn about(&self) -> CheckInfo {
        CheckInfo {
            id: "node-identity",
            category: Category::Identity,
            needs: &[Observation::ScaleSets, Observation::Principal],
        }
    }

    fn applies(&self, connection: MethodOnPlatform) -> bool {
        connection.has_identity_on_nodes()
    }

    fn judge(&self, seen: &Evidence) -> Result<Verdict, Problem> {
        let Some(identity) = seen.spec.credential.machine_identity() else {
            return Err(Problem::new(
                "this sign-in does not use the nodes' identities",
            ));
        };
        // Azure refuses to put an identity on a scale set that does not exist yet.
        seen.existing_principal()?;
        let sets = seen.scale_sets.get()?;
        let without: Vec<&str> = sets
            .iter()
            .filter(|set| !set.identities.contains(identity))
            .map(|set| set.id.name())
            .collect();
        Ok(match (sets.len(), without.as_slice()) {
            // New machines would lack the identity. That is a risk and not yet a fault, since the present ones may have
            // it.
            (0, _) => Verdict::warn(
                "the cluster has no scale sets: its nodes are single machines, each with identities of its own",
                format!(
                    "use a sign-in method that does not depend on the nodes: {}",
                    support::without_machines(support::sign_ins(
                        seen.spec.platform.kind(),
                        seen.spec.path
                    ))
                ),
            ),
            (all, []) => Verdict::pass(format!("{} is on all {all} scale sets", identity.name())),
            (all, missing) => Verdict::fail(
                format!(
                    "{} is missing on {} of {all} scale sets: {}",
                    identity.name(),
                    missing.len(),
                    missing.join(", ")
                ),
                apply_only("node-identity"),
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::evidence::Observed;
    use crate::facts::ScaleSet;
    use crate::spec::CredentialSource;
    use crate::spec::ids::ResourceId;

    #[test]
    fn a_node_pool_added_later_is_named() {
        let mut seen = Evidence::example();
        let identity = seen.spec.credential.identity().unwrap().clone();
        seen.spec.credential.source = CredentialSource::Machine;
        let group = identity.resource_group().unwrap();
        let set = |name: &str, identities: &[ResourceId]| ScaleSet {
            id: group.resource("Microsoft.Compute/virtualMachineScaleSets", name),
            identities: identities.to_vec(),
        };
        let other_casing = ResourceId::parse(&identity.as_str().replace("rg-", "RG-")).unwrap();
        seen.scale_sets =
            Observed::known(vec![set("aks-old", &[other_casing]), set("aks-new", &[])]);

        let verdict = NodeIdentityCheck.judge(&seen).unwrap();

        assert_eq!(
            verdict.found(),
            "amw-rw-aks-prod is missing on 1 of 2 scale sets: aks-new"
        );
    }
}
