//! Does the cluster sign tokens that Entra can verify, and hand them to pods? For workload identity.

use super::evidence::Evidence;
use super::report::Category;
use super::verdict::Verdict;
use super::{Check, CheckInfo, apply_only};
use crate::facts::Observation;
use crate::problem::Problem;
use crate::spec::method_on_platform::MethodOnPlatform;

pub(super) struct TokenIssuerCheck;

impl Check for TokenIssuerCheck {
    fn about(&self) -> CheckInfo {
        CheckInfo {
            id: "token-issuer",
            category: Category::Cluster,
            needs: &[Observation::Cluster, Observation::AnnouncedIssuer],
        }
    }

    fn applies(&self, connection: MethodOnPlatform) -> bool {
        connection.has_managed_issuer()
    }

    fn judge(&self, seen: &Evidence) -> Result<Verdict, Problem> {
        let cluster = seen.existing_cluster()?;
        let Some(issuer) = &cluster.issuer else {
            return Ok(Verdict::fail(
                "the cluster has no OIDC issuer",
                apply_only("token-issuer"),
            ));
        };
        // The issuer alone signs tokens; the webhook that gives them to pods is a second switch.
        if !cluster.workload_identity {
            return Ok(Verdict::fail(
                format!("{issuer} is on, but workload identity is off, so pods are given no token"),
                apply_only("token-issuer"),
            ));
        }
        Ok(match &seen.announced_issuer.result {
            // AKS answers with the new issuer at once, while the API server is still restarting with it. Tokens that
            // were made before have the old issuer.
            Ok(Some(announced)) if announced != issuer => Verdict::warn(
                format!("Azure reports issuer {issuer}, the API server reports {announced}"),
                "restart the pods of Prometheus once both name the same issuer",
            ),
            _ => Verdict::pass(issuer.clone()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::evidence::Observed;
    use crate::checks::report::VerdictKind;
    use crate::facts::ManagedCluster;

    fn judged(change: impl FnOnce(&mut ManagedCluster)) -> Verdict {
        let mut seen = Evidence::example();
        change(seen.cluster.result.as_mut().unwrap().as_mut().unwrap());
        TokenIssuerCheck.judge(&seen).unwrap()
    }

    #[test]
    fn an_issuer_without_the_webhook_is_only_half_of_it() {
        let verdict = judged(|cluster| cluster.workload_identity = false);

        assert_eq!(verdict.kind(), VerdictKind::Fail);
        assert!(verdict.found().contains("workload identity is off"));
    }

    #[test]
    fn without_an_issuer_the_step_that_makes_one_is_named() {
        let verdict = judged(|cluster| cluster.issuer = None);

        assert_eq!(
            verdict.next(),
            ["amw-rw apply --enable-oidc-issuer --only token-issuer"]
        );
    }

    #[test]
    fn an_api_server_that_still_announces_another_issuer_is_reported() {
        let seen = Evidence {
            announced_issuer: Observed::known(Some("https://kubernetes.default.svc".into())),
            ..Evidence::example()
        };

        assert_eq!(
            TokenIssuerCheck.judge(&seen).unwrap().kind(),
            VerdictKind::Warn
        );
    }
}
