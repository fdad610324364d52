//! Files of users of the sidecar, with the reviewed difference that a migration makes.

use insta::assert_snapshot;

use super::{MigrationAnswers, MigrationRefusal, SourceText, detect, native, rewrite};
use crate::render::unified_diff;
use crate::spec::choices::SignIn;
use crate::spec::ingestion_url::IngestionUrl;
use crate::target::Target;

const USER_ASSIGNED: &str = include_str!("../../tests/data/migrate/values-user-assigned.yaml");
const WORKLOAD_IDENTITY: &str =
    include_str!("../../tests/data/migrate/values-workload-identity.yaml");
const CERTIFICATE: &str = include_str!("../../tests/data/migrate/values-certificate.yaml");
const POD_IDENTITY: &str = include_str!("../../tests/data/migrate/values-pod-identity.yaml");
const RESOURCE: &str = include_str!("../../tests/data/migrate/prometheus-resource.yaml");
const CHART: &str = include_str!("../../tests/data/migrate/values-prometheus-chart.yaml");
const AUTH_PROXY: &str = include_str!("../../tests/data/migrate/values-auth-proxy.yaml");
const BOTH: &str = include_str!("../../tests/data/migrate/values-both.yaml");
const PLAIN: &str = include_str!("../../tests/data/migrate/prometheus.yml");
const DEPLOYMENT: &str = include_str!("../../tests/data/migrate/deployment.yaml");

/// The messages of a migration, and the difference in the file.
fn outcome(text: &str, target: Target, manifest: Option<&str>, given: &MigrationAnswers) -> String {
    match migrated(text, target, manifest, given) {
        Ok((printed, after)) => {
            assert_eq!(
                again(&after, target, manifest, given),
                None,
                "a second time there is nothing to do"
            );
            printed + &unified_diff("old", "new", text, &after)
        }
        Err(MigrationRefusal::Missing(answers)) => format!("missing: {answers:#?}"),
        Err(MigrationRefusal::Refused(problem)) => {
            format!(
                "refused: {problem}\nnext: {}",
                crate::next_step::lines(problem.next_steps()).join("\n")
            )
        }
        Err(MigrationRefusal::Ambiguous(proxies)) => format!("refused: {}", proxies.problem()),
        Err(MigrationRefusal::Unreadable(refusal)) => format!("unreadable: {refusal}"),
    }
}

fn migrated(
    text: &str,
    target: Target,
    manifest: Option<&str>,
    given: &MigrationAnswers,
) -> Result<(String, String), MigrationRefusal> {
    let source = SourceText {
        text,
        target,
        manifest,
        services: None,
    };
    let found = detect(&source)?.expect("there is something to migrate");
    let native = native(&found, given)?;
    let patched = rewrite(text, &native)?;
    let removed = native
        .removed
        .iter()
        .map(|what| format!("removed: {what}\n"));
    let remarks = native
        .remarks
        .iter()
        .map(|remark| format!("note: {remark}\n"));
    let notices = patched
        .notices
        .iter()
        .map(|notice| format!("note: {notice}\n"));
    Ok((
        removed.chain(remarks).chain(notices).collect(),
        patched.text,
    ))
}

/// The difference that a second migration would make; none is as good as nothing to migrate.
fn again(
    text: &str,
    target: Target,
    manifest: Option<&str>,
    given: &MigrationAnswers,
) -> Option<String> {
    let source = SourceText {
        text,
        target,
        manifest,
        services: None,
    };
    match detect(&source) {
        Ok(None) | Err(MigrationRefusal::Refused(_)) => None,
        Ok(Some(found)) => {
            let native = native(&found, given).ok()?;
            let after = rewrite(text, &native).ok()?.text;
            Some(unified_diff("old", "new", text, &after)).filter(|diff| !diff.is_empty())
        }
        Err(other) => Some(format!("{other:?}")),
    }
}

fn with_version(version: &str) -> MigrationAnswers {
    MigrationAnswers {
        prometheus: version.parse().ok(),
        ..MigrationAnswers::default()
    }
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "a reviewed difference is as long as it is"
)]
fn a_user_assigned_identity_is_taken_over_with_all_that_was_tuned() {
    let outcome = outcome(
        USER_ASSIGNED,
        Target::KubePrometheusStack,
        None,
        &with_version("3.14.0"),
    );

    assert_snapshot!(outcome, @r#"
    removed: container `prom-remotewrite`
    note: line 13: this connection wrote to http://localhost:8081/api/v1/write until now
    note: line 24: `mimir` writes to mimir.example.com and is not changed
    note: line 58: this comment is removed with its lines: # Optional parameter
    --- old
    +++ new
    @@ -10,16 +10,22 @@
           cluster: aks-prod-weu        # Azure's dashboards group by it
         ## Azure Managed Prometheus, through the sidecar below
         remoteWrite:
    -      - url: http://localhost:8081/api/v1/write
    +      - url: https://amw-prod-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
             queueConfig:
               maxSamplesPerSend: 1000   # as Microsoft advises above 150,000 series
               maxShards: 40
    +          retryOnRateLimit: true
             writeRelabelConfigs:
               - sourceLabels: [metrics_path]
                 regex: /metrics/cadvisor
                 targetLabel: job
                 replacement: cadvisor
                 action: replace
    +        name: azure-monitor-amw-prod
    +        azureAd:
    +          cloud: AzurePublic
    +          managedIdentity:
    +            clientId: 11111111-2222-3333-4444-555555555555
           # long-term storage of the company
           - url: https://mimir.example.com/api/v1/push
             name: mimir
    @@ -27,37 +33,6 @@
               X-Scope-OrgID: platform
         ## Azure Managed Prometheus (sidecar), see
         ## https://learn.microsoft.com/azure/azure-monitor/containers/prometheus-remote-write-managed-identity
    -    containers:
    -      - name: prom-remotewrite
    -        image: mcr.microsoft.com/azuremonitor/containerinsights/ciprod/prometheus-remote-write/images:prom-remotewrite-20250814.1
    -        imagePullPolicy: Always
    -        ports:
    -          - name: rw-port
    -            containerPort: 8081
    -        livenessProbe:
    -          httpGet:
    -            path: /health
    -            port: rw-port
    -          initialDelaySeconds: 10
    -          timeoutSeconds: 10
    -        readinessProbe:
    -          httpGet:
    -            path: /ready
    -            port: rw-port
    -          initialDelaySeconds: 10
    -          timeoutSeconds: 10
    -        env:
    -          - name: INGESTION_URL
    -            value: https://amw-prod-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
    -          - name: LISTENING_PORT
    -            value: "8081"
    -          - name: IDENTITY_TYPE
    -            value: userAssigned
    -          - name: AZURE_CLIENT_ID
    -            value: 11111111-2222-3333-4444-555555555555
    -          # Optional parameter
    -          - name: CLUSTER
    -            value: aks-prod-weu
         resources:
           requests:
             memory: 2Gi
    "#);
}

#[test]
fn workload_identity_keeps_its_label_and_annotations_and_the_other_containers_stay() {
    let outcome = outcome(
        WORKLOAD_IDENTITY,
        Target::KubePrometheusStack,
        None,
        &MigrationAnswers::default(),
    );

    assert_snapshot!(outcome, @r#"
    removed: container `prom-remotewrite`
    note: line 15: this connection wrote to http://localhost:8081/api/v1/write until now
    note: line 21: this comment is removed with its lines: # Azure
    --- old
    +++ new
    @@ -12,19 +12,19 @@
         externalLabels:
           cluster: aks-prod
         remoteWrite:
    -    - url: 'http://localhost:8081/api/v1/write'
    +    - url: 'https://amw-prod-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24'
    +      name: 'azure-monitor-amw-prod'
    +      queueConfig:
    +        retryOnRateLimit: true
    +      azureAd:
    +        cloud: AzurePublic
    +        workloadIdentity:
    +          clientId: 11111111-2222-3333-4444-555555555555
    +          tenantId: aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee
         containers:
         - name: oauth-proxy
           image: quay.io/oauth2-proxy/oauth2-proxy:v7.6.0
           args: ["--upstream=http://localhost:9090"]
    -
    -    # Azure
    -    - name: prom-remotewrite
    -      image: mcr.microsoft.com/azuremonitor/containerinsights/ciprod/prometheus-remote-write/images:prom-remotewrite-20250814.1
    -      env:
    -      - {name: INGESTION_URL, value: "https://amw-prod-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24"}
    -      - {name: LISTENING_PORT, value: '8081'}
    -      - {name: IDENTITY_TYPE, value: workloadIdentity}
     
         - name: prometheus
           readinessProbe:
    "#);
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "a reviewed difference is as long as it is"
)]
fn under_the_operator_a_certificate_comes_from_the_environment_and_its_volume_moves_over() {
    let outcome = outcome(
        CERTIFICATE,
        Target::KubePrometheusStack,
        None,
        &with_version("3.14.0"),
    );

    assert_snapshot!(outcome, @r#"
    removed: container `prom-remotewrite`
    note: the Operator, or this Prometheus, does not support a client certificate in its configuration, so Azure's SDK in Prometheus authenticates (`sdk`)
    note: line 7: this connection wrote to http://localhost:8081/api/v1/write until now
    --- old
    +++ new
    @@ -4,7 +4,13 @@
           cluster: on-premises-1
     
         remoteWrite:
    -      - url: "http://localhost:8081/api/v1/write"
    +      - url: "https://amw-prod-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24"
    +        name: "azure-monitor-amw-prod"
    +        queueConfig:
    +          retryOnRateLimit: true
    +        azureAd:
    +          cloud: AzurePublic
    +          sdk: {}
     
         # Azure Key Vault provider for the Secrets Store CSI driver
         volumes:
    @@ -18,27 +24,15 @@
                 name: secrets-store-creds
     
         containers:
    -      - name: prom-remotewrite
    -        image: mcr.microsoft.com/azuremonitor/containerinsights/ciprod/prometheus-remote-write/images:prom-remotewrite-20250814.1
    -        volumeMounts:
    -          - name: secrets-store-inline
    -            mountPath: /mnt/secrets-store
    -            readOnly: true
    -        ports:
    -          - name: rw-port
    -            containerPort: 8081
    +      - name: prometheus
             env:
    -          - name: INGESTION_URL
    -            value: "https://amw-prod-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24"
    -          - name: LISTENING_PORT
    -            value: "8081"
    -          - name: IDENTITY_TYPE
    -            value: aadApplication
    +          - name: AZURE_TENANT_ID
    +            value: aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee
               - name: AZURE_CLIENT_ID
    -            value: "11111111-2222-3333-4444-555555555555"
    -          - name: AZURE_TENANT_ID
    -            value: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
    +            value: 11111111-2222-3333-4444-555555555555
               - name: AZURE_CLIENT_CERTIFICATE_PATH
                 value: /mnt/secrets-store/prometheus-cert.pem
    -          - name: CLUSTER
    -            value: on-premises-1
    +    volumeMounts:
    +      - name: secrets-store-inline
    +        mountPath: /mnt/secrets-store
    +        readOnly: true
    "#);
}

#[test]
fn of_the_volumes_only_what_nothing_else_mounts_goes() {
    let outcome = outcome(
        POD_IDENTITY,
        Target::KubePrometheusStack,
        None,
        &with_version("3.5.3"),
    );

    assert_snapshot!(outcome, @r#"
    removed: container `prom-remotewrite`
    removed: volume `scratch`
    note: the pod label aadpodidbinding belongs to the retired pod identity; remove it if nothing else needs it
    note: the URL had api-version=2021-11-01-preview; it is written with 2023-04-24
    note: line 37: this connection wrote to http://localhost:8081/api/v1/write until now
    --- old
    +++ new
    @@ -5,34 +5,19 @@
                     aadpodidbinding: prometheus-identity
             replicas: 2
             # was: container "nginx-exporter", gone since 2024
    -        containers:
    -            -   name: prom-remotewrite
    -                image: "mcr.microsoft.com/azuremonitor/prometheus/promdev/prom-remotewrite:prom-remotewrite-20230323.1"
    -                volumeMounts:
    -                    -   {name: scratch, mountPath: /tmp}
    -                    -   {name: shared-ca, mountPath: /etc/ssl/certs}
    -                env:
    -                    -   name: INGESTION_URL
    -                        value: "https://amw-gov-1a2b.usgovvirginia-1.metrics.ingest.monitor.azure.us/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2021-11-01-preview"
    -                    -   name: LISTENING_PORT
    -                        value: "8081"
    -                    -   name: IDENTITY_TYPE
    -                        value: userAssigned
    -                    -   name: AZURE_CLIENT_ID
    -                        value: "11111111-2222-3333-4444-555555555555"
    -                    -   name: CLUSTER
    -                        value: gov-1
    -                    -   name: CLOUD
    -                        value: AZUREGOVERNMENT
    -                    -   name: INGESTION_AAD_AUDIENCE
    -                        value: https://monitor.azure.us/.default
             volumes:
    -            -   name: scratch
    -                emptyDir: {}
                 -   name: shared-ca
                     configMap: {name: company-ca}
             volumeMounts:
                 -   {name: shared-ca, mountPath: /etc/ssl/certs, readOnly: true}
             remoteWrite:
    -            -   url: "http://localhost:8081/api/v1/write"
    +            -   url: "https://amw-gov-1a2b.usgovvirginia-1.metrics.ingest.monitor.azure.us/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24"
                     name: azure
    +                queueConfig:
    +                    retryOnRateLimit: true
    +                azureAd:
    +                    cloud: AzureGovernment
    +                    managedIdentity:
    +                        clientId: 11111111-2222-3333-4444-555555555555
    +        externalLabels:
    +            cluster: gov-1
    "#);
}

#[test]
fn before_3_7_workload_identity_is_left_to_the_sdk() {
    let outcome = outcome(
        RESOURCE,
        Target::CustomResource,
        None,
        &MigrationAnswers::default(),
    );

    assert_snapshot!(outcome, @r#"
    removed: container `prom-remotewrite`
    note: the Operator, or this Prometheus, does not support workload identity in its configuration, so Azure's SDK in Prometheus authenticates (`sdk`)
    note: line 21: this connection wrote to http://localhost:8081/api/v1/write until now
    note: line 23: this comment is removed with its lines: # until 2027
    --- old
    +++ new
    @@ -18,17 +18,7 @@
       replicas: 1
       podMetadata:
         labels: {azure.workload.identity/use: "true", team: platform}
    -  remoteWrite: [{url: "http://localhost:8081/api/v1/write", queueConfig: {maxShards: 20}}]
    -  containers:
    -  - name: prom-remotewrite    # until 2027
    -    image: registry.example.com/mirror/prom-remotewrite:20250814.1
    -    env:
    -    - name: INGESTION_URL
    -      value: https://amw-prod-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
    -    - name: LISTENING_PORT
    -      value: "8081"
    -    - name: IDENTITY_TYPE
    -      value: workloadIdentity
    -    - name: CLUSTER
    -      value: edge-7
    +  remoteWrite: [{url: "https://amw-prod-ab12.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24", queueConfig: {maxShards: 20, retryOnRateLimit: true}, name: azure-monitor-amw-prod, azureAd: {cloud: AzurePublic, sdk: {}}}]
       retention: 2d
    +  externalLabels:
    +    cluster: edge-7
    "#);
}

#[test]
fn in_the_prometheus_chart_the_container_is_a_key_of_a_map() {
    let outcome = outcome(
        CHART,
        Target::PrometheusChart,
        None,
        &MigrationAnswers::default(),
    );

    assert_snapshot!(outcome, @r#"
    removed: container `azure-remote-write`
    note: line 9: this connection wrote to http://localhost:8089/api/v1/write until now
    note: line 13: `grafana-cloud` writes to prometheus-prod-01-eu-west-0.grafana.net and is not changed
    --- old
    +++ new
    @@ -7,9 +7,14 @@
           cluster: aks-dev
       remoteWrite:
         - name: azure-monitor
    -      url: http://localhost:8089/api/v1/write
    +      url: https://amw-dev-cd34.northeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
           queue_config:
             capacity: 20000
    +        retry_on_http_429: true
    +      azuread:
    +        cloud: AzurePublic
    +        managed_identity:
    +          client_id: 11111111-2222-3333-4444-555555555555
         - name: grafana-cloud
           url: https://prometheus-prod-01-eu-west-0.grafana.net/api/prom/push
           basic_auth:
    @@ -19,17 +24,6 @@
         cloudwatch:
           image: registry.example.com/cloudwatch-exporter:1
         # Azure Monitor
    -    azure-remote-write:
    -      image: mcr.microsoft.com/azuremonitor/containerinsights/ciprod/prometheus-remote-write/images:prom-remotewrite-20250326.1
    -      env:
    -        - name: INGESTION_URL
    -          value: https://amw-dev-cd34.northeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
    -        - name: LISTENING_PORT
    -          value: 8089
    -        - name: IDENTITY_TYPE
    -          value: userAssigned
    -        - name: AZURE_CLIENT_ID
    -          value: 11111111-2222-3333-4444-555555555555
       extraFlags:
         - web.enable-lifecycle
     alertmanager:
    "#);
}

#[test]
fn aad_auth_proxy_gives_the_host_and_the_remote_write_gives_the_path() {
    let outcome = outcome(
        AUTH_PROXY,
        Target::KubePrometheusStack,
        None,
        &with_version("3.14.0"),
    );

    assert_snapshot!(outcome, @r#"
    removed: container `aad-auth-proxy`
    note: the URL had api-version=2021-11-01-preview; it is written with 2023-04-24
    --- old
    +++ new
    @@ -5,25 +5,12 @@
             region: westeurope
             cluster: hub
           additionalRemoteWrite:
    -        - url: http://localhost:8081/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2021-11-01-preview
    +        - url: https://amw-hub-ef56.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
               remoteTimeout: 45s
    -      containers:
    -        - name: aad-auth-proxy
    -          image: mcr.microsoft.com/azuremonitor/auth-proxy/prod/aad-auth-proxy/images/aad-auth-proxy:0.1.0-main-04-10-2024-7067ac84
    -          ports:
    -            - containerPort: 8081
    -          env:
    -            - name: AUDIENCE
    -              value: https://monitor.azure.com/.default
    -            - name: TARGET_HOST
    -              value: https://amw-hub-ef56.westeurope-1.metrics.ingest.monitor.azure.com
    -            - name: LISTENING_PORT
    -              value: "8081"
    -            - name: IDENTITY_TYPE
    -              value: userAssigned
    -            - name: AAD_CLIENT_ID
    -              value: 11111111-2222-3333-4444-555555555555
    -            - name: AAD_TOKEN_REFRESH_INTERVAL_IN_PERCENTAGE
    -              value: "10"
    -            - name: OTEL_GRPC_ENDPOINT
    -              value: otel-collector.monitoring.svc:4317
    +          name: azure-monitor-amw-hub
    +          queueConfig:
    +            retryOnRateLimit: true
    +          azureAd:
    +            cloud: AzurePublic
    +            managedIdentity:
    +              clientId: 11111111-2222-3333-4444-555555555555
    "#);
}

#[test]
fn where_both_run_the_native_one_stays_and_the_other_goes() {
    let outcome = outcome(
        BOTH,
        Target::KubePrometheusStack,
        None,
        &with_version("3.14.0"),
    );

    assert_snapshot!(outcome, @r#"
    removed: the remote write to the proxy, since a native one exists
    removed: container `prom-remotewrite`
    note: line 15: this comment is removed with its lines: # the old way
    --- old
    +++ new
    @@ -12,14 +12,3 @@
               cloud: AzurePublic
               managedIdentity:
                 clientId: 11111111-2222-3333-4444-555555555555
    -      # the old way
    -      - name: azure-sidecar
    -        url: http://127.0.0.1:8081/api/v1/write
    -    containers:
    -      - name: prom-remotewrite
    -        image: mcr.microsoft.com/azuremonitor/containerinsights/ciprod/prometheus-remote-write/images:prom-remotewrite-20260713.1
    -        env:
    -          - {name: INGESTION_URL, value: "https://amw-test-aa11.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24"}
    -          - {name: LISTENING_PORT, value: "8081"}
    -          - {name: IDENTITY_TYPE, value: userAssigned}
    -          - {name: AZURE_CLIENT_ID, value: 11111111-2222-3333-4444-555555555555}
    "#);
}

#[test]
fn a_plain_configuration_is_migrated_by_the_manifest_of_its_pod() {
    let outcome = outcome(
        PLAIN,
        Target::PrometheusYml,
        Some(DEPLOYMENT),
        &MigrationAnswers::default(),
    );

    assert_snapshot!(outcome, @r#"
    note: line 8: this connection wrote to http://localhost:8081/api/v1/write until now
    --- old
    +++ new
    @@ -5,9 +5,16 @@
     
     # Everything goes to Azure; the deployment has the container that signs in.
     remote_write:
    -- url: http://localhost:8081/api/v1/write
    +- url: https://amw-factory-77aa.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
       write_relabel_configs:
       - {source_labels: [__name__], regex: 'go_.*', action: drop}
    +  name: azure-monitor-amw-factory
    +  queue_config:
    +    retry_on_http_429: true
    +  azuread:
    +    cloud: AzurePublic
    +    managed_identity:
    +      client_id: 11111111-2222-3333-4444-555555555555
     
     scrape_configs:
     - job_name: prometheus
    "#);
}

#[test]
fn a_config_map_may_have_its_pod_in_the_same_file() {
    let outcome = outcome(
        DEPLOYMENT,
        Target::ConfigMap,
        None,
        &MigrationAnswers::default(),
    );

    assert_snapshot!(outcome, @r#"
    note: line 11: this connection wrote to http://localhost:8081/api/v1/write until now
    --- old
    +++ new
    @@ -8,7 +8,14 @@
           external_labels: {cluster: factory-3}
         remote_write:
         # Azure
    -    - url: http://localhost:8081/api/v1/write
    +    - url: https://amw-factory-77aa.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
    +      name: azure-monitor-amw-factory
    +      queue_config:
    +        retry_on_http_429: true
    +      azuread:
    +        cloud: AzurePublic
    +        managed_identity:
    +          client_id: 11111111-2222-3333-4444-555555555555
     ---
     apiVersion: apps/v1
     kind: Deployment
    "#);
}

#[test]
fn windows_line_ends_stay_in_every_file() {
    for (text, target) in [
        (USER_ASSIGNED, Target::KubePrometheusStack),
        (WORKLOAD_IDENTITY, Target::KubePrometheusStack),
        (CERTIFICATE, Target::KubePrometheusStack),
        (POD_IDENTITY, Target::KubePrometheusStack),
        (CHART, Target::PrometheusChart),
        (RESOURCE, Target::CustomResource),
    ] {
        let windows = text.replace('\n', "\r\n");

        let (_, after) = migrated(&windows, target, None, &with_version("3.14.0")).unwrap();

        let (_, plain) = migrated(text, target, None, &with_version("3.14.0")).unwrap();
        assert_eq!(after, plain.replace('\n', "\r\n"));
    }
}

#[test]
fn a_sidecar_among_the_init_containers_is_removed_like_one_of_the_containers() {
    let native = RESOURCE
        .replace("  containers:", "  initContainers:")
        .replace("    env:", "    restartPolicy: Always\n    env:");
    let given = with_version("3.14.0");

    let (printed, after) = migrated(&native, Target::CustomResource, None, &given).unwrap();

    let (_, of_container) = migrated(RESOURCE, Target::CustomResource, None, &given).unwrap();
    assert!(
        printed.contains("container `prom-remotewrite`"),
        "{printed}"
    );
    assert_eq!(after, of_container);
}

#[test]
fn all_that_is_missing_is_listed_at_once_with_its_flags() {
    let alone = outcome(
        PLAIN,
        Target::PrometheusYml,
        None,
        &MigrationAnswers::default(),
    );
    let secretive = WORKLOAD_IDENTITY
        .replace("value: workloadIdentity", "value: aadApplication")
        .replace("      cluster: aks-prod\n", "      region: x\n")
        .replace("    annotations:\n", "    other:\n");
    let secretive = outcome(
        &secretive,
        Target::KubePrometheusStack,
        None,
        &MigrationAnswers::default(),
    );

    assert_snapshot!(alone, @r#"
    missing: [
        (
            "--sidecar",
            "the manifest of the pod that listens at http://localhost:8081/api/v1/write; or in place of it:",
        ),
        (
            "--write-url",
            "where samples are written to",
        ),
        (
            "--auth",
            "how Prometheus signs in",
        ),
        (
            "--client-id",
            "the client id, unless it is system-identity",
        ),
        (
            "--tenant-id",
            "the tenant, if it is workload-identity or entra-certificate",
        ),
    ]
    "#);
    assert_snapshot!(secretive, @r#"
    missing: [
        (
            "--client-id",
            "the client id that it signs in as",
        ),
        (
            "--tenant-id",
            "the tenant that it signs in to",
        ),
        (
            "--certificate",
            "the file of the client certificate, as Prometheus sees it: file:PATH",
        ),
        (
            "--cluster-label",
            "the label that identifies this cluster",
        ),
    ]
    "#);
}

#[test]
fn flags_supply_what_no_file_has() {
    let given = MigrationAnswers {
        write_url: Some(IngestionUrl::parse("https://amw-factory-77aa.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24", None).unwrap()),
        sign_in: Some(SignIn::WorkloadIdentity),
        client_id: Some("11111111-2222-3333-4444-555555555555".parse().unwrap()),
        tenant_id: Some("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee".parse().unwrap()),
        cluster_label: Some("factory-4".into()),
        ..with_version("3.14.0")
    };

    let outcome = outcome(PLAIN, Target::PrometheusYml, None, &given);

    assert_snapshot!(outcome, @r#"
    note: the pod of Prometheus itself needs the label azure.workload.identity/use and the service account
    note: line 8: this connection wrote to http://localhost:8081/api/v1/write until now
    note: the label cluster becomes `factory-4` instead of `factory-3`: older and newer series differ in it
    --- old
    +++ new
    @@ -1,13 +1,21 @@
     global:
       scrape_interval: 15s
       external_labels:
    -    cluster: factory-3
    +    cluster: factory-4
     
     # Everything goes to Azure; the deployment has the container that signs in.
     remote_write:
    -- url: http://localhost:8081/api/v1/write
    +- url: https://amw-factory-77aa.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24
       write_relabel_configs:
       - {source_labels: [__name__], regex: 'go_.*', action: drop}
    +  name: azure-monitor-amw-factory
    +  queue_config:
    +    retry_on_http_429: true
    +  azuread:
    +    cloud: AzurePublic
    +    workload_identity:
    +      client_id: 11111111-2222-3333-4444-555555555555
    +      tenant_id: aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee
     
     scrape_configs:
     - job_name: prometheus
    "#);
}

#[test]
fn what_has_no_native_form_is_refused_with_the_reason() {
    let custom = USER_ASSIGNED.replace(
        "          # Optional parameter\n",
        "          - {name: CLOUD, value: AZURECUSTOM}\n",
    );
    let audience = USER_ASSIGNED.replace(
        "          # Optional parameter\n",
        "          - {name: INGESTION_AAD_AUDIENCE, value: 'https://metrics.example.com/.default'}\n",
    );
    let kps = |text: &str, version: &str| {
        outcome(
            text,
            Target::KubePrometheusStack,
            None,
            &with_version(version),
        )
    };

    assert_snapshot!(kps(&custom, "3.14.0"), @r#"
    refused: the proxy uses the cloud AZURECUSTOM, and Prometheus supports only AzurePublic, AzureGovernment, AzureChina
    next: keep the proxy: Prometheus does not support this cloud
    "#);
    assert_snapshot!(kps(&audience, "3.5.3"), @r#"
    refused: the proxy requests tokens for scope https://metrics.example.com/.default, and Prometheus 3.5.3 does not support `scope` (added in 3.9.0)
    next: upgrade Prometheus, and keep the proxy until then
    "#);
    assert!(
        kps(&audience, "3.14.0").contains("+          scope: https://metrics.example.com/.default")
    );
    assert_snapshot!(kps(&USER_ASSIGNED.replace("localhost:8081", "localhost:9000"), "3.14.0"), @r#"
    refused: container `prom-remotewrite` is the Azure Monitor sidecar and listens on port 8081, but no remote write in this file sends to it
    next: pass the file with the remote write as --input, and this one as --sidecar
    "#);
    assert_snapshot!(kps(&USER_ASSIGNED.replace("https://mimir.example.com", "http://localhost:8081"), "3.14.0"), @r#"
    refused: 2 remote writes send to container `prom-remotewrite`: http://localhost:8081/api/v1/write, mimir
    next: remove all but one of them and run the command again
    "#);
}

#[test]
fn a_certificate_is_written_out_where_prometheus_knows_it_and_no_operator_is_between() {
    let manifest = DEPLOYMENT.replace(
        "value: userAssigned}",
        "value: aadApplication}\n        - {name: AZURE_TENANT_ID, value: aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee}\n        - {name: AZURE_CLIENT_CERTIFICATE_PATH, value: /mnt/cert.pem}",
    );
    let plain = |version: &str| {
        outcome(
            PLAIN,
            Target::PrometheusYml,
            Some(&manifest),
            &with_version(version),
        )
    };

    let (new, old) = (plain("3.14.0"), plain("3.5.3"));

    assert!(
        new.contains("+    certificate:") && new.contains("+      certificate_path: /mnt/cert.pem"),
        "{new}"
    );
    assert!(
        old.contains("+    sdk: {}") && old.contains("AZURE_CLIENT_CERTIFICATE_PATH=/mnt/cert.pem"),
        "{old}"
    );
}

#[test]
fn an_entry_with_a_sign_in_of_its_own_has_no_proxy() {
    let trial = "http://127.0.0.1:9/ingestion/a-1.westeurope-1/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/x/api/v1/write";
    let text = format!(
        "prometheus: {{prometheusSpec: {{remoteWrite: [{{url: '{trial}', azureAd: {{managedIdentity: {{}}}}}}]}}}}"
    );
    let source = SourceText {
        text: &text,
        target: Target::KubePrometheusStack,
        manifest: None,
        services: None,
    };

    assert!(detect(&source).is_ok_and(|found| found.is_none()));
}
