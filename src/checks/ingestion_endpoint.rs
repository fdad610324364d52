//! Can samples enter: are rule and endpoint there, bound to each other, and in the workspace's region?

use super::evidence::Evidence;
use super::report::Category;
use super::verdict::Verdict;
use super::{Check, CheckInfo};
use crate::facts::Observation;
use crate::problem::Problem;

pub(super) struct IngestionEndpointCheck;

/// Azure makes the default rule and endpoint with the workspace, and no other API can make them again.
const NEXT: &str = "a default rule cannot be repaired: name another workspace with `--workspace`, or let amw-rw make one";

impl Check for IngestionEndpointCheck {
    fn about(&self) -> CheckInfo {
        CheckInfo {
            id: "ingestion-endpoint",
            category: Category::Azure,
            needs: &[Observation::Ingestion, Observation::Workspace],
        }
    }

    fn judge(&self, seen: &Evidence) -> Result<Verdict, Problem> {
        let workspace = seen.existing_workspace()?;
        let ingestion = seen.ingestion.get()?;
        let Some(rule) = &ingestion.rule else {
            return Ok(Verdict::fail(
                format!("data collection rule {} does not exist", workspace.rule.id),
                NEXT,
            ));
        };
        let Some(endpoint) = &ingestion.endpoint else {
            return Ok(Verdict::fail(
                format!(
                    "rule {} has no data collection endpoint",
                    workspace.rule.id.name()
                ),
                NEXT,
            ));
        };
        // The endpoint is a part of the URL in the user's file, and refuses samples for a rule that is bound to another
        // one.
        if endpoint.metrics.trim_end_matches('/')
            != workspace.rule.metrics_endpoint.trim_end_matches('/')
        {
            return Ok(Verdict::fail(
                format!(
                    "rule {} is bound to {}, and the workspace names {}",
                    workspace.rule.id.name(),
                    endpoint.metrics,
                    workspace.rule.metrics_endpoint
                ),
                NEXT,
            ));
        }
        // Rule and endpoint have to be in the region of the workspace; Prometheus may run in any other.
        for (what, region) in [("rule", &rule.region), ("endpoint", &endpoint.region)] {
            if *region != workspace.region {
                return Ok(Verdict::fail(
                    format!(
                        "the {what} is in {region}, the workspace in {}",
                        workspace.region
                    ),
                    NEXT,
                ));
            }
        }
        Ok(Verdict::pass(endpoint.metrics.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::evidence::Observed;
    use crate::spec::ids::Region;

    #[test]
    fn a_rule_in_another_region_than_the_workspace_drops_data() {
        let mut seen = Evidence::example();
        let ingestion = seen.ingestion.result.as_mut().unwrap();
        ingestion.rule.as_mut().unwrap().region = Region::parse("northeurope").unwrap();

        let verdict = IngestionEndpointCheck.judge(&seen).unwrap();

        assert_eq!(
            verdict.found(),
            "the rule is in northeurope, the workspace in westeurope"
        );
    }

    #[test]
    fn a_rule_bound_to_another_endpoint_fails_with_both_endpoints() {
        let mut seen = Evidence::example();
        let ingestion = seen.ingestion.result.as_mut().unwrap();
        ingestion.endpoint.as_mut().unwrap().metrics = "https://other.example.com".into();

        let verdict = IngestionEndpointCheck.judge(&seen).unwrap();

        assert!(
            verdict
                .found()
                .contains("bound to https://other.example.com")
        );
    }

    #[test]
    fn without_a_workspace_there_is_nothing_to_look_at() {
        let seen = Evidence {
            workspace: Observed::known(None),
            ..Evidence::example()
        };

        assert!(IngestionEndpointCheck.judge(&seen).is_err());
    }
}
