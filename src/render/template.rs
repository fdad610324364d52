//! Makes a new file from a template: the holes are filled with what is wanted, and the result is read back and checked.

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, value};
use serde_yaml::Value;

use super::{
    BlockStyle, Installation, Place, Position, Quote, RemoteWrite, Unwritable, block_lines,
    scalar_text,
};

/// Why there is no new file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RenderError {
    #[error(transparent)]
    Unwritable(#[from] Unwritable),
    #[error("the target {0} has no file of its own: it is made by patching")]
    NoTemplate(&'static str),
    #[error("template {name}, line {line}: {reason}")]
    Template {
        name: &'static str,
        line: usize,
        reason: String,
    },
    #[error("template {name} makes a file that is not YAML: {reason}")]
    NotYaml { name: &'static str, reason: String },
    #[error("template {name} makes a file that lacks a part of the connection")]
    Incomplete { name: &'static str },
}

/// A new file that says no more than the connection needs.
///
/// A template's variables are the wanted values, each by its path in the file.
pub(crate) fn render(
    installation: &Installation,
    remote_write: &RemoteWrite,
) -> Result<String, RenderError> {
    let layout = installation.target.layout();
    let (Some(template), list) = (layout.template, layout.lists[0]) else {
        return Err(RenderError::NoTemplate(layout.name));
    };
    let fresh = installation.wanted(
        remote_write,
        Place {
            list,
            position: Position::End,
        },
        &Value::Null,
    )?;
    let values = fresh.fresh().unwrap_or_default();
    let text = fill(template, &values)?;

    let (name, _) = template;
    let read: Value = serde_yaml::from_str(&text).map_err(|error| RenderError::NotYaml {
        name,
        reason: error.to_string(),
    })?;
    let first = Place {
        list,
        position: Position::At(0),
    };
    if installation
        .wanted(remote_write, first, &read)?
        .holds(Some(&read))
    {
        Ok(text)
    } else {
        Err(RenderError::Incomplete { name })
    }
}

fn fill((name, source): (&'static str, &str), values: &Value) -> Result<String, RenderError> {
    let environment = environment();
    let filled = environment
        .template_from_named_str(name, source)
        .and_then(|template| template.render(value::Value::from(value::Serde(values))));
    // Neither the error's `Debug` nor its debug info is ever shown: they print the variables, secrets included.
    filled.map_err(|error| RenderError::Template {
        name,
        line: error.line().unwrap_or_default(),
        reason: error
            .detail()
            .map_or_else(|| error.kind().to_string(), str::to_owned),
    })
}

fn environment() -> Environment<'static> {
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()
        .expect("these options fit each other");
    let mut environment = Environment::new();
    environment.set_syntax(syntax);
    environment.set_debug(false);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_filter("yaml", block);
    environment.set_formatter(|out, _, value| {
        if value.is_safe() {
            return Ok(out.write_str(value.as_str().unwrap_or_default())?);
        }
        Ok(out.write_str(&scalar_text(&plain(value)?, Quote::Double))?)
    });
    environment
}

/// The filter `yaml(indent)`: a map or list in block style, its lines after the first indented.
fn block(value: &value::Value, indent: usize) -> Result<value::Value, Error> {
    let lines = block_lines(&plain(value)?, BlockStyle::default());
    Ok(value::Value::from_safe_string(
        lines.join(&format!("\n{:indent$}", "")),
    ))
}

fn plain(value: &value::Value) -> Result<Value, Error> {
    if value.is_undefined() {
        return Err(Error::from(ErrorKind::UndefinedError));
    }
    serde_yaml::to_value(value).map_err(|_| Error::from(ErrorKind::BadSerialization))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::render::remote_write::samples::{
        remote_write, secret, user_identity, workload_identity,
    };
    use crate::render::{Authentication, ClientSecret, Target};

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
            # Azure's dashboards, alerts and recording rules tell clusters apart by this label.
            cluster: prod

        scrape_configs:
          - job_name: prometheus
            static_configs:
              - targets: ["localhost:9090"]

        remote_write:
          - name: amw-monitor
            url: https://monitor-abcd.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
            queue_config:
              # When the workspace is over its limits, send again later instead of dropping samples.
              retry_on_http_429: true
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
              # Azure's dashboards, alerts and recording rules tell clusters apart by this label.
              cluster: prod

            # The webhook gives a token to pods with this label. It must be a string, hence the quotes.
            podMetadata:
              labels:
                azure.workload.identity/use: "true"

            additionalRemoteWrite:
              - name: amw-monitor
                url: https://monitor-abcd.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
                queueConfig:
                  # When the workspace is over its limits, send again later instead of dropping samples.
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
        # The same token once more, where this version of Prometheus looks for it. Not needed from 3.14.0 on.
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
    fn a_client_secret_stands_in_prometheus_yml_and_is_referred_to_from_values() {
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
        many can read this target, so a client secret must come from a Kubernetes Secret
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

        assert_snapshot!(text, @"
        # Values for the chart prometheus: Prometheus, writing to an Azure Monitor workspace.

        server:
          global:
            external_labels:
              # Azure's dashboards, alerts and recording rules tell clusters apart by this label.
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
              queue_config:
                # When the workspace is over its limits, send again later instead of dropping samples.
                retry_on_http_429: true
              azuread:
                cloud: AzurePublic
                sdk: {}
        ");
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
        let told = render(&installation, &remote_write(named)).unwrap();

        assert!(projected.contains("extraVolumes:") && !projected.contains("token_file_path"));
        assert!(!told.contains("extraVolumes:") && told.contains("token_file_path: /t\n"));
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
    fn whatever_a_value_holds_the_file_says_exactly_that() {
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
            connection.cluster_label = crate::render::ClusterLabel::Explicit(label.to_owned());

            let text = render(&installation(Target::PrometheusYml, "3.14.0"), &connection).unwrap();

            let read: Value = serde_yaml::from_str(&text).unwrap();
            assert_eq!(
                read["global"]["external_labels"]["cluster"],
                Value::from(label)
            );
        }
    }

    #[test]
    fn an_unfilled_hole_is_an_error_that_names_its_line() {
        let error = fill(("mine.yml", "a: 1\nb: {{ nowhere }}\n"), &Value::Null).unwrap_err();

        assert_snapshot!(error, @"template mine.yml, line 2: undefined value");
    }
}
