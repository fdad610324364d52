//! Does Prometheus run as the service account that is trusted, and are its pods given a token? For workload identity.

use super::evidence::Evidence;
use super::report::Category;
use super::verdict::Verdict;
use super::{Check, CheckInfo};
use crate::cluster::service_account::LiveServiceAccount;
use crate::delivery::Ownership;
use crate::facts::Observation;
use crate::next_step::NextStep;
use crate::problem::Problem;
use crate::spec::ServiceAccount as Account;
use crate::spec::command_line::{kubectl, own};
use crate::spec::method_on_platform::MethodOnPlatform;
use crate::spec::webhook_keys;

pub(super) const ID: &str = "service-account";

pub(super) struct ServiceAccountCheck;

const LABEL: &str = "apply the file that `amw-rw render` writes; what else the pod needs is printed by `amw-rw render --companions`";
const SHARED: &str = "keep the annotation if another container signs in with this account: Prometheus needs its own \
    client id there only with `--azuread sdk`";

impl Check for ServiceAccountCheck {
    fn about(&self) -> CheckInfo {
        CheckInfo {
            id: ID,
            category: Category::Cluster,
            needs: &[
                Observation::ServiceAccount,
                Observation::Prometheus,
                Observation::Principal,
            ],
        }
    }

    fn applies(&self, connection: MethodOnPlatform) -> bool {
        connection.sign_in.is_federated()
    }

    fn judge(&self, seen: &Evidence) -> Result<Verdict, Problem> {
        let Some((_, wanted)) = seen.spec.credential.federation() else {
            return Err(Problem::new("this sign-in has no service account"));
        };
        let Some(live) = seen.service_account.get()? else {
            return Ok(Verdict::fail(
                format!("the cluster has no service account {wanted}"),
                kubectl::list_service_accounts(&wanted.namespace, seen.kube_context.as_ref()),
            ));
        };
        // Asked before the annotation: annotating an account that Prometheus does not run as would change nothing.
        if let Some(verdict) = runs_as_another(seen, wanted) {
            return Ok(verdict);
        }
        let client = seen.existing_principal()?.client_id.as_str();
        Ok(match live.client_id() {
            // A client id is a GUID, and Azure and the webhook take it in capitals too.
            Some(annotated) if annotated.eq_ignore_ascii_case(client) => {
                pods_are_given_a_token(seen, wanted)
            }
            Some(annotated) => roll_out(
                seen,
                format!(
                    "{wanted} is annotated with client id {annotated}, the identity's is {client}"
                ),
                SHARED,
            ),
            None => roll_out(
                seen,
                format!("{wanted} is not annotated with the identity's client id"),
                annotate(seen, live, wanted, client),
            ),
        })
    }
}

/// The line that annotates the account, or what to do where its owner undoes annotations.
fn annotate(
    seen: &Evidence,
    live: &LiveServiceAccount,
    account: &Account,
    client: &str,
) -> NextStep {
    let owner = Ownership::read(&live.metadata).owner;
    let instead = owner.and_then(|owner| owner.instead_of_annotation(&account.to_string()));
    instead.map_or_else(
        || {
            let context = seen.kube_context.as_ref();
            let tenant = seen.spec.tenant.as_str();
            account.annotate_line(client, tenant, context).into()
        },
        NextStep::from,
    )
}

fn runs_as_another(seen: &Evidence, wanted: &Account) -> Option<Verdict> {
    let server = seen.prometheus.as_ref().ok()?;
    (server.service_account != *wanted).then(|| {
        Verdict::fail(
            format!(
                "Prometheus {} runs as {}, but the federated credential trusts {wanted}",
                server.reference(),
                server.service_account
            ),
            own::federate(&server.service_account.to_string()),
        )
    })
}

fn pods_are_given_a_token(seen: &Evidence, wanted: &Account) -> Verdict {
    match &seen.prometheus {
        // The webhook looks only at pods with this label; since its release 1.0 a label on the service account has no
        // effect.
        Ok(server) if !server.wants_identity_token() => roll_out(
            seen,
            format!(
                "the pods of {} lack the label {}, so they get no token",
                server.reference(),
                webhook_keys::USE
            ),
            LABEL,
        ),
        _ => Verdict::pass(wanted.subject()),
    }
}

/// The webhook changes pods only when they are created.
fn roll_out(seen: &Evidence, found: String, next: impl Into<NextStep>) -> Verdict {
    let verdict = Verdict::warn(found, next);
    let Ok(server) = &seen.prometheus else {
        return verdict;
    };
    let (kind, name) = server.pod_controller();
    let context = seen.kube_context.as_ref();
    verdict.then(kubectl::restart(kind, &server.namespace, &name, context))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::checks::evidence::Observed;
    use crate::checks::report::VerdictKind;
    use crate::spec::command_line::KubeContext;

    fn annotated(client: &str) -> Observed<Option<LiveServiceAccount>> {
        Observed::known(Some(LiveServiceAccount {
            annotations: BTreeMap::from([(webhook_keys::CLIENT_ID.to_owned(), client.to_owned())]),
            ..LiveServiceAccount::default()
        }))
    }

    #[test]
    fn another_service_account_than_the_trusted_one_is_named() {
        let mut seen = Evidence::example();
        seen.prometheus.as_mut().unwrap().service_account =
            Account::parse("monitoring/kps-prometheus").unwrap();

        let verdict = ServiceAccountCheck.judge(&seen).unwrap();

        assert_eq!(verdict.kind(), VerdictKind::Fail);
        assert!(
            verdict.next()[0]
                .line()
                .ends_with("--service-account monitoring/kps-prometheus")
        );
    }

    #[test]
    fn the_client_id_of_another_identity_in_the_annotation_is_reported() {
        let seen = Evidence {
            service_account: annotated("99999999-9999-9999-9999-999999999999"),
            ..Evidence::example()
        };

        let verdict = ServiceAccountCheck.judge(&seen).unwrap();

        assert_eq!(verdict.kind(), VerdictKind::Warn);
        assert!(verdict.found().contains("99999999"), "{}", verdict.found());
    }

    #[test]
    fn an_account_whose_owner_undoes_annotations_is_changed_in_its_repository() {
        let next = |labels: serde_json::Value| {
            let seen = Evidence {
                service_account: Observed::known(Some(LiveServiceAccount {
                    metadata: serde_json::json!({"labels": labels}),
                    ..LiveServiceAccount::default()
                })),
                ..Evidence::example()
            };
            ServiceAccountCheck.judge(&seen).unwrap().next()[0].clone()
        };

        let owned = next(serde_json::json!({"kustomize.toolkit.fluxcd.io/name": "apps"}));

        assert!(
            owned
                .line()
                .starts_with("Flux Kustomization `apps` owns service account"),
            "{owned:?}"
        );
        assert!(
            next(serde_json::json!({}))
                .line()
                .starts_with("kubectl annotate serviceaccount")
        );
    }

    #[test]
    fn the_restart_names_the_cluster_that_was_looked_at() {
        let seen = Evidence {
            service_account: annotated("99999999-9999-9999-9999-999999999999"),
            kube_context: Some(KubeContext::existing("aks prod")),
            ..Evidence::example()
        };

        let verdict = ServiceAccountCheck.judge(&seen).unwrap();

        assert_eq!(
            verdict.next()[1],
            "kubectl rollout restart statefulset prometheus-main -n monitoring --context 'aks prod'"
        );
    }

    #[test]
    fn pods_without_the_label_are_reported_although_the_annotation_is_right() {
        let mut seen = Evidence::example();
        seen.prometheus.as_mut().unwrap().pod_labels.clear();

        let verdict = ServiceAccountCheck.judge(&seen).unwrap();

        assert!(verdict.found().contains("azure.workload.identity/use"));
    }
}
