//! The Kubernetes objects that Prometheus needs in addition to a file that has no place for them.

use std::fmt::Display;

use serde::{Serialize, Serializer};
use serde_yaml::Value;

use super::{BlockStyle, Desired, block_lines};
use crate::compat::{DescribedPod, Installation};
use crate::problem::Problem;
use crate::remote_write::{Authentication, Certificate, RemoteWrite};
use crate::spec::ServiceAccount;
use crate::spec::command_line::kubectl::{self, PodPatch};
use crate::spec::command_line::{CommandLine, KubeContext};
use crate::target::{Containers, PodPaths};

/// One object, or a part of one that the user has.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Companion {
    /// What it is and how it gets to the cluster.
    pub(crate) about: String,
    /// As YAML; never holds a secret.
    pub(crate) yaml: String,
    /// The whole command that brings it to the cluster, where that needs neither a file nor a decision.
    #[serde(serialize_with = "as_line")]
    pub(crate) command: Option<CommandLine>,
    /// The command at the end of `about`.
    #[serde(skip)]
    pub(crate) line: Option<CommandLine>,
}

impl Companion {
    /// Without the commands, which would reach a real cluster.
    pub(crate) fn of_trial(self) -> Self {
        let end = self.line.map(|line| format!(": {line}"));
        let about = end.and_then(|end| self.about.strip_suffix(&end).map(str::to_owned));
        Self {
            about: about.unwrap_or(self.about),
            yaml: self.yaml,
            command: None,
            line: None,
        }
    }
}

fn as_line<S: Serializer>(command: &Option<CommandLine>, serializer: S) -> Result<S::Ok, S::Error> {
    command
        .as_ref()
        .map(ToString::to_string)
        .serialize(serializer)
}

/// Where Prometheus runs. What is not known becomes a word in capitals in a printed command.
#[derive(Debug, Clone)]
pub(crate) struct PodEnvironment {
    pub(crate) namespace: String,
    pub(crate) service_account: String,
    /// The chart does not make that account, so its values cannot annotate it.
    pub(crate) has_own_account: bool,
    /// The context of the user's own kubeconfig that leads to the cluster.
    pub(crate) context: Option<KubeContext>,
    /// Where the pod template of Prometheus is, and nothing but the user writes it.
    pub(crate) workload: Option<PodWorkload>,
    /// The client id of another identity that the service account is annotated with.
    pub(crate) other_client: Option<String>,
    /// Who undoes an annotation of the service account by hand, and what to do instead.
    pub(crate) account_owner: Option<String>,
    /// Under which condition the service account may be annotated; completes "only if".
    pub(crate) account_doubt: Option<String>,
    /// The service account has the annotations of this connection.
    pub(crate) is_account_annotated: bool,
}

/// A Deployment or StatefulSet whose pods run Prometheus.
#[derive(Debug, Clone)]
pub(crate) struct PodWorkload {
    /// As kubectl takes it.
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    /// The name of the container that runs Prometheus.
    pub(crate) container: String,
    /// Who reverts manual changes, and what to do instead.
    pub(crate) owner: Option<String>,
}

impl PodEnvironment {
    /// Without an account, as most installations call things.
    pub(crate) fn of(account: Option<&ServiceAccount>) -> Self {
        let (namespace, name) = account.map_or(("monitoring", "prometheus"), |account| {
            (account.namespace.as_str(), account.name.as_str())
        });
        Self {
            namespace: namespace.to_owned(),
            service_account: name.to_owned(),
            has_own_account: false,
            context: None,
            workload: None,
            other_client: None,
            account_owner: None,
            account_doubt: None,
            is_account_annotated: false,
        }
    }
}

impl PodEnvironment {
    /// The same with what a file has about the account.
    pub(crate) fn described(self, described: &DescribedPod) -> Self {
        Self {
            namespace: described.namespace.clone().unwrap_or(self.namespace),
            service_account: described.account.clone().unwrap_or(self.service_account),
            has_own_account: described.has_own_account,
            ..self
        }
    }
}

/// The pod template of a Deployment or StatefulSet, as a strategic merge patch spells it.
static POD_TEMPLATE: PodPaths = PodPaths {
    labels: &["spec", "template", "metadata", "labels"],
    account_annotations: None,
    account_name: None,
    account_create: None,
    volumes: &["spec", "template", "spec", "volumes"],
    volume_mounts: None,
    environment: None,
    containers: Containers::List {
        path: &["spec", "template", "spec", "containers"],
        prometheus: "prometheus",
    },
    init_containers: &["spec", "template", "spec", "initContainers"],
    versions: &[],
};

/// All additional objects, in the order in which they are applied.
pub(crate) fn companions(
    installation: &Installation,
    remote_write: &RemoteWrite,
    pod_environment: &PodEnvironment,
) -> Result<Vec<Companion>, Problem> {
    let all = [
        secret_provider_class(remote_write, pod_environment),
        certificate_secret(remote_write, pod_environment),
        service_account(installation, remote_write, pod_environment),
        pod_template(installation, remote_write, pod_environment)?,
    ];
    Ok(all.into_iter().flatten().collect())
}

/// All of them as one stream of YAML documents, each led by what it is.
pub(crate) fn companion_text(companions: &[Companion]) -> String {
    let documents: Vec<String> = companions
        .iter()
        .map(|companion| format!("# {}\n{}", companion.about, companion.yaml))
        .collect();
    documents.join("---\n")
}

/// <https://learn.microsoft.com/azure/aks/csi-secrets-store-identity-access>: an object of type `secret` is the certificate
/// with its private key.
fn secret_provider_class(
    remote_write: &RemoteWrite,
    pod_environment: &PodEnvironment,
) -> Option<Companion> {
    let Authentication::Certificate {
        certificate:
            Certificate::KeyVault {
                class,
                vault,
                certificate,
            },
        tenant_id,
        ..
    } = &remote_write.authentication
    else {
        return None;
    };
    // The driver takes this list as a text, with YAML in its items.
    let objects = format!(
        "array:\n  - |\n    objectName: {certificate}\n    objectType: secret\n    objectAlias: {certificate}\n"
    );
    let class = serde_json::json!({
        "apiVersion": "secrets-store.csi.x-k8s.io/v1",
        "kind": "SecretProviderClass",
        "metadata": { "name": class, "namespace": pod_environment.namespace },
        "spec": {
            "provider": "azure",
            "parameters": {
                "keyvaultName": vault,
                "tenantId": tenant_id.to_string(),
                // Parameters of the driver are text, truth values included.
                "useVMManagedIdentity": "true",
                "userAssignedIdentityID": "",
                "objects": objects,
            },
        },
    });
    Some(Companion {
        about: format!(
            "SecretProviderClass for certificate {certificate} in key vault {vault}; the identity of the Secrets Store CSI driver needs Key Vault Secrets User there"
        ),
        yaml: yaml(&class),
        command: None,
        line: None,
    })
}

fn certificate_secret(
    remote_write: &RemoteWrite,
    pod_environment: &PodEnvironment,
) -> Option<Companion> {
    let Authentication::Certificate {
        certificate: Certificate::KubernetesSecret { name, key },
        ..
    } = &remote_write.authentication
    else {
        return None;
    };
    let context = pod_environment.context.as_ref();
    let create = kubectl::create_secret_of_file(&pod_environment.namespace, name, key, context);
    Some(Companion {
        about: format!("a Secret with the certificate and its private key: {create}"),
        yaml: String::new(),
        command: None,
        line: Some(create),
    })
}

/// The webhook reads the identity from the service account. Of all targets, only Helm values describe that account.
fn service_account(
    installation: &Installation,
    remote_write: &RemoteWrite,
    pod_environment: &PodEnvironment,
) -> Option<Companion> {
    let Authentication::WorkloadIdentity {
        client_id,
        tenant_id,
        ..
    } = &remote_write.authentication
    else {
        return None;
    };
    let pod = installation.target.pod();
    let is_in_values = pod.is_some_and(|pod| pod.account_annotations.is_some());
    let is_rendered = is_in_values && !pod_environment.has_own_account;
    if is_rendered || pod_environment.is_account_annotated {
        return None;
    }
    let (about, line) = annotation(client_id, tenant_id, pod_environment);
    let is_decided = pod_environment.account_doubt.is_none();
    Some(Companion {
        about,
        // Applied, an object would take away what the user's own account has.
        yaml: String::new(),
        command: line.clone().filter(|_| is_decided),
        line,
    })
}

/// What brings the annotations to the service account, and the command that it ends with.
fn annotation(
    client_id: impl Display,
    tenant_id: impl Display,
    pod_environment: &PodEnvironment,
) -> (String, Option<CommandLine>) {
    if let Some(owner) = &pod_environment.account_owner {
        return (format!("annotations of the service account: {owner}"), None);
    }
    // An account has one client id for the webhook, and all its pods share it.
    if let Some(other) = &pod_environment.other_client {
        let about = format!(
            "service account {}/{} is annotated with client id {other}; the annotation is not changed, since another \
             container may need it. Prometheus needs its own client id {client_id} there only with `--azuread sdk`",
            pod_environment.namespace, pod_environment.service_account
        );
        return (about, None);
    }
    let account = ServiceAccount {
        namespace: pod_environment.namespace.clone(),
        name: pod_environment.service_account.clone(),
    };
    let annotate = account.annotate_line(
        &client_id.to_string(),
        &tenant_id.to_string(),
        pod_environment.context.as_ref(),
    );
    if let Some(doubt) = &pod_environment.account_doubt {
        let about = format!("annotations of the service account, only if {doubt}: {annotate}");
        return (about, Some(annotate));
    }
    let about = format!(
        "annotations of the service account; apply them before the pod restarts: {annotate}"
    );
    (about, Some(annotate))
}

/// What the pod needs, where the target does not describe it.
fn pod_template(
    installation: &Installation,
    remote_write: &RemoteWrite,
    pod_environment: &PodEnvironment,
) -> Result<Option<Companion>, Problem> {
    // The same file then has the volumes and labels, so a second object would compete with it.
    if installation.target.describes_pod() {
        return Ok(None);
    }
    let desired = POD_TEMPLATE.desired(remote_write, installation, &Value::Null)?;
    let mut patch = Desired::tree(desired).new_value().unwrap_or_default();
    if patch.as_mapping().is_none_or(serde_yaml::Mapping::is_empty) {
        return Ok(None);
    }
    let workload = pod_environment.workload.as_ref();
    // Without a cluster to look into, the name in capitals shows what the user has to fill in.
    let (kind, name) = workload.map_or(("deployment", "NAME"), |it| (it.kind, it.name.as_str()));
    let container = workload.map_or("prometheus", |it| it.container.as_str());
    name_container(&mut patch, container);
    let line = |patch: PodPatch<'_>| {
        let context = pod_environment.context.as_ref();
        kubectl::patch_pod_template(kind, &pod_environment.namespace, name, patch, context)
    };
    let owner = workload.and_then(|it| it.owner.clone());
    // A line that the owner undoes is no way to go on.
    let how = owner
        .clone()
        .unwrap_or_else(|| line(PodPatch::OwnFile).to_string());
    Ok(Some(Companion {
        about: format!("add this to the Prometheus pod (container `{container}`): {how}"),
        yaml: block_lines(&patch, BlockStyle::default()).join("\n") + "\n",
        line: owner.is_none().then(|| line(PodPatch::OwnFile)),
        command: workload.filter(|_| owner.is_none()).map(|_| {
            let json = serde_json::to_string(&patch).expect("it has no keys but text");
            line(PodPatch::Json(&json))
        }),
    }))
}

/// Whether the pod needs something that the target does not describe.
pub(crate) fn changes_pod(installation: &Installation, remote_write: &RemoteWrite) -> bool {
    let nowhere = PodEnvironment::of(None);
    let pod = pod_template(installation, remote_write, &nowhere);
    pod.is_ok_and(|pod| pod.is_some())
}

/// A strategic merge patch finds a container by its name, and adds one where none has it.
fn name_container(patch: &mut Value, name: &str) {
    // Indexing would add the keys that are not there.
    let path = ["spec", "template", "spec", "containers"];
    let containers = path
        .iter()
        .try_fold(patch, |at, key| at.get_mut(key))
        .and_then(Value::as_sequence_mut);
    for container in containers.into_iter().flatten() {
        container["name"] = name.into();
    }
}

fn yaml(value: &serde_json::Value) -> String {
    let value = serde_yaml::to_value(value).expect("JSON is YAML");
    block_lines(&value, BlockStyle::default()).join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::remote_write::samples::{
        certificate, remote_write, secret, user_identity, workload_identity,
    };
    use crate::remote_write::{ClientSecret, Route};
    use crate::spec::cloud::CloudName;
    use crate::target::Target;

    fn printed(target: Target, prometheus: &str, connection: &RemoteWrite) -> String {
        let installation = Installation {
            target,
            prometheus: prometheus.parse().ok(),
            operator: None,
        };
        let pod_environment = PodEnvironment::of(None);
        companion_text(&companions(&installation, connection, &pod_environment).unwrap())
    }

    #[test]
    fn a_pod_that_the_target_does_not_describe_gets_its_token_by_companions() {
        assert_snapshot!(printed(Target::ConfigMap, "3.13.2", &remote_write(workload_identity())), @r#"
        # annotations of the service account; apply them before the pod restarts: kubectl annotate serviceaccount prometheus -n monitoring azure.workload.identity/client-id=11111111-2222-3333-4444-555555555555 azure.workload.identity/tenant-id=aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee --overwrite
        ---
        # add this to the Prometheus pod (container `prometheus`): kubectl patch deployment NAME -n monitoring --patch-file FILE
        spec:
          template:
            metadata:
              labels:
                azure.workload.identity/use: "true"
            spec:
              volumes:
                - name: azure-identity-token
                  projected:
                    sources:
                      - serviceAccountToken:
                          audience: api://AzureADTokenExchange
                          expirationSeconds: 3600
                          path: azure-identity-token
              containers:
                - name: prometheus
                  volumeMounts:
                    - name: azure-identity-token
                      mountPath: /var/run/secrets/azure/tokens
                      readOnly: true
        "#);
    }

    #[test]
    fn the_projected_token_has_the_audience_of_its_own_cloud() {
        for cloud in CloudName::ALL {
            let remote_write = RemoteWrite {
                cloud,
                ..remote_write(workload_identity())
            };

            let text = printed(Target::ConfigMap, "3.13.2", &remote_write);

            let audience = format!("audience: {}\n", cloud.row().exchange_audience);
            assert!(text.contains(&audience), "{text}");
        }
    }

    #[test]
    fn a_workload_that_was_seen_gets_whole_commands_for_its_context_and_container() {
        let installation = Installation {
            target: Target::ConfigMap,
            prometheus: "3.13.2".parse().ok(),
            operator: None,
        };
        let mut pod_environment = PodEnvironment {
            context: Some(KubeContext::existing("aks prod")),
            workload: Some(PodWorkload {
                kind: "statefulset",
                name: "prom".into(),
                container: "prometheus-server".into(),
                owner: None,
            }),
            ..PodEnvironment::of(None)
        };
        let connection = remote_write(workload_identity());
        let commands = |pod_environment: &PodEnvironment| -> Vec<Option<Vec<String>>> {
            let all = companions(&installation, &connection, pod_environment).unwrap();
            let lines = all.into_iter().map(|one| one.command);
            lines
                .map(|line| Some(shell_words::split(&line?.to_string()).unwrap()))
                .collect()
        };

        let seen = commands(&pod_environment);
        pod_environment.other_client = Some("another".into());
        let shared = commands(&pod_environment);
        pod_environment.account_owner = Some("Flux undoes it".into());
        pod_environment.workload.as_mut().unwrap().owner = Some("Argo CD undoes it".into());
        let owned = commands(&pod_environment);
        let text =
            companion_text(&companions(&installation, &connection, &pod_environment).unwrap());

        let annotate = seen[0].as_ref().unwrap();
        assert_eq!(annotate[..3], ["kubectl", "annotate", "serviceaccount"]);
        assert_eq!(annotate[8..], ["--overwrite", "--context", "aks prod"]);
        let patch = seen[1].as_ref().unwrap();
        assert_eq!(patch[..4], ["kubectl", "patch", "statefulset", "prom"]);
        let tree: serde_json::Value = serde_json::from_str(&patch[7]).unwrap();
        let pod = &tree["spec"]["template"]["spec"];
        assert_eq!(pod["containers"][0]["name"], "prometheus-server");
        assert_eq!(shared, [None, seen[1].clone()]);
        assert_eq!(owned, [None, None]);
        assert!(!text.contains("kubectl"), "{text}");
        assert!(text.contains("service account: Flux undoes it\n"), "{text}");
        assert!(
            text.contains("`prometheus-server`): Argo CD undoes it\n"),
            "{text}"
        );
    }

    #[test]
    fn a_secret_is_only_referred_to() {
        let reference = ClientSecret::KubernetesSecret {
            name: "amw".into(),
            key: "secret".into(),
        };

        assert_snapshot!(printed(Target::ConfigMap, "3.14.0", &remote_write(secret(reference))), @"
        # add this to the Prometheus pod (container `prometheus`): kubectl patch deployment NAME -n monitoring --patch-file FILE
        spec:
          template:
            spec:
              containers:
                - name: prometheus
                  env:
                    - name: AZURE_TENANT_ID
                      value: aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee
                    - name: AZURE_CLIENT_ID
                      value: 11111111-2222-3333-4444-555555555555
                    - name: AZURE_CLIENT_SECRET
                      valueFrom:
                        secretKeyRef:
                          name: amw
                          key: secret
        ");
    }

    #[test]
    fn a_certificate_comes_out_of_a_key_vault_or_a_secret() {
        let vault = Certificate::KeyVault {
            class: "amw-monitor".into(),
            vault: "kv-prod".into(),
            certificate: "prometheus".into(),
        };
        let kept = Certificate::KubernetesSecret {
            name: "amw-monitor".into(),
            key: "client-certificate.pem".into(),
        };

        assert_snapshot!(printed(Target::KubePrometheusStack, "3.14.0", &remote_write(certificate(vault))), @r#"
        # SecretProviderClass for certificate prometheus in key vault kv-prod; the identity of the Secrets Store CSI driver needs Key Vault Secrets User there
        apiVersion: secrets-store.csi.x-k8s.io/v1
        kind: SecretProviderClass
        metadata:
          name: amw-monitor
          namespace: monitoring
        spec:
          provider: azure
          parameters:
            keyvaultName: kv-prod
            tenantId: aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee
            useVMManagedIdentity: "true"
            userAssignedIdentityID: ""
            objects: "array:\n  - |\n    objectName: prometheus\n    objectType: secret\n    objectAlias: prometheus\n"
        "#);
        assert_snapshot!(printed(Target::KubePrometheusStack, "3.14.0", &remote_write(certificate(kept))), @"# a Secret with the certificate and its private key: kubectl create secret generic amw-monitor --namespace monitoring --from-file=client-certificate.pem=FILE.pem");
    }

    #[test]
    fn complete_helm_values_need_no_companion() {
        let by_sdk = RemoteWrite {
            route: Route::Sdk,
            ..remote_write(user_identity())
        };

        assert_eq!(
            printed(
                Target::KubePrometheusStack,
                "3.14.0",
                &remote_write(workload_identity())
            ),
            ""
        );
        assert_eq!(printed(Target::PrometheusChart, "3.14.0", &by_sdk), "");
        assert_eq!(
            printed(
                Target::PrometheusYml,
                "3.14.0",
                &remote_write(user_identity())
            ),
            ""
        );
    }
}
