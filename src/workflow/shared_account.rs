//! Does another identity use the service account of Prometheus already? The annotation of an account names one client only.

use crate::discover::Discovered;
use crate::facts::Facts;
use crate::spec::{ServiceAccount, Spec};

/// Told before the annotation of another identity is replaced; `None` where nothing is replaced.
pub(crate) async fn warning(found: &Discovered, spec: &Spec, facts: &Facts) -> Option<String> {
    let (_, service_account) = spec.credential.federation()?;
    let kubernetes = found.kubernetes.as_ref().ok()?;
    // Who may not read the account may well be able to connect Prometheus, so this is no reason to stop.
    let live = kubernetes.service_account(service_account).await.ok()??;
    let ours = facts.principal.known();
    let ours = ours.map(|principal| principal.client_id.as_str());
    of_another(service_account, live.client_id()?, ours)
}

/// `workload_identity` of Prometheus takes its client id from the configuration and not from the annotation, so it works with
/// either; `sdk` takes it from the annotation.
fn of_another(account: &ServiceAccount, annotated: &str, ours: Option<&str>) -> Option<String> {
    let is_ours = ours.is_some_and(|ours| annotated.eq_ignore_ascii_case(ours));
    (!is_ours).then(|| {
        format!(
            "service account {account} names client id {annotated} in its annotation azure.workload.identity/client-id; what is \
             written replaces it, so where another container signs in by this account, leave the annotation as it is: \
             Prometheus needs it with `--azuread sdk` only"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_that_another_identity_uses_is_told() {
        let account = ServiceAccount::parse("monitoring/prometheus").unwrap();
        let told = |ours| of_another(&account, "AAAA-1", ours).unwrap_or_default();

        assert_eq!(told(Some("aaaa-1")), "");
        for ours in [None, Some("bbbb-2")] {
            assert!(
                told(ours).starts_with(
                    "service account monitoring/prometheus names client id AAAA-1 in its annotation"
                ),
                "{}",
                told(ours)
            );
        }
    }
}
