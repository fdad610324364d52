//! Does another identity use the service account of Prometheus already? The annotation of an account names one client only.

use crate::cluster::error::ClusterError;
use crate::cluster::service_account::LiveServiceAccount;
use crate::delivery::Ownership;
use crate::discover::Discovered;
use crate::facts::Facts;
use crate::spec::webhook_keys::CLIENT_ID;
use crate::spec::{ServiceAccount, Spec};

/// What the annotation of the service account shows of another identity.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct SharedAccount {
    /// The client id of another identity in the annotation.
    pub(crate) other_client: Option<String>,
    /// What to know before the annotation is replaced.
    pub(crate) warning: Option<String>,
    /// Who undoes annotations by hand, and what to do instead.
    pub(crate) owner: Option<String>,
    /// Under which condition the annotation may be replaced; completes "only if".
    pub(crate) doubt: Option<String>,
    /// The annotations are those of this connection.
    pub(crate) is_annotated: bool,
}

/// The service account as the cluster has it; `None` where it was not looked at.
pub(crate) struct AccountObservation<'a> {
    account: &'a ServiceAccount,
    tenant: &'a str,
    seen: Result<Option<LiveServiceAccount>, ClusterError>,
}

/// Looks, for workload identity only.
pub(crate) async fn look<'a>(found: &Discovered, spec: &'a Spec) -> Option<AccountObservation<'a>> {
    let (_, account) = spec.credential.federation()?;
    // A cluster out of reach is reported by its own warning.
    let kubernetes = found.kubernetes.as_ref().ok()?;
    let seen = kubernetes.service_account(account).await;
    Some(AccountObservation {
        account,
        tenant: spec.tenant.as_str(),
        seen,
    })
}

impl SharedAccount {
    /// Compares the annotation with the client id of our identity.
    pub(crate) fn of(look: Option<AccountObservation<'_>>, facts: &Facts) -> Self {
        let Some(AccountObservation {
            account,
            tenant,
            seen,
        }) = look
        else {
            return Self::default();
        };
        let ours = facts.principal.known();
        let ours = ours.map(|principal| principal.client_id.as_str());
        match seen {
            Ok(live) => {
                let annotated = live.as_ref().and_then(|live| live.client_id());
                let seen = annotated.map_or_else(Self::default, |annotated| {
                    Self::annotated(account, annotated, ours)
                });
                let is_ours = |live: &LiveServiceAccount| live.is_annotated(ours, tenant);
                let is_annotated = live.as_ref().is_some_and(is_ours);
                // Not every owner undoes an annotation: Helm and Argo CD keep those that their manifests do not name.
                let owner = live.and_then(|live| Ownership::read(&live.metadata).owner);
                Self {
                    owner: owner
                        .and_then(|owner| owner.instead_of_annotation(&account.to_string())),
                    is_annotated,
                    ..seen
                }
            }
            // Who may not read the account may well be able to connect Prometheus, so this is no reason to stop.
            Err(error) => Self::unread(account, &error),
        }
    }

    pub(crate) fn warnings(&self) -> impl Iterator<Item = String> {
        self.warning.iter().chain(&self.owner).cloned()
    }

    fn annotated(account: &ServiceAccount, annotated: &str, ours: Option<&str>) -> Self {
        let warning = of_another(account, annotated, ours);
        Self {
            other_client: warning.is_some().then(|| annotated.to_owned()),
            doubt: warning.is_some().then(|| {
                format!(
                    "no other container signs in as client {annotated} with service account {account}; otherwise \
                     remove {CLIENT_ID} from the file first"
                )
            }),
            warning,
            owner: None,
            is_annotated: false,
        }
    }

    fn unread(account: &ServiceAccount, error: &ClusterError) -> Self {
        Self {
            other_client: None,
            owner: None,
            is_annotated: false,
            doubt: Some(format!(
                "service account {account} is not annotated for another identity"
            )),
            warning: Some(format!(
                "cannot read whether service account {account} is annotated for another identity: {error}"
            )),
        }
    }
}

/// `workload_identity` of Prometheus takes its client id from the configuration and not from the annotation, so it works with
/// either; `sdk` takes it from the annotation.
fn of_another(account: &ServiceAccount, annotated: &str, ours: Option<&str>) -> Option<String> {
    let is_ours = ours.is_some_and(|ours| annotated.eq_ignore_ascii_case(ours));
    (!is_ours).then(|| {
        format!(
            "annotation {CLIENT_ID} of service account {account} is client id {annotated}, and \
             the new manifest replaces it. If another container signs in with this account, keep the annotation: \
             Prometheus needs its own client id there only with `--azuread sdk`"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_that_could_not_be_read_is_not_taken_for_one_without_annotations() {
        let account = ServiceAccount::parse("monitoring/prometheus").unwrap();
        let error = ClusterError::Forbidden {
            doing: "read service account monitoring/prometheus".into(),
            message: "no".into(),
        };

        let warning = SharedAccount::unread(&account, &error).warning.unwrap();

        assert!(
            warning.contains("not allowed to read service account"),
            "{warning}"
        );
    }

    #[test]
    fn an_account_that_another_identity_uses_gets_a_warning() {
        let account = ServiceAccount::parse("monitoring/prometheus").unwrap();
        let printed = |ours| of_another(&account, "AAAA-1", ours).unwrap_or_default();

        assert_eq!(printed(Some("aaaa-1")), "");
        for ours in [None, Some("bbbb-2")] {
            assert!(
                printed(ours).starts_with(
                    "annotation azure.workload.identity/client-id of service account monitoring/prometheus is client id AAAA-1"
                ),
                "{}",
                printed(ours)
            );
        }
    }
}
