//! Makes a new file from a template: the holes are filled with what is desired, and the result is read back and checked.

use serde_yaml::Value;

use super::template_engine::{self, TemplateError};
use crate::compat::Installation;
use crate::problem::Problem;
use crate::remote_write::RemoteWrite;
use crate::spec::command_line::{CommandLine, KubeContext, kubectl};
use crate::target::resource_kind::ResourceKind;
use crate::target::{EntryPlace, Format, Position};
use crate::yaml_limits::within_yaml_limits;

/// Why there is no new file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RenderError {
    #[error(transparent)]
    Refused(#[from] Problem),
    #[error("the target {0} has no template: an existing file is patched")]
    NoTemplate(&'static str),
    #[error("a new resource needs a name and a namespace")]
    NoName,
    #[error("template {name}, line {line}: {reason}")]
    Template {
        name: String,
        line: usize,
        reason: String,
    },
    #[error("template {name} does not render valid YAML: {reason}")]
    NotYaml { name: String, reason: String },
    #[error("template {name} does not use `{path}`, which the connection needs")]
    Unused { name: String, path: String },
}

impl From<RenderError> for Problem {
    fn from(error: RenderError) -> Self {
        let next = match error {
            RenderError::Refused(problem) => return problem,
            RenderError::NoName => {
                "say which: --prometheus NAMESPACE/NAME, or name your file to patch: --input FILE"
            }
            RenderError::Template { .. }
            | RenderError::NotYaml { .. }
            | RenderError::Unused { .. } => {
                "compare it with the built-in template of this version, docs/templates.md"
            }
            RenderError::NoTemplate(_) => "name your file to patch: --input FILE",
        };
        Self::new(error.to_string()).next(next)
    }
}

/// What a new file is made from, in addition to the connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct NewFileSource {
    /// The user's own template instead of the built-in one: what it is called, and its text.
    pub(crate) template: Option<(String, String)>,
    /// The Kubernetes resource that the file describes, where it describes one.
    pub(crate) resource: Option<ManifestResource>,
}

/// A Prometheus resource of the Operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ManifestResource {
    pub(crate) kind: ResourceKind,
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl ManifestResource {
    pub(crate) fn new(kind: ResourceKind, namespace: &str, name: &str) -> Self {
        Self {
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

    /// The one that a document describes, where it describes one with a name.
    pub(crate) fn of(document: &Value) -> Option<Self> {
        let kind = ResourceKind::named(document["kind"].as_str()?)?;
        let metadata = &document["metadata"];
        let namespace = metadata["namespace"].as_str().unwrap_or_default();
        Some(Self::new(kind, namespace, metadata["name"].as_str()?))
    }

    /// `namespace/name`, as `--prometheus` takes it.
    pub(crate) fn reference(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// The line that applies a JSON Patch to it, in this context of the kubeconfig.
    pub(crate) fn patch_line(&self, file: &str, context: Option<&KubeContext>) -> CommandLine {
        let kind = self.kind.qualified();
        kubectl::patch_json(&kind, &self.namespace, &self.name, file, context)
    }

    fn values(&self) -> Value {
        let resource = serde_json::json!({
            "apiVersion": self.kind.api_version(),
            "kind": self.kind.name(),
            "metadata": { "name": self.name, "namespace": self.namespace },
        });
        serde_yaml::to_value(resource).expect("JSON is YAML")
    }
}

/// A new file with only what the connection needs.
///
/// A template's variables are the desired values, each by its path in the file.
pub(crate) fn render(
    installation: &Installation,
    remote_write: &RemoteWrite,
    file_source: &NewFileSource,
) -> Result<String, RenderError> {
    let target = installation.target;
    let Some((name, built_in)) = target.template() else {
        return Err(RenderError::NoTemplate(target.as_str()));
    };
    let (name, source) = match &file_source.template {
        Some((name, source)) => (name.as_str(), source.as_str()),
        None => (name, built_in),
    };
    let mut values = source_values(installation, file_source)?;
    let fresh = installation.desired(remote_write, target.new_place(), &Value::Null)?;
    fresh.apply(&mut values);
    let text = fill(name, source, &values)?;

    // Before it is parsed: aliases let a small text become gigabytes in memory.
    within_yaml_limits(&text).map_err(|excess| RenderError::NotYaml {
        name: name.to_owned(),
        reason: excess.to_string(),
    })?;
    // Read back as Prometheus would: a template of the user can lose a value or change its type.
    let read: Value = serde_yaml::from_str(&text).map_err(|error| RenderError::NotYaml {
        name: name.to_owned(),
        reason: error.to_string(),
    })?;
    let first = EntryPlace {
        position: Position::At(0),
        ..target.new_place()
    };
    match installation
        .desired(remote_write, first, &read)?
        .unmet(Some(&read))
    {
        None => Ok(text),
        Some(unmet) => Err(RenderError::Unused {
            name: name.to_owned(),
            path: unmet.first_path(),
        }),
    }
}

/// All that a new file contains of the connection, as data.
pub(crate) fn new_values(
    installation: &Installation,
    remote_write: &RemoteWrite,
) -> Result<Value, Problem> {
    let place = installation.target.new_place();
    let desired = installation.desired(remote_write, place, &Value::Null)?;
    Ok(desired.new_value().unwrap_or_default())
}

/// What the file has in addition to the connection.
fn source_values(
    installation: &Installation,
    file_source: &NewFileSource,
) -> Result<Value, RenderError> {
    match (&file_source.resource, installation.target.format()) {
        (Some(resource), Format::Resource) => Ok(resource.values()),
        (None, Format::Resource) => Err(RenderError::NoName),
        _ => Ok(Value::Mapping(serde_yaml::Mapping::new())),
    }
}

fn fill(name: &str, source: &str, values: &Value) -> Result<String, RenderError> {
    template_engine::fill(name, source, values).map_err(|TemplateError { line, reason }| {
        RenderError::Template {
            name: name.to_owned(),
            line,
            reason,
        }
    })
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::remote_write::samples::{
        certificate, remote_write, secret, user_identity, workload_identity,
    };
    use crate::remote_write::{Authentication, Certificate, ClientSecret, Route};
    use crate::spec::choices::{Relabeling, ReplicaLabels, Switch};
    use crate::spec::sending::SendSettings;
    use crate::target::Target;

    fn render(
        installation: &Installation,
        remote_write: &RemoteWrite,
    ) -> Result<String, RenderError> {
        super::render(installation, remote_write, &NewFileSource::default())
    }

    fn installation(target: Target, prometheus: &str) -> Installation {
        Installation {
            target,
            prometheus: prometheus.parse().ok(),
            operator: None,
        }
    }

    #[test]
    fn a_new_prometheus_yml_holds_what_the_connection_needs() {
        let installation = installation(Target::PrometheusYml, "3.14.0");

        let text = render(&installation, &remote_write(user_identity())).unwrap();

        assert_snapshot!(text, @r#"
        # Prometheus, writing to an Azure Monitor workspace.

        global:
          scrape_interval: 30s
          external_labels:
            # Azure's dashboards, alerts and recording rules distinguish clusters by this label.
            cluster: prod

        scrape_configs:
          - job_name: prometheus
            static_configs:
              - targets: ["localhost:9090"]

        remote_write:
          - name: amw-monitor
            url: https://monitor-abcd.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
            # When the workspace is over its limits, send again later instead of dropping samples.
            queue_config:
              retry_on_http_429: true
              sample_age_limit: 20m
            azuread:
              cloud: AzurePublic
              managed_identity:
                client_id: 11111111-2222-3333-4444-555555555555
        "#);
    }

    #[test]
    fn new_helm_values_carry_label_and_annotations_for_workload_identity() {
        let installation = installation(Target::KubePrometheusStack, "3.14.0");

        let text = render(&installation, &remote_write(workload_identity())).unwrap();

        assert_snapshot!(text, @r#"
        # Values for the chart kube-prometheus-stack: Prometheus, writing to an Azure Monitor workspace.

        prometheus:
          serviceAccount:
            annotations:
              azure.workload.identity/client-id: 11111111-2222-3333-4444-555555555555
              azure.workload.identity/tenant-id: aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee

          prometheusSpec:
            externalLabels:
              # Azure's dashboards, alerts and recording rules distinguish clusters by this label.
              cluster: prod

            # The webhook gives a token to pods with this label. It must be a string, so it is quoted.
            podMetadata:
              labels:
                azure.workload.identity/use: "true"

            additionalRemoteWrite:
              - name: amw-monitor
                url: https://monitor-abcd.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
                # When the workspace is over its limits, send again later instead of dropping samples.
                queueConfig:
                  retryOnRateLimit: true
                azureAd:
                  cloud: AzurePublic
                  workloadIdentity:
                    clientId: 11111111-2222-3333-4444-555555555555
                    tenantId: aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee
        "#);
    }

    #[test]
    fn before_3_14_the_values_bring_the_token_to_where_prometheus_looks() {
        let installation = installation(Target::KubePrometheusStack, "v3.13.2-distroless");

        let text = render(&installation, &remote_write(workload_identity())).unwrap();

        let volumes = text
            .split("\n\n")
            .find(|part| part.contains("volumes:"))
            .unwrap();
        assert_snapshot!(volumes, @"
        # Mounts the credential where Prometheus looks for it.
        volumes:
          - name: azure-identity-token
            projected:
              sources:
                - serviceAccountToken:
                    audience: api://AzureADTokenExchange
                    expirationSeconds: 3600
                    path: azure-identity-token
        volumeMounts:
          - name: azure-identity-token
            mountPath: /var/run/secrets/azure/tokens
            readOnly: true
        ");
    }

    #[test]
    fn a_client_secret_is_written_to_prometheus_yml_and_referred_to_from_values() {
        let inline = secret(ClientSecret::Inline("s3cret".into()));
        let reference = ClientSecret::KubernetesSecret {
            name: "amw".into(),
            key: "secret".into(),
        };
        let yml = installation(Target::PrometheusYml, "3.14.0");
        let values = installation(Target::KubePrometheusStack, "3.14.0");

        let file = render(&yml, &remote_write(inline.clone())).unwrap();
        let helm = render(&values, &remote_write(secret(reference.clone()))).unwrap();

        assert!(file.contains("client_secret: s3cret\n"));
        assert!(
            helm.contains("clientSecret:\n              name: amw\n              key: secret\n")
        );
        let refused = [
            render(&values, &remote_write(inline))
                .unwrap_err()
                .to_string(),
            render(&yml, &remote_write(secret(reference)))
                .unwrap_err()
                .to_string(),
        ];
        assert_snapshot!(refused.join("\n"), @"
        this target is stored in plain text in the cluster, so the client secret must come from a Kubernetes Secret
        a plain prometheus.yml cannot refer to a Kubernetes Secret
        ");
    }

    #[test]
    fn values_of_the_prometheus_chart_take_the_secret_from_the_environment() {
        let reference = ClientSecret::KubernetesSecret {
            name: "amw".into(),
            key: "secret".into(),
        };
        let installation = installation(Target::PrometheusChart, "3.14.0");

        let text = render(&installation, &remote_write(secret(reference))).unwrap();

        assert_snapshot!(text, @r#"
        # Values for the chart prometheus: Prometheus, writing to an Azure Monitor workspace.

        server:
          global:
            external_labels:
              # Azure's dashboards, alerts and recording rules distinguish clusters by this label.
              cluster: prod

          # Read by azuread.sdk below: the chart keeps the configuration in a ConfigMap, where no secret may be.
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

          remoteWrite:
            - name: amw-monitor
              url: https://monitor-abcd.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
              # When the workspace is over its limits, send again later instead of dropping samples.
              queue_config:
                retry_on_http_429: true
                sample_age_limit: 20m
              azuread:
                cloud: AzurePublic
                sdk: {}
        "#);
    }

    #[test]
    fn before_3_14_the_prometheus_chart_gets_a_token_volume_unless_the_file_is_named() {
        let installation = installation(Target::PrometheusChart, "3.13.2");
        let Authentication::WorkloadIdentity {
            client_id,
            tenant_id,
            ..
        } = workload_identity()
        else {
            unreachable!()
        };
        let named = Authentication::WorkloadIdentity {
            client_id,
            tenant_id,
            token_file: Some("/t".into()),
        };

        let projected = render(&installation, &remote_write(workload_identity())).unwrap();
        let printed = render(&installation, &remote_write(named)).unwrap();

        assert!(projected.contains("extraVolumes:") && !projected.contains("token_file_path"));
        assert!(!printed.contains("extraVolumes:") && printed.contains("token_file_path: /t\n"));
    }

    #[test]
    fn the_own_identity_of_a_machine_is_spelled_as_each_reader_wants_it() {
        let own = || remote_write(Authentication::ManagedIdentity { client_id: None });
        let operator = |version: &str| Installation {
            operator: version.parse().ok(),
            ..installation(Target::KubePrometheusStack, "3.8.0")
        };

        let file = render(&installation(Target::PrometheusYml, "3.5.0"), &own()).unwrap();
        let old = render(&operator("0.86.1"), &own()).unwrap();
        let new = render(&operator("0.87.0"), &own()).unwrap();

        assert!(
            file.ends_with("      managed_identity:\n        client_id: \"\"\n"),
            "{file}"
        );
        assert!(
            old.ends_with("          managedIdentity:\n            clientId: \"\"\n"),
            "{old}"
        );
        assert!(new.ends_with("          managedIdentity: {}\n"), "{new}");
    }

    #[test]
    fn whatever_a_value_holds_the_file_contains_exactly_that() {
        let nasty = [
            "y",
            "17",
            "a: b # c",
            "it's",
            "{{ x }}",
            "line\nbreak",
            "\u{2028}",
            "- x",
            "\"",
            "监控",
        ];
        for label in nasty {
            let mut connection = remote_write(user_identity());
            connection.cluster_label =
                crate::remote_write::ClusterLabel::Explicit(label.to_owned());

            let text = render(&installation(Target::PrometheusYml, "3.14.0"), &connection).unwrap();

            let read: Value = serde_yaml::from_str(&text).unwrap();
            assert_eq!(
                read["global"]["external_labels"]["cluster"],
                Value::from(label)
            );
        }
    }

    /// Every sign-in that there is, with what it needs in a file by hand or in a cluster.
    fn sign_ins(target: Target) -> [Authentication; 5] {
        let reference = ClientSecret::KubernetesSecret {
            name: "amw".into(),
            key: "secret".into(),
        };
        let kept = match target {
            Target::PrometheusYml => ClientSecret::Inline("s3cret".into()),
            _ => reference,
        };
        [
            Authentication::ManagedIdentity { client_id: None },
            user_identity(),
            secret(kept),
            certificate(Certificate::KubernetesSecret {
                name: "amw".into(),
                key: "client.pem".into(),
            }),
            workload_identity(),
        ]
    }

    #[test]
    fn every_target_has_every_sign_in_by_every_route_or_a_reason() {
        let mut verdicts = Vec::new();
        for target in [
            Target::PrometheusYml,
            Target::KubePrometheusStack,
            Target::PrometheusChart,
            Target::CustomResource,
        ] {
            for route in [Route::Direct, Route::Sdk, Route::Sidecar { port: 8081 }] {
                for authentication in sign_ins(target) {
                    let connection = RemoteWrite {
                        route,
                        ..remote_write(authentication)
                    };
                    let file_source = NewFileSource {
                        template: None,
                        resource: Some(ManifestResource::new(
                            ResourceKind::Prometheus,
                            "monitoring",
                            "main",
                        )),
                    };
                    let made =
                        super::render(&installation(target, "3.14.0"), &connection, &file_source);
                    if let Err(error) = made {
                        let kind = connection.authentication.sign_in();
                        verdicts.push(format!("{target:?}, {route:?}, {kind:?}: {error}"));
                    }
                }
            }
        }

        assert_snapshot!(verdicts.join("\n"), @"
        PrometheusYml, Sidecar { port: 8081 }, SystemIdentity: --auth system-identity with --path sidecar: the sidecar does not support this sign-in method
        PrometheusYml, Sidecar { port: 8081 }, UserIdentity: the sidecar is another container of the pod, and this target does not describe the pod
        PrometheusYml, Sidecar { port: 8081 }, EntraSecret: --auth entra-secret with --path sidecar: the sidecar does not support this sign-in method
        PrometheusYml, Sidecar { port: 8081 }, EntraCertificate: the sidecar is another container of the pod, and this target does not describe the pod
        PrometheusYml, Sidecar { port: 8081 }, WorkloadIdentity: the sidecar is another container of the pod, and this target does not describe the pod
        KubePrometheusStack, Sidecar { port: 8081 }, SystemIdentity: --auth system-identity with --path sidecar: the sidecar does not support this sign-in method
        KubePrometheusStack, Sidecar { port: 8081 }, EntraSecret: --auth entra-secret with --path sidecar: the sidecar does not support this sign-in method
        PrometheusChart, Sidecar { port: 8081 }, SystemIdentity: --auth system-identity with --path sidecar: the sidecar does not support this sign-in method
        PrometheusChart, Sidecar { port: 8081 }, EntraSecret: --auth entra-secret with --path sidecar: the sidecar does not support this sign-in method
        CustomResource, Sidecar { port: 8081 }, SystemIdentity: --auth system-identity with --path sidecar: the sidecar does not support this sign-in method
        CustomResource, Sidecar { port: 8081 }, EntraSecret: --auth entra-secret with --path sidecar: the sidecar does not support this sign-in method
        ");
    }

    #[test]
    fn under_the_operator_a_certificate_is_left_to_the_environment() {
        let vault = certificate(Certificate::KeyVault {
            class: "amw-monitor".into(),
            vault: "kv".into(),
            certificate: "prometheus".into(),
        });
        let installation = installation(Target::KubePrometheusStack, "3.14.0");

        let text = render(&installation, &remote_write(vault)).unwrap();

        assert_snapshot!(text, @"
        # Values for the chart kube-prometheus-stack: Prometheus, writing to an Azure Monitor workspace.

        prometheus:
          prometheusSpec:
            externalLabels:
              # Azure's dashboards, alerts and recording rules distinguish clusters by this label.
              cluster: prod

            # Mounts the credential where Prometheus looks for it.
            volumes:
              - name: azure-client-certificate
                csi:
                  driver: secrets-store.csi.k8s.io
                  readOnly: true
                  volumeAttributes:
                    secretProviderClass: amw-monitor
            volumeMounts:
              - name: azure-client-certificate
                mountPath: /var/run/secrets/azure/certificate
                readOnly: true

            # The Operator merges this into the pod, container by container.
            containers:
              - name: prometheus
                env:
                  - name: AZURE_TENANT_ID
                    value: aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee
                  - name: AZURE_CLIENT_ID
                    value: 11111111-2222-3333-4444-555555555555
                  - name: AZURE_CLIENT_CERTIFICATE_PATH
                    value: /var/run/secrets/azure/certificate/prometheus

            additionalRemoteWrite:
              - name: amw-monitor
                url: https://monitor-abcd.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
                # When the workspace is over its limits, send again later instead of dropping samples.
                queueConfig:
                  retryOnRateLimit: true
                azureAd:
                  cloud: AzurePublic
                  sdk: {}
        ");
    }

    #[test]
    fn the_sidecar_signs_in_instead_of_prometheus() {
        let by_sidecar = RemoteWrite {
            route: Route::Sidecar { port: 9091 },
            ..remote_write(user_identity())
        };

        let stack = render(
            &installation(Target::KubePrometheusStack, "2.40.0"),
            &by_sidecar,
        )
        .unwrap();
        let chart = render(
            &installation(Target::PrometheusChart, "2.40.0"),
            &by_sidecar,
        )
        .unwrap();

        assert_snapshot!(stack, @r#"
        # Values for the chart kube-prometheus-stack: Prometheus, writing to an Azure Monitor workspace.

        prometheus:
          prometheusSpec:
            externalLabels:
              # Azure's dashboards, alerts and recording rules distinguish clusters by this label.
              cluster: prod

            # The Operator merges this into the pod, container by container.
            containers:
              - name: prom-remotewrite
                image: mcr.microsoft.com/azuremonitor/containerinsights/ciprod/prometheus-remote-write/images:prom-remotewrite-20260713.1
                livenessProbe:
                  httpGet:
                    path: /health
                    port: 9091
                  initialDelaySeconds: 10
                  timeoutSeconds: 10
                readinessProbe:
                  httpGet:
                    path: /ready
                    port: 9091
                  initialDelaySeconds: 10
                  timeoutSeconds: 10
                env:
                  - name: INGESTION_URL
                    value: https://monitor-abcd.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
                  - name: LISTENING_PORT
                    value: "9091"
                  - name: IDENTITY_TYPE
                    value: userAssigned
                  - name: AZURE_CLIENT_ID
                    value: 11111111-2222-3333-4444-555555555555
                  - name: CLOUD
                    value: AZUREPUBLIC

            additionalRemoteWrite:
              - name: amw-monitor
                url: http://localhost:9091/api/v1/write
                # When the workspace is over its limits, send again later instead of dropping samples.
                queueConfig:
                  retryOnRateLimit: true
        "#);
        assert!(
            chart.contains("  sidecarContainers:\n    prom-remotewrite:\n      image: "),
            "{chart}"
        );
        assert!(!chart.contains("azuread"), "{chart}");
    }

    fn choosy() -> RemoteWrite {
        let mut connection = remote_write(user_identity());
        connection.sending = SendSettings {
            queue: Some("max_shards=20,sample_age_limit=10m".parse().unwrap()),
            metadata: Some(Switch::Off),
            exemplars: Some(Switch::On),
            native_histograms: Some(Switch::On),
            keep: Some("up,node_*".parse().unwrap()),
            relabeling: Some(Relabeling::AzureDashboards),
            replica_labels: Some(ReplicaLabels::Drop),
            ..SendSettings::default()
        };
        connection
    }

    #[test]
    fn choices_of_what_is_sent_stand_in_the_entry() {
        let native = render(&installation(Target::PrometheusYml, "3.14.0"), &choosy()).unwrap();

        assert_snapshot!(native.split_once("remote_write:\n").unwrap().1, @r#"
        - name: amw-monitor
          url: https://monitor-abcd.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
          # When the workspace is over its limits, send again later instead of dropping samples.
          queue_config:
            retry_on_http_429: true
            max_shards: 20
            sample_age_limit: 10m
          metadata_config:
            send: false
          send_exemplars: true
          send_native_histograms: true
          write_relabel_configs:
            - source_labels:
                - metrics_path
              regex: /metrics/cadvisor
              target_label: job
              replacement: cadvisor
              action: replace
            - source_labels:
                - job
              regex: node-exporter
              target_label: job
              replacement: node
              action: replace
            - source_labels:
                - "__name__"
              regex: "up|node_.*"
              action: keep
            - regex: "prometheus_replica|__replica__"
              action: labeldrop
          azuread:
            cloud: AzurePublic
            managed_identity:
              client_id: 11111111-2222-3333-4444-555555555555
        "#);
    }

    #[test]
    fn choices_of_what_is_sent_are_spelled_as_the_operator_does() {
        let installation = installation(Target::KubePrometheusStack, "3.14.0");

        let custom = render(&installation, &choosy()).unwrap();

        assert_snapshot!(custom.split_once("additionalRemoteWrite:\n").unwrap().1, @r#"
        - name: amw-monitor
          url: https://monitor-abcd.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
          # When the workspace is over its limits, send again later instead of dropping samples.
          queueConfig:
            retryOnRateLimit: true
            maxShards: 20
            sampleAgeLimit: 10m
          metadataConfig:
            send: false
          sendExemplars: true
          sendNativeHistograms: true
          writeRelabelConfigs:
            - sourceLabels:
                - metrics_path
              regex: /metrics/cadvisor
              targetLabel: job
              replacement: cadvisor
              action: replace
            - sourceLabels:
                - job
              regex: node-exporter
              targetLabel: job
              replacement: node
              action: replace
            - sourceLabels:
                - "__name__"
              regex: "up|node_.*"
              action: keep
            - regex: "prometheus_replica|__replica__"
              action: labeldrop
          azureAd:
            cloud: AzurePublic
            managedIdentity:
              clientId: 11111111-2222-3333-4444-555555555555
        "#);
    }

    #[test]
    fn a_template_that_runs_or_writes_without_end_is_stopped() {
        let by = |text: &str| {
            let file_source = NewFileSource {
                template: Some(("mine.yml".to_owned(), text.to_owned())),
                resource: None,
            };
            let installation = installation(Target::PrometheusYml, "3.14.0");
            super::render(&installation, &remote_write(user_identity()), &file_source)
                .unwrap_err()
                .to_string()
        };

        let turns = "{% for a in range(5000) %}{% for b in range(5000) %}{% endfor %}{% endfor %}";
        let long = "x".repeat(4000);
        let much = format!("{{% for a in range(5000) %}}{{{{ '{long}' }}}}{{% endfor %}}");
        assert!(by(turns).contains("a million steps"), "{}", by(turns));
        assert!(by(&much).contains("16 MiB"), "{}", by(&much));

        let wide = "{{ {'a': 1, 'b': 2} | yaml(70000) }}";
        assert!(by(wide).contains("more than 200"), "{}", by(wide));
        for filter in ["'%999999999d'|format(1)", "'a\nb'|indent(3000000000)"] {
            let text = format!("{{{{ {filter} }}}}");
            assert!(by(&text).contains("is unknown"), "{}", by(&text));
        }
    }

    #[test]
    fn a_template_of_the_users_own_takes_the_place_of_ours_and_may_leave_out_nothing() {
        let installation = installation(Target::PrometheusYml, "3.14.0");
        let by = |text: &str| {
            let template = Some(("mine/prometheus.yml".to_owned(), text.to_owned()));
            let file_source = NewFileSource {
                template,
                resource: None,
            };
            super::render(&installation, &remote_write(user_identity()), &file_source)
                .map_err(|error| error.to_string())
        };

        let made = by("# ours\nglobal: {{ global | yaml(2) | indent }}\n");
        let whole = by(
            "# ours\nglobal:\n  {{ global | yaml(2) }}\nremote_write:\n  {{ remote_write | yaml(2) }}\n",
        );
        let without_url = by(
            "global:\n  {{ global | yaml(2) }}\nremote_write:\n  - {{ remote_write[0] | without(\"url\") | yaml(4) }}\n",
        );
        let unknown = by("global: {{ globals }}\n");
        let no_yaml = by("a: [\n");

        assert!(made.is_err(), "{made:?}");
        assert!(
            whole
                .unwrap()
                .starts_with("# ours\nglobal:\n  external_labels:\n    cluster: prod\n")
        );
        let refusals = [without_url, unknown, no_yaml].map(Result::unwrap_err);
        assert_snapshot!(refusals.join("\n"), @"
        template mine/prometheus.yml does not use `remote_write[0].url`, which the connection needs
        template mine/prometheus.yml, line 1: undefined value
        template mine/prometheus.yml does not render valid YAML: did not find expected node content at line 2 column 1, while parsing a flow node
        ");
    }

    #[test]
    fn an_unfilled_hole_is_an_error_that_names_its_line() {
        let error = fill("mine.yml", "a: 1\nb: {{ nowhere }}\n", &Value::Null).unwrap_err();

        assert_snapshot!(error, @"template mine.yml, line 2: undefined value");
    }
}
