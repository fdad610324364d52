//! What a connection replaces in the pod that was set for another identity.

use serde_yaml::Value;

use super::notice::Notice;
use crate::compat::Installation;
use crate::remote_write::{Authentication, ProxyKind, RemoteWrite};
use crate::spec::webhook_keys;
use crate::target::at_path;

/// `label` is the label `cluster` that the file ends up with.
pub(super) fn notices(
    installation: &Installation,
    remote_write: &RemoteWrite,
    found: &Value,
    label: &str,
) -> Vec<Notice> {
    let account = of_account(installation, &remote_write.authentication, found);
    let sidecar = of_sidecar(installation, remote_write, found, label);
    let texts = account.into_iter().chain(sidecar);
    texts.map(Notice::of_cluster).collect()
}

/// An annotation of the service account in the values of a chart.
fn of_account(
    installation: &Installation,
    authentication: &Authentication,
    found: &Value,
) -> Option<String> {
    let Authentication::WorkloadIdentity { client_id, .. } = authentication else {
        return None;
    };
    let pod = installation.target.pod()?;
    let annotations = at_path(found, pod.account_annotations?)?;
    let other = annotations.get(webhook_keys::CLIENT_ID)?.as_str()?;
    let own = client_id.to_string();
    let is_replaced = !pod.has_own_account(found) && !other.eq_ignore_ascii_case(&own);
    is_replaced.then(|| {
        format!(
            "the annotation `{}` of the service account becomes {own} instead of {other}: any other container with this service \
             account that relies on it then signs in as {own}",
            webhook_keys::CLIENT_ID
        )
    })
}

/// Variables of the sidecar that this connection takes over.
fn of_sidecar(
    installation: &Installation,
    remote_write: &RemoteWrite,
    found: &Value,
    label: &str,
) -> Vec<String> {
    let Some((name, container)) = installation.present_sidecar(remote_write, found) else {
        return Vec::new();
    };
    let names = ProxyKind::Sidecar.variables();
    let variables = container["env"].as_sequence();
    let value_of = |variable: &str| {
        let mut all = variables.into_iter().flatten();
        let item = all.rfind(|item| item["name"] == variable)?;
        match item.get("value") {
            Some(value) => value.as_str().map(|text| format!("`{text}`")),
            None => Some("a value from another object".to_owned()),
        }
    };
    let mut texts = Vec::new();
    let own = remote_write.authentication.client_id();
    if let (Some(own), Some(other)) = (own, value_of(names.client_id))
        && !other.eq_ignore_ascii_case(&format!("`{own}`"))
    {
        texts.push(format!(
            "container `{name}` signs in as client id `{own}` from now on: its variable {} was {other}",
            names.client_id
        ));
    }
    if let Some(cluster) = value_of(names.cluster).filter(|it| *it != format!("`{label}`")) {
        texts.push(format!(
            "container `{name}` sets the label cluster to {cluster} by its variable {}, and the label of this file is `{label}`; \
             the variable is not changed",
            names.cluster
        ));
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote_write::samples::{self, URL};
    use crate::remote_write::{Pending, Route};
    use crate::target::Target;

    const OTHER: &str = "99999999-8888-7777-6666-555555555555";

    fn noted(target: Target, remote_write: &RemoteWrite, text: &str) -> Vec<String> {
        let installation = Installation {
            target,
            prometheus: "3.14.0".parse().ok(),
            operator: "0.93.0".parse().ok(),
        };
        let found = serde_yaml::from_str(text).unwrap();
        let all = notices(&installation, remote_write, &found, "prod");
        all.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_annotation_of_another_identity_is_named_with_both_ids() {
        let values = |id: &str| {
            format!(
                "prometheus: {{serviceAccount: {{annotations: {{azure.workload.identity/client-id: '{id}'}}}}}}"
            )
        };
        let remote_write = samples::remote_write(samples::workload_identity());
        let Authentication::WorkloadIdentity {
            client_id: Pending::Known(own),
            ..
        } = &remote_write.authentication
        else {
            panic!("the sample has an id");
        };
        let stack = Target::KubePrometheusStack;

        let other = noted(stack, &remote_write, &values(OTHER)).join("");

        assert!(
            other.contains(OTHER) && other.contains(own.as_str()),
            "{other}"
        );
        assert_eq!(noted(stack, &remote_write, &values(own)), [""; 0]);
        let not_made = values(OTHER).replace("{annotations", "{create: false, annotations");
        assert_eq!(noted(stack, &remote_write, &not_made), [""; 0]);
    }

    #[test]
    fn a_sidecar_of_another_identity_and_cluster_is_named() {
        let mut remote_write = samples::remote_write(samples::user_identity());
        remote_write.route = Route::Sidecar { port: 8081 };
        let resource = |id: &str, cluster: &str| {
            format!(
                "spec: {{containers: [{{name: writer, image: prom-remotewrite, env: [{{name: INGESTION_URL, value: '{URL}'}}, \
                 {{name: AZURE_CLIENT_ID, value: '{id}'}}, {{name: CLUSTER, value: {cluster}}}]}}]}}"
            )
        };
        let own = remote_write.authentication.client_id().unwrap().to_string();

        let found = noted(
            Target::CustomResource,
            &remote_write,
            &resource(OTHER, "old"),
        );

        assert!(
            found[0].contains(OTHER) && found[0].contains(&own),
            "{found:?}"
        );
        assert!(
            found[1].contains("`old`") && found[1].contains("`prod`"),
            "{found:?}"
        );
        let same = noted(
            Target::CustomResource,
            &remote_write,
            &resource(&own, "prod"),
        );
        assert_eq!(same, [""; 0]);
    }
}
