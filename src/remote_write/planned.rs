//! The remote write of a spec, with the facts that were observed in Azure.

use super::builder::build;
use super::input::{RemoteWriteInput, RouteChoice};
use super::model::{ClusterLabel, RemoteWrite};
use super::pending::Pending;
use crate::facts::Facts;
use crate::spec::Spec;

/// The remote write of this connection; what does not exist yet is pending.
pub(crate) fn planned(spec: &Spec, facts: &Facts) -> RemoteWrite {
    build(input(spec, facts)).expect("a spec has everything that its method needs")
}

fn input(spec: &Spec, facts: &Facts) -> RemoteWriteInput {
    let url = facts.workspace.known().map(|it| it.rule.write_url());
    let client_id = facts.principal.known().map(|it| it.client_id.to_string());
    let secret = facts.client_secret.known().map(|held| held.value.clone());
    let label = spec.cluster_label.clone();
    RemoteWriteInput {
        target: spec.target,
        url: Some(Pending::from(url)),
        cloud: Some(spec.cloud),
        entry_name: None,
        workspace: Some(spec.workspace.name().to_owned()),
        sign_in: Some(spec.credential.sign_in),
        client_id: Some(Pending::from(client_id)),
        tenant_id: Some(Pending::Known(spec.tenant.to_string())),
        client_secret: Some(Pending::from(secret)),
        certificate: None,
        may_name_new_secret: true,
        token_file: spec.token_file.clone(),
        route: RouteChoice::Chosen {
            path: spec.path,
            azuread: spec.azuread,
            port: spec.sidecar_port,
        },
        sending: spec.sending.clone(),
        cluster_label: Some(if spec.cluster_label_asked {
            ClusterLabel::Explicit(label)
        } else {
            ClusterLabel::Default(label)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote_write::Authentication;
    use crate::steps::examples;
    use crate::target::Target;

    #[test]
    fn before_the_first_apply_the_url_and_the_client_are_pending() {
        let planned = planned(&examples::spec(), &Facts::default());

        assert_eq!(planned.url, Pending::AfterApply);
        assert!(planned.complete().is_none());
    }

    #[test]
    fn once_everything_exists_it_names_the_rule_and_the_client() {
        let facts = examples::everything_in_place();

        let complete = planned(&examples::spec(), &facts).complete().unwrap();

        let url = facts.workspace.known().unwrap().rule.write_url();
        assert_eq!(complete.url.known(), Some(&url));
        let Authentication::WorkloadIdentity { client_id, .. } = &complete.authentication else {
            panic!("wrong kind")
        };
        let expected = facts.principal.known().unwrap().client_id.to_string();
        assert_eq!(client_id.known(), Some(&expected));
    }

    #[test]
    fn a_secret_that_is_not_made_yet_is_pending_where_the_file_holds_it() {
        let spec = examples::spec_with_secret();
        let facts = Facts {
            client_secret: crate::facts::Fact::Absent,
            ..examples::everything_in_place()
        };
        let values = Spec {
            target: Target::KubePrometheusStack,
            ..spec.clone()
        };

        assert!(planned(&spec, &facts).complete().is_none());
        assert!(!planned(&values, &facts).carries_secret());
    }
}
